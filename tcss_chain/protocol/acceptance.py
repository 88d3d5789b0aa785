"""Acceptances: signatures by which participants agree on qualified set and aggregate (protocol section 6)."""

from __future__ import annotations

from dataclasses import dataclass

from eth_account.messages import SignableMessage, encode_typed_data
from eth_typing import ChecksumAddress

from .typed_domain import typed_domain

_TYPES = {
    "Accept": [
        {"name": "sid", "type": "bytes32"},
        {"name": "rosterHash", "type": "bytes32"},
        {"name": "dealingsHash", "type": "bytes32"},
        {"name": "qualified", "type": "uint128"},
        {"name": "aggregateHash", "type": "bytes32"},
    ]
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """
    What a participant signs after it has verified all its shares and the sums.

    Attributes
    ----------
    sid : bytes
        The session id.
    roster_hash : bytes
        The final roster hash.
    dealings_hash : bytes
        The hash of all dealings.
    qualified : int
        Bitmap of the qualified seats.
    aggregate_hash : bytes
        Hash of the aggregate of their dealings.
    """

    sid: bytes
    roster_hash: bytes
    dealings_hash: bytes
    qualified: int
    aggregate_hash: bytes

    def signable(self, chain_id: int, contract: ChecksumAddress) -> SignableMessage:
        """
        Encode for signing (EIP-712).

        Parameters
        ----------
        chain_id : int
            The chain.
        contract : ChecksumAddress
            The contract that checks the signature.

        Returns
        -------
        SignableMessage
            For ``eth_account``.
        """
        return encode_typed_data(
            domain_data=typed_domain(chain_id, contract),
            message_types=_TYPES,
            message_data={
                "sid": self.sid,
                "rosterHash": self.roster_hash,
                "dealingsHash": self.dealings_hash,
                "qualified": self.qualified,
                "aggregateHash": self.aggregate_hash,
            },
        )


@dataclass(frozen=True, slots=True)
class CompactSignature:
    """
    A signature of 64 bytes (EIP-2098).

    Attributes
    ----------
    r : bytes
        32 bytes.
    vs : bytes
        ``s`` with the parity of the nonce point in its highest bit.
    """

    r: bytes
    vs: bytes

    @classmethod
    def from_rsv(cls, r: int, s: int, v: int) -> CompactSignature:
        """Compress a signature with ``v`` in {27, 28}."""
        return cls(r.to_bytes(32, "big"), (s | (v - 27) << 255).to_bytes(32, "big"))

    def as_rsv(self) -> tuple[int, int, int]:
        """Expand to ``(v, r, s)``, the order that ``eth_account`` takes."""
        vs = int.from_bytes(self.vs, "big")
        return 27 + (vs >> 255), int.from_bytes(self.r, "big"), vs & (1 << 255) - 1
