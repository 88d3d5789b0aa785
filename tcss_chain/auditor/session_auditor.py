"""The auditor's part in a session: confirm it, open the sealed keys, trace a box, convict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import G, random_nonzero_scalar
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.roster import seats_of
from tcss_chain.protocol.trace_proof import prove, trace_statement

from .box import Box
from .events import TraceEvent
from .outcome import NotTraced, Trace
from .plan import TracePlan
from .sealed_keys import open_sealed_keys
from .tracer import TracedSession, trace_box


@dataclass(frozen=True, slots=True)
class AuditorKey:
    """
    The auditor's private key of one session. It must be fresh: one key for two sessions would open both.

    Attributes
    ----------
    alpha : int
        A non-zero scalar.
    """

    alpha: int = field(repr=False)

    @classmethod
    def draw(cls) -> AuditorKey:
        """Draw a fresh key."""
        return cls(random_nonzero_scalar())


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
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        sid: bytes,
        key: AuditorKey,
        *,
        on_transaction: Callable[[MinedTransaction], None] | None = None,
    ) -> None:
        self._sid = sid
        self._key = key
        self._sender = TransactionSender(connection, account, on_transaction)
        self._actions = SessionActions(connection)
        self._view = SessionView(connection, sid)

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

    def trace(
        self,
        box: Box,
        *,
        plan: TracePlan | None = None,
        on_event: Callable[[TraceEvent], None] | None = None,
    ) -> Trace | NotTraced:
        """
        Find out who leaked the shares in a box, through queries alone.

        Parameters
        ----------
        box : Box
            The box.
        plan : TracePlan, optional
            Limits and order of the queries.
        on_event : callable, optional
            Told what happens.

        Returns
        -------
        Trace or NotTraced
            Nobody is accused without a confirmation.

        Raises
        ------
        AuditorKeyMismatchError
            If the key is not this session's.
        ChainError
            If the session's public data cannot be had.
        """
        session, _ = self._traced_session()
        convicted = seats_of(self._view.reads.state(self._sid).convicted)
        known = [session.roster.at_seat(seat).account for seat in convicted]
        return trace_box(box, session, plan=plan, known=known, on_event=on_event)

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
        session, aggregate = self._traced_session()
        qualified = self._view.reads.state(self._sid).qualified
        statement = trace_statement(
            session.roster,
            self._sender.address,
            trace.accused,
            trace.challenge,
            trace.claim,
            session.aggregate_hash,
        )
        proof = prove(statement, session.roster, aggregate, qualified, alpha=self._key.alpha, T=trace.T)
        call = self._actions.convict(
            self._sid, statement.accused, trace.challenge, trace.claim, aggregate, proof
        )
        return self._sender.send(call)

    def _traced_session(self) -> tuple[TracedSession, SealedAggregate]:
        roster = self._view.roster()
        aggregate = self._view.aggregate(roster, self._view.dealings())
        keys = open_sealed_keys(self._key.alpha, roster, aggregate)
        aggregate_hash = self._view.reads.state(self._sid).aggregate_hash
        return TracedSession(roster, aggregate_hash, keys), aggregate
