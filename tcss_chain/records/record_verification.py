"""
Checking that a record's proof supports it.

The proof stands in the transaction that made the record. From it and from the session's events everything is
computed anew: roster, aggregate, query points, and the pairing equation. Only a node that makes up all of
these together passes: ask several nodes, or run one.

A node that has dropped its old logs no longer knows the session's events. A session package stands in for
them. The proof itself is in no package, for convictions come later: where the node has dropped the event or
the transaction of the record too, there is no verdict.
"""

from __future__ import annotations

from typing import Any

from web3.types import TxData

from tcss_chain.chain.abi_values import decode_challenge, decode_claim, decode_trace_proof
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.session_events import RecordedEvent
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_proof import TraceProof, trace_statement, verify
from tcss_chain.session_package import SessionPackage, session_view

from .errors import IndirectConvictionError, RecordHistoryError, RecordMismatchError
from .record_evidence import read_evidence
from .record_reads import TraceRecord


def verify_record(
    connection: Connection,
    record: TraceRecord,
    first_block: int = 0,
    package: SessionPackage | None = None,
) -> bool:
    """
    Verify a record's proof with this machine's own arithmetic.

    Parameters
    ----------
    connection : Connection
        A node that still has the event and the transaction of the record and, without a package, the events
        of the session.
    record : TraceRecord
        The record, as read from the contract.
    first_block : int
        From which block on events are read.
    package : SessionPackage, optional
        The session's package, in place of its events.

    Returns
    -------
    bool
        Whether the proof holds for what the record says, and was sent at that time.

    Raises
    ------
    RecordMismatchError
        If the record does not say what the transaction said, or has no event.
    IndirectConvictionError
        If the auditor convicted through another contract.
    RecordHistoryError
        If the node fails when it is asked for the event or the transaction of the record, or for its block.
    PackageSessionError
        If the package is of another session.
    ChainError
        If the node fails or contradicts itself.
    """
    recorded = read_evidence(connection, record, first_block)
    proof = _proof_of(connection, record, recorded)
    view = session_view(connection, record.sid, first_block, package)
    roster = view.roster()
    aggregate = view.aggregate(roster, view.dealings())
    state = view.reads.state(record.sid)
    if record.auditor != view.configuration().auditor:
        raise RecordMismatchError(record.sid, record.number, "the auditor")
    statement = trace_statement(
        roster,
        record.auditor,
        record.accused,
        recorded.evidence.challenge,
        recorded.evidence.claim,
        state.aggregate_hash,
    )
    return verify(statement, proof, roster, aggregate, state.qualified)


def _proof_of(connection: Connection, record: TraceRecord, recorded: RecordedEvent) -> TraceProof:
    eth = connection.w3.eth
    try:
        transaction = connection.ask(
            "reading the transaction of a record", lambda: eth.get_transaction(recorded.transaction_hash)
        )
        mined = connection.ask(
            "reading the block of a record",
            lambda: int(eth.get_block(transaction["blockNumber"])["timestamp"]),
        )
    except NodeError as error:
        raise RecordHistoryError(record.sid, record.number, "transaction", error.reason) from None
    if mined != record.time:
        raise RecordMismatchError(record.sid, record.number, "its time is not that of its block")
    if transaction["to"] != connection.contract_address:
        raise IndirectConvictionError(record.sid, record.number)
    claimed, proof = connection.ask(
        "decoding the transaction of a record", lambda: _decode(connection, record, transaction)
    )
    if claimed != (record.sid, record.accused, recorded.evidence):
        raise RecordMismatchError(record.sid, record.number, "what its transaction says")
    return proof


def _decode(connection: Connection, record: TraceRecord, transaction: TxData) -> tuple[Any, TraceProof]:
    function, arguments = connection.contract.decode_function_input(transaction["input"])
    if function.fn_name != "convict":
        raise RecordMismatchError(record.sid, record.number, "its transaction is no conviction")
    claimed = (
        bytes(arguments["sid"]),
        tuple(arguments["accused"]),
        TraceEvidence(decode_challenge(arguments["challenge"]), decode_claim(arguments["claim"])),
    )
    return claimed, decode_trace_proof(arguments["proof"])
