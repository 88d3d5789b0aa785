"""The narrator tells everything that can happen."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tcss_chain.auditor.box import AnswerProblem
from tcss_chain.auditor.events import CandidateConfirmed, CandidateRefuted, QueryMade, RoundStarted
from tcss_chain.chain.transactions import MinedTransaction
from tcss_chain.demo.narrator import Narrator
from tcss_chain.demo.report import DemoReport
from tcss_chain.participant.events import Happening, ParticipantEvent
from tcss_chain.protocol.trace_query import QueryMode

ALICE, BOB, STRANGER = ("0x" + digit * 40 for digit in "123")
REPORT = DemoReport(
    contract=STRANGER,
    session="0x",
    accuracy=0.9,
    trained_accuracy=0.9,
    leaked=(ALICE,),
    accused=(ALICE,),
    faults={},
    queries=5,
    gas={},
    seconds={},
    refuses=True,
    record={"accused": [ALICE]},
    verified=True,
)


@pytest.fixture
def told():
    """A narrator who knows two names, and what it has printed."""
    output = io.StringIO()
    narrator = Narrator(Console(file=output, width=200))
    narrator.introduce({ALICE: "Alice", BOB: "Bob [the] builder"})
    return narrator, output


@pytest.mark.parametrize("happening", list(Happening))
@pytest.mark.parametrize("about", [None, ALICE, BOB, STRANGER])
def test_everything_that_a_participant_does_is_told(told, happening, about):
    narrator, output = told
    narrator.participant(ParticipantEvent(ALICE, happening, about, "a [detail] of it"))
    text = output.getvalue()
    if happening is Happening.SHARE_RECEIVED:
        assert ("verified its share" in text) is (about in (BOB, STRANGER))
        return
    assert "Alice" in text
    assert happening.value in text
    assert "a [detail] of it" in text
    if about is BOB:
        assert "Bob [the] builder" in text
    if about is STRANGER:
        assert STRANGER in text


@pytest.mark.parametrize(
    "hostile", ["[/]", "[bold", "[/bold]", "[link=http://x]y[/link]", "x\\", "{0}", "%s"]
)
def test_names_and_details_are_no_markup(hostile):
    output = io.StringIO()
    narrator = Narrator(Console(file=output, width=200))
    narrator.introduce({ALICE: hostile, BOB: "Bob"})
    narrator.chapter("stage", hostile)
    narrator.participant(ParticipantEvent(ALICE, Happening.FAILED, BOB, hostile))
    narrator.line(narrator.names((ALICE, BOB)))
    assert output.getvalue().count(hostile) == 4


def test_every_step_of_a_trace_is_told(told):
    narrator, output = told
    narrator.trace(RoundStarted(mode=QueryMode.FREE, arity=1, for_evidence=False))
    narrator.trace(RoundStarted(mode=QueryMode.REGISTERED, arity=3, for_evidence=True))
    narrator.trace(QueryMade(0, QueryMode.FREE, 1, problem=None))
    for number, problem in enumerate(AnswerProblem, start=1):
        narrator.trace(QueryMade(number, QueryMode.FREE, 1, problem))
    narrator.trace(CandidateRefuted("list decoding", (BOB,)))
    narrator.trace(CandidateConfirmed("list decoding", (ALICE, STRANGER), query=3, dropped_count=0))
    text = output.getvalue()
    assert "free: 1 made-up share a query" in text
    assert "registered: 3 made-up shares a query" in text
    assert "query   1: an answer" in text
    assert all(str(problem) in text for problem in AnswerProblem)
    assert "refuted: Bob" in text
    assert f"confirmed by list decoding: Alice and {STRANGER}" in text


def test_gas_is_kept_by_kind_and_seconds_by_stage(told):
    narrator, _ = told
    for kind, gas in (("join", 5), ("join", 7), ("deal", 11)):
        narrator.transaction(MinedTransaction(kind, "0x", 1, gas, {}))
    assert narrator.gas == {"join": [5, 7], "deal": [11]}
    narrator.chapter("first", "First")
    narrator.chapter("second", "Second")
    assert list(narrator.seconds) == ["first"]
    narrator.end_stage()
    narrator.end_stage()
    assert list(narrator.seconds) == ["first", "second"]
    assert all(seconds >= 0 for seconds in narrator.seconds.values())


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (REPORT, "exactly those who leaked"),
        (replace(REPORT, accused=(BOB,)), "NOT those who leaked"),
        (replace(REPORT, leaked=()), "NOT those who leaked"),
    ],
)
def test_the_verdict_says_whether_it_is_right(told, report, said):
    narrator, output = told
    narrator.transaction(MinedTransaction("join", "0x", 1, 1_234_567, {}))
    narrator.verdict(report)
    assert said in output.getvalue()
    assert "5 queries, 1,234,567 gas" in output.getvalue()


def test_a_verdict_on_a_record_that_was_not_verified_is_not_a_success(told):
    narrator, output = told
    narrator.verdict(replace(REPORT, verified=False))
    assert "not verified" in output.getvalue()


def test_nobody_to_introduce_is_no_reason_to_fail():
    Narrator(Console(file=io.StringIO())).introduce({})
