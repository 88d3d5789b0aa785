"""The trace verifier against one by py_ecc: every input is answered as there, or refused for its reason."""

from __future__ import annotations

from typing import Any

from support.fuzz_forms import require_agreement, short_and_long
from support.fuzz_trace_statement_cases import TRACE_CLASSES


@short_and_long(TRACE_CLASSES)
def test_the_trace_verifier_agrees_with_py_ecc(
    name: str, generate: Any, count: int, source: Any, tally: Any, machines: Any
) -> None:
    require_agreement(tally(name), generate(source(name)), count, machines)
