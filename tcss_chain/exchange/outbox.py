"""What a participant's service may hand out: filled by the participant, read by the service."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from eth_typing import ChecksumAddress

from tcss_chain.protocol.share_encryption import EncryptedShare

from .messages import SignedAcceptance


class Outbox:
    """
    Shares and acceptances that are ready to be fetched.

    A participant puts shares here only when dealing has closed and the closing block is final: a late dealer
    must not see the shares that are meant for it before it deals.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._shares: dict[bytes, Mapping[ChecksumAddress, EncryptedShare]] = {}
        self._acceptances: dict[bytes, SignedAcceptance] = {}

    def publish_shares(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Hand out these shares from now on, in place of earlier ones."""
        with self._lock:
            self._shares[sid] = dict(shares)

    def publish_acceptance(self, sid: bytes, acceptance: SignedAcceptance) -> None:
        """Hand out this acceptance from now on, in place of an earlier one."""
        with self._lock:
            self._acceptances[sid] = acceptance

    def share(self, sid: bytes, recipient: ChecksumAddress) -> EncryptedShare | None:
        """Give a recipient's share, or None when there is none to hand out."""
        with self._lock:
            return self._shares.get(sid, {}).get(recipient)

    def acceptance(self, sid: bytes) -> SignedAcceptance | None:
        """Give the acceptance, or None when there is none to hand out."""
        with self._lock:
            return self._acceptances.get(sid)

    def withdraw(self, sid: bytes) -> None:
        """Hand out nothing of a session any longer."""
        with self._lock:
            self._shares.pop(sid, None)
            self._acceptances.pop(sid, None)
