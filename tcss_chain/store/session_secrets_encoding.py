"""
The bytes of what a participant keeps secret: one encoding for each value, and none other is read.

All integers are big-endian. A word has 32 bytes, a point is its two coordinates as words (both 0 for the
identity), an address has 20 bytes. With ``[...]`` for a part that is there only sometimes:

    secrets  = 0x01, record, count (2), that many records: the earlier ones
    record   = e, d (words, scalars, not 0), flags (1), [roster hash (word)], [polynomials], [dealt]
               flags: 1 roster hash, 2 polynomials, 4 dealt
    polynomials = t (1), a (t scalars), b (t scalars)
    dealt    = t (1), B (t points), C (t points), share root (word), challenge, response u, response v
               (scalars), shares
    shares   = count (2), that many of: address, c_0, c_1 (words), path (7 words); addresses ascending
    received = 0x01, c_0, c_1, path
    handed out = 0x01, shares
    share    = 0x01, x (scalar, not 0), y (scalar)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from tcss_chain.curve import G1, decode_g1_bytes, decode_scalar, encode_scalar
from tcss_chain.errors import TcssError
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.protocol.dealing import Dealing, DealingPolynomials, DealtShares, PolynomialProof
from tcss_chain.protocol.session import MAX_MEMBERS
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.protocol.share_tree import DEPTH

from .errors import StateDamagedError, UnstorableValueError

_VERSION: Final = b"\x01"
_WORD: Final = 32
_ADDRESS: Final = 20
_HAS_ROSTER: Final = 1
_HAS_POLYNOMIALS: Final = 2
_HAS_DEALT: Final = 4


def encode_secrets(secrets: SessionSecrets) -> bytes:
    """
    Write the secrets of a session.

    Parameters
    ----------
    secrets : SessionSecrets
        With all earlier dealings.

    Returns
    -------
    bytes
        What `decode_secrets` reads.

    Raises
    ------
    UnstorableValueError
        If a part is out of its range.
    """
    if any(each.earlier for each in secrets.earlier):
        raise UnstorableValueError("an earlier dealing, which has no earlier ones of its own")
    records = b"".join(_record(each) for each in secrets.earlier)
    return _VERSION + _record(secrets) + _count(len(secrets.earlier), 2) + records


def decode_secrets(encoded: bytes) -> SessionSecrets:
    """
    Read the secrets of a session.

    Parameters
    ----------
    encoded : bytes
        Of any content.

    Returns
    -------
    SessionSecrets
        With all earlier dealings.

    Raises
    ------
    StateDamagedError
        If it is not what `encode_secrets` writes.
    """
    reader = _Reader(encoded, "the secrets of a session")
    current = reader.record()
    earlier = tuple(reader.record() for _ in range(reader.count(2)))
    reader.end()
    return replace(current, earlier=earlier)


def encode_shares(shares: Mapping[ChecksumAddress, EncryptedShare]) -> bytes:
    """
    Write encrypted shares by the address that they belong to.

    Raises
    ------
    UnstorableValueError
        If a part is out of its range.
    """
    return _VERSION + _shares(shares)


def decode_shares(encoded: bytes) -> dict[ChecksumAddress, EncryptedShare]:
    """
    Read encrypted shares by the address that they belong to.

    Raises
    ------
    StateDamagedError
        If it is not what `encode_shares` writes.
    """
    reader = _Reader(encoded, "handed out shares")
    shares = reader.shares()
    reader.end()
    return shares


def encode_encrypted_share(share: EncryptedShare) -> bytes:
    """
    Write one encrypted share.

    Raises
    ------
    UnstorableValueError
        If a part is out of its range.
    """
    return _VERSION + _encrypted(share)


def decode_encrypted_share(encoded: bytes) -> EncryptedShare:
    """
    Read one encrypted share; its words may be any 256 bits.

    Raises
    ------
    StateDamagedError
        If it is not what `encode_encrypted_share` writes.
    """
    reader = _Reader(encoded, "a received share")
    share = reader.encrypted()
    reader.end()
    return share


def encode_final_share(share: FinalShare) -> bytes:
    """
    Write a final share.

    Raises
    ------
    UnstorableValueError
        If a part is out of its range.
    """
    return _VERSION + _key(share.x) + _scalar(share.y)


def decode_final_share(encoded: bytes) -> FinalShare:
    """
    Read a final share.

    Raises
    ------
    StateDamagedError
        If it is not what `encode_final_share` writes.
    """
    reader = _Reader(encoded, "a final share")
    share = FinalShare(x=reader.key(), y=reader.scalar())
    reader.end()
    return share


def _record(secrets: SessionSecrets) -> bytes:
    flags = 0
    parts = []
    if secrets.roster_hash:
        flags |= _HAS_ROSTER
        parts.append(_word(secrets.roster_hash, "a roster hash"))
    if secrets.polynomials is not None:
        flags |= _HAS_POLYNOMIALS
        a, b = secrets.polynomials.a, secrets.polynomials.b
        parts += [_threshold(len(a), len(b)), *map(_scalar, a), *map(_scalar, b)]
    if secrets.dealt is not None:
        flags |= _HAS_DEALT
        parts.append(_dealt(secrets.dealt))
    return b"".join([_key(secrets.e), _key(secrets.d), bytes([flags]), *parts])


def _dealt(dealt: DealtShares) -> bytes:
    dealing, proof = dealt.dealing, dealt.dealing.proof
    return b"".join(
        [
            _threshold(len(dealing.B), len(dealing.C)),
            *(point.to_bytes() for point in (*dealing.B, *dealing.C)),
            _word(dealing.share_root, "a share root"),
            *map(_scalar, (proof.challenge, proof.response_u, proof.response_v)),
            _shares(dealt.shares),
        ]
    )


def _shares(shares: Mapping[ChecksumAddress, EncryptedShare]) -> bytes:
    by_address = sorted((_address(account), share) for account, share in shares.items())
    return _count(len(by_address), 2) + b"".join(address + _encrypted(share) for address, share in by_address)


def _encrypted(share: EncryptedShare) -> bytes:
    if len(share.path) != DEPTH:
        raise UnstorableValueError(f"the path of an encrypted share, which has {DEPTH} words")
    try:
        words = share.c0.to_bytes(_WORD, "big") + share.c1.to_bytes(_WORD, "big")
    except OverflowError:
        raise UnstorableValueError("a word of an encrypted share, which has 256 bits") from None
    return words + b"".join(_word(node, "a node of a share tree") for node in share.path)


def _threshold(count: int, other: int) -> bytes:
    if count != other or not 1 <= count <= MAX_MEMBERS:
        raise UnstorableValueError(f"two vectors, which have the same length from 1 to {MAX_MEMBERS}")
    return bytes([count])


def _count(count: int, width: int) -> bytes:
    if count >> (8 * width):
        raise UnstorableValueError(f"a number of parts, which is below {1 << (8 * width)}")
    return count.to_bytes(width, "big")


def _word(word: bytes, what: str) -> bytes:
    if len(word) != _WORD:
        raise UnstorableValueError(f"{what}, which has {_WORD} bytes")
    return word


def _scalar(scalar: int) -> bytes:
    try:
        return encode_scalar(scalar)
    except TcssError:
        raise UnstorableValueError("a scalar, which is from 0 to r - 1") from None


def _key(scalar: int) -> bytes:
    if not scalar:
        raise UnstorableValueError("a key or a point of evaluation, which is not 0")
    return _scalar(scalar)


def _address(account: ChecksumAddress) -> bytes:
    try:
        address = bytes.fromhex(account.removeprefix("0x"))
    except ValueError:
        address = b""
    if len(address) != _ADDRESS or to_checksum_address(address) != account:
        raise UnstorableValueError("an address, which has 40 hexadecimal digits with its checksum")
    return address


class _Reader:
    """Reads one value from the front; whatever is missing, out of range or left over is damage."""

    def __init__(self, encoded: bytes, what: str) -> None:
        self._encoded = encoded
        self._place = 0
        self._what = what
        if self._take(1) != _VERSION:
            raise self._damaged()

    def end(self) -> None:
        if self._place != len(self._encoded):
            raise self._damaged()

    def count(self, width: int) -> int:
        return int.from_bytes(self._take(width), "big")

    def scalar(self) -> int:
        word = self._take(_WORD)
        try:
            return decode_scalar(word)
        except TcssError:
            raise self._damaged() from None

    def key(self) -> int:
        scalar = self.scalar()
        if not scalar:
            raise self._damaged()
        return scalar

    def record(self) -> SessionSecrets:
        e, d, flags = self.key(), self.key(), self.count(1)
        if flags & ~(_HAS_ROSTER | _HAS_POLYNOMIALS | _HAS_DEALT):
            raise self._damaged()
        roster_hash = self._take(_WORD) if flags & _HAS_ROSTER else b""
        polynomials = self._polynomials() if flags & _HAS_POLYNOMIALS else None
        dealt = self._dealt() if flags & _HAS_DEALT else None
        return SessionSecrets(e, d, roster_hash, polynomials, dealt)

    def shares(self) -> dict[ChecksumAddress, EncryptedShare]:
        shares = {}
        last = b""
        for _ in range(self.count(2)):
            address = self._take(_ADDRESS)
            if address <= last:
                raise self._damaged()
            last = address
            shares[to_checksum_address(address)] = self.encrypted()
        return shares

    def encrypted(self) -> EncryptedShare:
        c0, c1 = self.count(_WORD), self.count(_WORD)
        return EncryptedShare(c0, c1, tuple(self._take(_WORD) for _ in range(DEPTH)))

    def _polynomials(self) -> DealingPolynomials:
        threshold = self._threshold()
        a = tuple(self.scalar() for _ in range(threshold))
        return DealingPolynomials(a=a, b=tuple(self.scalar() for _ in range(threshold)))

    def _dealt(self) -> DealtShares:
        threshold = self._threshold()
        B = tuple(self._point() for _ in range(threshold))
        C = tuple(self._point() for _ in range(threshold))
        share_root = self._take(_WORD)
        proof = PolynomialProof(self.scalar(), self.scalar(), self.scalar())
        return DealtShares(Dealing(B, C, share_root, proof), self.shares())

    def _point(self) -> G1:
        encoded = self._take(2 * _WORD)
        try:
            return decode_g1_bytes(encoded, allow_identity=True)
        except TcssError:
            raise self._damaged() from None

    def _threshold(self) -> int:
        threshold = self.count(1)
        if not 1 <= threshold <= MAX_MEMBERS:
            raise self._damaged()
        return threshold

    def _take(self, length: int) -> bytes:
        part = self._encoded[self._place : self._place + length]
        if len(part) != length:
            raise self._damaged()
        self._place += length
        return part

    def _damaged(self) -> StateDamagedError:
        return StateDamagedError(f"{self._what} in no known encoding")
