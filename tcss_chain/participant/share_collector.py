"""Collecting a participant's shares from all dealers, and judging them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.chain.session_events import RevealedEvent
from tcss_chain.errors import TcssError
from tcss_chain.exchange.client import PeerDirectory
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
    directory : PeerDirectory
        Where the dealers' services are.
    """

    def __init__(
        self,
        roster: Roster,
        me: RosterEntry,
        encryption_key: int,
        dealings: Mapping[ChecksumAddress, Dealing],
        directory: PeerDirectory,
    ) -> None:
        self._roster = roster
        self._me = me
        self._encryption_key = encryption_key
        self._dealings = dealings
        self._directory = directory
        self._missing_since: dict[ChecksumAddress, float] = {}
        self.verified: dict[ChecksumAddress, Share] = {}
        self.invalid: dict[ChecksumAddress, InvalidShare] = {}

    def collect(
        self, dealers: Iterable[ChecksumAddress], revealed: Iterable[RevealedEvent]
    ) -> list[ChecksumAddress]:
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
        list of ChecksumAddress
            Dealers whose shares came now, valid or not.
        """
        on_chain = {event.dealer: event.share for event in revealed}
        received: dict[ChecksumAddress, EncryptedShare] = {}
        for dealer in dealers:
            if dealer in self.verified or dealer in self.invalid:
                continue
            share = self._obtain(dealer, on_chain.get(dealer))
            if share is None:
                self._missing_since.setdefault(dealer, time.monotonic())
            else:
                self._missing_since.pop(dealer, None)
                received[dealer] = share
        self._judge(received)
        return list(received)

    def missing_for(self, seconds: float) -> list[ChecksumAddress]:
        """Name the dealers whose shares have been missing for this long."""
        now = time.monotonic()
        return [dealer for dealer, since in self._missing_since.items() if now - since >= seconds]

    def _obtain(self, dealer: ChecksumAddress, on_chain: EncryptedShare | None) -> EncryptedShare | None:
        if on_chain is not None and self._is_committed(dealer, on_chain):
            return on_chain
        try:
            share = self._directory.fetch_share(self._roster.sid, dealer, self._me.account)
        except TcssError:
            return None
        # A share that the dealer did not commit to proves nothing against it: it is as good as none.
        return share if self._is_committed(dealer, share) else None

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
