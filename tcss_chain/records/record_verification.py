"""
Checking that a record's proof supports it.

The proof stands in the transaction that made the record. From it and from the session's events everything is
computed anew: roster, aggregate, query points, and the pairing equation. Only a node that makes up all of
these together passes: ask several nodes, or run one.
"""

from __future__ import annotations

from typing import Any

from web3.types import TxData

from tcss_chain.chain.abi_values import decode_challenge, decode_claim, decode_trace_proof
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_events import SessionEvents
from tcss_chain.chain.session_view import SessionView
from tcss_chain.errors import TcssError
from tcss_chain.protocol.trace_proof import TraceProof, trace_statement, verify

from .record_reads import TraceRecord


class RecordMismatchError(TcssError):
    """
    A record differs from the transaction that made it, or there is none.

    Attributes
    ----------
    record_id : int
        The record.
    what : str
        What differs.
    """

    def __init__(self, record_id: int, what: str) -> None:
        self.record_id = record_id
        self.what = what
        super().__init__(f"record {record_id} cannot be checked: {what}; ask another node")


def verify_record(connection: Connection, record: TraceRecord, first_block: int = 0) -> bool:
    """
    Verify a record's proof with this machine's own arithmetic.

    Parameters
    ----------
    connection : Connection
        A node that still has the session's events and the transaction.
    record : TraceRecord
        The record, as read from the contract.
    first_block : int
        From which block on events are read.

    Returns
    -------
    bool
        Whether the proof holds for exactly what the record says.

    Raises
    ------
    RecordMismatchError
        If the record does not say what the transaction said.
    ChainError
        If the node fails or contradicts itself.
    """
    proof = _proof_of(connection, record, first_block)
    view = SessionView(connection, record.sid, first_block)
    roster = view.roster()
    aggregate = view.aggregate(roster, view.dealings())
    state = view.reads.state(record.sid)
    if record.auditor != view.configuration().auditor:
        raise RecordMismatchError(record.record_id, "the auditor")
    statement = trace_statement(
        roster, record.auditor, record.accused, record.challenge, record.claim, state.aggregate_hash
    )
    return verify(statement, proof, roster, aggregate, state.qualified)


def _proof_of(connection: Connection, record: TraceRecord, first_block: int) -> TraceProof:
    transactions = SessionEvents(connection, first_block).recording_transactions(record.sid, record.record_id)
    if not transactions:
        raise RecordMismatchError(record.record_id, "the node has no event of it")
    transaction = connection.ask(
        "reading the transaction of a record", lambda: connection.w3.eth.get_transaction(transactions[0])
    )
    claimed, proof = connection.ask(
        "decoding the transaction of a record", lambda: _decode(connection, record, transaction)
    )
    if claimed != (record.sid, record.accused, record.challenge, record.claim):
        raise RecordMismatchError(record.record_id, "what its transaction says")
    return proof


def _decode(connection: Connection, record: TraceRecord, transaction: TxData) -> tuple[Any, TraceProof]:
    function, arguments = connection.contract.decode_function_input(transaction["input"])
    if function.fn_name != "convict":
        raise RecordMismatchError(record.record_id, "its transaction is no conviction")
    claimed = (
        bytes(arguments["sid"]),
        tuple(arguments["accused"]),
        decode_challenge(arguments["challenge"]),
        decode_claim(arguments["claim"]),
    )
    return claimed, decode_trace_proof(arguments["proof"])
