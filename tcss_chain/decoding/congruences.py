"""
The integer vectors that satisfy linear congruences: a lattice, found by one congruence after the other.

A congruence on a lattice has a kernel, which is a lattice again, and one vector (`Pivot`) that generates the
rest. No penalty terms are needed, so the lattice to reduce has no more dimensions than there are unknowns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from flint import fmpz_mat

from .reduced_basis import Row


@dataclass(frozen=True, slots=True)
class Congruence:
    """
    A linear form on integer vectors, modulo a number.

    Attributes
    ----------
    coefficients : tuple of int
        The form.
    modulus : int
        The modulus; 0 makes it an equation over the integers, whose coefficients are -1, 0 and 1.
    """

    coefficients: tuple[int, ...]
    modulus: int

    def value(self, vector: Sequence[int]) -> int:
        """
        Evaluate the form.

        Parameters
        ----------
        vector : sequence of int
            As many entries as coefficients.

        Returns
        -------
        int
            Its value, canonical unless the modulus is 0.
        """
        return self.reduced(sum(c * entry for c, entry in zip(self.coefficients, vector, strict=True)))

    def reduced(self, value: int) -> int:
        """
        Reduce a number.

        Parameters
        ----------
        value : int
            Any integer.

        Returns
        -------
        int
            Its canonical residue; the number itself if the modulus is 0.
        """
        return value % self.modulus if self.modulus else value


@dataclass(frozen=True, slots=True)
class Pivot:
    """
    A lattice vector whose multiples take all values that a congruence takes on the lattice.

    Attributes
    ----------
    vector : tuple of int
        The vector; 0 if the form vanishes on the lattice.
    value : int
        The value of the form on it.
    divisor : int
        The greatest common divisor of all values and the modulus: what a value must be divisible by.
    modulus : int
        The modulus of the congruence.
    """

    vector: tuple[int, ...]
    value: int
    divisor: int
    modulus: int

    def multiple(self, value: int) -> int | None:
        """
        Solve for the multiple of the vector that takes a value.

        Parameters
        ----------
        value : int
            The value wanted.

        Returns
        -------
        int or None
            The multiple; None if no lattice vector takes this value.
        """
        if self.divisor == 0 or value % self.divisor:
            return None if value else 0
        if not self.modulus:
            return value // self.value
        order = self.modulus // self.divisor
        return value // self.divisor * pow(self.value // self.divisor, -1, order) % order


def kernel(rows: Sequence[Row], congruence: Congruence) -> tuple[list[Row], Pivot]:
    """
    Find the sublattice on which a form vanishes.

    Parameters
    ----------
    rows : sequence of list of int
        A basis.
    congruence : Congruence
        The form and its modulus.

    Returns
    -------
    list of list of int
        A basis of the sublattice, not reduced. One vector less if the modulus is 0.
    Pivot
        The vector that generates the rest.
    """
    modulus = congruence.modulus
    if not rows:
        return [], Pivot((0,) * len(congruence.coefficients), 0, modulus, modulus)
    products = fmpz_mat([list(row) for row in rows]) * fmpz_mat([[c] for c in congruence.coefficients])
    values = [congruence.reduced(int(value)) for value in products.entries()]
    divisor = gcd(modulus, *values)
    if divisor == modulus:
        return [list(row) for row in rows], Pivot((0,) * len(congruence.coefficients), 0, divisor, modulus)
    place = min(range(len(rows)), key=lambda index: (values[index] == 0, gcd(values[index], modulus)))
    pivot, pivot_value = _improved(rows, values, place, congruence, divisor)
    order = modulus // divisor
    inverted = pow(pivot_value // divisor, -1, order) if modulus else pivot_value // divisor
    basis: list[Row] = []
    for index, (row, value) in enumerate(zip(rows, values, strict=True)):
        if index != place:
            multiple = value // divisor * inverted
            multiple = multiple % order if modulus else multiple
            basis.append([entry - multiple * other for entry, other in zip(row, pivot, strict=True)])
    if modulus:
        basis.append([entry * order for entry in pivot])
    return basis, Pivot(tuple(pivot), pivot_value, divisor, modulus)


def _improved(
    rows: Sequence[Row], values: Sequence[int], place: int, congruence: Congruence, divisor: int
) -> tuple[Row, int]:
    """Add multiples of other rows to one until the divisor of its value is the least."""
    pivot, value = list(rows[place]), values[place]
    modulus = congruence.modulus
    for index, (row, other) in enumerate(zip(rows, values, strict=True)):
        if gcd(value, modulus) == divisor:
            break
        if index == place:
            continue
        # Some multiple makes the divisor that of all three: by the Chinese remainder theorem.
        target = gcd(value, other, modulus)
        multiple = 0
        while gcd(value + multiple * other, modulus) != target:
            multiple += 1
        value = congruence.reduced(value + multiple * other)
        pivot = [entry + multiple * added for entry, added in zip(pivot, row, strict=True)]
    return pivot, value
