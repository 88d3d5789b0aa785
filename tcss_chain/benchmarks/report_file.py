"""The measurements as JSON, one scenario a line, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tcss_chain.auditor import StrategyName
from tcss_chain.bestiary import BESTIARY

from .decoder_measurement import DecoderMeasurement, DecoderScenario
from .errors import BenchmarkFileError
from .figures import Summary, published_queries
from .machine import Machine
from .run import TracingReport
from .scenario import TraceScenario
from .suite import Section
from .targets import Comparison, Statistic, TargetOutcome
from .trace_measurement import TraceMeasurement
from .writing import write_text

_DIGITS: Final = 6


def report_text(report: TracingReport) -> str:
    """
    Encode measurements.

    Parameters
    ----------
    report : TracingReport
        The measurements.

    Returns
    -------
    str
        JSON with a line for each scenario, so that two reports can be compared line by line.
    """
    traces = {name.value: [_trace(each) for each in rows] for name, rows in report.traces.items()}
    lists = {
        "targets": [_target(each) for each in report.targets],
        "decoder": [_decoder(each) for each in report.decoder],
    }
    return "".join(
        (
            "{\n",
            f'"benchmark": "tracing",\n"quick": {json.dumps(report.quick)},\n',
            f'"machine": {json.dumps(_machine(report.machine))},\n',
            *(f'"{name}": {_lines(rows)},\n' for name, rows in lists.items()),
            '"traces": {\n',
            ",\n".join(f'"{name}": {_lines(rows)}' for name, rows in traces.items()),
            "\n}\n}\n",
        )
    )


def write_report(report: TracingReport, path: Path) -> None:
    """
    Write measurements to a file.

    Raises
    ------
    BenchmarkWriteError
        If it cannot be written.
    """
    write_text(path, report_text(report))


def read_report(path: Path) -> TracingReport:
    """
    Read measurements.

    Parameters
    ----------
    path : Path
        What `write_report` wrote.

    Returns
    -------
    TracingReport
        The measurements; what follows from them is computed anew.

    Raises
    ------
    BenchmarkFileError
        If it is something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf8"))
        return TracingReport(
            machine=Machine(**content["machine"]),
            quick=bool(content["quick"]),
            targets=[_read_target(each) for each in content["targets"]],
            traces={
                Section(name): [_read_trace(each) for each in rows]
                for name, rows in content["traces"].items()
            },
            decoder=[_read_decoder(each) for each in content["decoder"]],
        )
    except OSError as error:
        raise BenchmarkFileError(str(path), error.strerror or "it cannot be read") from error
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise BenchmarkFileError(str(path), f"it is of another form ({type(error).__name__})") from error


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(row) for row in rows)
    return f"[\n{lines}\n]" if lines else "[]"


def _machine(machine: Machine) -> Mapping[str, Any]:
    return {
        "system": machine.system,
        "processors": machine.processors,
        "python": machine.python,
        "flint": machine.flint,
        "curve": machine.curve,
    }


def _summary(summary: Summary | None) -> Mapping[str, float] | None:
    if summary is None:
        return None
    return {
        "mean": round(float(summary.mean), _DIGITS),
        "median": round(float(summary.median), _DIGITS),
        "percentile_95": round(float(summary.percentile_95), _DIGITS),
        "highest": round(float(summary.highest), _DIGITS),
    }


def _target(outcome: TargetOutcome) -> Mapping[str, Any]:
    return {
        "name": outcome.name,
        "statistic": outcome.statistic.value,
        "comparison": outcome.comparison.value,
        "bound": float(outcome.bound),
        "measured": None if outcome.measured is None else float(outcome.measured),
        "traced": outcome.traced,
        "repetitions": outcome.repetitions,
        "met": outcome.met,
    }


def _read_target(row: Mapping[str, Any]) -> TargetOutcome:
    return TargetOutcome(
        name=str(row["name"]),
        statistic=Statistic(row["statistic"]),
        comparison=Comparison(row["comparison"]),
        bound=float(row["bound"]),
        measured=None if row["measured"] is None else float(row["measured"]),
        traced=int(row["traced"]),
        repetitions=int(row["repetitions"]),
    )


def _trace(measurement: TraceMeasurement) -> Mapping[str, Any]:
    scenario = measurement.scenario
    return {
        "n": scenario.n,
        "t": scenario.t,
        "f": scenario.f,
        "answer_rate": scenario.answer_rate,
        "repetitions": scenario.repetitions,
        "box": scenario.box,
        "strategies": [strategy.value for strategy in scenario.strategies],
        "arity_known": scenario.arity_known,
        "query_budget": scenario.query_budget,
        "traced": len(measurement.counts),
        "framed": measurement.framed,
        "query_figures": _summary(measurement.query_figures),
        "published_queries": published_queries(scenario.f, scenario.answer_rate),
        "seconds": _summary(measurement.seconds),
        "found_by": dict(measurement.found_by),
        "not_traced": dict(measurement.not_traced),
        "queries": list(measurement.queries),
    }


def _read_trace(row: Mapping[str, Any]) -> TraceMeasurement:
    scenario = TraceScenario(
        n=int(row["n"]),
        t=int(row["t"]),
        f=int(row["f"]),
        answer_rate=float(row["answer_rate"]),
        repetitions=int(row["repetitions"]),
        box=str(row["box"]),
        strategies=tuple(StrategyName(name) for name in row["strategies"]),
        arity_known=bool(row["arity_known"]),
        query_budget=int(row["query_budget"]),
    )
    if scenario.box not in BESTIARY or len(row["queries"]) != scenario.repetitions:
        raise ValueError("no box of the bestiary, or too few traces")
    return TraceMeasurement(
        scenario=scenario,
        queries=tuple(None if count is None else int(count) for count in row["queries"]),
        seconds=_read_summary(row["seconds"]),
        found_by=dict(_counts(row["found_by"])),
        not_traced=dict(_counts(row["not_traced"])),
        framed=int(row["framed"]),
    )


def _counts(counts: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    return ((str(name), int(count)) for name, count in counts.items())


def _read_summary(row: Mapping[str, Any]) -> Summary:
    return Summary(**{name: float(value) for name, value in row.items()})


def _decoder(measurement: DecoderMeasurement) -> Mapping[str, Any]:
    scenario = measurement.scenario
    return {
        "length": scenario.length,
        "dimension": scenario.dimension,
        "agreement": scenario.agreement,
        "repetitions": scenario.repetitions,
        "found": measurement.found,
        "seconds": _summary(measurement.seconds),
    }


def _read_decoder(row: Mapping[str, Any]) -> DecoderMeasurement:
    scenario = DecoderScenario(
        length=int(row["length"]),
        dimension=int(row["dimension"]),
        agreement=int(row["agreement"]),
        repetitions=int(row["repetitions"]),
    )
    return DecoderMeasurement(scenario, int(row["found"]), _read_summary(row["seconds"]))
