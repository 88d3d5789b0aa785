"""The trace verifier against one by py_ecc: every input is answered as there, or refused for its reason."""

from __future__ import annotations

from itertools import islice
from typing import Any

from support.fuzz_forms import short_and_long
from support.fuzz_trace_statement_cases import TRACE_CLASSES


@short_and_long(TRACE_CLASSES)
def test_the_trace_verifier_agrees_with_py_ecc(
    name: str, generate: Any, count: int, source: Any, tally: Any, machines: Any
) -> None:
    with tally(name) as counted:
        for case in islice(generate(source(name)), count):
            counted.add(case, [(each.name, each.call(case.target, case.calldata)) for each in machines])
    assert counted.counts["inputs"] == count
