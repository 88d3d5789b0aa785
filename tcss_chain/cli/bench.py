"""``tcss bench``: measure the tracer, and tell about it in tables and plots."""

from __future__ import annotations

from pathlib import Path

import click

from tcss_chain.benchmarks.report_file import read_report, write_report
from tcss_chain.benchmarks.run import chosen_sections, run_benchmark
from tcss_chain.benchmarks.suite import Section, full_suite, quick_suite


@click.group()
def bench() -> None:
    """Measure; every count repeats exactly, times depend on the machine."""


@bench.command()
@click.option(
    "--json",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=lambda _context, _parameter, path: _in_a_folder(path),
    required=True,
    help="Write the measurements to a file.",
)
@click.option("--quick", is_flag=True, help="A little of everything, to see that it works.")
@click.option(
    "--only",
    "names",
    type=click.Choice([section.value for section in Section]),
    multiple=True,
    help="Measure only this part; may be repeated.",
)
def tracing(report_file: Path, quick: bool, names: tuple[str, ...]) -> None:
    """
    Measure queries and time of traces of simulated boxes.

    Takes about a quarter of an hour on an idle processor.
    """
    report = run_benchmark(
        quick_suite() if quick else full_suite(),
        quick=quick,
        sections=chosen_sections(names),
        tell=lambda line: click.echo(line, err=True),
    )
    write_report(report, report_file)
    click.echo(f"measurements in {report_file}")


@bench.command()
@click.argument("report_file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, exists=True, writable=True, path_type=Path))
def report(report_file: Path, folder: Path) -> None:
    """Write tracing.md and its plots from measurements into a folder."""
    # The library for plots is large and not always there; no other command needs it.
    from tcss_chain.benchmarks.plots import write_plots
    from tcss_chain.benchmarks.tracing_page import tracing_page

    measurements = read_report(report_file)
    for name in write_plots(measurements, folder):
        click.echo(folder / name)
    page = folder / "tracing.md"
    page.write_text(tracing_page(measurements), encoding="utf8")
    click.echo(page)


def _in_a_folder(path: Path) -> Path:
    """Refuse, before anything is measured, a file that could not be made after it."""
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent}")
    return path
