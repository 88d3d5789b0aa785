"""Every box that a tracer must be ready for, by name, and what a right tracer makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from . import factories
from .box import SimulatedBox
from .box_setting import BoxSetting
from .simulated_session import SimulatedSession


class Expected(StrEnum):
    """What a right tracer makes of a box whose errors leave it useful; it never accuses others."""

    TRACED = "accuses some of those who leaked, at any number of participants"
    TRACED_IF_SMALL = "accuses some of those who leaked, if few sets of participants come into question"
    NOT_TRACEABLE = "accuses nobody"


@dataclass(frozen=True, slots=True)
class BestiaryEntry:
    """
    A box of the registry.

    Attributes
    ----------
    expected : Expected
        What a right tracer makes of it.
    why : str
        Why that is right, in one sentence.
    uses_error_rate : bool
        Whether the error rate changes the box.
    factory : callable
        Puts the box together.
    """

    expected: Expected
    why: str
    uses_error_rate: bool
    factory: Callable[[BoxSetting], SimulatedBox]

    def make(
        self, session: SimulatedSession, leaked: Sequence[int], *, seed: int = 0, error_rate: float = 0.0
    ) -> SimulatedBox:
        """
        Make the box, anew for every trace: some remember.

        Parameters
        ----------
        session : SimulatedSession
            The session.
        leaked : sequence of int
            The places of the participants who leaked.
        seed : int
            The same seed and queries bring the same answers.
        error_rate : float
            How often the box errs in its own way, 0 to 1.

        Returns
        -------
        SimulatedBox
            The box; ``asks_for`` tells how many shares to supply.

        Raises
        ------
        SimulationSettingError
            If the places or the rate do not fit.
        """
        return self.factory(BoxSetting(session, tuple(leaked), seed, error_rate))


def _traced(factory: Callable[[BoxSetting], SimulatedBox], why: str) -> BestiaryEntry:
    return BestiaryEntry(Expected.TRACED, why, True, factory)


def _traced_if_small(
    factory: Callable[[BoxSetting], SimulatedBox], why: str, *, uses_error_rate: bool = True
) -> BestiaryEntry:
    return BestiaryEntry(Expected.TRACED_IF_SMALL, why, uses_error_rate, factory)


def _not_traceable(factory: Callable[[BoxSetting], SimulatedBox], why: str) -> BestiaryEntry:
    return BestiaryEntry(Expected.NOT_TRACEABLE, why, False, factory)


BESTIARY: Final[Mapping[str, BestiaryEntry]] = MappingProxyType(
    {
        "perfect": BestiaryEntry(
            Expected.TRACED,
            "All answers are right, and two of them give an evaluation of the trace polynomial.",
            False,
            factories.perfect,
        ),
        "random errors": _traced(
            factories.random_errors,
            "Among the pairs of answers to the same points those of two right ones agree with each other.",
        ),
        "silent errors": _traced(factories.silent_errors, "What it does answer is right."),
        "fixed errors by points": _traced(
            factories.fixed_errors_by_points, "Some sets of points are good, and there all answers are right."
        ),
        "fixed errors by input": _traced(
            factories.fixed_errors_by_input, "New values at the same points are a new chance of being right."
        ),
        "framing": _traced(
            factories.framing,
            "Made-up shares do not fit the public keys, so the exponent refutes the framed.",
        ),
        "framing always": _not_traceable(
            factories.framing_always,
            "No answer depends on a leaked share, and the exponent refutes the framed.",
        ),
        "registered only": _traced_if_small(
            factories.registered_only,
            "It answers only when all supplied participants leaked nothing, which chance must bring about.",
        ),
        "over-provisioned by one": _traced(
            factories.over_provisioned_by_one,
            "Only F sets are in use, so answers with the same one soon meet.",
        ),
        "over-provisioned twice": _traced_if_small(
            factories.over_provisioned_twice,
            "About the square root of C(F, F/2) answers bring two with the same set.",
        ),
        "drops last": _traced(
            factories.drops_last, "The slope of a dropped value is 0, which shows the dropped places."
        ),
        "drops fixed": _traced(
            factories.drops_fixed, "The slope of a dropped value is 0, which shows the dropped places."
        ),
        "drops varying": _traced_if_small(
            factories.drops_varying,
            "About the square root of C(t - f + d, d) answers bring two with the same points dropped.",
        ),
        "own share first": _traced(
            factories.own_share_first, "At free points none is its own, and it drops the last ones."
        ),
        "own share first registered": _traced_if_small(
            factories.own_share_first_registered,
            "It answers only when at most d supplied participants leaked, which chance must bring about.",
        ),
        "remembers inputs": _traced(
            factories.remembers_inputs,
            "Values of one made-up polynomial never contradict each other, and the answers are linear in "
            "unknowns of the leaked only.",
        ),
        "remembers inputs registered": _traced_if_small(
            factories.remembers_inputs_registered,
            "With few registered points few answers are independent, so one is confirmed by enumeration.",
        ),
        "refuses changed answers": _traced_if_small(
            factories.refuses_changed_answers,
            "It gives one right answer, against which every candidate set must be tested.",
            uses_error_rate=False,
        ),
        "stops after one": _traced_if_small(
            factories.stops_after_one,
            "It gives one right answer, against which every candidate set must be tested.",
            uses_error_rate=False,
        ),
        "stops after few": _traced(
            factories.stops_after_few,
            "A handful of right answers suffices for a subset product or a lattice if its arity is known.",
        ),
        "slow": _traced(factories.slow, "Its answers are right whenever they come."),
        "crashing": _traced(factories.crashing, "An exception is no answer, and the others are right."),
        "malformed": _traced(
            factories.malformed, "What is no scalar is no answer, and the others are right."
        ),
        "non-canonical": _traced(
            factories.non_canonical, "What is not below r is no answer, and the others are right."
        ),
        "self-checking": _not_traceable(
            factories.self_checking,
            "Made-up shares lie on no polynomial of degree t - 1 with the leaked ones.",
        ),
        "recognises secret": _not_traceable(
            factories.recognises_secret,
            "Made-up shares do not bring the secret, and it answers nothing else.",
        ),
        "silent": _not_traceable(factories.silent, "It holds no share and says nothing."),
        "constant": _not_traceable(
            factories.constant, "It holds no share, and its answer depends on nothing."
        ),
        "guessing": _not_traceable(factories.guessing, "It holds no share, and its answers are random."),
        "supplied only": _not_traceable(
            factories.supplied_only, "It holds no share, and its answers depend on the supplied ones alone."
        ),
    }
)
"""Name to box, in the order of rising strangeness; names are stable."""
