"""Figures that the tracer should reach; whether it did is decided here, from what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .memory_measurement import MemoryMeasurement
from .scenario import TraceScenario
from .trace_measurement import TraceMeasurement


class Statistic(StrEnum):
    """What is compared; the value is its name in the report."""

    MEAN_QUERIES = "mean number of queries"
    MOST_QUERIES = "highest number of queries"
    MOST_SECONDS = "highest own seconds"
    MOST_MEMORY = "highest memory, GB"
    TRACED_SHARE = "share traced"


class Comparison(StrEnum):
    """How it is compared with the bound."""

    AT_MOST = "at most"
    BELOW = "below"
    AT_LEAST = "at least"

    def holds(self, measured: float, bound: float) -> bool:
        """Compare a measured figure with a bound."""
        match self:
            case Comparison.AT_MOST:
                return measured <= bound
            case Comparison.BELOW:
                return measured < bound
            case Comparison.AT_LEAST:
                return measured >= bound


@dataclass(frozen=True, slots=True)
class Target:
    """
    A figure to reach.

    Attributes
    ----------
    name : str
        Its name in the report.
    scenario : TraceScenario
        What is traced for it.
    statistic : Statistic
        What is compared.
    comparison : Comparison
        How it is compared.
    bound : float
        With what.
    own_process : bool
        Whether every trace runs in a process of its own, which memory needs.
    """

    name: str
    scenario: TraceScenario
    statistic: Statistic
    comparison: Comparison
    bound: float
    own_process: bool = False


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """
    A target and what was measured.

    Attributes
    ----------
    name : str
        The target's name.
    statistic : Statistic
        What was measured.
    comparison : Comparison
        How it is compared.
    bound : float
        With what.
    measured : float or None
        The figure; None if no trace accused anybody.
    traced, repetitions : int
        How many traces accused somebody and only some of those who leaked, of how many.
    """

    name: str
    statistic: Statistic
    comparison: Comparison
    bound: float
    measured: float | None
    traced: int
    repetitions: int

    @property
    def met(self) -> bool:
        """Whether every trace succeeded and the figure is within the bound."""
        return (
            self.measured is not None
            and self.traced == self.repetitions
            and self.comparison.holds(self.measured, self.bound)
        )


def judge(target: Target, measurement: TraceMeasurement | MemoryMeasurement) -> TargetOutcome:
    """
    Compare a measurement with a target.

    Parameters
    ----------
    target : Target
        The target.
    measurement : TraceMeasurement or MemoryMeasurement
        Of the target's scenario, with what its statistic needs.

    Returns
    -------
    TargetOutcome
        The comparison.
    """
    repetitions = measurement.scenario.repetitions
    if isinstance(measurement, MemoryMeasurement):
        traced = measurement.traced
        figures: dict[Statistic, float | None] = {
            Statistic.MOST_MEMORY: measurement.peak_bytes.highest / 10**9,
        }
    else:
        traced = len(measurement.counts) - measurement.framed
        queries = measurement.query_figures
        figures = {
            Statistic.MEAN_QUERIES: None if queries is None else queries.mean,
            Statistic.MOST_QUERIES: None if queries is None else queries.highest,
        }
    figures[Statistic.MOST_SECONDS] = measurement.seconds.highest
    figures[Statistic.TRACED_SHARE] = traced / repetitions
    return TargetOutcome(
        name=target.name,
        statistic=target.statistic,
        comparison=target.comparison,
        bound=target.bound,
        measured=figures[target.statistic],
        traced=traced,
        repetitions=repetitions,
    )
