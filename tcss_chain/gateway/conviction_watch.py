"""Which sessions the policy closes, as the chain shows them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import NodeError
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.protocol.session import Configuration

from .policy import Closure, GatewayPolicy, closure


class SessionFacts(Protocol):
    """What is read of sessions; `AgreedFacts` does it."""

    def state(self, sid: bytes) -> SessionState:
        """Read where a session stands; one node alone must not be able to make it up."""

    def configuration(self, sid: bytes) -> Configuration:
        """Read what it is made of; it must be what the session id stands for."""


class AgreedFacts:
    """
    Reads sessions in a way that no single node can forge.

    Parameters
    ----------
    connection : Connection
        The nodes.
    view_of : callable
        Gives the view of a session.
    """

    def __init__(self, connection: Connection, view_of: Callable[[bytes], SessionView]) -> None:
        self._confirmed = ConfirmedReads(connection)
        self._view_of = view_of

    def state(self, sid: bytes) -> SessionState:
        """
        Read where a session stands, as of the latest block that all nodes have.

        Raises
        ------
        ChainContradictionError
            If the nodes say different things.
        WitnessMissingError
            If several nodes are configured, and fewer than two answer.
        NodeError
            If none answers, or not all that answer know the session.
        """
        state = self._confirmed.state(sid, 0)
        if state is None:
            raise NodeError("reading a model's session", "not all nodes know it as of one block")
        return state

    def configuration(self, sid: bytes) -> Configuration:
        """
        Read what a session is made of, and check it against the session id.

        Raises
        ------
        ChainContradictionError
            If it is another session's.
        NodeError
            If no node answers.
        """
        return self._view_of(sid).configuration()


class ConvictionWatch:
    """
    Judges sessions by what the chain says now. A conviction that was seen once counts until the process ends.

    The latest block that all nodes have is asked, not a deep one: to stop too early is undone by starting
    again, to stop too late by nothing. All nodes must agree, for otherwise one that lies could close all
    models.

    Parameters
    ----------
    facts : SessionFacts
        Reads sessions.
    policy : GatewayPolicy
        The gateway's.
    """

    def __init__(self, facts: SessionFacts, policy: GatewayPolicy) -> None:
        self._facts = facts
        self._policy = policy
        self._lock = Lock()
        self._thresholds: dict[bytes, int] = {}
        self._final: dict[bytes, Closure] = {}

    def judge(self, sid: bytes) -> Closure | None:
        """
        Say why a session's models must not be served.

        Parameters
        ----------
        sid : bytes
            The session.

        Returns
        -------
        Closure or None
            Why, None if they may.

        Raises
        ------
        ChainError
            If no node tells, too few do, or they contradict each other.
        """
        with self._lock:
            final = self._final.get(sid)
            threshold = self._thresholds.get(sid)
        if final is not None:
            return final
        if threshold is None:
            threshold = self._facts.configuration(sid).threshold
        found = closure(self._facts.state(sid), threshold, self._policy)
        with self._lock:
            self._thresholds[sid] = threshold
            if found is not None and found.is_final:
                self._final[sid] = found
        return found
