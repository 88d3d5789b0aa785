"""Tracing one scenario: queries, own computing, outcomes."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tcss_chain.auditor import CallableBox, Share, Trace, TracePlan, TraceRandomness, trace_box
from tcss_chain.bestiary import BESTIARY, Expected, SimulatedBox, seeded_sequence, simulate_session

from .figures import Summary
from .scenario import TraceScenario


@dataclass(frozen=True, slots=True)
class TraceMeasurement:
    """
    What the traces of a scenario took.

    Attributes
    ----------
    scenario : TraceScenario
        What was traced.
    queries : tuple of (int or None)
        The queries of each trace by its seed; None where nobody was accused.
    seconds : Summary
        The tracer's own processor time for one trace in seconds, without the box, whether or not it accused
        somebody.
    found_by : mapping of str to int
        How many traces each strategy ended.
    not_traced : mapping of str to int
        Why the others accused nobody, by the names of `NotTracedReason`.
    framed : int
        How many traces accused somebody who did not leak.
    """

    scenario: TraceScenario
    queries: tuple[int | None, ...]
    seconds: Summary
    found_by: Mapping[str, int]
    not_traced: Mapping[str, int]
    framed: int

    @property
    def counts(self) -> tuple[int, ...]:
        """The queries of the traces that accused somebody."""
        return tuple(count for count in self.queries if count is not None)

    @property
    def query_figures(self) -> Summary | None:
        """Figures of `counts`; None if nobody was ever accused."""
        return Summary.of(self.counts) if self.counts else None

    @property
    def all_traced(self) -> bool:
        """Whether every trace accused somebody, and only some of those who leaked."""
        return len(self.counts) == len(self.queries) and not self.framed

    @property
    def as_expected(self) -> bool | None:
        """Whether a box ended as the bestiary expects; None if that depends on the size."""
        expected = BESTIARY[self.scenario.box].expected
        if self.framed:
            return False
        if expected is Expected.TRACED:
            return self.all_traced
        return not self.counts if expected is Expected.NOT_TRACEABLE else None


class _TimedBox:
    """Passes queries on and adds up the processor time that answers take."""

    def __init__(self, box: SimulatedBox) -> None:
        self._box = box
        self.seconds = 0.0

    def query(self, shares: Sequence[Share]) -> object:
        started = time.process_time()
        try:
            return self._box.query(shares)
        finally:
            self.seconds += time.process_time() - started


@dataclass(frozen=True, slots=True)
class MeasuredTrace:
    """
    One trace.

    Attributes
    ----------
    queries : int or None
        How many it made; None if nobody was accused.
    seconds : float
        The tracer's own processor time, without the box.
    ended : str
        The strategy that found somebody, or the name of what stood in the way.
    framed : bool
        Whether somebody was accused who did not leak.
    """

    queries: int | None
    seconds: float
    ended: str
    framed: bool


def measure(scenario: TraceScenario) -> TraceMeasurement:
    """
    Trace a scenario with all its seeds.

    Parameters
    ----------
    scenario : TraceScenario
        What to trace.

    Returns
    -------
    TraceMeasurement
        The same but for the times whenever it is repeated.
    """
    traces = [measure_one(scenario, seed) for seed in range(scenario.repetitions)]
    return TraceMeasurement(
        scenario=scenario,
        queries=tuple(trace.queries for trace in traces),
        seconds=Summary.of([trace.seconds for trace in traces]),
        found_by=_counted(trace.ended for trace in traces if trace.queries is not None),
        not_traced=_counted(trace.ended for trace in traces if trace.queries is None),
        framed=sum(trace.framed for trace in traces),
    )


def measure_one(scenario: TraceScenario, seed: int) -> MeasuredTrace:
    """
    Trace a scenario once.

    Parameters
    ----------
    scenario : TraceScenario
        What to trace.
    seed : int
        Decides on the session, who leaked, the box's errors and the tracer's choices.

    Returns
    -------
    MeasuredTrace
        The same but for the time whenever it is repeated.
    """
    session = simulate_session(scenario.n, scenario.t, seed)
    leaked = sorted(seeded_sequence(seed, "leaked places").sample(range(scenario.n), scenario.f))
    box = BESTIARY[scenario.box].make(session, leaked, seed=seed, error_rate=1 - scenario.answer_rate)
    plan = TracePlan(
        arities=(box.asks_for,) if scenario.arity_known else (),
        strategies=scenario.strategies,
        query_budget=scenario.query_budget,
    )
    randomness = TraceRandomness(hashlib.sha256(f"tracing benchmark {seed}".encode()).digest())
    timed = _TimedBox(box)
    started = time.process_time()
    outcome = trace_box(CallableBox(timed.query), session.traced, plan=plan, randomness=randomness)
    seconds = time.process_time() - started - timed.seconds
    if not isinstance(outcome, Trace):
        return MeasuredTrace(None, seconds, outcome.reason.name, framed=False)
    framed = not set(outcome.accused) <= set(session.accounts_at(leaked))
    return MeasuredTrace(len(outcome.transcript), seconds, outcome.strategy.value, framed)


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    return dict(Counter(names).most_common())
