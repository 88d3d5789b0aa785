"""Boxes that err: how often, how, and what they leave alone."""

import math
import random

import pytest

from tcss_chain.bestiary import (
    Crashing,
    FixedInputErrors,
    Framing,
    KeyedOn,
    Malformed,
    NonCanonical,
    RandomErrors,
    Reconstruction,
    SilentErrors,
    SimulationSettingError,
    Unprintable,
    malformed_answers,
    seeded_sequence,
)
from tcss_chain.curve import GROUP_ORDER

QUERIES = 600


def is_near(count, rate, total=QUERIES):
    """Tell whether a count is within five standard deviations of its expectation."""
    return abs(count - total * rate) <= 5 * math.sqrt(total * rate * (1 - rate))


def outcome(box, supplied):
    try:
        return box.query(supplied)
    except Exception as error:  # noqa: BLE001 - that is what the box is for
        return type(error)


def erring_boxes(perfect, framed, rate, seed=1):
    return {
        "random": RandomErrors(perfect, rate, seeded_sequence(seed, "a")),
        "silent": SilentErrors(perfect, rate, seeded_sequence(seed, "a")),
        "by points": FixedInputErrors(perfect, rate, seed, KeyedOn.POINTS),
        "by input": FixedInputErrors(perfect, rate, seed, KeyedOn.EVERYTHING),
        "framing": Framing(perfect, framed, rate, seeded_sequence(seed, "a")),
        "crashing": Crashing(perfect, rate, seeded_sequence(seed, "a")),
        "malformed": Malformed(perfect, rate, seeded_sequence(seed, "a")),
        "non-canonical": NonCanonical(perfect, rate, seeded_sequence(seed, "a")),
    }


KINDS = ("random", "silent", "by points", "by input", "framing", "crashing", "malformed", "non-canonical")


@pytest.fixture
def framed_shares(session):
    return [(session.points[2], 1234), (session.points[6], 5678)]


@pytest.fixture
def framed(framed_shares):
    return Reconstruction(framed_shares, 5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [0.1, 0.4, 0.75])
def test_the_rate_is_kept(perfect, framed, made_up, kind, rate):
    box = erring_boxes(perfect, framed, rate)[kind]
    wrong = 0
    for supplied in made_up(3, QUERIES):
        answer = outcome(box, supplied)
        wrong += type(answer) is not int or answer != perfect.query(supplied)
    assert is_near(wrong, rate)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rate", "expected"), [(0.0, 0), (1.0, 60)])
def test_never_and_always(perfect, framed, made_up, kind, rate, expected):
    box = erring_boxes(perfect, framed, rate)[kind]
    answers = [(outcome(box, supplied), perfect.query(supplied)) for supplied in made_up(3, 60)]
    assert sum(type(answer) is not int or answer != truth for answer, truth in answers) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_errors_repeat_with_the_seed_only(perfect, framed, made_up, kind):
    queries = made_up(3, 100)

    def wrong_places(seed):
        box = erring_boxes(perfect, framed, 0.5, seed)[kind]
        answers = [outcome(box, supplied) for supplied in queries]
        return [
            place
            for place, answer in enumerate(answers)
            if type(answer) is not int or answer != perfect.query(queries[place])
        ]

    assert wrong_places(1) == wrong_places(1)
    assert wrong_places(1) != wrong_places(2)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_wrapped_box_refuses_stays_unanswered(perfect, framed, made_up, kind):
    box = erring_boxes(perfect, framed, 1.0)[kind]
    assert box.asks_for == 3
    for supplied in (*made_up(2, 5), *made_up(4, 5)):
        assert box.query(supplied) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_rates_out_of_range_are_refused(perfect, framed, kind, rate):
    with pytest.raises(SimulationSettingError):
        erring_boxes(perfect, framed, rate)[kind]


def test_random_errors_are_scalars_that_do_not_repeat(perfect, made_up):
    box = RandomErrors(perfect, 1.0, random.Random(1))
    answers = [box.query(supplied) for supplied in made_up(3, 1) * 50]
    assert len(set(answers)) == 50
    assert all(0 <= answer < GROUP_ORDER for answer in answers)


def test_silent_errors_say_nothing_wrong(perfect, made_up):
    box = SilentErrors(perfect, 0.5, random.Random(1))
    answers = [(box.query(supplied), perfect.query(supplied)) for supplied in made_up(3, 100)]
    assert {answer is None or answer == truth for answer, truth in answers} == {True}
    assert any(answer is None for answer, _ in answers)


@pytest.mark.parametrize("keyed_on", list(KeyedOn))
def test_the_same_input_always_has_the_same_outcome(perfect, made_up, keyed_on):
    box = FixedInputErrors(perfect, 0.5, 3, keyed_on)
    queries = made_up(3, 40)
    first = [box.query(supplied) for supplied in queries]
    random.Random(1).shuffle(queries)
    again = {tuple(supplied): box.query(supplied) for supplied in queries}
    assert [again[tuple(supplied)] for supplied in made_up(3, 40)] == first


def test_errors_by_points_spoil_a_set_of_points_as_a_whole(perfect, made_up):
    box = FixedInputErrors(perfect, 0.4, 3, KeyedOn.POINTS)
    bad_sets = 0
    for seed in range(150):
        points = [x for x, _ in made_up(3, 1, seed)[0]]
        queries = made_up(3, 4, seed, points=points)
        queries.append(queries[0][::-1])
        wrong = [box.query(supplied) != perfect.query(supplied) for supplied in queries]
        assert len(set(wrong)) == 1
        bad_sets += wrong[0]
        if wrong[0]:
            assert len({box.query(supplied) for supplied in queries}) == 5
    assert is_near(bad_sets, 0.4, 150)


def test_errors_by_input_change_with_the_values(perfect, made_up):
    box = FixedInputErrors(perfect, 0.4, 3, KeyedOn.EVERYTHING)
    points = [x for x, _ in made_up(3, 1)[0]]
    queries = made_up(3, QUERIES, points=points)
    assert is_near(sum(box.query(supplied) != perfect.query(supplied) for supplied in queries), 0.4)


def test_framing_answers_as_if_the_others_had_leaked(perfect, framed_shares, framed, made_up, right):
    box = Framing(perfect, framed, 1.0, random.Random(1))
    for supplied in made_up(3, 20):
        assert box.query(supplied) == right(framed_shares, supplied)
        assert box.query(supplied) == box.query(supplied)


def test_framing_says_nothing_where_the_framed_could_not_answer(session, perfect, framed):
    supplied = session.shares_at((0, 2, 3))
    assert Framing(perfect, framed, 1.0, random.Random(1)).query(supplied) is None
    assert Framing(perfect, framed, 0.0, random.Random(1)).query(supplied) == session.secret


def test_crashes_are_of_many_kinds_and_carry_the_shares(perfect, made_up):
    box = Crashing(perfect, 1.0, random.Random(1))
    kinds = set()
    for supplied in made_up(3, 100):
        with pytest.raises(Exception) as caught:
            box.query(supplied)
        kinds.add(caught.type)
        message = caught.value.args[0]
        assert str(supplied[0][1]) in message
        assert str(perfect.query(supplied)) in message
    assert Unprintable in kinds
    assert len(kinds) == 7
    with pytest.raises(RuntimeError, match="cannot be shown"):
        str(Unprintable("x"))


def test_malformed_answers_are_of_many_kinds_and_none_is_a_canonical_scalar(perfect, made_up):
    for answer in malformed_answers(5):
        assert answer is not None
        assert type(answer) is not int or not 0 <= answer < GROUP_ORDER
    box = Malformed(perfect, 1.0, random.Random(1))
    kinds = {type(box.query(supplied)) for supplied in made_up(3, 200)}
    assert {str, bytes, float, tuple, list, bool, int, object} < kinds


def test_non_canonical_answers_are_right_modulo_r(perfect, made_up):
    box = NonCanonical(perfect, 1.0, random.Random(1))
    for supplied in made_up(3, 10):
        assert box.query(supplied) == perfect.query(supplied) + GROUP_ORDER


def test_very_long_integers_do_not_stop_a_keyed_hash(perfect):
    supplied = [(5, 1 << 50_000), (6, -3), (7, 0)]
    box = FixedInputErrors(perfect, 1.0, 1, KeyedOn.EVERYTHING)
    assert box.query(supplied) not in (None, perfect.query(supplied))
