"""The page about the tracing benchmark, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .run import TracingReport
from .suite import Section
from .tables import box_table, decoder_table, size_table, strategy_table, target_table
from .trace_measurement import TraceMeasurement

RATE_PLOT: Final = "tracing-queries-by-rate.svg"
SIZE_PLOT: Final = "tracing-queries-by-size.svg"
TIME_PLOT: Final = "tracing-seconds-by-size.svg"

_HEAD: Final = """\
# Tracing benchmark

This page is generated from [tracing.json](tracing.json); do not edit it.

A trace begins with the first query and ends when the accused are confirmed in the exponent by an answer
that can be proven (protocol, section 7). The boxes are simulated, and so are the sessions: their keys are
right, but there are no dealings behind them and nothing is sent to a chain.
"""

_COLUMNS: Final = """\
- *n*, *t*, *f*: participants, threshold, leaked shares. *rate*: how often the box does not err.
- *traced*: how many traces accused somebody, of how many. *mean*, *median*, *95 %*, *most*: queries of
  those traces; 95 of 100 did not take more than the third. A trace that accuses nobody counts in no
  figure of queries.
- *own s*, *most s*: the tracer's own processor time in seconds, median and highest over all traces,
  without the box. The first trace of a process is slower, for it makes tables.
- *published*: `2*ceil((f+1)/rate^2)`, the queries of the published way, list decoding of evaluations. It
  counts what makes success certain if exactly that share of evaluations is right.
- *found by*: the strategy whose candidate was confirmed, with the number of traces where there were
  several.
"""

_REPEAT: Final = """\
## Repeat it

    make bench-tracing

or, with the package installed with its extra `bench`:

    tcss bench tracing --json tracing.json
    tcss bench report tracing.json .

`--only NAME` measures one part: {names}. `--quick` takes some seconds and says nothing.

Repetition number k of every setting has seed k: it decides on the session, who leaked, the box's errors
and the tracer's random values. So numbers of queries and outcomes repeat exactly, on any machine. As the
errors of a box do not depend on the setting otherwise, settings are compared with the same luck.
`tracing.json` has the queries of every single trace, in the order of the seeds. Times are processor times
of one thread; they depend on the machine and on what else it does.

These were measured on {system} with {processors} logical processors (one in use), {python}, python-flint
{flint}, curve backend {curve}.
"""

_PARTS: Final = {
    Section.SIZES: (
        "Number of participants and answer rate",
        f"""\
The box errs at random: it returns a random scalar in place of its answer. The tracer knows how many
shares to supply and chooses its strategies. About a third of the participants leaked, and two thirds are
the threshold.

![Queries by answer rate]({RATE_PLOT})

![Queries by number of participants]({SIZE_PLOT})

![Own time by number of participants]({TIME_PLOT})
""",
    ),
    Section.MAJORITY: ("Majority threshold, few leaked", "The same box; the threshold is the majority.\n"),
    Section.STRATEGIES: (
        "Each strategy alone",
        """\
The same box, traced with a single strategy. Those that are missing for a size cannot search it in
seconds.
""",
    ),
    Section.BESTIARY: (
        "All boxes",
        """\
Every box of the bestiary, the number of shares given. *expected* is what a right tracer makes of the box;
*framed* counts traces that accused somebody who did not leak, *budget* is how many queries a trace could
make. Where tracing depends on few sets coming into question, both outcomes are right.
""",
    ),
    Section.UNKNOWN_ARITY: (
        "Number of shares unknown",
        "The tracer knows nothing of the box and tries the numbers of shares one after the other.\n",
    ),
}


def tracing_page(report: TracingReport) -> str:
    """
    Write the page.

    Parameters
    ----------
    report : TracingReport
        The measurements; parts that were not measured are left out.

    Returns
    -------
    str
        Markdown. It links the plots by the names above.
    """
    parts = [_HEAD]
    if report.quick:
        parts.append("**This was a quick look: the figures say nothing.**\n")
    if report.targets:
        parts.append("## Targets\n")
        parts.append(
            "A target is met if every trace accused somebody, only some of those who leaked, and the\n"
            "measured figure is within the bound.\n"
        )
        parts.append(target_table(report.targets))
    if any(report.traces.values()):
        parts += ["## What the columns say\n", _COLUMNS]
    for section, measurements in report.traces.items():
        title, text = _PARTS[section]
        parts += [f"## {title}\n", text, *_tables(section, measurements)]
    if report.decoder:
        parts.append("## List decoder\n")
        parts.append(
            "Random polynomials, random errors; the time of a complete list of all polynomials with at\n"
            "least that agreement. *found*: how many of the planted polynomials were in it.\n"
        )
        parts.append(decoder_table(report.decoder))
    machine = report.machine
    parts.append(
        _REPEAT.format(
            names=", ".join(f"`{section.value}`" for section in Section),
            system=machine.system,
            processors=machine.processors,
            python=machine.python,
            flint=machine.flint,
            curve=machine.curve,
        )
    )
    return "\n".join(parts)


def _tables(section: Section, measurements: Sequence[TraceMeasurement]) -> list[str]:
    if section is Section.STRATEGIES:
        return [strategy_table(measurements)]
    if section in (Section.SIZES, Section.MAJORITY):
        return [size_table(measurements)]
    parts = []
    for n, t, f in dict.fromkeys((m.scenario.n, m.scenario.t, m.scenario.f) for m in measurements):
        parts.append(f"n = {n}, t = {t}, f = {f}:\n")
        parts.append(box_table([m for m in measurements if m.scenario.n == n]))
    return parts
