"""From a finding to a trace that can be proven."""

import pytest

from tcss_chain.auditor import CandidateConfirmed, RoundStarted, StrategyName, TracePlan
from tcss_chain.auditor.avenue import PointsAvenue
from tcss_chain.auditor.provable import make_provable
from tcss_chain.auditor.remembering_avenue import RememberingAvenue
from tcss_chain.protocol.trace_query import QueryMode, derive_query

FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED


def find(avenue, limit=60):
    """Query until a candidate is confirmed."""
    for _ in range(limit):
        finding = avenue.step(())
        if finding is not None:
            return finding
    raise AssertionError("nothing found")


def evidence_points(stage, trace):
    return tuple(x for x, _ in trace.transcript[trace.evidence].shares)


def derived_points(stage, trace):
    session = stage.session
    return derive_query(session.roster, session.aggregate_hash, trace.challenge, trace.accused).supplied


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
def test_the_answer_that_found_them_is_the_evidence_if_it_can_be(scene, mode):
    stage = scene(7, 5)
    state = stage.state(stage.pirate((1, 3)), plan=TracePlan(agreeing_wanted=0))
    avenue = PointsAvenue(state, mode, 3)
    finding = find(avenue)
    asked = len(stage.asked)
    trace = make_provable(state, avenue, finding)
    assert len(stage.asked) == asked
    assert trace.evidence == finding.answered.number
    assert trace.challenge.mode == mode
    assert evidence_points(stage, trace) == derived_points(stage, trace)
    assert not any(event.for_evidence for event in stage.of_kind(RoundStarted))
    (confirmed,) = stage.of_kind(CandidateConfirmed)
    assert confirmed.query == trace.evidence
    assert stage.proves(trace)


def test_a_point_of_the_accused_among_the_registered_ones_asks_for_another_challenge(scene):
    stage = scene(7, 5)
    own = dict(stage.session.shares((1, 3)))

    def box(shares):
        # Uses three foreign ones of five; at least one of the first ones found is its own sooner or later.
        others = [share for share in shares if share[0] not in own]
        return stage.right((1, 3), others[:3]) if len(shares) == 5 and len(others) >= 3 else None

    rounds = set()
    for seed in range(8):
        stage.events.clear()
        state = stage.state(box, seed=seed.to_bytes(32, "big"))
        avenue = PointsAvenue(state, REGISTERED, 5)
        finding = find(avenue)
        hits = {x for x, _ in finding.answered.shares} & set(own)
        trace = make_provable(state, avenue, finding)
        for_evidence = any(event.for_evidence for event in stage.of_kind(RoundStarted))
        assert for_evidence == bool(hits)
        assert evidence_points(stage, trace) == derived_points(stage, trace)
        # The strategy that found them is named, not the search for evidence.
        assert trace.strategy is finding.strategy is not StrategyName.KNOWN_ACCUSED
        assert trace.rate.right >= 1
        assert stage.proves(trace)
        rounds.add(for_evidence)
    assert True in rounds


def test_a_box_that_falls_silent_before_the_evidence_accuses_nobody(scene):
    stage = scene(9, 6)
    seen = {}

    def box(shares):
        if len(shares) != 3 or any(seen.setdefault(x, y) != y for x, y in shares) or silent:
            return None
        return stage.right((1, 4, 5), shares)

    silent = False
    state = stage.state(box, plan=TracePlan(patience=4))
    avenue = RememberingAvenue(state, 3)
    finding = find(avenue)
    silent = True
    asked = len(stage.asked)
    assert make_provable(state, avenue, finding) is None
    assert len(stage.asked) == asked + 12
    assert stage.of_kind(CandidateConfirmed) == []


def test_a_spent_budget_ends_the_search_for_evidence(scene):
    stage = scene(9, 6)

    def box(shares):
        return stage.right((1, 4, 5), shares) if len(shares) == 3 else None

    find(RememberingAvenue(stage.state(box), 3))
    needed = len(stage.asked)
    state = stage.state(box, plan=TracePlan(query_budget=needed))
    avenue = RememberingAvenue(state, 3)
    finding = find(avenue, needed)
    assert state.finished
    assert make_provable(state, avenue, finding) is None
    assert len(stage.asked) == 2 * needed


def test_evidence_on_the_polynomial_has_fresh_points(scene):
    stage = scene(9, 6)
    seen = {}

    def box(shares):
        if len(shares) != 3 or any(seen.setdefault(x, y) != y for x, y in shares):
            return None
        return stage.right((1, 4, 5), shares)

    state = stage.state(box)
    avenue = RememberingAvenue(state, 3)
    finding = find(avenue)
    before = {x for shares in stage.asked for x, _ in shares}
    trace = make_provable(state, avenue, finding)
    assert before.isdisjoint(evidence_points(stage, trace))
    assert evidence_points(stage, trace) == derived_points(stage, trace)
    assert trace.strategy is StrategyName.FIXED_POLYNOMIAL
    assert (trace.rate.right, trace.rate.asked) == (1, 1)
    assert stage.proves(trace)
