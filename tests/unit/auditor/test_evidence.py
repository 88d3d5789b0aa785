"""What the answers to one set of query points say: pairs, base answers, certainty."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.auditor.evidence import CERTAIN
from tcss_chain.curve import GROUP_ORDER, inverse


@pytest.fixture(scope="module")
def session(sealed_session):
    return sealed_session(8, 6)


@pytest.fixture(scope="module")
def asked(session, problem_of, random_points, interrogate):
    """A function that begins with no answers: three points that are used, and those that are dropped."""

    def begin(leaked=(0, 2, 5), dropped=0, seed=0):
        size = 6 - len(leaked) + dropped.bit_count()
        problem = problem_of(session, random_points(size))
        return interrogate(session, problem, leaked, dropped=dropped, seed=seed)

    return begin


def trace_polynomial(session, leaked, x):
    value = 1
    for x_i, _ in session.shares(leaked):
        value = value * (1 - x * inverse(x_i)) % GROUP_ORDER
    return value


def test_shares_differ_from_the_base_values_in_one_place(asked):
    box = asked()
    evidence = box.evidence
    base = evidence.shares(None, 5)
    assert [x for x, _ in base] == list(evidence.problem.query_points)
    assert [y for _, y in base] == box.base_values
    for place in range(3):
        changed = evidence.shares(place, 5)
        assert changed[place] == (evidence.problem.query_points[place], 5)
        assert changed[:place] + changed[place + 1 :] == base[:place] + base[place + 1 :]


def test_the_base_answer_and_one_more_evaluate_the_trace_polynomial(session, asked):
    box = asked()
    box.ask(None)
    assert box.evidence.new_pairs == ()
    box.ask(1)
    (pair,) = box.evidence.new_pairs
    assert (pair.place, pair.x) == (1, box.evidence.problem.query_points[1])
    assert pair.v * trace_polynomial(session, (0, 2, 5), pair.x) % GROUP_ORDER == 1
    assert pair.base == box.base_answer
    assert not pair.certain


def test_two_answers_at_a_place_do_without_the_base_answer(session, asked):
    box = asked()
    box.ask(2)
    assert box.evidence.new_pairs == ()
    box.ask(2)
    (pair,) = box.evidence.new_pairs
    assert pair.v * trace_polynomial(session, (0, 2, 5), pair.x) % GROUP_ORDER == 1
    assert pair.base == box.base_answer
    box.ask(None)
    # The base answer that comes late pairs with every earlier one.
    assert [each.v for each in box.evidence.new_pairs] == [pair.v, pair.v]


def test_two_answers_at_different_places_say_nothing(asked):
    box = asked()
    box.ask_at(0, 1, 2)
    assert box.evidence.new_pairs == ()
    assert box.evidence.certain_bases() == ()
    assert box.evidence.most_agreeing() == 0


@pytest.mark.parametrize("dropped", [0b0010, 0b1000, 0b10010])
def test_dropped_points_are_further_factors(session, asked, dropped):
    box = asked(dropped=dropped)
    points = box.evidence.problem.query_points
    box.ask(None)
    box.ask(0)
    (pair,) = box.evidence.new_pairs
    v = pair.v
    for place, x_j in enumerate(points):
        if dropped >> place & 1:
            v = v * x_j * inverse(x_j - pair.x) % GROUP_ORDER
    assert v * trace_polynomial(session, (0, 2, 5), pair.x) % GROUP_ORDER == 1


def test_a_dropped_place_gives_no_pair_but_certifies_the_base_answer(asked):
    box = asked(dropped=0b0001)
    for place in (None, 0):
        box.ask(place)
        assert box.evidence.new_pairs == ()
    box.ask(0)
    assert box.evidence.new_pairs == ()
    assert box.evidence.certain_bases() == (box.base_answer,)
    # Answers that depend on nothing tell nothing of who is right.
    assert box.evidence.evaluations(box.base_answer) == ()
    assert box.evidence.most_agreeing() == 0


def test_three_collinear_answers_are_certain(asked):
    box = asked()
    box.ask_at(1, 1)
    assert box.evidence.certain_bases() == ()
    box.ask(1)
    assert box.evidence.certain_bases() == (box.base_answer,)
    assert box.evidence.most_agreeing() == CERTAIN == 3
    (evaluation,) = box.evidence.evaluations(box.base_answer)
    assert evaluation.certain


def test_pairs_at_two_places_certify_each_other(asked):
    box = asked()
    box.ask_at(0, 0, 1)
    assert box.evidence.certain_bases() == ()
    box.ask(1)
    assert box.evidence.certain_bases() == (box.base_answer,)
    assert box.evidence.most_agreeing() == 4


def test_two_answers_are_never_certain_nor_is_a_wrong_third(asked):
    box = asked()
    box.ask_at(None, 1)
    assert box.evidence.certain_bases() == ()
    box.garble(1)
    assert box.evidence.certain_bases() == ()
    assert box.evidence.most_agreeing() == 0
    box.ask(1)
    assert box.evidence.certain_bases() == (box.base_answer,)


def test_every_pair_is_tried_as_long_as_nothing_is_certain(asked):
    box = asked()
    box.garble(None)
    for number in range(1, 5):
        box.garble(1)
        assert len(box.evidence.new_pairs) == number
        assert len({pair.base for pair in box.evidence.new_pairs}) == number


def test_once_certain_an_answer_at_another_place_is_an_evaluation(session, asked):
    box = asked()
    box.ask_at(None, 0, 0, 1)
    box.garble(1)
    box.garble(2)
    evaluations = box.evidence.evaluations(box.base_answer)
    assert [(each.place, each.certain) for each in evaluations] == [
        (0, True),
        (1, False),
        (1, False),
        (2, False),
    ]
    assert [
        each.v * trace_polynomial(session, (0, 2, 5), each.x) % GROUP_ORDER == 1 for each in evaluations
    ] == [
        True,
        True,
        False,
        False,
    ]
    box.ask(1)
    # Two that agree are one, certain and the latest.
    assert [(each.place, each.certain) for each in box.evidence.evaluations(box.base_answer)] == [
        (0, True),
        (1, False),
        (2, False),
        (1, True),
    ]


def test_two_lines_are_both_certain_and_the_one_with_more_answers_comes_first(asked):
    box = asked()
    # A constant error makes another line with the same slope.
    for _ in range(3):
        box.ask(1, error=7)
        box.ask(1)
    wrong = (box.base_answer + 7) % GROUP_ORDER
    assert box.evidence.certain_bases() == (wrong, box.base_answer)
    box.ask(1)
    assert box.evidence.certain_bases() == (box.base_answer, wrong)


def test_answers_are_counted_by_place(asked):
    box = asked()
    box.ask_at(None, 1, 1)
    box.garble(2)
    assert [box.evidence.answers_at(place) for place in range(3)] == [0, 2, 1]
    assert len(box.evidence.answers) == 4


def test_evaluations_are_not_shown(asked):
    box = asked()
    box.ask_at(None, 1)
    (pair,) = box.evidence.new_pairs
    assert str(pair.v) not in repr(pair)
    assert str(pair.base) not in repr(pair)


@settings(max_examples=60, deadline=None)
@given(
    order=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=14),
    base_at=st.none() | st.integers(0, 13),
    base_is_right=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_only_right_answers_certify_each_other(asked, order, base_at, base_is_right, seed):
    """With random errors, a base answer is certain iff enough right answers support it."""
    box = asked(seed=seed)
    right = {0: 0, 1: 0, 2: 0}
    base_right = False
    for number, (place, is_right) in enumerate(order):
        if number == base_at:
            box.ask(None) if base_is_right else box.garble(None)
            base_right = base_is_right
        if is_right:
            box.ask(place)
            right[place] += 1
        else:
            box.garble(place)
    # Several right answers at a place support the base answer together, and so does it itself.
    support = sum(count for count in right.values() if count > 1) + base_right
    certain = support >= CERTAIN
    assert box.evidence.certain_bases() == ((box.base_answer,) if certain else ())
    assert box.evidence.most_agreeing() == (support if certain else 0)


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations([(None, True), (0, True), (0, True), (1, True), (1, True), (0, False), (2, True)])
)
def test_the_order_of_the_answers_changes_nothing_in_the_end(session, asked, order):
    box = asked()
    for place, is_right in order:
        box.ask(place) if is_right else box.garble(place)
    assert box.evidence.certain_bases() == (box.base_answer,)
    at_zero = trace_polynomial(session, (0, 2, 5), 0)
    assert at_zero == 1
    right = [
        each.place
        for each in box.evidence.evaluations(box.base_answer)
        if each.v * trace_polynomial(session, (0, 2, 5), each.x) % GROUP_ORDER == 1
    ]
    assert sorted(right) == [0, 1, 2]
    assert len(box.evidence.evaluations(box.base_answer)) == 4
