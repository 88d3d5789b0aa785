"""Plots of the tracing benchmark; the same measurements give the same files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from .errors import PlotLibraryError
from .figures import published_queries
from .run import TracingReport
from .suite import Section
from .trace_measurement import TraceMeasurement
from .tracing_page import RATE_PLOT, SIZE_PLOT, TIME_PLOT
from .writing import writing

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
except ImportError as error:
    raise PlotLibraryError from error

# Distinct also to colour-blind readers (Okabe and Ito).
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
_GREY: Final = "#777777"
_SIZES_BY_RATE: Final = (4, 10, 31, 64, 100)
_USUAL_RATE: Final = 0.6
_STYLE: Final[Any] = {"svg.hashsalt": "tracing benchmark", "font.size": 9, "axes.axisbelow": True}


def write_plots(report: TracingReport, folder: Path) -> tuple[str, ...]:
    """
    Draw the plots that the page links.

    Parameters
    ----------
    report : TracingReport
        The measurements; without those of sizes there is nothing to draw.
    folder : Path
        Where to.

    Returns
    -------
    tuple of str
        The names of the files.

    Raises
    ------
    BenchmarkWriteError
        If a file cannot be written.
    """
    measurements = [each for each in report.traces.get(Section.SIZES, ()) if each.counts]
    if not measurements:
        return ()
    plots: dict[str, Callable[[Any, Sequence[TraceMeasurement]], None]] = {
        RATE_PLOT: _queries_by_rate,
        SIZE_PLOT: _queries_by_size,
        TIME_PLOT: _seconds_by_size,
    }
    for name, draw in plots.items():
        with mpl.rc_context(_STYLE):
            figure = Figure(figsize=(7, 4), layout="constrained")
            axes = figure.add_subplot()
            draw(axes, measurements)
            axes.grid(visible=True, color="#dddddd", linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            # The date would change the file every time.
            with writing(folder / name):
                figure.savefig(folder / name, format="svg", metadata={"Date": None})
    return tuple(plots)


def _queries_by_rate(axes: Any, measurements: Sequence[TraceMeasurement]) -> None:
    """Draw mean queries, and dashed the published count, over answer rates."""
    sizes = dict.fromkeys(each.scenario.n for each in measurements if each.scenario.n in _SIZES_BY_RATE)
    for place, n in enumerate(sizes):
        rows = sorted(
            (each for each in measurements if each.scenario.n == n),
            key=lambda each: each.scenario.answer_rate,
        )
        rates = [each.scenario.answer_rate for each in rows]
        colour = _COLOURS[place]
        published = [published_queries(each.scenario.f, each.scenario.answer_rate) for each in rows]
        axes.plot(
            rates, [_mean(each) for each in rows], color=colour, marker=_MARKERS[place], label=f"n = {n}"
        )
        axes.plot(rates, published, color=colour, linestyle="--", linewidth=1)
    axes.plot([], [], color=_GREY, linestyle="--", linewidth=1, label="published count, same colour")
    axes.set(yscale="log", xlabel="answer rate", ylabel="queries, mean", title="Queries of a trace")
    _plain_figures(axes.yaxis)
    axes.legend(frameon=False)


def _queries_by_size(axes: Any, measurements: Sequence[TraceMeasurement]) -> None:
    """Draw queries over numbers of participants, at the usual rate."""
    rows = _at_usual_rate(measurements)
    sizes = [each.scenario.n for each in rows]
    figures = [each.query_figures for each in rows]
    high = [each.percentile_95 for each in figures if each is not None]
    published = [published_queries(each.scenario.f, each.scenario.answer_rate) for each in rows]
    axes.plot(sizes, published, color=_GREY, linestyle="--", marker="x", label="published count")
    axes.plot(sizes, high, color=_COLOURS[1], marker="s", label="95 of 100 traces, at most")
    axes.plot(sizes, [_mean(each) for each in rows], color=_COLOURS[0], marker="o", label="mean")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="participants",
        ylabel="queries",
        title=f"Queries of a trace, answer rate {_USUAL_RATE}",
    )
    _mark_sizes(axes, sizes)
    _plain_figures(axes.yaxis)
    axes.legend(frameon=False)


def _seconds_by_size(axes: Any, measurements: Sequence[TraceMeasurement]) -> None:
    """Draw own seconds over numbers of participants, at the usual rate."""
    rows = _at_usual_rate(measurements)
    sizes = [each.scenario.n for each in rows]
    axes.plot(sizes, [each.seconds.highest for each in rows], color=_COLOURS[1], marker="s", label="highest")
    axes.plot(sizes, [each.seconds.median for each in rows], color=_COLOURS[0], marker="o", label="median")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="participants",
        ylabel="processor seconds",
        title=f"The tracer's own time for a trace, answer rate {_USUAL_RATE}",
    )
    _mark_sizes(axes, sizes)
    _plain_figures(axes.yaxis)
    axes.legend(frameon=False)


def _at_usual_rate(measurements: Sequence[TraceMeasurement]) -> list[TraceMeasurement]:
    rows = [each for each in measurements if each.scenario.answer_rate == _USUAL_RATE]
    return sorted(rows, key=lambda each: each.scenario.n)


def _mark_sizes(axes: Any, sizes: Sequence[int]) -> None:
    axes.set_xticks(sizes, labels=[str(size) for size in sizes])
    axes.set_xticks([], minor=True)


def _plain_figures(axis: Any) -> None:
    axis.set_major_formatter("{x:g}")


def _mean(measurement: TraceMeasurement) -> float:
    return sum(measurement.counts) / len(measurement.counts)
