"""Getting the bond back."""

from __future__ import annotations

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ContractRefusedError
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.protocol.session import Phase


class BondCollector:
    """
    Withdraws a participant's bond as soon as the contract gives it.

    Parameters
    ----------
    connection : Connection
        The nodes.
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        Whose bond it is, and who receives it.
    """

    def __init__(self, connection: Connection, actions: SessionActions, sender: TransactionSender) -> None:
        self._connection = connection
        self._reads = SessionReads(connection)
        self._actions = actions
        self._sender = sender

    def is_due(self, phase: Phase, release_time: int) -> bool:
        """Whether the bond may be withdrawn: after an abort, or from the release time on by the chain."""
        return phase is Phase.ABORTED or self._connection.chain_time() >= release_time

    def collect(self, sid: bytes) -> bool | None:
        """
        Withdraw what is left of the bond.

        Returns
        -------
        bool or None
            Whether something was withdrawn; None when the contract still keeps it.
        """
        if not self._reads.bond(sid, self._sender.address):
            return False
        try:
            self._sender.send(self._actions.withdraw_bond(sid, self._sender.address), sid=sid)
        except ContractRefusedError as refused:
            # The node that simulates is behind the one that told the time.
            if refused.error != "BondLocked":
                raise
            return None
        return True
