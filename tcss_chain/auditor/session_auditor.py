"""The auditor's part in a session: confirm it, trace a box, convict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eth_account.signers.local import LocalAccount

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import G
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.trace_proof import prove, trace_statement
from tcss_chain.session_package import SessionPackage

from .auditor_key import AuditorKey
from .box import Box
from .errors import AuditorAccountError
from .events import TraceEvent
from .outcome import NotTraced, Trace
from .plan import TracePlan
from .session_tracer import SessionTracer

__all__ = ["AuditorKey", "SessionAuditor"]


class SessionAuditor:
    """
    Audits one session.

    Parameters
    ----------
    connection : Connection
        The node.
    account : LocalAccount
        The auditor's account, as the session's configuration names it.
    sid : bytes
        The session.
    key : AuditorKey
        The private key of this session; keep it before confirming, without it nothing can be traced.
    on_transaction : callable, optional
        Told of every mined transaction.
    first_block : int
        From which block on events are read.
    package : SessionPackage, optional
        What to take in place of events; see `SessionTracer`.

    Attributes
    ----------
    tracer : SessionTracer
        What traces.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        sid: bytes,
        key: AuditorKey,
        *,
        on_transaction: Callable[[MinedTransaction], None] | None = None,
        first_block: int = 0,
        package: SessionPackage | None = None,
    ) -> None:
        self._sid = sid
        self._key = key
        self._sender = TransactionSender(connection, account, on_transaction)
        self._actions = SessionActions(connection)
        self.tracer = SessionTracer(connection, sid, key, first_block=first_block, package=package)

    def confirm(self) -> MinedTransaction:
        """
        Confirm the session, so that joining opens.

        Raises
        ------
        ContractRefusedError
            If the session is not waiting for this auditor, or the key was used before.
        """
        A = G * self._key.alpha
        proof = prove_possession(self._sid, self._sender.address, KeyRole.AUDITOR, self._key.alpha, A)
        return self._sender.send(self._actions.confirm(self._sid, A, proof))

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
        if self._sender.address != self.tracer.auditor:
            raise AuditorAccountError(self._sender.address, self.tracer.auditor)

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

        Parameters
        ----------
        trace : Trace
            What `trace` found.

        Returns
        -------
        MinedTransaction
            The transaction that made the record. If it has to be sent again, send it as it is.

        Raises
        ------
        TraceRelationError
            If the trace does not belong to this session.
        ContractRefusedError
            If the contract does not accept it.
        """
        session, aggregate = self.tracer.session, self.tracer.aggregate
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
        return self._sender.send(call)
