"""The same classes on py-evm with its own precompiles, which the native ones replace elsewhere."""

from __future__ import annotations

from itertools import islice
from typing import Any

from support.fuzz_dealing_cases import DEALING_CLASSES
from support.fuzz_forms import short_and_long
from support.fuzz_library_cases import LIBRARY_CLASSES
from support.fuzz_schnorr_cases import SCHNORR_CLASSES
from support.fuzz_trace_statement_cases import TRACE_CLASSES

# A product of four pairings takes py-evm a second: few inputs that come so far in the short form.
SHORT = {
    "addition, of multiples too": 24,
    "multiplication": 4,
    "pairings with an invalid point": 3,
    "trace: aggregates": 2,
    "trace: a proof for spoiled points": 1,
    "proof: vectors": 2,
}
LONG = 8
ALL_CLASSES = LIBRARY_CLASSES | SCHNORR_CLASSES | TRACE_CLASSES | DEALING_CLASSES
PURE_CLASSES = {name: (make, SHORT.get(name, 0), LONG) for name, (make, _, _) in ALL_CLASSES.items()}


@short_and_long(PURE_CLASSES)
def test_precompiles_in_python_agree(
    name: str, generate: Any, count: int, source: Any, tally: Any, pure_machine: Any
) -> None:
    """The inputs are other ones than those of the other tests, of which the totals count each once."""
    with tally(f"pure py-evm, {name}") as counted:
        for case in islice(generate(source(f"pure py-evm, {name}")), count):
            counted.add(case, [(pure_machine.name, pure_machine.call(case.target, case.calldata))])
    assert counted.counts["inputs"] == count


def test_the_long_form_has_more_than_ten_thousand_inputs() -> None:
    assert sum(many for _, _, many in ALL_CLASSES.values()) > 20_000
    assert SHORT.keys() <= ALL_CLASSES.keys()
