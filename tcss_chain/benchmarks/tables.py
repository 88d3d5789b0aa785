"""Measurements as rows of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tcss_chain.auditor import NotTracedReason
from tcss_chain.bestiary import BESTIARY, Expected

from .decoder_measurement import DecoderMeasurement
from .figures import Summary, published_queries
from .targets import Statistic, TargetOutcome
from .trace_measurement import TraceMeasurement

_NOTHING: Final = "–"
_MILLISECONDS: Final = 1000

_UNITS: Final = {
    Statistic.MOST_SECONDS: " s",
    Statistic.MOST_MEMORY: " GB",
}

_EXPECTED: Final = {
    Expected.TRACED: "traced",
    Expected.TRACED_IF_SMALL: "traced if few sets come into question",
    Expected.NOT_TRACEABLE: "accuses nobody",
}

_WORDS: Final = frozenset(
    {
        "setting",
        "figure",
        "target",
        "measured",
        "traced",
        "outcome",
        "strategy",
        "box",
        "expected",
        "found",
        "found by",
        "found by, or why not",
    }
)
"""Columns that hold words; figures are aligned to the right."""

Row = Sequence[str]


def markdown_table(header: Row, rows: Sequence[Row]) -> str:
    """
    Lay out a table.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    rows : sequence of sequence of str
        As many cells as the header has; they hold no line breaks.

    Returns
    -------
    str
        Markdown.
    """
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*escaped, strict=True)]
    left = [name in _WORDS for name in header]
    rule = ["-" * (width - 1) + ("-" if words else ":") for words, width in zip(left, widths, strict=True)]
    aligned = [
        [
            cell.ljust(width) if words else cell.rjust(width)
            for cell, words, width in zip(row, left, widths, strict=True)
        ]
        for row in escaped
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in (aligned[0], rule, *aligned[1:]))


def number(value: float) -> str:
    """Write a figure with three digits, and all digits of larger integers."""
    if value == int(value):
        return str(int(value))
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.2g}"


def target_table(outcomes: Sequence[TargetOutcome]) -> str:
    """Lay out the targets."""
    header = ("setting", "figure", "target", "measured", "traced", "outcome")
    rows = []
    for outcome in outcomes:
        unit = _UNITS.get(outcome.statistic, "")
        rows.append(
            (
                outcome.name,
                outcome.statistic.value.removesuffix(", GB"),
                f"{outcome.comparison.value} {number(outcome.bound)}{unit}",
                _NOTHING if outcome.measured is None else f"{number(outcome.measured)}{unit}",
                f"{outcome.traced} of {outcome.repetitions}",
                "met" if outcome.met else "**not met**",
            )
        )
    return markdown_table(header, rows)


def size_table(measurements: Sequence[TraceMeasurement]) -> str:
    """Lay out traces that differ in size and answer rate."""
    header = ("n", "t", "f", "rate", *_FIGURES, "published", "found by")
    rows = [
        (*_size(each), *_figures(each), _published(each), _counted(each.found_by)) for each in measurements
    ]
    return markdown_table(header, rows)


def strategy_table(measurements: Sequence[TraceMeasurement]) -> str:
    """Lay out traces by single strategies."""
    header = ("strategy", "n", "t", "f", "rate", *_FIGURES, "published")
    rows = [
        (
            " and ".join(strategy.value for strategy in each.scenario.strategies) or "all",
            *_size(each),
            *_figures(each),
            _published(each),
        )
        for each in measurements
    ]
    return markdown_table(header, rows)


def box_table(measurements: Sequence[TraceMeasurement]) -> str:
    """Lay out traces of several boxes in one session size."""
    header = ("box", "rate", "budget", *_FIGURES, "framed", "expected", "found by, or why not")
    rows = []
    for each in measurements:
        expected = _EXPECTED[BESTIARY[each.scenario.box].expected]
        if each.as_expected is False:
            expected += ": **no**"
        reasons = {_reason(name): count for name, count in each.not_traced.items()}
        ended = _counted({**each.found_by, **reasons})
        rows.append(
            (
                each.scenario.box,
                number(each.scenario.answer_rate),
                str(each.scenario.query_budget),
                *_figures(each),
                str(each.framed),
                expected,
                ended,
            )
        )
    return markdown_table(header, rows)


def decoder_table(measurements: Sequence[DecoderMeasurement]) -> str:
    """Lay out the decoder's times."""
    header = ("points", "dimension", "agreement", "found", "median ms", "highest ms")
    rows = [
        (
            str(each.scenario.length),
            str(each.scenario.dimension),
            str(each.scenario.agreement),
            f"{each.found} of {each.scenario.repetitions}",
            number(each.seconds.median * _MILLISECONDS),
            number(each.seconds.highest * _MILLISECONDS),
        )
        for each in measurements
    ]
    return markdown_table(header, rows)


_FIGURES: Final = ("traced", "mean", "median", "95 %", "most", "own s", "most s")


def _size(measurement: TraceMeasurement) -> Row:
    scenario = measurement.scenario
    return (str(scenario.n), str(scenario.t), str(scenario.f), number(scenario.answer_rate))


def _figures(measurement: TraceMeasurement) -> Row:
    queries = measurement.query_figures
    return (
        f"{len(measurement.counts)} of {measurement.scenario.repetitions}",
        *_queries(queries),
        number(measurement.seconds.median),
        number(measurement.seconds.highest),
    )


def _queries(queries: Summary | None) -> Row:
    if queries is None:
        return (_NOTHING,) * 4
    return (
        number(queries.mean),
        number(queries.median),
        number(queries.percentile_95),
        number(queries.highest),
    )


def _published(measurement: TraceMeasurement) -> str:
    return str(published_queries(measurement.scenario.f, measurement.scenario.answer_rate))


def _counted(counts: Mapping[str, int]) -> str:
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or _NOTHING


def _reason(name: str) -> str:
    return NotTracedReason[name].name.lower().replace("_", " ")
