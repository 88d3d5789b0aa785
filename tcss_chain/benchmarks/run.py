"""The benchmark as a whole: every scenario is measured once, wherever its figures appear."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from .decoder_measurement import DecoderMeasurement, measure_decoder
from .errors import UnknownSectionError
from .machine import Machine
from .memory_measurement import MemoryMeasurement, measure_memory
from .scenario import TraceScenario
from .suite import Section, Suite
from .targets import Target, TargetOutcome, judge
from .trace_measurement import TraceMeasurement, measure


@dataclass(frozen=True, slots=True)
class TracingReport:
    """
    Everything that was measured.

    Attributes
    ----------
    machine : Machine
        Where.
    quick : bool
        Whether it was but a quick look.
    targets : sequence of TargetOutcome
        The figures to reach.
    traces : mapping of Section to sequence of TraceMeasurement
        The sections that trace, as far as they were asked for.
    decoder : sequence of DecoderMeasurement
        The decoder.
    """

    machine: Machine
    quick: bool
    targets: Sequence[TargetOutcome]
    traces: Mapping[Section, Sequence[TraceMeasurement]]
    decoder: Sequence[DecoderMeasurement]


def chosen_sections(names: Collection[str]) -> tuple[Section, ...]:
    """
    Find the sections with these names.

    Parameters
    ----------
    names : collection of str
        Names of sections; none of them stands for all.

    Returns
    -------
    tuple of Section
        In the order of the report.

    Raises
    ------
    UnknownSectionError
        If a name is not known.
    """
    known = tuple(section.value for section in Section)
    for name in names:
        if name not in known:
            raise UnknownSectionError(name, known)
    return tuple(section for section in Section if not names or section.value in names)


def run_benchmark(
    suite: Suite,
    *,
    quick: bool,
    sections: Collection[Section] = tuple(Section),
    tell: Callable[[str], None] = lambda _line: None,
) -> TracingReport:
    """
    Measure.

    Parameters
    ----------
    suite : Suite
        What is measured.
    quick : bool
        Whether the suite is but a quick look.
    sections : collection of Section
        Which sections to measure.
    tell : callable
        Told a line before every scenario.

    Returns
    -------
    TracingReport
        The figures.
    """
    traced: dict[TraceScenario, TraceMeasurement] = {}
    in_own_process: dict[TraceScenario, MemoryMeasurement] = {}

    def trace(scenario: TraceScenario) -> TraceMeasurement:
        if scenario not in traced:
            tell(f"{describe(scenario)}, {scenario.repetitions} traces")
            traced[scenario] = measure(scenario)
        return traced[scenario]

    def outcome(target: Target) -> TargetOutcome:
        scenario = target.scenario
        if not target.own_process:
            return judge(target, trace(scenario))
        if scenario not in in_own_process:
            tell(f"{describe(scenario)}, {scenario.repetitions} processes")
            in_own_process[scenario] = measure_memory(scenario)
        return judge(target, in_own_process[scenario])

    targets = [outcome(target) for target in suite.targets] if Section.TARGETS in sections else []
    traces = {
        section: [trace(scenario) for scenario in scenarios]
        for section, scenarios in suite.traces.items()
        if section in sections
    }
    decoder = []
    for problem in suite.decoder if Section.DECODER in sections else ():
        tell(f"decoder: N={problem.length} k={problem.dimension} agreement={problem.agreement}")
        decoder.append(measure_decoder(problem))
    return TracingReport(Machine.this(), quick, targets, traces, decoder)


def describe(scenario: TraceScenario) -> str:
    """
    Name a scenario in one line.

    Parameters
    ----------
    scenario : TraceScenario
        The scenario.

    Returns
    -------
    str
        Its figures.
    """
    parts = [scenario.box, f"n={scenario.n} t={scenario.t} f={scenario.f} rate={scenario.answer_rate}"]
    parts += [strategy.value for strategy in scenario.strategies]
    if not scenario.arity_known:
        parts.append("unknown number of shares")
    return ", ".join(parts)
