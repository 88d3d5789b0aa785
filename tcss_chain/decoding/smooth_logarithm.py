"""
Discrete logarithms in ``F_r^*`` modulo the smooth part of its order (docs/tracing.md).

``r - 1 = M * cofactor`` with ``M`` a 109-bit product of small primes. Every non-zero scalar is ``5^e`` for
some ``e``, and ``e mod M`` is cheap: Pohlig and Hellman split ``M`` into parts, and in the subgroup of each
part Shanks' baby and giant steps find the logarithm. The baby steps are made once, on the first use.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, repeat
from math import prod
from operator import mul
from typing import Final

from flint import fmpz_mod, fmpz_mod_ctx

from tcss_chain.curve import GROUP_ORDER

from .errors import ZeroLogarithmError

SMOOTH_FACTORS: Final = ((2, 28), (3, 2), (13, 1), (29, 1), (983, 1), (11003, 1), (237073, 1), (405928799, 1))
"""The primes of the smooth part of ``r - 1``, each with its exponent."""

SMOOTH_ORDER: Final = 2**28 * 3**2 * 13 * 29 * 983 * 11003 * 237073 * 405928799
"""``M``: the modulus of the logarithms. ``(r - 1)/M`` has no prime below 2^50."""

BASE: Final = 5
"""The base of the logarithms, a generator of ``F_r^*``."""

# (order, digits, baby steps): the parts of M. A part is digits in base `order`; the number of baby steps
# balances the time to make the tables (0.15 s, 35 MB) with that for one logarithm.
_PARTS: Final = (
    (405928799, 1, 1 << 18),
    (237073, 1, 1 << 13),
    (13 * 29 * 983, 1, 1 << 13),
    (3**2 * 11003, 1, 1 << 13),
    (1 << 14, 2, 1 << 14),
)

_FIELD: Final = fmpz_mod_ctx(GROUP_ORDER)


def logarithm(value: int) -> int:
    """
    Compute a discrete logarithm modulo ``M``.

    The time depends on the value: do not use it for secrets.

    Parameters
    ----------
    value : int
        A scalar, not 0.

    Returns
    -------
    int
        ``e`` with ``0 <= e < M`` and ``value^((r-1)/M) == 5^(e*(r-1)/M)`` in ``F_r``: the logarithm to the
        base 5, modulo ``M``. Products have the sum of their factors' logarithms.

    Raises
    ------
    ZeroLogarithmError
        If `value` is 0 modulo ``r``.
    """
    reduced = value % GROUP_ORDER
    if reduced == 0:
        raise ZeroLogarithmError
    smooth = _FIELD(reduced) ** ((GROUP_ORDER - 1) // SMOOTH_ORDER)
    return sum(part.term(smooth) for part in _parts()) % SMOOTH_ORDER


def logarithms(values: Sequence[int]) -> list[int]:
    """
    Compute `logarithm` of each value.

    Parameters
    ----------
    values : sequence of int
        Scalars, none of them 0.

    Returns
    -------
    list of int
        Their logarithms, in the same order.

    Raises
    ------
    ZeroLogarithmError
        If one of them is 0 modulo ``r``.
    """
    return [logarithm(value) for value in values]


class _Part:
    """
    The logarithms in the subgroup whose order is one part of ``M``.

    Parameters
    ----------
    order : int
        The order of one digit.
    digits : int
        How many digits the part has: the subgroup has ``order^digits`` elements.
    baby_steps : int
        The size of the table, at most `order`.
    """

    def __init__(self, order: int, digits: int, baby_steps: int) -> None:
        self._units = [prod([order] * digit) for digit in range(digits)]
        self._size = prod([order] * digits)
        self._cofactor = SMOOTH_ORDER // self._size
        self._generator = _FIELD(BASE) ** ((GROUP_ORDER - 1) // self._size)
        # 1 modulo this part and 0 modulo the others, for the Chinese remainder theorem. The power that leads
        # into the subgroup leaves the logarithm as it is, for the generator is the same power of the base.
        self._idempotent = self._cofactor * pow(self._cofactor, -1, self._size)
        self._digit_generator = self._generator ** self._units[-1]
        self._baby_steps = baby_steps
        self._giant_step = self._digit_generator ** (order - baby_steps)
        self._giant_steps = -(-order // baby_steps)
        # The hashes of the powers take a third of the room that the powers take.
        powers = accumulate(repeat(self._digit_generator, baby_steps - 1), mul, initial=_FIELD(1))
        self._exponents = {hash(power): exponent for exponent, power in enumerate(powers)}

    def term(self, smooth: fmpz_mod) -> int:
        """Compute what this part adds to the logarithm of an element whose order divides ``M``."""
        element = smooth**self._cofactor
        exponent: int = 0
        for unit in self._units:
            rest = element * self._generator ** (self._size - exponent)
            exponent += self._digit(rest ** (self._units[-1] // unit)) * unit
        return exponent * self._idempotent

    def _digit(self, element: fmpz_mod) -> int:
        exponents = self._exponents
        steps = accumulate(repeat(self._giant_step, self._giant_steps - 1), mul, initial=element)
        for giant, key in enumerate(map(hash, steps)):
            if key in exponents:
                exponent = giant * self._baby_steps + exponents[key]
                # Two different powers may have one hash.
                if self._digit_generator**exponent == element:
                    return exponent
        raise AssertionError("two baby steps have one hash")


@cache
def _parts() -> tuple[_Part, ...]:
    return tuple(_Part(*part) for part in _PARTS)
