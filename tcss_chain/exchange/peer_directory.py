"""Where the other participants' services are, and what is where in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.transport import Limits

from .errors import UnknownPeerError


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
