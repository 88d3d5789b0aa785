"""What the contract keeps of participants: keys and dealing as one hash (protocol sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from .dealing import Dealing
from .hashing import hash_words
from .roster import ParticipantKeys, keys_hash


@dataclass(frozen=True, slots=True)
class PostedDealing:
    """
    A dealing with the hash of the keys that its dealer joined with: both are kept of a dealer, as one hash.

    Attributes
    ----------
    keys_hash : bytes
        See `tcss_chain.protocol.roster.keys_hash`.
    dealing : Dealing
        What the dealer posted.
    """

    keys_hash: bytes
    dealing: Dealing


def posted_hash(sid: bytes, dealer: ChecksumAddress, of_keys: bytes, of_dealing: bytes) -> bytes:
    """
    Compute what the contract keeps of a participant that has dealt.

    Parameters
    ----------
    sid : bytes
        The session id.
    dealer : ChecksumAddress
        Who dealt.
    of_keys, of_dealing : bytes
        The hashes of its keys and of its dealing.

    Returns
    -------
    bytes
        32 bytes.
    """
    return hash_words("tcss.v1.posted", sid, dealer, of_keys, of_dealing)


def kept_hash(
    sid: bytes, participant: ChecksumAddress, keys: ParticipantKeys, dealing: Dealing | None
) -> bytes:
    """
    Compute what the contract keeps of a participant.

    Parameters
    ----------
    sid : bytes
        The session id.
    participant : ChecksumAddress
        Who joined.
    keys : ParticipantKeys
        With which keys.
    dealing : Dealing or None
        What it dealt, if it did.

    Returns
    -------
    bytes
        The hash of its keys, or of keys and dealing.
    """
    of_keys = keys_hash(sid, participant, keys)
    if dealing is None:
        return of_keys
    return posted_hash(sid, participant, of_keys, dealing.digest(sid).hash(sid, participant))


def dealings_hash(
    sid: bytes, keys: Mapping[ChecksumAddress, ParticipantKeys], dealings: Mapping[ChecksumAddress, Dealing]
) -> bytes:
    """
    Compute the hash of what the contract keeps of all participants, which acceptances name.

    Parameters
    ----------
    sid : bytes
        The session id.
    keys : mapping of ChecksumAddress to ParticipantKeys
        The keys of all participants: those who have not dealt count with them alone.
    dealings : mapping of ChecksumAddress to Dealing
        Dealings by dealer.

    Returns
    -------
    bytes
        32 bytes.
    """
    by_seat = sorted(keys, key=lambda account: int(account, 16))
    kept = (kept_hash(sid, account, keys[account], dealings.get(account)) for account in by_seat)
    return hash_words("tcss.v1.dealings", sid, *kept)
