"""One set of query points, put to the box again and again."""

import pytest

from tcss_chain.auditor import CandidateRefuted, StrategyName, TracePlan
from tcss_chain.auditor.inquiry import Inquiry
from tcss_chain.auditor.problem import Candidate
from tcss_chain.auditor.strategies import make_strategies
from tcss_chain.curve import GROUP_ORDER, inverse
from tcss_chain.protocol.trace_query import QueryMode

LEAKED = (0, 3, 5)


@pytest.fixture
def inquire(scene, random_points):
    """A function that begins an inquiry of three points; five of seven reconstruct, three leaked."""

    def begin(answer=None, *, first_place=0, strategies=(), size=2, **plan):
        stage = scene(7, 5)

        def box(shares):
            right = stage.right(LEAKED, shares[: 5 - len(LEAKED)])
            return right if answer is None else answer(len(stage.asked), right)

        state = stage.state(box, plan=TracePlan(strategies=strategies, **plan))
        points = random_points(size)
        problem = state.problem(points)
        made = make_strategies(problem, state.plan)
        values = state.base_values(QueryMode.FREE, points)
        return stage, Inquiry(state, problem, QueryMode.FREE, bytes(32), made, values, first_place)

    return begin


def asked_places(stage, changed_place):
    base, *others = ([y for _, y in shares] for shares in stage.asked)
    return [changed_place(base, values) for values in others]


PRODUCT = (StrategyName.SUBSET_PRODUCT,)


@pytest.mark.parametrize("first_place", [0, 1])
def test_the_base_values_are_asked_first_and_then_the_first_place(inquire, changed_place, first_place):
    # Answers that err never certify a base answer.
    stage, inquiry = inquire(lambda number, right: right + number**2, first_place=first_place)
    for _ in range(6):
        inquiry.ask()
    assert asked_places(stage, changed_place) == [first_place] * 5
    assert (inquiry.made, len(inquiry.evidence.answers)) == (6, 6)
    assert not inquiry.settled


def test_once_settled_the_place_with_the_fewest_answers_is_next(inquire, changed_place):
    # The known accused are no finding, so the inquiry goes on.
    stage, inquiry = inquire(first_place=1, strategies=PRODUCT)
    for _ in range(7):
        assert inquiry.ask(known=LEAKED) is None
    assert asked_places(stage, changed_place) == [1, 1, 0, 0, 1, 0]
    assert inquiry.settled
    assert inquiry.exhausted


def test_an_unsettled_inquiry_is_exhausted_after_a_round(inquire):
    _, inquiry = inquire(lambda number, right: right + number**2, queries_per_round=4)
    for _ in range(4):
        assert not inquiry.exhausted
        inquiry.ask()
    assert inquiry.exhausted


@pytest.mark.parametrize("answers_first", [0, 1, 4])
def test_an_inquiry_that_stays_silent_is_exhausted(inquire, answers_first):
    _, inquiry = inquire(
        lambda number, right: right if number <= answers_first else None, patience=2, strategies=PRODUCT
    )
    for _ in range(answers_first + 3):
        inquiry.ask(known=LEAKED)
        assert not inquiry.exhausted
    inquiry.ask(known=LEAKED)
    assert inquiry.exhausted


def test_queries_without_an_answer_in_a_row_are_counted(inquire):
    _, inquiry = inquire(lambda number, right: None if number in (1, 2, 4) else right, strategies=PRODUCT)
    counts = []
    for _ in range(5):
        inquiry.ask(known=LEAKED)
        counts.append((inquiry.unanswered_in_a_row, inquiry.answered))
    assert counts == [(1, False), (2, False), (0, True), (1, True), (0, True)]


def test_a_finding_names_the_answer_the_accused_and_the_strategy(inquire):
    stage, inquiry = inquire(strategies=PRODUCT)
    assert inquiry.ask() is None
    finding = inquiry.ask()
    assert finding.candidate == Candidate(LEAKED, 0)
    assert finding.answered.number == 1
    assert finding.strategy is StrategyName.SUBSET_PRODUCT
    assert str(finding.T) not in repr(finding)
    assert stage.of_kind(CandidateRefuted) == []


def test_a_refuted_candidate_is_confirmed_by_a_later_answer(inquire):
    stage, inquiry = inquire(lambda number, right: right + (number < 4), strategies=PRODUCT)
    assert [inquiry.ask() for _ in range(3)] == [None] * 3
    (refuted,) = stage.of_kind(CandidateRefuted)
    assert refuted.accounts == stage.accounts(LEAKED)
    finding = inquiry.ask()
    assert finding.candidate == Candidate(LEAKED, 0)
    assert finding.answered.number == 3


def test_a_candidate_is_refuted_once(inquire):
    # The constant error certifies a base answer, so the same candidate comes again with every answer.
    stage, inquiry = inquire(lambda _, right: right + 1, strategies=PRODUCT)
    for _ in range(8):
        assert inquiry.ask() is None
    assert inquiry._state.refuted == 1
    assert len(stage.of_kind(CandidateRefuted)) == 1


def test_known_accused_are_no_finding_but_are_noted(inquire):
    stage, inquiry = inquire(strategies=PRODUCT)
    for _ in range(3):
        assert inquiry.ask(known=(*LEAKED, 6)) is None
    assert inquiry._state.found_known
    assert inquiry._state.refuted == 0
    assert stage.of_kind(CandidateRefuted) == []
    # Somebody new among them makes it one.
    _, another = inquire(strategies=PRODUCT)
    assert another.ask(known=LEAKED[:2]) is None
    assert another.ask(known=LEAKED[:2]).candidate.accused == LEAKED


def test_wrong_candidates_do_not_note_anybody_as_known(inquire):
    _, inquiry = inquire(lambda _, right: right + 1, strategies=PRODUCT)
    for _ in range(4):
        assert inquiry.ask(known=LEAKED) is None
    assert not inquiry._state.found_known


@pytest.mark.parametrize("wanted", [0, 1, 4])
def test_evaluations_are_asked_for_until_enough_agree(inquire, wanted):
    stage, inquiry = inquire(
        lambda number, right: right + (number in (4, 5)), agreeing_wanted=wanted, strategies=PRODUCT
    )
    inquiry.ask()
    finding = inquiry.ask()
    evaluations = inquiry.evaluate(finding)
    leaked_points = [x for x, _ in stage.session.shares(LEAKED)]
    agreeing = 0
    for evaluation in evaluations:
        P = 1
        for x_i in leaked_points:
            P = P * (1 - evaluation.x * inverse(x_i)) % GROUP_ORDER
        agreeing += P * evaluation.v % GROUP_ORDER == 1
    # The base answer pairs with the right one for the first of them.
    assert agreeing == max(wanted, 1)
    assert len(evaluations) == len(inquiry.evidence.answers) - 1
    rate = inquiry.rate(finding)
    assert (rate.right, rate.asked) == (agreeing + 1, inquiry.made)


def test_evaluations_are_given_up_if_the_box_falls_silent(inquire):
    stage, inquiry = inquire(
        lambda number, right: right if number <= 2 else None,
        agreeing_wanted=5,
        patience=3,
        strategies=PRODUCT,
    )
    inquiry.ask()
    evaluations = inquiry.evaluate(inquiry.ask())
    assert len(evaluations) == 1
    assert len(stage.asked) == 5


def test_evaluations_do_not_use_a_dropped_place(inquire):
    # The box uses the first two of three points.
    stage, inquiry = inquire(agreeing_wanted=3, first_place=2, size=3)
    finding = inquiry.ask()
    assert finding.candidate == Candidate(LEAKED, 0b100)
    evaluations = inquiry.evaluate(finding)
    assert {evaluation.x for evaluation in evaluations} == {stage.asked[0][0][0]}
    assert len(evaluations) == 3


@pytest.mark.parametrize(("names", "needed"), [((StrategyName.EXPONENT_CHECK,), 1), (PRODUCT, 2)])
def test_right_answers_that_decide_are_counted(inquire, names, needed):
    assert inquire(strategies=names)[1].right_answers_needed == needed


def test_many_evaluations_need_a_certain_base_answer_first(inquire):
    # Four evaluations of a polynomial with three roots, of which the first takes three answers.
    assert inquire(strategies=(StrategyName.LIST_DECODING,))[1].right_answers_needed == 6
