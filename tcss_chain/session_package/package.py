"""Everything public of an active session that the contract keeps only hashes of."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.chain.session_events import JoinedEvent
from tcss_chain.curve import G1
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.session import Configuration


@dataclass(frozen=True, slots=True)
class PackagedDealing:
    """
    A dealing as it was posted.

    Attributes
    ----------
    dealer : ChecksumAddress
        Who dealt.
    dealing : Dealing
        What was posted.
    """

    dealer: ChecksumAddress
    dealing: Dealing


@dataclass(frozen=True, slots=True)
class SessionPackage:
    """
    The public data of an active session; there is no secret in it.

    The same session gives the same package, whoever makes it. Hashes are there so that damage is noticed
    without a chain: what counts are those of the contract.

    Attributes
    ----------
    sid : bytes
        The session id, 32 bytes.
    chain_id : int
        The chain.
    contract : ChecksumAddress
        The contract on it.
    creator : ChecksumAddress
        Who created the session.
    salt : bytes
        The creator's salt, 32 bytes.
    configuration : Configuration
        What the session is made of.
    A : G1
        The auditor's key, not the identity.
    joins : tuple of JoinedEvent
        Who joined, in the order of the chain.
    roster_hash : bytes
        Where the joins lead to, 32 bytes.
    dealings : tuple of PackagedDealing
        All dealings, by seat; those of disqualified dealers are among them.
    dealings_hash : bytes
        Where the dealings lead to, 32 bytes.
    qualified : int
        Bitmap of the seats of the qualified set.
    aggregate : SealedAggregate
        The sums over the qualified set, ``t`` points in each vector.
    aggregate_hash : bytes
        What activation fixed, 32 bytes.
    """

    sid: bytes
    chain_id: int
    contract: ChecksumAddress
    creator: ChecksumAddress
    salt: bytes
    configuration: Configuration = field(repr=False)
    A: G1
    joins: tuple[JoinedEvent, ...] = field(repr=False)
    roster_hash: bytes
    dealings: tuple[PackagedDealing, ...] = field(repr=False)
    dealings_hash: bytes
    qualified: int
    aggregate: SealedAggregate = field(repr=False)
    aggregate_hash: bytes
