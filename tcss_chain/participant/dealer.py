"""Dealing: once for each roster, kept before it is posted, and posted as it was kept."""

from __future__ import annotations

from collections.abc import Callable

from tcss_chain.chain.errors import ContractRefusedError
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.checkpoint import Reached
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares
from tcss_chain.protocol.roster import Roster

from .errors import UnknownSecretsError
from .secrets_store import SecretsStore, SessionSecrets

MakeDealing = Callable[[Roster, int], tuple[DealingPolynomials, DealtShares]]
"""Draws polynomials for a roster and makes a dealing of them, with the dealing key ``d_k``."""


class Dealer:
    """
    Deals in one session.

    Parameters
    ----------
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        Who deals.
    store : SecretsStore
        Where a dealing is kept before it is posted.
    view : SessionView
        The session.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(
        self,
        actions: SessionActions,
        sender: TransactionSender,
        store: SecretsStore,
        view: SessionView,
        reached: Reached,
    ) -> None:
        self._actions = actions
        self._sender = sender
        self._store = store
        self._view = view
        self._reached = reached

    def deal(self, known: SessionSecrets, roster_hash: bytes, make: MakeDealing) -> bool:
        """
        Post the dealing that is kept for a roster; make one, and keep it, if there is none.

        Parameters
        ----------
        known : SessionSecrets
            What is kept of the session.
        roster_hash : bytes
            The final roster's hash, confirmed.
        make : callable
            Makes a dealing.

        Returns
        -------
        bool
            Whether it was posted; not if the roster has changed meanwhile.

        Raises
        ------
        UnknownSecretsError
            If polynomials were drawn for this roster, but the dealing is lost.
        ChainError
            If the chain or the node fails.
        """
        sid = self._view.sid
        secrets = known.for_roster(roster_hash)
        if secrets is None:
            # The same polynomials at the points of another roster would give every corrupt member two shares.
            # The roster may have changed since the state was read, even to one that was dealt for before.
            roster = self._view.roster()
            secrets = known.for_roster(roster.roster_hash)
            if secrets is None:
                polynomials, dealt = make(roster, known.d)
                self._reached("dealing.made")
                secrets = known.with_dealing(roster.roster_hash, polynomials, dealt)
                self._store.save(sid, secrets)
                self._reached("dealing.saved")
        if secrets.dealt is None:
            raise UnknownSecretsError(sid)
        call = self._actions.deal(sid, secrets.roster_hash, secrets.dealt.dealing)
        try:
            self._sender.send(call, sid=sid, subject=secrets.roster_hash.hex())
        except ContractRefusedError as refused:
            # The roster changed under this dealing; the next step makes one for the new roster.
            if refused.error != "RosterChanged":
                raise
            return False
        return True
