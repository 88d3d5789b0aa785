"""
Points of G1 and G2 as immutable values, and the pairing check.

A point wraps the native object of the active backend and converts to integers only when asked. Points from
outside are made by `decoding`, which checks them; everything here works on valid points only. Operators
never mix the two groups. Scalars may be any integers: they are reduced modulo ``r``.

The representation shows no coordinates: in a log, the public key of the secret, the public key of a share or
a Diffie-Hellman key would let anybody test shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn, Self

from .backend import NativeG1, NativeG2
from .constants import (
    G1_IDENTITY_WORDS,
    G2_IDENTITY_WORDS,
    G_WORDS,
    GROUP_ORDER,
    U_WORDS,
    V_WORDS,
    G1Words,
    G2Words,
)
from .errors import LengthMismatchError, NotInSubgroupError
from .selection import ACTIVE_BACKEND

WORD_BYTES: Final = 32
"""Length of one word in bytes."""


class _Point:
    """What G1 and G2 have in common: immutability, and that pickles are refused."""

    __slots__ = ("_native",)

    _native: Any

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        raise TypeError(f"{cls.__name__} has no constructor; use the functions of tcss_chain.curve.decoding")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable; compute a new point instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable; compute a new point instead")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled; send its bytes and decode them")


class G1(_Point):
    """A point of G1, the curve ``y^2 = x^3 + 3`` over ``F_q`` (every point of the curve has order ``r``)."""

    __slots__ = ()

    @classmethod
    def _wrap(cls, native: NativeG1) -> G1:
        point = object.__new__(cls)
        _set_native(point, native)
        return point

    @classmethod
    def from_checked_words(cls, words: G1Words) -> G1:
        """
        Make a point without checks; for words from outside use `decoding.decode_g1`.

        Parameters
        ----------
        words : tuple of int
            Canonical ``(x, y)`` on the curve, or ``(0, 0)`` for the identity.

        Returns
        -------
        G1
            The point.

        Raises
        ------
        BackendFailureError
            If the words are invalid and the backend notices.
        """
        return cls._wrap(ACTIVE_BACKEND.g1_from_affine(words))

    @classmethod
    def identity(cls) -> G1:
        """Give the neutral element."""
        return _G1_IDENTITY

    @classmethod
    def generator(cls) -> G1:
        """Give the generator ``G = (1, 2)``."""
        return G

    @classmethod
    def msm(cls, points: Sequence[G1], scalars: Sequence[int]) -> G1:
        """
        Compute a multi-scalar multiplication, much faster than its single products.

        Parameters
        ----------
        points : sequence of G1
            The points; may be empty.
        scalars : sequence of int
            One factor for each point, taken modulo ``r``.

        Returns
        -------
        G1
            ``sum_i scalars[i] * points[i]``.

        Raises
        ------
        LengthMismatchError
            If there is not one scalar for each point.
        """
        natives, reduced = _msm_operands(points, scalars)
        return cls._wrap(ACTIVE_BACKEND.g1_msm(natives, reduced))

    @classmethod
    def sum(cls, points: Iterable[G1]) -> G1:
        """
        Add up points.

        Parameters
        ----------
        points : iterable of G1
            The points; of none, the sum is the identity.

        Returns
        -------
        G1
            The sum.
        """
        total = _G1_IDENTITY
        for point in points:
            total += point
        return total

    def words(self) -> G1Words:
        """Give the words of EIP-196: ``(x, y)``, ``(0, 0)`` for the identity."""
        return ACTIVE_BACKEND.g1_to_affine(self._native)

    def to_bytes(self) -> bytes:
        """Give the 64 bytes of the words, each big-endian."""
        return _words_to_bytes(self.words())

    def is_identity(self) -> bool:
        """Tell whether this is the neutral element."""
        return ACTIVE_BACKEND.g1_is_identity(self._native)

    def __add__(self, other: G1) -> G1:
        if not isinstance(other, G1):
            return NotImplemented
        return self._wrap(ACTIVE_BACKEND.g1_add(self._native, other._native))

    def __sub__(self, other: G1) -> G1:
        if not isinstance(other, G1):
            return NotImplemented
        return self._wrap(ACTIVE_BACKEND.g1_add(self._native, ACTIVE_BACKEND.g1_neg(other._native)))

    def __neg__(self) -> G1:
        return self._wrap(ACTIVE_BACKEND.g1_neg(self._native))

    def __mul__(self, scalar: int) -> G1:
        if not isinstance(scalar, int):
            return NotImplemented
        return self._wrap(ACTIVE_BACKEND.g1_mul(self._native, scalar % GROUP_ORDER))

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, G1):
            return NotImplemented
        return ACTIVE_BACKEND.g1_eq(self._native, other._native)

    def __hash__(self) -> int:
        return hash(self.words())

    def __copy__(self) -> G1:
        return self

    def __deepcopy__(self, _memo: object) -> G1:
        return self

    def __repr__(self) -> str:
        return "<G1 identity>" if self.is_identity() else "<G1 point>"


class G2(_Point):
    """A point of G2, the subgroup of order ``r`` of the twist ``y^2 = x^3 + 3/(9+i)`` over ``F_q2``."""

    __slots__ = ()

    @classmethod
    def _wrap(cls, native: NativeG2) -> G2:
        point = object.__new__(cls)
        _set_native(point, native)
        return point

    @classmethod
    def from_checked_words(cls, words: G2Words) -> G2:
        """
        Make a point, checking the subgroup alone; for words from outside use `decoding.decode_g2`.

        Parameters
        ----------
        words : tuple of int
            Canonical ``(x_imaginary, x_real, y_imaginary, y_real)`` on the twist, or zeros for the identity.

        Returns
        -------
        G2
            The point.

        Raises
        ------
        NotInSubgroupError
            If the point is outside the subgroup of order ``r``.
        BackendFailureError
            If the words are invalid and the backend notices.
        """
        native = ACTIVE_BACKEND.g2_from_affine(words)
        if native is None:
            raise NotInSubgroupError("G2 point")
        return cls._wrap(native)

    @classmethod
    def identity(cls) -> G2:
        """Give the neutral element."""
        return _G2_IDENTITY

    @classmethod
    def generator(cls) -> G2:
        """Give the standard generator ``U``."""
        return U

    @classmethod
    def msm(cls, points: Sequence[G2], scalars: Sequence[int]) -> G2:
        """
        Compute a multi-scalar multiplication, much faster than its single products.

        Parameters
        ----------
        points : sequence of G2
            The points; may be empty.
        scalars : sequence of int
            One factor for each point, taken modulo ``r``.

        Returns
        -------
        G2
            ``sum_i scalars[i] * points[i]``.

        Raises
        ------
        LengthMismatchError
            If there is not one scalar for each point.
        """
        natives, reduced = _msm_operands(points, scalars)
        return cls._wrap(ACTIVE_BACKEND.g2_msm(natives, reduced))

    @classmethod
    def sum(cls, points: Iterable[G2]) -> G2:
        """
        Add up points.

        Parameters
        ----------
        points : iterable of G2
            The points; of none, the sum is the identity.

        Returns
        -------
        G2
            The sum.
        """
        total = _G2_IDENTITY
        for point in points:
            total += point
        return total

    def words(self) -> G2Words:
        """Give the words of EIP-197: ``(x_imaginary, x_real, y_imaginary, y_real)``, or zeros."""
        return ACTIVE_BACKEND.g2_to_affine(self._native)

    def to_bytes(self) -> bytes:
        """Give the 128 bytes of the words, each big-endian."""
        return _words_to_bytes(self.words())

    def is_identity(self) -> bool:
        """Tell whether this is the neutral element."""
        return ACTIVE_BACKEND.g2_is_identity(self._native)

    def __add__(self, other: G2) -> G2:
        if not isinstance(other, G2):
            return NotImplemented
        return self._wrap(ACTIVE_BACKEND.g2_add(self._native, other._native))

    def __sub__(self, other: G2) -> G2:
        if not isinstance(other, G2):
            return NotImplemented
        return self._wrap(ACTIVE_BACKEND.g2_add(self._native, ACTIVE_BACKEND.g2_neg(other._native)))

    def __neg__(self) -> G2:
        return self._wrap(ACTIVE_BACKEND.g2_neg(self._native))

    def __mul__(self, scalar: int) -> G2:
        if not isinstance(scalar, int):
            return NotImplemented
        return self._wrap(ACTIVE_BACKEND.g2_mul(self._native, scalar % GROUP_ORDER))

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, G2):
            return NotImplemented
        return ACTIVE_BACKEND.g2_eq(self._native, other._native)

    def __hash__(self) -> int:
        return hash(self.words())

    def __copy__(self) -> G2:
        return self

    def __deepcopy__(self, _memo: object) -> G2:
        return self

    def __repr__(self) -> str:
        return "<G2 identity>" if self.is_identity() else "<G2 point>"


def pairing_product_is_one(pairs: Sequence[tuple[G1, G2]]) -> bool:
    """
    Check a product of pairings.

    Parameters
    ----------
    pairs : sequence of (G1, G2)
        The arguments of the pairings; the product of none is 1.

    Returns
    -------
    bool
        Whether ``prod_i e(pairs[i][0], pairs[i][1]) == 1``.
    """
    return ACTIVE_BACKEND.pairing_product_is_one(
        [left._native for left, _ in pairs], [right._native for _, right in pairs]
    )


# The slot's own descriptor bypasses the refusing __setattr__, and is quicker than object.__setattr__.
_set_native: Final = _Point.__dict__["_native"].__set__


def _msm_operands(points: Sequence[_Point], scalars: Sequence[int]) -> tuple[list[Any], list[int]]:
    if len(points) != len(scalars):
        raise LengthMismatchError("points", len(points), "scalars", len(scalars))
    return [point._native for point in points], [scalar % GROUP_ORDER for scalar in scalars]


def _words_to_bytes(words: Sequence[int]) -> bytes:
    return b"".join(word.to_bytes(WORD_BYTES, "big") for word in words)


_G1_IDENTITY: Final = G1.from_checked_words(G1_IDENTITY_WORDS)
_G2_IDENTITY: Final = G2.from_checked_words(G2_IDENTITY_WORDS)

G: Final = G1.from_checked_words(G_WORDS)
"""The generator of G1."""

U: Final = G2.from_checked_words(U_WORDS)
"""The standard generator of G2."""

V: Final = G2.from_checked_words(V_WORDS)
"""The second generator of G2."""
