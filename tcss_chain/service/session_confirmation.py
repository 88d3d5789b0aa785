"""Confirming a session with a key that is kept before anything leaves."""

from __future__ import annotations

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.curve import G1, G
from tcss_chain.store.auditor_key_table import AuditorKeyTable

from .errors import KeyNotKeptError


class SessionConfirmer:
    """
    Confirms sessions, each with a fresh key of its own.

    A session's key is drawn once, and is on the disk before the transaction is signed: whatever happens after
    that, this key is used for this session and no other one. The transaction is journalled too, so after a
    crash the same one is sent again.

    No block needs to be deep for that. The key is bound to the session id, and is used for nothing else: when
    a reorganisation takes the confirmation out of its block, the same transaction is offered again; when it
    takes the session away, the session that is created again has the same id, for the id is the hash of all
    that it is made of, and gets the same key. A key whose session never comes back was seen, and opens
    nothing. What cannot be undone begins when members deal, and they wait for confirmations themselves.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        Of the auditor's account, with a journal that survives a crash.
    keys : AuditorKeyTable
        Keeps the keys.
    reached : callable
        Told when a key was saved, of which a crash must do no harm.
    """

    def __init__(
        self,
        connection: Connection,
        sender: TransactionSender,
        keys: AuditorKeyTable,
        reached: Reached = go_on,
    ) -> None:
        self._connection = connection
        self._reads = SessionReads(connection)
        self._sender = sender
        self._keys = keys
        self._reached = reached

    def has_key(self, sid: bytes) -> bool:
        """Whether a key is kept for a session: it was decided then that it is confirmed."""
        return self._keys.load(sid) is not None

    def confirm(self, sid: bytes) -> MinedTransaction | None:
        """
        Confirm a session.

        Parameters
        ----------
        sid : bytes
            A session that names this account as its auditor, and is to be confirmed.

        Returns
        -------
        MinedTransaction or None
            The transaction, None if the session is confirmed already.

        Raises
        ------
        KeyNotKeptError
            If it was confirmed with a key that is not kept here.
        StoreError
            If the key cannot be kept; nothing was sent then.
        ContractRefusedError
            If the contract refuses it, as when the phase is over.
        TransactionTimeoutError
            If it was not mined in time; the next call waits for the same transaction.
        ChainError
            If it cannot be sent, or fails.
        """
        A = self._reads.state(sid).A
        if A is not None:
            self.require_own(sid, A)
            return None
        key = self._keys.load(sid)
        if key is None:
            key = AuditorKey.draw()
            self._keys.save(sid, key)
            self._reached("auditor_key.saved")
        return SessionAuditor(self._connection, self._sender, sid, key).confirm()

    def require_own(self, sid: bytes, A: G1) -> None:
        """
        Make sure that a session was confirmed with the key that is kept for it.

        Raises
        ------
        KeyNotKeptError
            If it was not.
        """
        key = self._keys.load(sid)
        if key is None or G * key.alpha != A:
            raise KeyNotKeptError(sid)
