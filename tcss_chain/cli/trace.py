"""``tcss trace``: find out who leaked from a box, convict, and check what an auditor published."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.auditor import NotTraced, StrategyName, Trace, TracePlan
from tcss_chain.auditor.published_file import read_published, write_published
from tcss_chain.auditor.published_trace import CheckReport, PublishedTrace, check_private, check_published
from tcss_chain.auditor.session_auditor import SessionAuditor, require_auditor
from tcss_chain.auditor.session_tracer import SessionTracer
from tcss_chain.auditor.transcript_file import entries_of, plan_to_resume, read_transcript
from tcss_chain.chain.connection import Connection
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import MAX_FIGURE
from tcss_chain.records.errors import RecordCheckError
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads, TraceRecord
from tcss_chain.session_package import session_view

from .box_argument import open_box
from .parameters import AddressType, SessionIdType, UrlType, in_a_folder, no_nan
from .passphrase_option import passphrase_option
from .records import print_record, verdict_of
from .session_package import package_of, package_option
from .trace_means import TraceMeans, TraceWishes, means_from_key_file, means_from_state
from .trace_outcome import print_not_traced, print_traced
from .trace_progress import TraceProgress

_REQUIRED: Final = ("box", "rpc_url", "contract", "sid", "key_file")
_REQUIRED_WITH_AUDITOR: Final = ("box", "sid")
_MODES: Final = {mode.name.lower(): mode for mode in QueryMode}
_STRATEGIES: Final = [name.value for name in StrategyName if name is not StrategyName.KNOWN_ACCUSED]


@click.group(invoke_without_command=True, subcommand_metavar="[verify PUBLISHED ...]")
@click.option(
    "--box",
    help="The box: an address with http:// or https://, or module:function. A password in an address can be "
    "seen in this machine's list of processes.  [required]",
)
@click.option("--session", "sid", type=SessionIdType(), help="The session.  [required]")
@click.option(
    "--auditor",
    "auditor_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file of the auditor: the key comes from its state, the account from its wallet.",
)
@passphrase_option
@click.option(
    "--rpc",
    "rpc_url",
    type=UrlType(),
    help="JSON-RPC endpoint of any node.  [required without --auditor]",
)
@click.option("--contract", type=AddressType(), help="Address of the contract.  [required without --auditor]")
@click.option(
    "--auditor-key",
    "key_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the auditor's private key of this session, 64 hexadecimal digits; readable by nobody"
    " else.  [required without --auditor]",
)
@click.option(
    "--transcript",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="Private file that keeps every query. If it is there already, the trace goes on where it stopped.",
)
@click.option(
    "--arity",
    "arities",
    type=click.IntRange(1),
    multiple=True,
    help="Numbers of shares to supply, in this order.",
)
@click.option(
    "--mode", "modes", type=click.Choice(list(_MODES)), multiple=True, help="Kinds of query points."
)
@click.option(
    "--strategy", "strategies", type=click.Choice(_STRATEGIES), multiple=True, help="Ways of identification."
)
@click.option(
    "--budget",
    type=click.IntRange(1, MAX_FIGURE),
    help="How many queries to make at most, with those in the transcript."
    f"  [default: {TracePlan().query_budget}]",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, 10**9, min_open=True),
    callback=lambda _context, _parameter, seconds: no_nan(seconds),
    help="After how many seconds to stop.",
)
@click.option(
    "--first-block",
    type=click.IntRange(0),
    help="Where to start looking for events.  [default: 0, or what the auditor knows]",
)
@package_option
@click.option("--convict", is_flag=True, help="Send the proof to the contract; needs --transcript.")
@click.pass_context
def trace(
    context: click.Context,
    /,
    box: str,
    sid: bytes,
    auditor_file: Path | None,
    passphrase_file: Path | None,
    rpc_url: str | None,
    contract: ChecksumAddress | None,
    key_file: Path | None,
    transcript: Path | None,
    first_block: int | None,
    package_files: tuple[Path, ...],
    convict: bool,
    **wanted: Any,
) -> None:
    """
    Query a box until it is certain whose shares it holds.

    \b
    A box at an address is sent POST requests with JSON; every number is 0x and 64 hexadecimal digits:
      {"shares": [["0x..", "0x.."], ...]}     pairs of a point and a value
    and answers {"secret": "0x.."} or {"secret": null}.
    A box module:function is imported from the current folder or the installed packages and called with a
    tuple of pairs of integers; it returns an integer or None. IT RUNS IN THIS PROCESS, where the auditor's
    key is: never do that with code that you do not trust.

    Nothing else needs to be known of the box. With --arity, --mode or --strategy (each may be given more
    than once) only these are tried.

    With --transcript FILE, a trace that was interrupted goes on where it stopped when the same command is
    run again, and no query is made twice. The file is secret: it holds combinations of leaked shares. Every
    box needs a file of its own. What may be published is written to FILE.published.json.

    With --auditor FILE, the session's key and the account come from the state and the wallet of tcss auditor,
    nodes and contract from its file, and the session's package from its archive. The auditor's service may
    run meanwhile, but not while a conviction is sent.

    With --convict, the proof is sent and the record is printed: from the auditor's wallet, written down in
    its state first, so that after a crash the same transaction is sent again; or, with --auditor-key, from
    the account whose private key is in the environment variable TCSS_AUDITOR_ACCOUNT_KEY. Without --convict,
    nothing is sent to the chain; the same command with it sends the proof later, without asking the box
    again.

    \b
    Exit status: 0 somebody was traced, and convicted if that was asked for; 1 nobody can be accused, or an
    error; 2 wrong usage; 130 interrupted.

    \b
    Example:
      tcss trace --box http://127.0.0.1:9000/ --session SID --auditor gateway/auditor.yaml \\
          --transcript box.jsonl --convict
      tcss trace --box http://127.0.0.1:9000/ --rpc http://127.0.0.1:8545 --contract 0x.. \\
          --session SID --auditor-key auditor.key --transcript box.jsonl
      tcss trace verify box.jsonl.published.json --rpc http://127.0.0.1:8545 --contract 0x..
    """  # noqa: D301  # the command line library marks preformatted text with a backspace character
    if context.invoked_subcommand is not None:
        return
    needed = _REQUIRED if auditor_file is None else _REQUIRED_WITH_AUDITOR
    for parameter in context.command.params:
        name = str(parameter.name)
        if name in needed and context.params[name] is None:
            raise click.MissingParameter(ctx=context, param=parameter)
    if auditor_file is not None and key_file is not None:
        raise click.UsageError("give --auditor or --auditor-key, not both", context)
    if convict and transcript is None:
        raise click.UsageError(
            "give --transcript with --convict: a conviction must be checkable afterwards", context
        )
    opened_box = open_box(box)
    wishes = TraceWishes(sid, rpc_url, contract, first_block, package_files)
    if auditor_file is not None:
        means = means_from_state(wishes, auditor_file, passphrase_file, convict=convict)
    elif key_file is not None:
        means = means_from_key_file(wishes, key_file, convict=convict)
    tracer = SessionTracer(
        means.connection, sid, means.key, first_block=means.first_block, package=means.package
    )
    if means.account is not None:
        require_auditor(tracer, means.account.address)
    with TraceProgress() as progress:
        outcome = tracer.trace(
            opened_box, plan=_plan(transcript, wanted), transcript=transcript, on_event=progress
        )
    if isinstance(outcome, NotTraced):
        print_not_traced(outcome, progress.repeated)
        sys.exit(1)
    print_traced(outcome, progress.repeated)
    if transcript is not None:
        published = transcript.with_name(f"{transcript.name}.published.json")
        write_published(published, PublishedTrace.of(outcome, sid, tracer.auditor))
        click.echo(f"published    {published}")
    if means.account is not None:
        with means.sender(means.account) as sender:
            auditor = SessionAuditor(means.connection, sender, sid, means.key, tracer=tracer)
            _convict(means, auditor, outcome, sid)


@trace.command()
@click.argument("published", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--rpc", "rpc_url", required=True, type=UrlType(), help="JSON-RPC endpoint of any node.")
@click.option("--contract", required=True, type=AddressType(), help="Address of the contract.")
@click.option(
    "--transcript",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check the auditor's private transcript as well.",
)
@click.option(
    "--first-block",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Where to start looking for events.",
)
@package_option
def verify(
    published: Path,
    rpc_url: str,
    contract: ChecksumAddress,
    transcript: Path | None,
    first_block: int,
    package_files: tuple[Path, ...],
) -> None:
    """
    Check what an auditor published of a trace against the record on the chain.

    PUBLISHED is the file that tcss trace wrote. Its root and the number of evaluations that agree with the
    accused are computed anew, and the record's proof is verified. With --transcript, the root of all queries
    too. Exit status: 0 everything fits, else 1.
    """
    part = read_published(published)
    private = None if transcript is None else read_transcript(transcript)
    connection = Connection(rpc_url, contract)
    record = _record_of(connection, part.sid, part.accused)
    if record is None:
        click.echo("no record of this session accuses exactly these participants")
        sys.exit(1)
    package = package_of(connection, package_files, record.sid)
    verdict = verdict_of(connection, record, first_block, package)
    print_record(record, verdict)
    roster = session_view(connection, record.sid, first_block, package).roster()
    try:
        evidence = read_evidence(connection, record, first_block).evidence
    except RecordCheckError:  # as the verdict says
        sys.exit(1)
    report = check_published(part, record, evidence, roster)
    _print_report("figures", f"{report.leaves} evaluations, {report.matching} agree", report)
    holds = verdict is True and report.holds
    if private is not None:
        header = private.header
        report = check_private(
            header.sid, header.aggregate_hash, entries_of(private), record, evidence, roster
        )
        _print_report(
            "private", f"{report.leaves} queries, {report.matching} answers to the challenge", report
        )
        holds = holds and report.holds
    if not holds:
        sys.exit(1)


def _plan(transcript: Path | None, wanted: dict[str, Any]) -> TracePlan:
    """Change what the options name in the default plan, or in that of the transcript that is there."""
    begun = TracePlan()
    if transcript is not None and transcript.exists():
        begun = plan_to_resume(read_transcript(transcript))
    changes = {
        "arities": wanted["arities"],
        "modes": tuple(_MODES[mode] for mode in wanted["modes"]),
        "strategies": tuple(StrategyName(name) for name in wanted["strategies"]),
        "query_budget": wanted["budget"],
        "time_limit": wanted["time_limit"],
    }
    return replace(begun, **{name: value for name, value in changes.items() if value})


def _convict(means: TraceMeans, auditor: SessionAuditor, outcome: Trace, sid: bytes) -> None:
    connection = means.connection
    if _record_of(connection, sid, outcome.accused) is None:
        mined = auditor.convict(outcome)
        click.echo(f"proven       in block {mined.block_number}, {mined.gas_used:,} gas")
    else:
        click.echo("proven       earlier")
    record = _record_of(connection, sid, outcome.accused)
    if record is None:
        click.echo("tcss: the node does not show the record yet; look with tcss records", err=True)
        sys.exit(1)
    print_record(record, verdict_of(connection, record, means.first_block, means.package))
    evidence = TraceEvidence(outcome.challenge, outcome.claim)
    if evidence.hash(sid, record.number) != record.evidence_hash:
        click.echo(
            "note: the record is of another trace of the same participants; only what was published of that"
            " one fits it",
            err=True,
        )


def _record_of(
    connection: Connection, sid: bytes, accused: tuple[ChecksumAddress, ...]
) -> TraceRecord | None:
    """Find the record; there cannot be two, for each convicts somebody who was not convicted before."""
    records = RecordReads(connection).of_session(sid)
    return next((record for record in records if record.accused == accused), None)


def _print_report(name: str, found: str, report: CheckReport) -> None:
    verdict = "fits the record" if report.holds else f"DOES NOT FIT: {', '.join(report.differences)}"
    click.echo(f"  {name:<9}{found}: {verdict}")
