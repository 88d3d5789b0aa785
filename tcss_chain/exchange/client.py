"""Fetching from the other participants' services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.transport import Limits, get_json

from .errors import UnknownPeerError
from .messages import SignedAcceptance, decode_acceptance, decode_share


@dataclass(frozen=True, slots=True)
class PeerDirectory:
    """
    The service addresses of the participants, from the consortium's own configuration.

    Attributes
    ----------
    urls : mapping of ChecksumAddress to str
        Base addresses, ``http://host:port``.
    limits : Limits
        What one exchange may cost.
    """

    urls: Mapping[ChecksumAddress, str]
    limits: Limits = field(default_factory=Limits)

    def fetch_share(self, sid: bytes, dealer: ChecksumAddress, recipient: ChecksumAddress) -> EncryptedShare:
        """
        Fetch a recipient's encrypted share from its dealer.

        Raises
        ------
        TransportError
            If there is no usable answer, also when dealing has not closed for the dealer yet.
        MalformedMessageError
            If the answer is no share.
        UnknownPeerError
            If the directory does not know the dealer.
        """
        return decode_share(get_json(self.base(dealer) + share_path(sid, recipient), self.limits))

    def fetch_acceptance(self, sid: bytes, participant: ChecksumAddress) -> SignedAcceptance:
        """
        Fetch a participant's acceptance.

        Raises
        ------
        TransportError
            If there is no usable answer, also when the participant has not accepted yet.
        MalformedMessageError
            If the answer is no acceptance.
        UnknownPeerError
            If the directory does not know the participant.
        """
        return decode_acceptance(get_json(self.base(participant) + acceptance_path(sid), self.limits))

    def base(self, account: ChecksumAddress) -> str:
        """
        Give a participant's base address, without a slash at its end.

        Raises
        ------
        UnknownPeerError
            If the directory does not know the participant.
        """
        try:
            return self.urls[account].rstrip("/")
        except KeyError:
            raise UnknownPeerError(account) from None


def share_path(sid: bytes, recipient: ChecksumAddress) -> str:
    """Give the path of a recipient's encrypted share."""
    return f"/v1/sessions/{sid.hex()}/shares/{recipient}"


def acceptance_path(sid: bytes) -> str:
    """Give the path of an acceptance."""
    return f"/v1/sessions/{sid.hex()}/acceptance"
