"""
List decoding of Reed-Solomon codes: all polynomials through many of the given points.

V. Guruswami and M. Sudan, "Improved decoding of Reed-Solomon and algebraic-geometry codes", IEEE Trans. Inf.
Theory 1999. If ``Q(x, y)`` is zero with multiplicity ``s`` at every point and ``f`` passes through ``A`` of
them, then ``Q(x, f(x))`` has ``s*A`` zeros; if its degree is smaller, it is zero, and ``f`` is a root of
``Q`` as a polynomial in ``y``. `decoding_plan` chooses ``s`` and which points to guess,
`koetter_interpolation` finds ``Q`` and `root_finding` its roots.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flint import fmpz_mod, fmpz_mod_poly

from .decoding_plan import (
    ConstantPlan,
    Figures,
    GuessPlan,
    InterpolationPlan,
    NothingPlan,
    Plan,
    UniquePlan,
    make_plan,
)
from .errors import DecodingEffortError, DecodingParameterError
from .koetter_interpolation import InterpolationProblem, interpolate_bivariate
from .polynomials import SCALAR_RING, PolynomialRing, padded_coefficients
from .reed_solomon import gao
from .root_finding import series_roots

DEFAULT_MAXIMUM_WORK = 5_000_000
"""Microseconds, by the estimate of `decoding_plan`."""

DEFAULT_MAXIMUM_MULTIPLICITY = 8
"""Higher multiplicities are hardly ever cheaper than guessing."""


def decode_list(
    points: Sequence[tuple[int, int]],
    dimension: int,
    agreement: int,
    *,
    certain: Sequence[tuple[int, int]] = (),
    first_only: bool = False,
    maximum_multiplicity: int = DEFAULT_MAXIMUM_MULTIPLICITY,
    maximum_work: int = DEFAULT_MAXIMUM_WORK,
    ring: PolynomialRing = SCALAR_RING,
) -> tuple[tuple[int, ...], ...]:
    """
    Find all polynomials that pass through at least a given number of points.

    The list is complete whenever this returns, also where `agreement` is not above ``sqrt(N*(k - 1))``, the
    radius of Guruswami and Sudan: guessing some points reaches a little further, and then the estimated work
    decides.

    Parameters
    ----------
    points : sequence of (int, int)
        The ``N`` points ``(x, y)``, with ``x`` distinct in the field; any integers, reduced modulo the
        field's size.
    dimension : int
        ``k``: how many coefficients the polynomials have; at least one more than there are certain points.
    agreement : int
        ``A``: how many of `points` they must pass through; at least ``k``, less the number of certain points.
    certain : sequence of (int, int), optional
        Points that every polynomial must pass through besides, as a trace polynomial passes through (0, 1).
        They are divided out, which lowers the dimension and helps more than other points do.
    first_only : bool, optional
        Stop at the first polynomial found, and look for those with most agreement first, which is cheaper.
        The result is then empty only if the complete list is; it is not complete otherwise.
    maximum_multiplicity : int, optional
        The largest multiplicity of zeros to work with.
    maximum_work : int, optional
        The largest estimated cost, in microseconds.
    ring : PolynomialRing, optional
        The polynomials over the field of the points; over ``F_r`` unless given. The field needs an element
        that is not the abscissa of a point.

    Returns
    -------
    tuple of tuple of int
        The coefficients of each polynomial from the constant term upwards, `dimension` of them each. Most
        agreement comes first; after that smaller coefficients do.

    Raises
    ------
    DecodingParameterError
        If a figure is out of range.
    DuplicateAbscissaError
        If two points have the same abscissa.
    DecodingEffortError
        If a complete list is out of reach within the limits.
    """
    figures = _validated_figures(len(points), dimension, agreement, len(certain))
    plan = make_plan(figures, maximum_multiplicity)
    if plan is None or plan.work > maximum_work:
        work = None if plan is None else plan.work
        raise DecodingEffortError(len(points), dimension, agreement, work, maximum_work)
    abscissas = [x for x, _ in (*certain, *points)]
    # Series are expanded at 0, which must not be the abscissa of a point.
    origin = _unused_element(abscissas, ring)
    elements = ring.distinct_elements([x - origin for x in abscissas])
    fixed, free = elements[: len(certain)], elements[len(certain) :]
    through_fixed = ring.interpolate(fixed, [ring.element(y) for _, y in certain])
    factor = ring.product_of_roots(fixed)
    reduced = _Points(
        ring,
        free,
        tuple((y - through_fixed(x)) / factor(x) for x, (_, y) in zip(free, points, strict=True)),
    )
    attempts = [(agreement, plan)]
    if first_only:
        attempts = _cheaper_attempts(figures, plan, maximum_multiplicity) + attempts
    found: dict[tuple[int, ...], int] = {}
    move_back = ring.polynomial([-origin, 1])
    for wanted, attempt in attempts:
        for candidate in _decode(reduced, figures.dimension, wanted, attempt):
            reached = reduced.agreement(candidate)
            if reached >= agreement:
                polynomial = (through_fixed + factor * candidate)(move_back)
                found[padded_coefficients(polynomial, dimension)] = reached
                if first_only:
                    return tuple(found)
    return tuple(sorted(found, key=lambda polynomial: (-found[polynomial], polynomial)))


@dataclass(frozen=True, slots=True)
class _Points:
    ring: PolynomialRing
    abscissas: tuple[fmpz_mod, ...]
    values: tuple[fmpz_mod, ...]

    def agreement(self, polynomial: fmpz_mod_poly) -> int:
        return sum(polynomial(x) == y for x, y in zip(self.abscissas, self.values, strict=True))

    def without_last(self) -> "_Points":
        return _Points(self.ring, self.abscissas[:-1], self.values[:-1])

    def divided_by_last(self) -> "_Points":
        *others, last = self.abscissas
        *other_values, last_value = self.values
        quotients = tuple(
            (value - last_value) / (x - last) for x, value in zip(others, other_values, strict=True)
        )
        return _Points(self.ring, tuple(others), quotients)


def _decode(points: _Points, dimension: int, agreement: int, plan: Plan) -> Iterator[fmpz_mod_poly]:
    """Yield, among others, every polynomial with that agreement; one may come more than once."""
    match plan:
        case NothingPlan():
            return
        case ConstantPlan():
            # Integers, because the elements of the field cannot be counted by their hash.
            for value, count in Counter(int(value) for value in points.values).items():
                if count >= agreement:
                    yield points.ring.polynomial([value])
        case UniquePlan():
            decoded = gao(points.ring, points.abscissas, points.values, dimension)
            if decoded is not None:
                yield decoded
        case InterpolationPlan():
            yield from _interpolate_and_factor(points, dimension, agreement, plan)
        case GuessPlan():
            x, y = points.abscissas[-1], points.values[-1]
            factor = points.ring.polynomial([-x, 1])
            for quotient in _decode(points.divided_by_last(), dimension - 1, agreement - 1, plan.if_right):
                yield quotient * factor + y
            yield from _decode(points.without_last(), dimension, agreement, plan.if_wrong)


def _interpolate_and_factor(
    points: _Points, dimension: int, agreement: int, plan: InterpolationPlan
) -> Iterator[fmpz_mod_poly]:
    ring = points.ring
    used, others = points.abscissas[:dimension], points.abscissas[dimension:]
    through_used = ring.interpolate(used, points.values[:dimension])
    reencoding = ring.product_of_roots(used)
    values = tuple(
        (y - through_used(x)) / reencoding(x) for x, y in zip(others, points.values[dimension:], strict=True)
    )
    columns = interpolate_bivariate(
        InterpolationProblem(
            ring, others, values, reencoding, plan.multiplicity, plan.list_size, plan.multiplicity * agreement
        )
    )
    for series in series_roots(ring, columns, dimension):
        candidate = through_used + series.mul_low(reencoding, dimension)
        if points.agreement(candidate) >= agreement:
            yield candidate


def _cheaper_attempts(figures: Figures, plan: Plan, maximum_multiplicity: int) -> list[tuple[int, Plan]]:
    """List plans for more agreement, each at most a quarter of the work of the next."""
    attempts: list[tuple[int, Plan]] = []
    limit = plan.work // 4
    for agreement in range(figures.agreement + 1, figures.length + 1):
        stricter = make_plan(Figures(figures.length, figures.dimension, agreement), maximum_multiplicity)
        if stricter is not None and stricter.work <= limit:
            attempts.insert(0, (agreement, stricter))
            limit = stricter.work // 4
    return attempts


def _validated_figures(length: int, dimension: int, agreement: int, certain: int) -> Figures:
    if dimension <= certain:
        raise DecodingParameterError(
            "the dimension", dimension, f"at least {certain + 1}: above the number of certain points"
        )
    if agreement < dimension - certain:
        raise DecodingParameterError(
            "the agreement", agreement, f"at least {dimension - certain}, the number of unknown coefficients"
        )
    return Figures(length, dimension - certain, agreement)


def _unused_element(abscissas: Sequence[int], ring: PolynomialRing) -> int:
    used = {x % ring.modulus for x in abscissas}
    if len(used) == ring.modulus:
        raise DecodingParameterError(
            "the number of points", len(abscissas), "less than the number of elements of the field"
        )
    return next(value for value in range(ring.modulus) if value not in used)
