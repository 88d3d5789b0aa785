"""A difference between a contract and the reference is not overlooked."""

from __future__ import annotations

from typing import Any

import pytest
from support.fuzz_library import POINT, library_case
from support.fuzz_verdicts import Ended, Expected, Outcome, Tally, refused, returns


@pytest.mark.parametrize(
    ("point", "right", "wrong"),
    [
        ((1, 2), returns(), refused("NotOnCurve")),
        ((1, 3), refused("NotOnCurve"), returns()),
        ((1, 3), refused("NotOnCurve", "Panic(0x11)"), refused("CoordinateOutOfRange", "no value")),
        ((1, 2), returns(), returns(1)),
    ],
    ids=["refused one that stands", "let one pass", "another reason", "another answer"],
)
def test_every_difference_is_counted(
    embedded_machine: Any, point: Any, right: Expected, wrong: Expected
) -> None:
    tally = Tally("differences")
    for expected, differences in ((right, 0), (wrong, 1)):
        case = library_case("point", "requirePoint", [POINT], [point], expected)
        tally.add(case, [("embedded", embedded_machine.call(case.target, case.calldata))])
        assert len(tally.disagreements) == differences
    assert (tally.counts["inputs"], tally.counts["distinct"], tally.counts["embedded"]) == (2, 1, 2)


@pytest.mark.parametrize("expected", [returns(), returns(0), refused("no value")])
def test_an_execution_that_fails_is_never_right(expected: Expected) -> None:
    assert not expected.fits(Outcome(Ended.FAILED))


def test_one_of_several_machines_that_differs_is_counted(embedded_machine: Any) -> None:
    tally = Tally("differences")
    case = library_case("point", "requirePoint", [POINT], [(1, 2)], returns())
    right = embedded_machine.call(case.target, case.calldata)
    tally.add(case, [("embedded", right), ("another", Outcome(Ended.REVERTED))])
    assert len(tally.disagreements) == 1
    assert "another" in tally.disagreements[0]
