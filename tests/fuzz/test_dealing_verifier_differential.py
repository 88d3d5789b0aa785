"""The dealing verifier against one by py_ecc: every input is answered as there, or refused for its reason."""

from __future__ import annotations

from typing import Any

from support.fuzz_dealing_cases import DEALING_CLASSES
from support.fuzz_forms import require_agreement, short_and_long


@short_and_long(DEALING_CLASSES)
def test_the_dealing_verifier_agrees_with_py_ecc(
    name: str, generate: Any, count: int, source: Any, tally: Any, machines: Any
) -> None:
    require_agreement(tally(name), generate(source(name)), count, machines)
