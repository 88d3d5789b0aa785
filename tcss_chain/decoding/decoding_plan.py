"""
How to list-decode at the least cost: multiplicities, list sizes, and which guesses to make.

*Interpolation.* With ``N`` points, multiplicity ``s``, polynomials of ``k`` coefficients and an agreement
``A``, a bivariate polynomial of weighted degree below ``s*A`` exists when it has more coefficients than there
are conditions:

    sum_{j=0..l} (s*A - j*(k-1)) > N*s*(s+1)/2 ,     l*(k-1) < s*A .

Some ``s`` satisfies this iff ``A > sqrt(N*(k-1))`` (V. Guruswami, M. Sudan, "Improved decoding of
Reed-Solomon and algebraic-geometry codes", IEEE Trans. Inf. Theory 1999). Near that radius ``s`` is large,
and the cost grows like ``s^5``.

*Guessing.* A point is right or wrong. If it is wrong, it can be left out: ``(N - 1, k, A)``. If it is right,
``(y - y_p)/(x - x_p)`` is left to decode: ``(N - 1, k - 1, A - 1)``. Both are further inside their radius,
and doing both misses nothing. A few levels of this turn one problem with a large multiplicity into some with
small ones, which is far cheaper: (31, 11, 18) needs multiplicity 10, or else 21 problems with multiplicities
2 and 3. It even gives complete lists somewhat beyond the radius.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

GUESS_LIMIT = 24
"""How many points may be guessed one after the other."""

# Microseconds on one core of 2020s hardware, fitted to measurements; only ratios matter to the plan.
_FIXED_WORK = 500
_WORK_PER_POINT = 60
_GUESS_WORK_PER_POINT = 3
_CONSTANT_WORK = 50
_TOO_CHEAP_TO_SPLIT = 3000


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What a decoding problem is about, apart from the points.

    Attributes
    ----------
    length : int
        ``N``: how many points.
    dimension : int
        ``k``: how many coefficients the polynomials have; ``1 <= k``.
    agreement : int
        ``A``: how many points they must pass through; ``k <= A``.
    """

    length: int
    dimension: int
    agreement: int

    def if_wrong(self) -> "Figures":
        """Leave out a point that is wrong."""
        return Figures(self.length - 1, self.dimension, self.agreement)

    def if_right(self) -> "Figures":
        """Divide out a point that is right."""
        return Figures(self.length - 1, self.dimension - 1, self.agreement - 1)


@dataclass(frozen=True, slots=True)
class NothingPlan:
    """No polynomial can have that much agreement."""

    work: int = 0


@dataclass(frozen=True, slots=True)
class ConstantPlan:
    """The polynomials are constants: count equal values."""

    work: int = _CONSTANT_WORK


@dataclass(frozen=True, slots=True)
class UniquePlan:
    """
    At most one polynomial has that much agreement: decode uniquely.

    Attributes
    ----------
    work : int
        The estimated cost in microseconds.
    """

    work: int


@dataclass(frozen=True, slots=True)
class InterpolationPlan:
    """
    Interpolate with multiplicity ``s`` and list size ``l``.

    Attributes
    ----------
    multiplicity, list_size : int
        ``s`` and ``l``.
    work : int
        The estimated cost in microseconds.
    """

    multiplicity: int
    list_size: int
    work: int


@dataclass(frozen=True, slots=True)
class GuessPlan:
    """
    Guess whether one point is right, and decode what is left in both cases.

    Attributes
    ----------
    if_right, if_wrong : Plan
        What to do in each case.
    work : int
        The estimated cost in microseconds.
    """

    if_right: "Plan"
    if_wrong: "Plan"
    work: int


Plan: TypeAlias = NothingPlan | ConstantPlan | UniquePlan | InterpolationPlan | GuessPlan
"""How to decode a problem completely; `work` is the estimated cost in microseconds."""


@lru_cache(maxsize=4096)
def make_plan(figures: Figures, maximum_multiplicity: int, guesses: int = GUESS_LIMIT) -> Plan | None:
    """
    Find the cheapest way to a complete list.

    Parameters
    ----------
    figures : Figures
        The problem.
    maximum_multiplicity : int
        The largest multiplicity to use.
    guesses : int, optional
        How many points may be guessed.

    Returns
    -------
    Plan or None
        The plan; None if there is none within the limits.
    """
    length, dimension, agreement = figures.length, figures.dimension, figures.agreement
    if agreement > length:
        return NothingPlan()
    if dimension == 1:
        return ConstantPlan()
    # Two polynomials share at most k - 1 points, and these two share at least 2*A - N.
    if 2 * agreement >= length + dimension:
        return UniquePlan(10 * length + length * length // 5)
    direct = _cheapest_interpolation(figures, maximum_multiplicity)
    if guesses == 0 or (direct is not None and direct.work <= _TOO_CHEAP_TO_SPLIT):
        return direct
    if_wrong = make_plan(figures.if_wrong(), maximum_multiplicity, guesses - 1)
    if if_wrong is None or (direct is not None and if_wrong.work >= direct.work):
        return direct
    if_right = make_plan(figures.if_right(), maximum_multiplicity, guesses - 1)
    if if_right is None:
        return direct
    work = if_wrong.work + if_right.work + _GUESS_WORK_PER_POINT * length
    return direct if direct is not None and direct.work <= work else GuessPlan(if_right, if_wrong, work)


def _cheapest_interpolation(figures: Figures, maximum_multiplicity: int) -> InterpolationPlan | None:
    plans = []
    for multiplicity in range(1, maximum_multiplicity + 1):
        list_size = _least_list_size(figures, multiplicity)
        if list_size is not None:
            work = _interpolation_work(figures, multiplicity, list_size)
            plans.append(InterpolationPlan(multiplicity, list_size, work))
    return min(plans, key=lambda plan: plan.work, default=None)


def _least_list_size(figures: Figures, multiplicity: int) -> int | None:
    bound = multiplicity * figures.agreement
    conditions = figures.length * multiplicity * (multiplicity + 1) // 2
    coefficients = 0
    for list_size in range((bound - 1) // (figures.dimension - 1) + 1):
        coefficients += bound - list_size * (figures.dimension - 1)
        if coefficients > conditions and list_size >= multiplicity:
            return list_size
    return None


def _interpolation_work(figures: Figures, multiplicity: int, list_size: int) -> int:
    # Every condition evaluates and updates the residual of each candidate and updates its packed
    # coefficients.
    others = figures.length - figures.dimension
    conditions = others * multiplicity * (multiplicity + 1) // 2
    each = 5 + 0.04 * others * (multiplicity + 2) + 0.1 * conditions
    return round(_FIXED_WORK + _WORK_PER_POINT * figures.length + conditions * (list_size + 1) * each)
