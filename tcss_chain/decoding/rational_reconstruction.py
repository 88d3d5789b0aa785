"""
The leaked set of a box that remembers its inputs, from one answer for each query (protocol section 7).

Such a box is asked for values of a made-up polynomial ``a'`` on ``Q = base + {z}``, where only ``z`` changes.
Then

    b(z) = answer - a'(0) = sum_{i in I} W_i * z/(z - x_i) ,

with unknown ``W_i`` that do not depend on ``z``. The poles of ``b`` are the leaked points ``x_i``, which are
among the ``n`` known points of the roster. With ``s(z) = b(z)/z``, ``f = |I|`` and
``D = prod_{i in I} (X - x_i)``, it is ``s = N/D`` with ``deg N < f = deg D``.

*Rational reconstruction* (`recover_poles`). If ``e`` of the ``K`` evaluations are wrong and ``E`` has those
``z`` as its roots, then ``E*N = s*E*D`` at all ``K`` places. Two solutions ``(N_1, D_1)``, ``(N_2, D_2)`` of
``N = s*D`` with ``deg N < m``, ``deg D <= m`` satisfy ``N_1*D_2 = N_2*D_1`` at all places, hence identically
as soon as ``K >= 2*m``, for the degree is below ``2*m``. With ``m = f + e`` this takes ``K >= 2*(f + e)``
evaluations. The extended Euclidean algorithm finds a solution (J. von zur Gathen, J. Gerhard, "Modern
Computer Algebra", section 5.7; with errors it is L. Welch and E. Berlekamp's decoder).

*Sparse recovery* (`recover_sparse`). Right evaluations alone are the syndromes
``s(z_k) = sum_i W_i/(z_k - x_i)`` of a generalised Reed-Solomon code. With ``L = prod_{i=1..n} (X - x_i)``,
all solutions ``W`` with ``n`` unknown entries are the partial fractions of ``(S + M*p)/L``, where ``S``
interpolates ``s*L`` at the ``z_k``, ``M = prod_k (X - z_k)`` and ``p`` is any polynomial of degree below
``n - K``. The entry ``W_i`` is ``(S + M*p)(x_i)/L'(x_i)``, so it is zero iff

    p(x_i) = -S(x_i)/M(x_i) .

A support of at most ``f`` points therefore is a ``p`` that passes through at least ``n - f`` of these ``n``
points: list decoding, which needs fewer than ``2*f`` evaluations, about ``n - 1 - (n - f)^2/n``.
"""

from collections.abc import Sequence

from flint import fmpz_mod, fmpz_mod_poly

from .errors import DecodingParameterError
from .guruswami_sudan import DEFAULT_MAXIMUM_MULTIPLICITY, DEFAULT_MAXIMUM_WORK, decode_list
from .polynomials import SCALAR_RING, PolynomialRing


def recover_poles(
    evaluations: Sequence[tuple[int, int]],
    candidates: Sequence[int],
    maximum_poles: int,
    *,
    maximum_errors: int = 0,
    ring: PolynomialRing = SCALAR_RING,
) -> tuple[int, ...] | None:
    """
    Find the poles of ``b(z) = z*N(z)/D(z)``, some of whose evaluations may be wrong.

    Parameters
    ----------
    evaluations : sequence of (int, int)
        ``K`` pairs ``(z, b(z))`` with ``z`` distinct in the field, not 0 and not a candidate; at least
        ``2*(maximum_poles + maximum_errors)`` make the answer certain.
    candidates : sequence of int
        ``x_1 .. x_n``, distinct in the field, among which the poles are.
    maximum_poles : int
        The largest number ``f`` of poles to accept; at least 0.
    maximum_errors : int, optional
        The largest number ``e`` of wrong evaluations to accept; at least 0.
    ring : PolynomialRing, optional
        The polynomials over the field; over ``F_r`` unless given.

    Returns
    -------
    tuple of int or None
        The indices of the poles in `candidates`, ascending. The function ``b`` has no other poles, and it
        differs from at most `maximum_errors` of the evaluations. None if there is no such function with
        ``f + e <= K/2``; never more than one has that.

    Raises
    ------
    DecodingParameterError
        If a limit is negative, or a ``z`` is 0 or a candidate.
    DuplicateAbscissaError
        If two ``z`` or two candidates are equal.
    """
    for name, limit in (("the number of poles", maximum_poles), ("the number of errors", maximum_errors)):
        if limit < 0:
            raise DecodingParameterError(name, limit, "at least 0")
    roster, places, values = _as_elements(evaluations, candidates, ring)
    if not places:
        return ()
    size = len(places) // 2
    numerator, denominator = _rational_function(ring, places, values, size)
    # At a wrong evaluation both have a root, so the common factor is the locator of the errors.
    locator = numerator.gcd(denominator)
    numerator //= locator
    denominator //= locator
    poles = tuple(index for index, x in enumerate(roster) if not denominator(x))
    errors = sum(numerator(z) != value * denominator(z) for z, value in zip(places, values, strict=True))
    proper = numerator.degree() < denominator.degree() or not numerator
    if not proper or len(poles) != denominator.degree():
        return None
    # f + e <= K/2 holds, because D*E divides the denominator that was found.
    return poles if len(poles) <= maximum_poles and errors <= maximum_errors else None


def recover_sparse(
    evaluations: Sequence[tuple[int, int]],
    candidates: Sequence[int],
    maximum_poles: int,
    *,
    first_only: bool = False,
    maximum_multiplicity: int = DEFAULT_MAXIMUM_MULTIPLICITY,
    maximum_work: int = DEFAULT_MAXIMUM_WORK,
    ring: PolynomialRing = SCALAR_RING,
) -> tuple[tuple[int, ...], ...]:
    """
    Find all sets of few poles that explain right evaluations of ``b(z) = sum_i W_i*z/(z - x_i)``.

    Parameters
    ----------
    evaluations : sequence of (int, int)
        ``K`` pairs ``(z, b(z))`` with ``z`` distinct in the field, not 0 and not a candidate.
    candidates : sequence of int
        ``x_1 .. x_n``, distinct in the field, among which the poles are.
    maximum_poles : int
        ``f``: the largest number of poles; ``0 <= f <= K``.
    first_only, maximum_multiplicity, maximum_work
        As for `decode_list`, which does the work.
    ring : PolynomialRing, optional
        The polynomials over the field; over ``F_r`` unless given.

    Returns
    -------
    tuple of tuple of int
        The sets of indices in `candidates`, each ascending; smaller sets come first. All that exist,
        unless `first_only` is set.

    Raises
    ------
    DecodingParameterError
        If `maximum_poles` is out of range, or a ``z`` is 0 or a candidate.
    DuplicateAbscissaError
        If two ``z`` or two candidates are equal.
    DecodingEffortError
        If there are too few evaluations for the limits.
    """
    if not 0 <= maximum_poles <= len(evaluations):
        raise DecodingParameterError(
            "the number of poles", maximum_poles, f"from 0 to {len(evaluations)}, the number of evaluations"
        )
    roster, places, values = _as_elements(evaluations, candidates, ring)
    everything = ring.product_of_roots(roster)
    particular = ring.interpolate(
        places, [value * everything(z) for z, value in zip(places, values, strict=True)]
    )
    vanishing = ring.product_of_roots(places)
    dimension = len(roster) - len(places)
    if dimension <= 0:
        return _only_solution(particular, roster, maximum_poles)
    received = [(int(x), int(-particular(x) / vanishing(x))) for x in roster]
    decoded = decode_list(
        received,
        dimension,
        len(roster) - maximum_poles,
        first_only=first_only,
        maximum_multiplicity=maximum_multiplicity,
        maximum_work=maximum_work,
        ring=ring,
    )
    supports = []
    for coefficients in decoded:
        zeros = ring.polynomial(list(coefficients))
        supports.append(tuple(index for index, (x, wanted) in enumerate(received) if zeros(x) != wanted))
    return tuple(sorted(supports, key=lambda support: (len(support), support)))


def _only_solution(
    particular: fmpz_mod_poly, roster: Sequence[fmpz_mod], maximum_poles: int
) -> tuple[tuple[int, ...], ...]:
    # As many equations as unknown entries, or more: the numerator is the interpolant, if its degree allows.
    if particular.degree() >= len(roster):
        return ()
    support = tuple(index for index, x in enumerate(roster) if particular(x))
    return (support,) if len(support) <= maximum_poles else ()


def _rational_function(
    ring: PolynomialRing, places: Sequence[fmpz_mod], values: Sequence[fmpz_mod], size: int
) -> tuple[fmpz_mod_poly, fmpz_mod_poly]:
    """Solve ``N = s*D`` at all places, with ``deg D <= size`` and ``deg N < len(places) - size``."""
    previous, numerator = ring.product_of_roots(places), ring.interpolate(places, values)
    previous_denominator, denominator = ring.polynomial.zero(), ring.polynomial.one()
    while numerator.degree() >= len(places) - size:
        quotient, rest = divmod(previous, numerator)
        previous, numerator = numerator, rest
        previous_denominator, denominator = denominator, previous_denominator - quotient * denominator
    return numerator, denominator


def _as_elements(
    evaluations: Sequence[tuple[int, int]], candidates: Sequence[int], ring: PolynomialRing
) -> tuple[tuple[fmpz_mod, ...], tuple[fmpz_mod, ...], tuple[fmpz_mod, ...]]:
    """Validate, and list the candidates, the ``z`` and the ``b(z)/z`` as elements of the field."""
    roster = ring.distinct_elements(candidates)
    places = ring.distinct_elements([z for z, _ in evaluations])
    excluded = {x % ring.modulus for x in candidates} | {0}
    for z, _ in evaluations:
        if z % ring.modulus in excluded:
            raise DecodingParameterError("z", z, "neither 0 nor a candidate")
    values = tuple(ring.element(value) / place for (_, value), place in zip(evaluations, places, strict=True))
    return roster, places, values
