"""
Polynomials over a prime field, on python-flint, as the decoders need them.

A polynomial is a `flint.fmpz_mod_poly` and an element of the field a `flint.fmpz_mod`; both carry their
field, so only what creates one needs the `PolynomialRing`. Integers become elements at the border of each
decoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import mul

from flint import fmpz_mod, fmpz_mod_ctx, fmpz_mod_poly, fmpz_mod_poly_ctx

from tcss_chain.curve import GROUP_ORDER

from .errors import DuplicateAbscissaError


@dataclass(frozen=True, slots=True)
class PolynomialRing:
    """
    The polynomials over the prime field of a given size.

    Attributes
    ----------
    modulus : int
        The number of elements of the field, a prime; primality is not checked.
    element : fmpz_mod_ctx
        Called with an integer, makes an element of the field.
    polynomial : fmpz_mod_poly_ctx
        Called with a list of elements or integers, from the constant term upwards, makes a polynomial.
    """

    modulus: int
    element: fmpz_mod_ctx = field(init=False, repr=False, compare=False)
    polynomial: fmpz_mod_poly_ctx = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        element = fmpz_mod_ctx(self.modulus)
        object.__setattr__(self, "element", element)
        object.__setattr__(self, "polynomial", fmpz_mod_poly_ctx(element))

    def distinct_elements(self, values: Sequence[int]) -> tuple[fmpz_mod, ...]:
        """
        Make elements of the field from integers, and check that they differ.

        Parameters
        ----------
        values : sequence of int
            Any integers; they are reduced modulo the field's size.

        Returns
        -------
        tuple of fmpz_mod
            The elements, in the same order.

        Raises
        ------
        DuplicateAbscissaError
            If two of them are equal in the field.
        """
        first_seen: dict[int, int] = {}
        for index, value in enumerate(values):
            first = first_seen.setdefault(value % self.modulus, index)
            if first != index:
                raise DuplicateAbscissaError(first, index)
        return tuple(self.element(value) for value in values)

    def product_of_roots(self, roots: Sequence[fmpz_mod]) -> fmpz_mod_poly:
        """
        Multiply the linear factors of some roots, by a product tree.

        Parameters
        ----------
        roots : sequence of fmpz_mod
            The roots ``x_i``; repeated ones count as often as they occur.

        Returns
        -------
        fmpz_mod_poly
            ``prod_i (X - x_i)``, which is 1 for no roots.
        """
        if len(roots) <= 2:
            return reduce(mul, (self.polynomial([-root, 1]) for root in roots), self.polynomial.one())
        middle = len(roots) // 2
        return self.product_of_roots(roots[:middle]) * self.product_of_roots(roots[middle:])

    def interpolate(self, abscissas: Sequence[fmpz_mod], values: Sequence[fmpz_mod]) -> fmpz_mod_poly:
        """
        Find the polynomial of least degree with given values.

        Parameters
        ----------
        abscissas : sequence of fmpz_mod
            All different; `distinct_elements` sees to it.
        values : sequence of fmpz_mod
            One for each abscissa.

        Returns
        -------
        fmpz_mod_poly
            Of degree less than the number of abscissas; zero when there are none.
        """
        if not abscissas:
            return self.polynomial.zero()
        # Lagrange: sum_i values_i/M'(x_i) * M/(X - x_i), the fractions added up along a product tree.
        slope = self.product_of_roots(abscissas).derivative()
        level = [
            (self.polynomial([value / slope(abscissa)]), self.polynomial([-abscissa, 1]))
            for abscissa, value in zip(abscissas, values, strict=True)
        ]
        while len(level) > 1:
            paired = [
                (left[0] * right[1] + right[0] * left[1], left[1] * right[1])
                for left, right in zip(level[::2], level[1::2], strict=False)
            ]
            level = paired + level[2 * len(paired) :]
        return level[0][0]


SCALAR_RING = PolynomialRing(GROUP_ORDER)
"""The polynomials over ``F_r``, the field of the shares."""


def padded_coefficients(polynomial: fmpz_mod_poly, count: int) -> tuple[int, ...]:
    """
    List the coefficients of a polynomial, filled up with zeros.

    Parameters
    ----------
    polynomial : fmpz_mod_poly
        Of degree less than `count`.
    count : int
        How many coefficients to list.

    Returns
    -------
    tuple of int
        From the constant term upwards, each not negative and below the field's size.
    """
    known = tuple(int(coefficient) for coefficient in polynomial.coeffs())
    return known + (0,) * (count - len(known))
