"""Which sessions the policy closes, as the chain shows them."""

from __future__ import annotations

from threading import Lock
from typing import Protocol

from tcss_chain.chain.session_reads import SessionState
from tcss_chain.protocol.session import Configuration

from .policy import Closure, GatewayPolicy, closure


class SessionFacts(Protocol):
    """What is read of sessions; `SessionReads` does it."""

    def state(self, sid: bytes) -> SessionState:
        """Read where a session stands."""

    def configuration(self, sid: bytes) -> Configuration:
        """Read what it is made of."""


class ConvictionWatch:
    """
    Judges sessions by what the chain says now. A conviction that was seen once counts until the process ends.

    The newest block is asked, not a deep one: to stop too early is undone by starting again, to stop too
    late by nothing.

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
            If no node tells.
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
