"""Signatures of accounts over this protocol's hashes (EIP-712), for everything but acceptances."""

from __future__ import annotations

from enum import Enum
from typing import Final

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_keys.exceptions import BadSignature
from eth_keys.exceptions import ValidationError as KeyValidationError
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError

from .acceptance import CompactSignature
from .typed_domain import typed_domain

_HIGHEST_S: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: above it lies a second form of every signature."""


class SignedKind(Enum):
    """What is signed; a signature of one kind is none of another. Values are the message's type and field."""

    CAPSULE = ("Seal", "capsule")
    """By an owner: this model is mine."""

    REQUEST = ("OpeningRequest", "request")
    """By the gateway: this is my request."""

    ANSWER = ("OpeningAnswer", "answer")
    """By a participant: this is my answer."""

    def signable(self, digest: bytes, chain_id: int, contract: ChecksumAddress) -> SignableMessage:
        """
        Encode for signing.

        Parameters
        ----------
        digest : bytes
            The hash that is signed, 32 bytes.
        chain_id : int
            The chain.
        contract : ChecksumAddress
            The contract that the session is in.

        Returns
        -------
        SignableMessage
            For ``eth_account``.
        """
        message_type, field = self.value
        return encode_typed_data(
            domain_data=typed_domain(chain_id, contract),
            message_types={message_type: [{"name": field, "type": "bytes32"}]},
            message_data={field: digest},
        )


def sign_typed(
    account: LocalAccount, kind: SignedKind, digest: bytes, chain_id: int, contract: ChecksumAddress
) -> CompactSignature:
    """
    Sign a hash.

    Parameters
    ----------
    account : LocalAccount
        Who signs.
    kind : SignedKind
        What it is a hash of.
    digest : bytes
        32 bytes.
    chain_id : int
        The chain.
    contract : ChecksumAddress
        The contract that the session is in.

    Returns
    -------
    CompactSignature
        64 bytes.
    """
    signed = account.sign_message(kind.signable(digest, chain_id, contract))
    return CompactSignature.from_rsv(signed.r, signed.s, signed.v)


def signer_of(
    kind: SignedKind,
    digest: bytes,
    signature: CompactSignature,
    chain_id: int,
    contract: ChecksumAddress,
) -> ChecksumAddress | None:
    """
    Find out who signed a hash.

    Parameters
    ----------
    kind : SignedKind
        What it is a hash of.
    digest : bytes
        32 bytes.
    signature : CompactSignature
        Any 64 bytes.
    chain_id : int
        The chain.
    contract : ChecksumAddress
        The contract that the session is in.

    Returns
    -------
    ChecksumAddress or None
        The account, None if these bytes are nobody's signature, or not in the one form that is accepted.
    """
    v, r, s = signature.as_rsv()
    if s > _HIGHEST_S:
        return None
    try:
        signer = Account.recover_message(kind.signable(digest, chain_id, contract), vrs=(v, r, s))
    except (BadSignature, KeyValidationError, ValidationError, ValueError):
        return None
    return to_checksum_address(signer)
