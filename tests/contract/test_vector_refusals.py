"""Vectors that the curve's arithmetic cannot work on are refused, and not taken for something else."""

from __future__ import annotations

import pytest
from support.mocks import Mock
from support.refusals import refuses

from tcss_chain.curve import G

GOOD, OFF_THE_CURVE = G.words(), (1, 3)
GAS = 60_000
"""Of which two failures leave less than an error needs."""


@pytest.mark.parametrize("vector", [[GOOD, OFF_THE_CURVE], [OFF_THE_CURVE, GOOD]])
def test_a_point_off_the_curve_is_not_evaluated(harness: Mock, vector: list[tuple[int, int]]) -> None:
    with refuses("PrecompileFailed"):
        harness.call("evaluateVector", vector, 5)


@pytest.mark.parametrize("vector", [[GOOD, OFF_THE_CURVE], [OFF_THE_CURVE, GOOD]])
def test_a_point_off_the_curve_is_not_combined(harness: Mock, vector: list[tuple[int, int]]) -> None:
    with refuses("PrecompileFailed"):
        harness.call("combineVector", vector, [2, 3])


@pytest.mark.parametrize("vector", [[GOOD, OFF_THE_CURVE], [OFF_THE_CURVE, GOOD]])
def test_one_failure_of_a_precompile_leaves_gas_for_the_error(
    harness: Mock, vector: list[tuple[int, int]]
) -> None:
    """It burns all that it is given, 63 of 64 parts: a second one would leave nothing."""
    with refuses("PrecompileFailed"):
        harness.call("evaluateVector", vector, 5, gas=GAS)
    with refuses("PrecompileFailed"):
        harness.call("combineVector", vector, [2, 3], gas=GAS)
    with refuses("PrecompileFailed"):
        harness.call("addMultiple", vector[0], vector[1], 7, gas=GAS)


def test_no_vector_has_no_value(harness: Mock) -> None:
    with refuses("WrongVectorLength", length=0, threshold=1):
        harness.call("evaluateVector", [], 5)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_each_commitment_has_one_coefficient(harness: Mock, count: int) -> None:
    with refuses("WrongVectorLength", length=2, threshold=count):
        harness.call("combineVector", [GOOD, GOOD], [1] * count)


@pytest.mark.parametrize(("a", "b"), [(GOOD, OFF_THE_CURVE), (OFF_THE_CURVE, GOOD)])
def test_a_multiple_is_not_added_off_the_curve(harness: Mock, a: tuple[int, int], b: tuple[int, int]) -> None:
    with refuses("PrecompileFailed"):
        harness.call("addMultiple", a, b, 7)
