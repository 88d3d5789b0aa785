"""The choice of strategies for a set of query points."""

from __future__ import annotations

from collections.abc import Sequence

from .evidence import PlacedEvaluation
from .exponent_check import ExponentCheck
from .lattice_search import LatticeSearch
from .list_decoding import ListDecodingSearch
from .plan import TracePlan
from .problem import TraceProblem
from .strategy import Strategy, StrategyName
from .subset_product import SubsetProductSearch


def make_strategies(
    problem: TraceProblem, plan: TracePlan, earlier: Sequence[PlacedEvaluation] = ()
) -> tuple[Strategy, ...]:
    """
    Make all strategies that the plan allows and that suit the problem.

    Parameters
    ----------
    problem : TraceProblem
        The query points.
    plan : TracePlan
        Says which strategies may be used.
    earlier : sequence of PlacedEvaluation
        Evaluations at other query points: ``v_q`` does not depend on the other points.

    Returns
    -------
    tuple of Strategy
        In the order in which they are asked: those that need the fewest answers or the least time first.
    """
    lattice = LatticeSearch.for_problem(problem, earlier) if plan.allows(StrategyName.LATTICE) else None
    made: list[Strategy | None] = []
    if plan.allows(StrategyName.EXPONENT_CHECK):
        made.append(ExponentCheck.for_problem(problem))
    made.append(lattice)
    if plan.allows(StrategyName.SUBSET_PRODUCT):
        # A lattice of one evaluation is far quicker and misses next to nothing.
        certain_only = lattice is not None and lattice.evaluations_needed == 1
        made.append(SubsetProductSearch.for_problem(problem, certain_only=certain_only))
    if plan.allows(StrategyName.LATTICE):
        made.append(LatticeSearch.for_problem(problem, may_drop=True))
    if plan.allows(StrategyName.LIST_DECODING):
        made.append(ListDecodingSearch.for_problem(problem, earlier))
    return tuple(strategy for strategy in made if strategy is not None)
