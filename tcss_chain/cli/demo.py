"""``tcss demo``: the whole loop in a minute."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from tcss_chain.consortium import PhaseSeconds, load_consortium
from tcss_chain.demo.cheats import Cheat
from tcss_chain.demo.errors import ExampleMissingError
from tcss_chain.demo.narrator import Narrator
from tcss_chain.demo.stage import ChainKind, open_stage
from tcss_chain.demo.story import Story
from tcss_chain.monitoring.logs import configure_logs

from .parameters import UrlType, in_a_folder

FUNDER_VARIABLE: Final = "TCSS_FUNDER_KEY"


@click.command()
@click.option(
    "--chain",
    type=click.Choice([kind.value for kind in ChainKind]),
    default=ChainKind.EMBEDDED.value,
    show_default=True,
    help="Which chain to start.",
)
@click.option("--rpc", "rpc_url", type=UrlType(), help="Use a chain that runs already.")
@click.option(
    "--consortium",
    "consortium_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Who takes part; the project's examples/healthcare/consortium.yaml when not given.",
)
@click.option(
    "--cheat", type=click.Choice([cheat.value for cheat in Cheat]), help="How one of them misdeals."
)
@click.option("--seed", type=int, help="Repeat who leaks and when the pirate errs; keys are always fresh.")
@click.option(
    "--phase-seconds", type=click.IntRange(1), help="Length of every phase, in place of the file's."
)
@click.option(
    "--json",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=in_a_folder,
    help="Write the outcome to a file.",
)
def demo(
    chain: str,
    rpc_url: str | None,
    consortium_file: Path | None,
    cheat: str | None,
    seed: int | None,
    phase_seconds: int | None,
    report_file: Path | None,
) -> None:
    """
    Show the whole loop: a key without a dealer, a sealed model that is served, a leak, a trace, a verdict.

    Without --rpc it starts a chain of its own. With --rpc, the private key of an account that pays is taken
    from the environment variable TCSS_FUNDER_KEY.
    """
    consortium = load_consortium(consortium_file or _example())
    if phase_seconds is not None:
        consortium = replace(consortium, phases=PhaseSeconds.equal(phase_seconds))
    # The gateway logs for its operator what the narrator tells.
    configure_logs(False, "error", sys.stderr)
    narrator = Narrator(Console())
    with open_stage(ChainKind(chain), rpc_url, os.environ.get(FUNDER_VARIABLE)) as stage:
        story = Story(consortium, stage, narrator, cheat=Cheat(cheat) if cheat else None, seed=seed)
        report = story.play()
    narrator.verdict(report)
    if report_file is not None:
        report.write(report_file)
    if not report.succeeded:
        sys.exit(1)


def _example() -> Path:
    path = Path(str(files("tcss_chain"))).parent / "examples" / "healthcare" / "consortium.yaml"
    if not path.is_file():
        raise ExampleMissingError(str(path))
    return path
