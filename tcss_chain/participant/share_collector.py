"""Collecting a participant's shares from all dealers, and judging them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.chain.session_events import RevealedEvent
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.roster import Participant as RosterEntry
from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.share_encryption import EncryptedShare, Share, decrypt_share
from tcss_chain.protocol.share_tree import root_from_path, share_leaf
from tcss_chain.protocol.share_verification import ReceivedShare, find_invalid_shares


@dataclass(frozen=True, slots=True)
class InvalidShare:
    """
    A share that the dealer committed to and that is wrong: enough for a complaint.

    Attributes
    ----------
    encrypted : EncryptedShare
        The share with a path that leads to the dealer's root.
    equation : ShareEquation
        Which equation fails; without meaning when a word is no scalar.
    """

    encrypted: EncryptedShare
    equation: ShareEquation


class ShareCollector:
    """
    Fetches, decrypts and verifies the shares of one participant for one set of dealings.

    Parameters
    ----------
    roster : Roster
        The final roster.
    me : RosterEntry
        The recipient.
    encryption_key : int
        ``e_j``, the recipient's secret.
    dealings : mapping of ChecksumAddress to Dealing
        All dealings, as posted.
    peers : PeerFetcher
        Asks the dealers' services.
    kept : mapping of ChecksumAddress to EncryptedShare
        Shares that were received before, perhaps of other dealings.
    own : EncryptedShare or None
        The recipient's share of its own dealing.
    """

    def __init__(
        self,
        roster: Roster,
        me: RosterEntry,
        encryption_key: int,
        dealings: Mapping[ChecksumAddress, Dealing],
        peers: PeerFetcher,
        kept: Mapping[ChecksumAddress, EncryptedShare] | None = None,
        own: EncryptedShare | None = None,
    ) -> None:
        self._roster = roster
        self._me = me
        self._encryption_key = encryption_key
        self._dealings = dealings
        self._peers = peers
        self._kept = dict(kept or {}) | ({me.account: own} if own is not None else {})
        self._missing_since: dict[ChecksumAddress, float] = {}
        self.verified: dict[ChecksumAddress, Share] = {}
        self.invalid: dict[ChecksumAddress, InvalidShare] = {}

    def collect(
        self, dealers: Iterable[ChecksumAddress], revealed: Iterable[RevealedEvent]
    ) -> dict[ChecksumAddress, EncryptedShare]:
        """
        Try to get the shares that are still missing, from the dealers or from what was revealed on chain.

        Parameters
        ----------
        dealers : iterable of ChecksumAddress
            Whose shares are wanted.
        revealed : iterable of RevealedEvent
            Shares for this recipient that dealers revealed on chain.

        Returns
        -------
        dict
            The shares that came now, valid or not, by dealer.
        """
        wanted = self.outstanding(dealers)
        received: dict[ChecksumAddress, EncryptedShare] = {}
        for dealer, share in self._at_hand(wanted, revealed):
            received.setdefault(dealer, share)
        absent = [dealer for dealer in wanted if dealer not in received]
        fetched = self._peers.fetch_shares(self._roster.sid, self._me.account, absent) if absent else {}
        for dealer, share in fetched.items():
            if self._is_committed(dealer, share):
                received[dealer] = share
            else:
                # It proves nothing against the dealer: it is as good as none.
                self._peers.distrust(dealer, "a share that it did not commit to")
        for dealer in wanted:
            if dealer in received:
                self._missing_since.pop(dealer, None)
            else:
                self._missing_since.setdefault(dealer, time.monotonic())
        self._judge(received)
        return received

    def outstanding(self, dealers: Iterable[ChecksumAddress]) -> list[ChecksumAddress]:
        """Name those of the dealers whose shares have not come yet."""
        return [dealer for dealer in dealers if dealer not in self.verified and dealer not in self.invalid]

    def missing_for(self, seconds: float) -> list[ChecksumAddress]:
        """Name the dealers whose shares have been missing for this long."""
        now = time.monotonic()
        return [dealer for dealer, since in self._missing_since.items() if now - since >= seconds]

    def _at_hand(
        self, wanted: Iterable[ChecksumAddress], revealed: Iterable[RevealedEvent]
    ) -> Iterator[tuple[ChecksumAddress, EncryptedShare]]:
        on_chain = {event.dealer: event.share for event in revealed}
        for dealer in wanted:
            for share in (self._kept.get(dealer), on_chain.get(dealer)):
                if share is not None and self._is_committed(dealer, share):
                    yield dealer, share

    def _is_committed(self, dealer: ChecksumAddress, share: EncryptedShare) -> bool:
        sid = self._roster.sid
        leaf = share_leaf(sid, dealer, self._me.account, share.c0, share.c1)
        return root_from_path(sid, leaf, self._me.seat, share.path) == self._dealings[dealer].share_root

    def _judge(self, received: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        opened: dict[ChecksumAddress, ReceivedShare] = {}
        for dealer, encrypted in received.items():
            if encrypted.is_canonical:
                opened[dealer] = ReceivedShare(self._dealings[dealer], self._decrypt(dealer, encrypted))
            else:
                self.invalid[dealer] = InvalidShare(encrypted, ShareEquation.B)
        failing = find_invalid_shares(self._roster.A, self._me.x, opened)
        for dealer, each in opened.items():
            if dealer in failing:
                self.invalid[dealer] = InvalidShare(received[dealer], failing[dealer])
            else:
                self.verified[dealer] = each.share

    def _decrypt(self, dealer: ChecksumAddress, encrypted: EncryptedShare) -> Share:
        digest = self._dealings[dealer].digest(self._roster.sid)
        K = self._roster.participant(dealer).keys.D * self._encryption_key
        return decrypt_share(
            self._roster.sid, K, dealer, self._me.account, digest.hash_B, digest.hash_C, encrypted
        )
