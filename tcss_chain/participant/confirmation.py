"""What the chain is sure enough of for a step that cannot be undone."""

from __future__ import annotations

from tcss_chain.chain.confirmed_reads import Confirmations, ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.protocol.session import Phase


class Confirmation:
    """
    Compares a session's state with that of a block which is deep enough, as all nodes have it.

    Parameters
    ----------
    connection : Connection
        The nodes.
    confirmations : int or "finalized"
        How deep.
    """

    def __init__(self, connection: Connection, confirmations: Confirmations) -> None:
        self._reads = ConfirmedReads(connection)
        self._confirmations = confirmations

    def of(self, phase: Phase, sid: bytes, state: SessionState) -> SessionState | None:
        """
        Give what a block says that is deep enough, if a phase had begun there with what the state says now.

        What follows cannot be undone: nobody may act on a roster, dealings or an activation that a
        reorganisation takes away, or that only one of several nodes tells of.

        Parameters
        ----------
        phase : Phase
            The phase that must have begun.
        sid : bytes
            The session.
        state : SessionState
            The state as the current node has it now.

        Returns
        -------
        SessionState or None
            The state of that block, to be acted on; None if it differs in the roster, after dealing in the
            dealings, or after activation in the qualified set and the aggregate.

        Raises
        ------
        ChainContradictionError
            If the nodes disagree.
        """
        confirmed = self._reads.state(sid, self._confirmations)
        if confirmed is None or confirmed.phase < phase:
            return None
        compared = ["roster_hash", "joined"]
        if phase > Phase.DEALING:
            compared += ["dealings_hash", "dealt"]
        if phase is Phase.ACTIVE:
            compared += ["qualified", "aggregate_hash"]
        same = all(getattr(confirmed, name) == getattr(state, name) for name in compared)
        return confirmed if same else None
