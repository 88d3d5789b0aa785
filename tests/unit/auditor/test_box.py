"""What comes back from a box."""

import pytest

from tcss_chain.auditor.box import AnswerProblem, Box, CallableBox, ReportingBox, check_answer
from tcss_chain.auditor.http_box import HttpBox
from tcss_chain.curve import GROUP_ORDER


@pytest.mark.parametrize("answer", [0, 1, GROUP_ORDER - 1])
def test_canonical_scalars_are_answers(answer):
    assert check_answer(answer) == (answer, None)


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        (None, AnswerProblem.SILENT),
        (GROUP_ORDER, AnswerProblem.NOT_CANONICAL),
        (-1, AnswerProblem.NOT_CANONICAL),
        (2**4096, AnswerProblem.NOT_CANONICAL),
        (True, AnswerProblem.MALFORMED),
        (1.0, AnswerProblem.MALFORMED),
        ("1", AnswerProblem.MALFORMED),
        (b"\1" * 32, AnswerProblem.MALFORMED),
        ([1], AnswerProblem.MALFORMED),
    ],
)
def test_everything_else_is_no_answer_with_a_reason(returned, problem):
    assert check_answer(returned) == (None, problem)
    box = CallableBox(lambda _: returned)
    assert box.query([(1, 2)]) is None
    assert box.last_problem is problem


def test_an_integer_of_a_type_of_its_own_is_no_answer():
    class Sly(int):
        def __lt__(self, other):
            return True

    assert check_answer(Sly(5)) == (None, AnswerProblem.MALFORMED)


def test_exceptions_of_the_box_stay_inside():
    def crash(shares):
        raise RuntimeError(f"state: {shares}")

    box = CallableBox(crash)
    assert box.query([(1, 2)]) is None
    assert box.last_problem is AnswerProblem.CRASHED


def test_a_later_answer_clears_the_problem():
    answers = iter([None, 5])
    box = CallableBox(lambda _: next(answers))
    assert box.query([]) is None
    assert box.query([]) == 5
    assert box.last_problem is None


def test_the_box_gets_pairs_that_it_cannot_change():
    received = []
    shares = [(1, 2), (3, 4)]
    CallableBox(lambda given: received.append(given)).query(shares)
    assert received == [((1, 2), (3, 4))]
    assert isinstance(received[0], tuple)


def test_both_boxes_report_and_can_be_queried():
    boxes: list[Box] = [CallableBox(lambda _: None), HttpBox("http://127.0.0.1:1/")]
    assert all(isinstance(box, ReportingBox) for box in boxes)
