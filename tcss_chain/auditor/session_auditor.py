"""The auditor's part in a session: confirm it, trace a box, convict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.transaction_journal import Purpose
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import G
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.roster import Roster, bitmap_of
from tcss_chain.protocol.trace_proof import prove, trace_statement
from tcss_chain.session_package import SessionPackage

from .auditor_key import AuditorKey
from .box import Box
from .errors import AuditorAccountError
from .events import TraceEvent
from .outcome import NotTraced, Trace
from .plan import TracePlan
from .session_tracer import SessionTracer

__all__ = ["AuditorKey", "SessionAuditor", "require_auditor"]

CONVICT: Final = "convict"
"""The contract's function, and the kind of its transactions in a journal."""


class SessionAuditor:
    """
    Audits one session.

    Parameters
    ----------
    connection : Connection
        The node.
    sender : TransactionSender
        Of the auditor's account, as the session's configuration names it. What its journal holds survives a
        crash: a confirmation or a conviction that was signed is sent again as it is.
    sid : bytes
        The session.
    key : AuditorKey
        The private key of this session; keep it before confirming, without it nothing can be traced.
    first_block : int
        From which block on events are read.
    package : SessionPackage, optional
        What to take in place of events; see `SessionTracer`.
    tracer : SessionTracer, optional
        One of the same session and key, which need not read everything again.

    Attributes
    ----------
    tracer : SessionTracer
        What traces.
    """

    def __init__(
        self,
        connection: Connection,
        sender: TransactionSender,
        sid: bytes,
        key: AuditorKey,
        *,
        first_block: int = 0,
        package: SessionPackage | None = None,
        tracer: SessionTracer | None = None,
    ) -> None:
        self._sid = sid
        self._key = key
        self._sender = sender
        self._actions = SessionActions(connection)
        self.tracer = tracer or SessionTracer(connection, sid, key, first_block=first_block, package=package)

    def confirm(self) -> MinedTransaction:
        """
        Confirm the session, so that joining opens.

        Returns
        -------
        MinedTransaction
            The transaction; one that the journal holds already is waited for.

        Raises
        ------
        ContractRefusedError
            If the session is not waiting for this auditor, or the key was used before.
        """
        A = G * self._key.alpha
        proof = prove_possession(self._sid, self._sender.address, KeyRole.AUDITOR, self._key.alpha, A)
        return self._sender.send(self._actions.confirm(self._sid, A, proof), sid=self._sid)

    def require_account(self) -> None:
        """
        Make sure that the account is the session's auditor, before queries are spent.

        Raises
        ------
        AuditorAccountError
            If it is not.
        ChainError
            If the session's configuration cannot be had.
        """
        require_auditor(self.tracer, self._sender.address)

    def trace(
        self,
        box: Box,
        *,
        plan: TracePlan | None = None,
        transcript: Path | None = None,
        on_event: Callable[[TraceEvent], None] | None = None,
    ) -> Trace | NotTraced:
        """Find out who leaked the shares in a box; see `SessionTracer.trace`."""
        return self.tracer.trace(box, plan=plan, transcript=transcript, on_event=on_event)

    def convict(self, trace: Trace) -> MinedTransaction:
        """
        Prove a trace to the contract, which records it for good.

        While the journal holds a conviction of the same participants that is not final, that one is sent
        again as it is and waited for, and no other proof is made.

        Parameters
        ----------
        trace : Trace
            What `trace` found.

        Returns
        -------
        MinedTransaction
            The transaction that made the record.

        Raises
        ------
        TraceRelationError
            If the trace does not belong to this session.
        ContractRefusedError
            If the contract does not accept it.
        """
        session, aggregate = self.tracer.session, self.tracer.aggregate
        purpose = _conviction(self._sid, session.roster, trace.accused)
        earlier = self._sender.take_up(purpose)
        if earlier is not None:
            return earlier
        statement = trace_statement(
            session.roster,
            self._sender.address,
            trace.accused,
            trace.challenge,
            trace.claim,
            session.aggregate_hash,
        )
        proof = prove(
            statement, session.roster, aggregate, self.tracer.qualified(), alpha=self._key.alpha, T=trace.T
        )
        call = self._actions.convict(
            self._sid, statement.accused, trace.challenge, trace.claim, aggregate, proof
        )
        return self._sender.send(call, sid=purpose.sid, subject=purpose.subject)


def require_auditor(tracer: SessionTracer, account: ChecksumAddress) -> None:
    """
    Make sure that an account is the auditor of a tracer's session.

    Raises
    ------
    AuditorAccountError
        If it is not.
    ChainError
        If the session's configuration cannot be had.
    """
    if account != tracer.auditor:
        raise AuditorAccountError(account, tracer.auditor)


def _conviction(sid: bytes, roster: Roster, accused: tuple[ChecksumAddress, ...]) -> Purpose:
    """Name a conviction by the seats of all whom it accuses: a list of addresses has no bound."""
    seats = bitmap_of(roster.participant(account).seat for account in accused)
    return Purpose(sid, CONVICT, f"seats {seats:#x}")
