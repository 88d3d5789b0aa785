"""
Confirmation: whether an answer fits a candidate, in the exponent (protocol section 7).

It tells right answers from wrong ones, and defeats a box that answers so as to frame others. Nobody is
accused without it.
"""

from __future__ import annotations

import hmac

from tcss_chain.curve import G1, GROUP_ORDER, G, lagrange_at_zero
from tcss_chain.protocol.trace_query import keep_used

from .problem import Answered, Candidate, TraceProblem


def confirmed_combination(problem: TraceProblem, candidate: Candidate, answered: Answered) -> int | None:
    """
    Check ``(answer - sum_Q' L_j*y_j)*G == sum_I L_i*Y_i``.

    Parameters
    ----------
    problem : TraceProblem
        The query points.
    candidate : Candidate
        ``I`` and the dropped points.
    answered : Answered
        The answer.

    Returns
    -------
    int or None
        ``T = answer - sum_Q' L_j*y_j``, the accused participants' combination of secret shares, if the
        equation holds; else None.

    Raises
    ------
    ScalarArithmeticError
        If an accused participant's point is a used query point.
    """
    accused_points = [problem.roster_points[place] for place in candidate.accused]
    used = keep_used(problem.query_points, candidate.dropped)
    coefficients = lagrange_at_zero([*accused_points, *used])
    weights, known_weights = coefficients[: len(accused_points)], coefficients[len(accused_points) :]
    values = dict(answered.shares)
    known = sum(weight * values[x] for weight, x in zip(known_weights, used, strict=True))
    T = (answered.answer - known) % GROUP_ORDER
    expected = G1.msm([problem.share_keys[place] for place in candidate.accused], weights)
    return T if hmac.compare_digest((G * T).to_bytes(), expected.to_bytes()) else None
