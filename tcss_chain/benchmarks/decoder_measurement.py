"""How long list decoding takes, apart from any trace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from tcss_chain.bestiary import seeded_sequence
from tcss_chain.curve import GROUP_ORDER, evaluate
from tcss_chain.decoding.guruswami_sudan import decode_list

from .figures import Summary

_NO_LIMIT: Final = 10**9


@dataclass(frozen=True, slots=True)
class DecoderScenario:
    """
    A decoding problem.

    Attributes
    ----------
    length : int
        ``N``: how many points.
    dimension : int
        ``k``: how many coefficients the planted polynomial has.
    agreement : int
        Through how many of the points it passes; the values at the others are random.
    repetitions : int
        How many problems, at least one; their seeds are 0, 1, 2, ...
    """

    length: int
    dimension: int
    agreement: int
    repetitions: int


@dataclass(frozen=True, slots=True)
class DecoderMeasurement:
    """
    What decoding took.

    Attributes
    ----------
    scenario : DecoderScenario
        What was decoded.
    found : int
        How many of the planted polynomials were in the list.
    seconds : Summary
        Processor time of a complete list, in seconds.
    """

    scenario: DecoderScenario
    found: int
    seconds: Summary


def measure_decoder(scenario: DecoderScenario) -> DecoderMeasurement:
    """
    Decode planted polynomials.

    Parameters
    ----------
    scenario : DecoderScenario
        The figures of the problems.

    Returns
    -------
    DecoderMeasurement
        How many were found, and how fast.
    """
    found = 0
    seconds = []
    for seed in range(scenario.repetitions):
        planted, points = planted_problem(scenario, seed)
        started = time.process_time()
        decoded = decode_list(points, scenario.dimension, scenario.agreement, maximum_work=_NO_LIMIT)
        seconds.append(time.process_time() - started)
        found += planted in decoded
    return DecoderMeasurement(scenario, found, Summary.of(seconds))


def planted_problem(
    scenario: DecoderScenario, seed: int
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """
    Make a decoding problem with a known solution.

    Parameters
    ----------
    scenario : DecoderScenario
        Its figures.
    seed : int
        The same seed gives the same problem.

    Returns
    -------
    planted : tuple of int
        The coefficients of the polynomial, from the constant term upwards.
    points : tuple of (int, int)
        Points with random abscissas.
    """
    sequence = seeded_sequence(seed, f"codeword {scenario.length} {scenario.dimension} {scenario.agreement}")
    planted = tuple(sequence.randrange(GROUP_ORDER) for _ in range(scenario.dimension))
    abscissas = [sequence.randrange(1, GROUP_ORDER) for _ in range(scenario.length)]
    right = set(sequence.sample(range(scenario.length), scenario.agreement))
    points = tuple(
        (x, evaluate(planted, x) if place in right else sequence.randrange(GROUP_ORDER))
        for place, x in enumerate(abscissas)
    )
    return planted, points
