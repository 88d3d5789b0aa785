"""What a session is: configuration, id, phases and faults (protocol sections 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Final

from eth_abi.abi import encode as abi_encode
from eth_hash.auto import keccak
from eth_typing import ChecksumAddress

from .hashing import domain_word

MAX_MEMBERS: Final = 128
"""How many members a session has at most."""

MAX_BOND: Final = 2**88 - 1
"""The largest bond, wei; the contract adds up those of all members in 96 bits."""

CONFIGURATION_ABI: Final = (
    "(uint8,address[],address,uint40,uint40,uint40,uint40,uint40,uint40,uint40,uint88,address,bytes32)"
)


class Phase(IntEnum):
    """Where a session stands; mirrors ``Phase`` of the contract."""

    NONE = 0
    CONFIRMING = 1
    JOINING = 2
    DEALING = 3
    COMPLAINING = 4
    REVEALING = 5
    CHALLENGING = 6
    AGGREGATING = 7
    ACTIVE = 8
    ABORTED = 9


class Fault(IntEnum):
    """Why a participant is at fault; mirrors ``Fault`` of the contract."""

    NONE = 0
    INVALID_SHARE = 1
    INVALID_PROOF = 2
    MISSING_SHARE = 3
    NO_DEALING = 4


@dataclass(frozen=True, slots=True)
class Configuration:
    """
    What a session is made of; its hash is part of the session id.

    Attributes
    ----------
    threshold : int
        ``t``: how many shares reconstruct.
    members : tuple of ChecksumAddress
        Admitted addresses, strictly ascending; the index is the seat.
    auditor : ChecksumAddress
        Who may confirm and convict.
    confirm_by, join_by, deal_by, complain_by, reveal_by, challenge_by : int
        Ends of the phases, Unix seconds, half open.
    bond_release_time : int
        From when on bonds may be withdrawn, Unix seconds.
    bond : int
        What every participant pays in, wei.
    beneficiary : ChecksumAddress
        Who receives forfeited bonds.
    parent : bytes
        The session that this one follows, or 32 zero bytes.
    """

    threshold: int
    members: tuple[ChecksumAddress, ...]
    auditor: ChecksumAddress
    confirm_by: int
    join_by: int
    deal_by: int
    complain_by: int
    reveal_by: int
    challenge_by: int
    bond_release_time: int
    bond: int
    beneficiary: ChecksumAddress
    parent: bytes = bytes(32)

    def as_abi_tuple(self) -> tuple[Any, ...]:
        """Give the fields in the order of the contract's struct."""
        return tuple(getattr(self, field.name) for field in fields(self))

    @classmethod
    def from_abi_tuple(cls, values: tuple[Any, ...]) -> Configuration:
        """Take the fields in the order of the contract's struct."""
        named = dict(zip((field.name for field in fields(cls)), values, strict=True))
        return cls(**named | {"members": tuple(named["members"]), "parent": bytes(named["parent"])})

    def seat_of(self, account: ChecksumAddress) -> int:
        """
        Give a member's seat.

        Raises
        ------
        ValueError
            If the account is not a member.
        """
        return self.members.index(account)


def session_id(
    chain_id: int,
    contract: ChecksumAddress,
    creator: ChecksumAddress,
    salt: bytes,
    configuration: Configuration,
) -> bytes:
    """
    Compute the session id.

    Parameters
    ----------
    chain_id : int
        The chain.
    contract : ChecksumAddress
        The contract on it.
    creator : ChecksumAddress
        Who created the session.
    salt : bytes
        32 bytes.
    configuration : Configuration
        The whole configuration.

    Returns
    -------
    bytes
        ``keccak256(abi.encode("tcss.v1.session", chain id, contract, creator, salt, configuration))``.
    """
    encoded = abi_encode(
        ["bytes32", "uint256", "address", "address", "bytes32", CONFIGURATION_ABI],
        [
            domain_word("tcss.v1.session"),
            chain_id,
            contract,
            creator,
            salt,
            configuration.as_abi_tuple(),
        ],
    )
    return keccak(encoded)
