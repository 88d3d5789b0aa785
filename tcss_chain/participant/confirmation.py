"""Whether the chain is sure enough of something for a step that cannot be undone."""

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

    def has_begun(self, phase: Phase, sid: bytes, state: SessionState) -> bool:
        """
        Whether a phase had begun in a block that is deep enough, with what this state says.

        What follows cannot be undone: nobody may act on a roster, dealings or an activation that a
        reorganisation takes away, or that only one of several nodes tells of.

        Parameters
        ----------
        phase : Phase
            The phase that must have begun.
        sid : bytes
            The session.
        state : SessionState
            The state that is to be acted on.

        Returns
        -------
        bool
            Whether roster, and after dealing the dealings, and after activation the aggregate, are the same.

        Raises
        ------
        ChainContradictionError
            If the nodes disagree.
        """
        confirmed = self._reads.state(sid, self._confirmations)
        if confirmed is None or confirmed.phase < phase or confirmed.roster_hash != state.roster_hash:
            return False
        if phase > Phase.DEALING and confirmed.dealings_hash != state.dealings_hash:
            return False
        return phase < Phase.ACTIVE or confirmed.aggregate_hash == state.aggregate_hash
