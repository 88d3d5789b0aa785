"""``tcss open``: open a sealed model with the answers of the participants, or show what it says of itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

import click

from tcss_chain.opening.gateway_errors import TooFewAnswersError
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import ConvictedAnswers, OpeningSettings
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.sealed_model.sealed_file import SealedHeader, read_header
from tcss_chain.service.auditor_at_work import auditor_at_work

from .open_progress import OpenProgress
from .parameters import in_a_folder, no_nan
from .passphrase_option import passphrase_from, passphrase_option
from .session_package import package_of, package_option

_REQUIRED: Final = ("target", "auditor_file", "purpose")
_DEFAULT: Final = OpeningSettings()


@click.command("open")
@click.argument("model", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--inspect", is_flag=True, help="Only show what the model says of itself; nobody is asked.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="Where the plain model goes; readable by nobody else.  [required]",
)
@click.option(
    "--auditor",
    "auditor_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file of the session's auditor.  [required]",
)
@click.option(
    "--purpose", help="What the model is opened for, 1 to 200 characters; public for ever.  [required]"
)
@passphrase_option
@click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
@click.option(
    "--patience",
    type=click.FloatRange(0, 10**6, min_open=True),
    callback=lambda _context, _parameter, seconds: no_nan(seconds),
    default=_DEFAULT.patience_seconds,
    show_default=True,
    help="For how many seconds participants are asked.",
)
@click.option(
    "--convicted-answers",
    type=click.Choice([each.value for each in ConvictedAnswers]),
    default=_DEFAULT.convicted_answers.value,
    show_default=True,
    help="Whether participants are asked who were convicted.",
)
@click.option(
    "--most-convicted",
    type=click.IntRange(0),
    default=_DEFAULT.most_convicted,
    show_default=True,
    help="With more convicted participants than this, nothing is opened.",
)
@package_option
@click.pass_context
def open_model(
    context: click.Context,
    /,
    model: Path,
    inspect: bool,
    target: Path | None,
    auditor_file: Path | None,
    purpose: str | None,
    passphrase_file: Path | None,
    overwrite: bool,
    patience: float,
    convicted_answers: str,
    most_convicted: int,
    package_files: tuple[Path, ...],
) -> None:
    """
    Open the sealed MODEL with the answers of the participants of its session.

    The opening is written down in the public opening log first, with its purpose. Then all participants are
    asked, through the services in the auditor's consortium files, and as many as the session's threshold must
    answer; each decides by its own policy. The auditor's service must not run meanwhile: it has the account.

    What is shown here of single participants is for the gateway alone: a participant that learns whether its
    answer was right can test shares.

    \b
    Exit status: 0 the model was opened; 1 an error; 2 wrong usage; 130 interrupted. No part of a plain model
    is left but after status 0.

    \b
    Example:
      tcss open diagnosis.tcss -o diagnosis.onnx --auditor gateway/auditor.yaml --purpose "monthly test"
      tcss open --inspect diagnosis.tcss
    """  # noqa: D301  # the command line library marks preformatted text with a backspace character
    if inspect:
        _print_header(read_header(model))
        return
    for parameter in context.command.params:
        name = str(parameter.name)
        if name in _REQUIRED and context.params[name] is None:
            raise click.MissingParameter(ctx=context, param=parameter)
    assert target is not None and auditor_file is not None and purpose is not None  # noqa: S101, PT018
    header = read_header(model)
    file = load_auditor_file(auditor_file)
    settings = OpeningSettings(
        convicted_answers=ConvictedAnswers(convicted_answers),
        most_convicted=most_convicted,
        confirmations=file.node.confirmations,
        patience_seconds=patience,
        poll_seconds=file.node.poll_seconds,
    )
    passphrase = passphrase_from(passphrase_file)
    reports: list[OpeningReport] = []
    with _terminable(), OpenProgress() as progress:
        try:
            with auditor_at_work(file, passphrase, "the opening", "open the model") as auditor:
                sid = header.label.sid
                auditor.key(sid)
                package = package_of(auditor.connection, package_files, sid)
                if package is not None:
                    auditor = replace(auditor, packages={sid: package})
                opener = auditor.opener(settings, reports.append, progress.reached)
                opener.open_to_file(model, target, purpose, overwrite=overwrite, progress=progress.decrypted)
        except TooFewAnswersError as error:
            _print_report(error.report)
            raise
    _print_report(reports[-1])
    click.echo(f"digest       0x{header.label.digest.hex()} (BLAKE3)")
    click.echo(f"opened       {target}, {header.label.size:,} bytes")


@contextmanager
def _terminable() -> Iterator[None]:
    """End on a request to terminate as on Ctrl-C, so that nothing half-written is left."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_header(header: SealedHeader) -> None:
    label = header.label
    click.echo(f"model        {label.model}, {label.size:,} bytes")
    click.echo(f"digest       0x{label.digest.hex()} (BLAKE3)")
    click.echo(f"owner        {label.owner}, whose signature it has")
    click.echo(f"context      {label.context or '-'}")
    click.echo(f"session      0x{label.sid.hex()}")
    click.echo(f"contract     {header.contract} on chain {header.chain_id}")


def _print_report(report: OpeningReport) -> None:
    click.echo(f"request      0x{report.request_hash.hex()}")
    click.echo(f"transaction  {report.transaction}, line {report.number} of the session's opening log")
    click.echo(f"answers      {len(report.used)} right, {report.threshold} needed")
    said = [
        *((account, "right") for account in report.used),
        *((account, f"WRONG ({wrong})") for account, wrong in report.false.items()),
        *((account, f"refused ({refusal})") for account, refusal in report.refused.items()),
        *((account, f"nothing ({reason})") for account, reason in report.silent.items()),
        *((account, "not asked") for account in report.not_asked),
    ]
    for account, what in said:
        click.echo(f"  {account} {what}")
