"""Boxes that answer usefully and try not to be traced, by what they know of the tracer."""

from __future__ import annotations

from collections import Counter

import pytest

from tcss_chain.auditor import CallableBox, Trace, TracePlan, TraceRandomness, trace_box
from tcss_chain.auditor.evidence import Evidence
from tcss_chain.auditor.lattice_search import LatticeSearch
from tcss_chain.auditor.problem import Answered, TraceProblem
from tcss_chain.bestiary import RemembersInputs, simulate_session
from tcss_chain.bestiary.over_asking import Dropping, OverAsking
from tcss_chain.bestiary.reconstruction import Reconstruction
from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero, lagrange_at_zero
from tcss_chain.protocol.trace_query import QueryMode


def right_answer(leaked, shares):
    used = (*leaked, *shares)
    return interpolate_at_zero([x for x, _ in used], [y for _, y in used])


def trace(session, box, **kwargs):
    return trace_box(
        CallableBox(box), session.traced, plan=TracePlan(**kwargs), randomness=TraceRandomness(bytes(32))
    )


def assert_traced(outcome, session, places):
    assert isinstance(outcome, Trace)
    assert outcome.accused == session.accounts_at(places)


@pytest.mark.parametrize("lies", [3, 5])
def test_lies_about_slopes_do_not_discredit_a_base_answer_that_is_true(lies):
    n, t, f = 60, 30, 10
    session = simulate_session(n, t, 7)
    leaked, innocent = session.shares_at(range(f)), session.shares_at(range(f, 2 * f))
    told = {}

    def box(shares):
        points = tuple(x for x, _ in shares)
        right = right_answer(leaked, shares)
        if points not in told:
            told[points] = [shares, right, 0]
            return right
        first, base, asked = told[points]
        told[points][2] += 1
        if asked >= lies:
            return right
        weights = lagrange_at_zero([*(x for x, _ in innocent), *points])[f:]
        changes = (y - y_0 for (_, y), (_, y_0) in zip(shares, first, strict=True))
        return (base + sum(w * change for w, change in zip(weights, changes, strict=True))) % GROUP_ORDER

    outcome = trace(session, box, arities=(t - f,), modes=(QueryMode.FREE,), query_budget=60)
    assert_traced(outcome, session, range(f))


@pytest.mark.parametrize("most", [3, 4])
def test_points_that_have_gone_silent_are_given_up(most):
    n, t, f = 60, 30, 10
    session = simulate_session(n, t, 7)
    leaked, used = session.shares_at(range(f)), Counter()

    def box(shares):
        points = [x for x, _ in shares]
        if any(used[x] >= most for x in points):
            return None
        used.update(points)
        return right_answer(leaked, shares)

    outcome = trace(session, box, arities=(t - f,), modes=(QueryMode.FREE,), query_budget=60)
    assert_traced(outcome, session, range(f))


def test_evaluations_at_several_sets_of_registered_points_are_combined():
    n, t, f = 80, 22, 20
    session = simulate_session(n, t, 7)
    leaked = session.shares_at(range(f))
    own = {x for x, _ in leaked}

    def box(shares):
        return None if own & {x for x, _ in shares} else right_answer(leaked, shares)

    outcome = trace(session, box, arities=(t - f,), modes=(QueryMode.REGISTERED,), query_budget=100)
    assert_traced(outcome, session, range(f))


@pytest.mark.parametrize(("n", "t", "f", "arity"), [(4, 4, 2, 3), (5, 5, 3, 4), (3, 3, 2, 2), (6, 5, 3, 4)])
def test_a_finding_that_registered_points_cannot_prove_is_no_failure(n, t, f, arity):
    session = simulate_session(n, t, 1)
    leaked = session.shares_at(range(f))
    own, registered = {x for x, _ in leaked}, set(session.points)

    def box(shares):
        others = [share for share in shares if share[0] not in own]
        if not registered.issuperset(x for x, _ in shares) or len(others) < t - f:
            return None
        return right_answer(leaked, others[: t - f])

    outcome = trace(session, box, arities=(arity,), modes=(QueryMode.REGISTERED,), query_budget=40)
    assert not isinstance(outcome, Trace)


def test_a_box_that_remembers_and_drops_many_points_takes_no_search_through_all_sets_of_them():
    n, t, f, dropped = 40, 36, 12, 8
    session = simulate_session(n, t, 3)
    box = RemembersInputs(OverAsking(Reconstruction(session.shares_at(range(f)), t), dropped, Dropping.LAST))
    outcome = trace(session, box.query, arities=(box.asks_for,), query_budget=80)
    assert_traced(outcome, session, range(f))


@pytest.mark.parametrize("rate", [2, 3])
def test_a_constant_now_and_then_does_not_stop_the_recovery_from_a_remembering_box(rate):
    n, t, f = 12, 8, 3
    session = simulate_session(n, t, 3)
    inner = RemembersInputs(Reconstruction(session.shares_at(range(f)), t))
    count = 0

    def box(shares):
        nonlocal count
        answer = inner.query(shares)
        count += answer is not None
        return 0 if answer is not None and count % rate == 0 else answer

    plan = {"arities": (t - f,), "modes": (QueryMode.FREE,)}
    outcome = trace(session, box, **plan)
    assert_traced(outcome, session, range(f))


def test_a_search_ends_when_the_time_is_over():
    session = simulate_session(60, 30, 1)
    problem = TraceProblem(
        threshold=30,
        roster_points=session.points,
        share_keys=session.traced.keys.Y,
        query_points=tuple(range(1, 21)),
    )
    leaked = session.shares_at(range(10))
    outcomes = []
    for stopped in (False, True):
        evidence = Evidence(problem, [0] * 20, lambda stopped=stopped: stopped)
        search = LatticeSearch.for_problem(problem)
        for number, place in enumerate((None, 0, 0, 1)):
            shares = evidence.shares(place, number)
            evidence.add(Answered(number, shares, right_answer(leaked, shares)), place)
            found = list(search.propose(evidence))
        outcomes.append([candidate.accused for candidate in found])
    assert outcomes == [[tuple(range(10))], []]
