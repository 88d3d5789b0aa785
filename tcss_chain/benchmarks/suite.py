"""What is measured: the sections of the benchmark, in full and for a quick look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tcss_chain.auditor import StrategyName
from tcss_chain.bestiary import BESTIARY, Expected

from .decoder_measurement import DecoderScenario
from .scenario import TraceScenario
from .targets import Comparison, Statistic, Target


class Section(StrEnum):
    """The parts of the benchmark; the value is the name on the command line."""

    TARGETS = "targets"
    SIZES = "sizes"
    MAJORITY = "majority"
    STRATEGIES = "strategies"
    BESTIARY = "bestiary"
    UNKNOWN_ARITY = "unknown-arity"
    DECODER = "decoder"


@dataclass(frozen=True, slots=True)
class Suite:
    """
    What is measured.

    Attributes
    ----------
    traces : mapping of Section to sequence of TraceScenario
        The scenarios of the sections that trace.
    targets : sequence of Target
        The figures to reach; those that share a scenario follow each other.
    decoder : sequence of DecoderScenario
        The decoding problems.
    """

    traces: Mapping[Section, Sequence[TraceScenario]]
    targets: Sequence[Target]
    decoder: Sequence[DecoderScenario]


_RATES: Final = (1.0, 0.8, 0.6, 0.4, 0.2)
_USUAL_RATE: Final = 0.6

# n, t, f, then how many traces at the answer rates above: fewer where one takes seconds.
_SIZES: Final = (
    (4, 3, 1, (100, 100, 100, 100, 100)),
    (7, 5, 2, (100, 100, 100, 50, 50)),
    (10, 7, 3, (100, 100, 50, 30, 20)),
    (20, 14, 7, (100, 100, 100, 100, 100)),
    (31, 21, 10, (100, 100, 200, 100, 100)),
    (40, 27, 13, (50, 50, 50, 50, 50)),
    (64, 43, 21, (10, 10, 20, 10, 10)),
    (100, 67, 33, (2, 2, 20, 2, 2)),
    (128, 86, 40, (0, 8, 0, 0, 0)),
)

_MAJORITY: Final = (
    (4, 3, 1, 100),
    (7, 4, 1, 100),
    (10, 6, 2, 50),
    (20, 11, 3, 50),
    (31, 16, 3, 50),
    (40, 21, 4, 50),
    (64, 33, 4, 20),
    (100, 51, 4, 20),
    (128, 65, 4, 20),
)

_ALONE: Final = (
    (StrategyName.EXPONENT_CHECK, (4, 7, 10), 30),
    (StrategyName.SUBSET_PRODUCT, (4, 7, 10, 20), 50),
    (StrategyName.SUBSET_PRODUCT, (31,), 10),
    (StrategyName.SUBSET_PRODUCT, (40,), 3),
    (StrategyName.LATTICE, (4, 7, 10, 20), 30),
    (StrategyName.LATTICE, (31, 40), 50),
    (StrategyName.LATTICE, (64,), 20),
    (StrategyName.LIST_DECODING, (4, 7, 10, 20, 31), 50),
    (StrategyName.LIST_DECODING, (40,), 20),
    (StrategyName.LIST_DECODING, (64,), 5),
)

_MANY_QUERIES: Final = 1000
_HOPELESS_QUERIES: Final = 40


def full_suite() -> Suite:
    """
    List everything that is measured.

    Returns
    -------
    Suite
        About a quarter of an hour of processor time.
    """
    targets = _targets()
    sizes = [
        TraceScenario(n, t, f, rate, repetitions)
        for n, t, f, all_repetitions in _SIZES
        for rate, repetitions in zip(_RATES, all_repetitions, strict=True)
        if repetitions
    ]
    usual = {size.n: size for size in sizes if size.answer_rate == _USUAL_RATE}
    return Suite(
        traces={
            Section.SIZES: sizes,
            Section.MAJORITY: [TraceScenario(n, t, f, _USUAL_RATE, k) for n, t, f, k in _MAJORITY],
            Section.STRATEGIES: [
                replace(usual[n], strategies=(name,), repetitions=k, query_budget=_MANY_QUERIES)
                for name, all_n, k in _ALONE
                for n in all_n
            ],
            Section.BESTIARY: [
                _in_bestiary(n, t, f, name, 10) for n, t, f in ((10, 7, 3), (31, 21, 10)) for name in BESTIARY
            ],
            Section.UNKNOWN_ARITY: [
                replace(_in_bestiary(n, t, f, name, 10), arity_known=False)
                for n, t, f in ((10, 7, 3), (31, 21, 10))
                for name in ("perfect", "random errors", "silent errors", "drops last", "registered only")
            ],
        },
        targets=targets,
        decoder=[
            DecoderScenario(31, 11, 20, 21),
            DecoderScenario(31, 11, 19, 21),
            DecoderScenario(31, 11, 18, 11),
            DecoderScenario(64, 11, 30, 21),
            DecoderScenario(128, 33, 75, 21),
            DecoderScenario(256, 65, 150, 11),
        ],
    )


def quick_suite() -> Suite:
    """
    List a little of everything, to see that it works; the figures say nothing.

    Returns
    -------
    Suite
        Some seconds.
    """
    small = TraceScenario(4, 3, 1, _USUAL_RATE, 3)
    middle = TraceScenario(20, 14, 7, _USUAL_RATE, 3)
    return Suite(
        traces={
            Section.SIZES: [small, replace(small, answer_rate=1.0), middle, replace(middle, answer_rate=1.0)],
            Section.MAJORITY: [
                TraceScenario(7, 4, 1, _USUAL_RATE, 3),
                TraceScenario(20, 11, 3, _USUAL_RATE, 3),
            ],
            Section.STRATEGIES: [
                replace(small, strategies=(name,))
                for name in (
                    StrategyName.EXPONENT_CHECK,
                    StrategyName.SUBSET_PRODUCT,
                    StrategyName.LATTICE,
                    StrategyName.LIST_DECODING,
                )
            ],
            Section.BESTIARY: [
                _in_bestiary(4, 3, 1, name, 1) for name in ("perfect", "drops last", "silent")
            ],
            Section.UNKNOWN_ARITY: [replace(small, box="perfect", answer_rate=1.0, arity_known=False)],
        },
        targets=[
            Target("20 participants", middle, Statistic.MEAN_QUERIES, Comparison.AT_MOST, 10),
            Target("20 participants", middle, Statistic.MOST_SECONDS, Comparison.BELOW, 10),
            Target(
                "memory, 4 participants",
                replace(small, repetitions=1),
                Statistic.MOST_MEMORY,
                Comparison.BELOW,
                1,
                own_process=True,
            ),
        ],
        decoder=[DecoderScenario(31, 11, 20, 3)],
    )


def _targets() -> list[Target]:
    usual = TraceScenario(31, 21, 10, _USUAL_RATE, 200)
    hundred = TraceScenario(100, 67, 33, _USUAL_RATE, 20)
    largest = TraceScenario(128, 86, 40, 0.8, 8)
    registered = TraceScenario(31, 21, 5, 1.0, 100, box="registered only", query_budget=_MANY_QUERIES)
    remembering = TraceScenario(31, 21, 10, 1.0, 50, box="remembers inputs")
    product = TraceScenario(40, 27, 13, 1.0, 3, strategies=(StrategyName.SUBSET_PRODUCT,))
    mean, most, seconds = Statistic.MEAN_QUERIES, Statistic.MOST_QUERIES, Statistic.MOST_SECONDS
    at_most, below = Comparison.AT_MOST, Comparison.BELOW
    return [
        Target("random errors, n=31, t=21, f=10, answer rate 0.6", usual, mean, at_most, 4.5),
        Target("random errors, n=31, t=21, f=10, answer rate 0.6", usual, seconds, below, 1),
        Target("random errors, n=100, t=67, f=33, answer rate 0.6", hundred, mean, at_most, 20),
        Target(
            "random errors, n=128, t=86, f=40, answer rate 0.8",
            largest,
            Statistic.TRACED_SHARE,
            Comparison.AT_LEAST,
            1,
        ),
        Target("registered points only, n=31, t=21, f=5, no errors", registered, mean, below, 100),
        Target("remembers inputs, n=31, t=21, f=10, no errors", remembering, most, at_most, 40),
        Target(
            "subset product alone, n=40, t=27, f=13, no errors",
            product,
            seconds,
            below,
            3,
            own_process=True,
        ),
        Target(
            "subset product alone, n=40, t=27, f=13, no errors",
            product,
            Statistic.MOST_MEMORY,
            below,
            1,
            own_process=True,
        ),
    ]


def _in_bestiary(n: int, t: int, f: int, name: str, repetitions: int) -> TraceScenario:
    entry = BESTIARY[name]
    rate = _USUAL_RATE if entry.uses_error_rate else 1.0
    if entry.expected is Expected.NOT_TRACEABLE:
        return TraceScenario(n, t, f, rate, min(repetitions, 2), box=name, query_budget=_HOPELESS_QUERIES)
    return TraceScenario(n, t, f, rate, repetitions, box=name)
