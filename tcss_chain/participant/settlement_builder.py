"""Putting a settlement together from the chain and from what is kept, with everything checked."""

from __future__ import annotations

from collections.abc import Mapping

from eth_typing import ChecksumAddress

from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.checkpoint import Reached
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.posted_dealing import dealings_hash
from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.share_encryption import EncryptedShare

from .errors import UnknownSecretsError
from .events import Observer
from .secrets_store import SecretsStore, SessionSecrets
from .settlement import Settlement
from .share_collector import ShareCollector


class SettlementBuilder:
    """
    Makes settlements of one session.

    Parameters
    ----------
    view : SessionView
        The session.
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        The participant.
    peers : PeerFetcher
        Asks the dealers' services.
    store : SecretsStore
        Where secrets and received shares are kept.
    observe : Observer
        Told of what happens.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(
        self,
        view: SessionView,
        actions: SessionActions,
        sender: TransactionSender,
        peers: PeerFetcher,
        store: SecretsStore,
        observe: Observer,
        reached: Reached,
    ) -> None:
        self._view = view
        self._actions = actions
        self._sender = sender
        self._peers = peers
        self._store = store
        self._observe = observe
        self._reached = reached

    def build(self, state: SessionState, secrets: SessionSecrets) -> Settlement:
        """
        Make the settlement of one roster and its dealings.

        Parameters
        ----------
        state : SessionState
            The hashes that roster and dealings must lead to.
        secrets : SessionSecrets
            What is kept of the session.

        Returns
        -------
        Settlement
            It has nothing yet but what was kept.

        Raises
        ------
        ChainContradictionError
            If the node's roster or dealings are others.
        UnknownSecretsError
            If the own dealing on chain is not the one that is kept.
        ChainError
            If the node fails.
        """
        sid, me = self._view.sid, self._sender.address
        roster, dealings = self._view.roster(), self._view.dealings()
        if (roster.roster_hash, dealings_hash(sid, roster.keys(), dealings)) != (
            state.roster_hash,
            state.dealings_hash,
        ):
            raise ChainContradictionError("roster and dealings are not those that the session counts")
        own = _own_shares(secrets, roster, dealings.get(me))
        collector = ShareCollector(
            roster,
            roster.participant(me),
            secrets.e,
            dealings,
            self._peers,
            self._store.load_received(sid),
            own.get(me),
        )
        return Settlement(
            self._view,
            self._actions,
            self._sender,
            roster,
            dealings,
            collector,
            secrets.e,
            self._keep_received,
            self._observe,
        )

    def _keep_received(self, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        self._reached("received.verified")
        self._store.save_received(self._view.sid, shares)
        self._reached("received.saved")


def _own_shares(
    secrets: SessionSecrets, roster: Roster, posted: Dealing | None
) -> Mapping[ChecksumAddress, EncryptedShare]:
    """Give the shares of the own dealing, which must be the one on chain: a restored store may be older."""
    if posted is None:
        return {}
    kept = secrets.for_roster(roster.roster_hash)
    if kept is None or kept.dealt is None or kept.dealt.dealing != posted:
        raise UnknownSecretsError(roster.sid)
    return kept.dealt.shares
