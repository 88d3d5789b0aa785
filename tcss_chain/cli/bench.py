"""``tcss bench``: measure, and tell about traces in tables and plots."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from tcss_chain.benchmarks.report_file import read_report, write_report
from tcss_chain.benchmarks.run import chosen_sections, run_benchmark
from tcss_chain.benchmarks.sealing_measurement import SealingMeasurement, measure_sealing
from tcss_chain.benchmarks.suite import Section, full_suite, quick_suite
from tcss_chain.benchmarks.writing import write_text

from .parameters import in_a_folder

_report_option = click.option(
    "--json",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=in_a_folder,
    help="Write the measurements to a file as well.",
)


@click.group()
def bench() -> None:
    """Measure; every count repeats exactly, times depend on the machine."""


@bench.command()
@click.option(
    "--json",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=in_a_folder,
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
@click.option(
    "--seconds",
    type=click.FloatRange(1, 600),
    default=10.0,
    show_default=True,
    help="How long each load lasts.",
)
@click.option(
    "--model",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="An .onnx or .safetensors file in place of a small example.",
)
@_report_option
def gateway(seconds: float, model: Path | None, report_file: Path | None) -> None:
    """
    Measure what the inference gateway adds to a prediction, with 50 clients at once.

    Needs the package's extra gateway, and the load tool autocannon (npm ci --ignore-scripts). Load tool and
    gateway share this machine's processors.
    """
    from tcss_chain.benchmarks.gateway_measurement import TARGET_MS, find_load_tool, measure_gateway

    measured = measure_gateway(seconds, tool=find_load_tool(), model=model, tell=click.echo)
    for each in measured:
        if each.rate is not None:
            verdict = "met" if each.overhead_ms < TARGET_MS else "MISSED"
            click.echo(
                f"target       {each.tool} at {each.rate}/s: {each.overhead_ms:.2f} ms added at the median,"
                f" less than {TARGET_MS:g} ms wanted: {verdict}"
            )
    if report_file is not None:
        content = {"benchmark": "gateway", "loads": [each.as_json for each in measured]}
        write_text(report_file, json.dumps(content, indent=1) + "\n")
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
    write_text(page, tracing_page(measurements))
    click.echo(page)


@bench.command()
@click.option("-n", "--participants", type=click.IntRange(2, 128), default=10, show_default=True)
@click.option("-t", "--threshold", type=click.IntRange(2, 128), default=7, show_default=True)
@click.option(
    "--count",
    type=click.IntRange(1, 1000),
    default=9,
    show_default=True,
    help="How many openings to measure, after a first one.",
)
@_report_option
def opening(participants: int, threshold: int, count: int, report_file: Path | None) -> None:
    """
    Measure how long a threshold of participants takes to open a sealed model.

    Chain, gateway and all participants run in this process and talk over the loopback interface. The chain
    mines at once, and nobody waits for confirmations: on a real chain, add the time until the line of the
    opening is mined and confirmed.
    """
    if threshold > participants:
        raise click.UsageError("the threshold is at most the number of participants")
    # The development chain is not always installed; no other command here needs it.
    from tcss_chain.benchmarks.opening_measurement import measure_openings
    from tcss_chain.benchmarks.opening_report_file import report_lines, write_opening_report
    from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet

    with EmbeddedDevnet(account_count=participants + 1) as chain:
        measured = measure_openings(
            chain.rpc_url,
            chain.accounts,
            n=participants,
            t=threshold,
            count=count,
            tell=lambda line: click.echo(line, err=True),
        )
    for line in report_lines(measured):
        click.echo(line)
    if report_file is not None:
        write_opening_report(measured, report_file)
        click.echo(f"measurements in {report_file}")


@bench.command()
@click.option(
    "--size-mb",
    type=click.IntRange(1),
    default=2048,
    show_default=True,
    help="Size of the model in MiB; three times as much must be free.",
)
@click.option("--repetitions", type=click.IntRange(1), default=3, show_default=True, help="For medians.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, writable=True, path_type=Path),
    default=".",
    help="On the disk to measure; what is written there is removed.  [default: the current folder]",
)
@_report_option
def sealing(size_mb: int, repetitions: int, folder: Path, report_file: Path | None) -> None:
    """Measure how fast a model is sealed and opened, beside cipher and disk."""
    measured = measure_sealing(folder, size_mb << 20, repetitions)
    _print_sealing(measured)
    if report_file is not None:
        write_text(report_file, json.dumps({"benchmark": "sealing"} | asdict(measured), indent=2) + "\n")
        click.echo(f"measurements in {report_file}")


def _print_sealing(measured: SealingMeasurement) -> None:
    speeds = {
        "openssl speed, AES-256-GCM": measured.openssl,
        "AES-256-GCM of the library": measured.cipher,
        "BLAKE3": measured.digest,
        "copying the file": measured.copy,
        "sealing": measured.seal,
        "sealing, before the wait for the disk": measured.seal_before_disk,
        "opening to memory": measured.open_to_memory,
        "opening to a file": measured.open_to_file,
        "opening, before the wait for the disk": measured.open_before_disk,
    }
    click.echo(f"a model of {measured.size} bytes, medians of {measured.repetitions}")
    for name, speed in speeds.items():
        if speed is None:
            click.echo(f"{name:38} no such program")
            continue
        of_openssl = "" if measured.openssl is None else f"{speed / measured.openssl:6.0%} of openssl"
        click.echo(f"{name:38} {speed / 1e9:6.2f} GB/s {of_openssl} {speed / measured.copy:6.0%} of copying")
    click.echo(
        f"{'peak memory':38} {measured.peak_bytes / 1e6:6.0f} MB, {measured.start_bytes / 1e6:.0f} MB of them"
        " at the start"
    )
