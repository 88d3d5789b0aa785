"""Whatever happens to a trace, it goes on from its transcript, and no query is made twice."""

import os
import stat
from dataclasses import fields, replace

import pytest
from support.transcripts import (
    LEAKED,
    PLAN,
    CountingBox,
    Killed,
    assert_tells_no_secret,
    rewrite,
)

from tcss_chain.auditor import (
    AnswerProblem,
    CallableBox,
    NotTraced,
    QueryMade,
    StrategyName,
    Trace,
    TracePlan,
    TraceRandomness,
    trace_box,
    trace_state,
    transcript_file,
)
from tcss_chain.auditor.errors import (
    TracePlanError,
    TranscriptFileError,
    TranscriptMismatchError,
    TranscriptPlanError,
)
from tcss_chain.auditor.transcript_file import TranscriptFile, entries_of, plan_to_resume, read_transcript
from tcss_chain.auditor.transcript_format import LineWriter, decode_transcript
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import queries_root


def test_a_finished_trace_is_repeated_without_asking_the_box(session, run, whole):
    box, events = CountingBox(session), []
    assert run(box, on_event=events.append) == whole
    assert box.asked == []
    repeated = [event.repeated for event in events if isinstance(event, QueryMade)]
    assert repeated == [True] * len(whole.transcript)


def test_the_file_holds_what_the_root_stands_for(path, whole, session):
    content = read_transcript(path)
    entries = entries_of(content)
    assert entries == whole.transcript
    assert queries_root(session.traced.roster.sid, entries) == whole.claim.queries_root
    assert not content.interrupted


def test_only_the_owner_can_read_the_file(path, whole):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_query_is_kept_and_synced_before_it_is_sent(session, path, run, monkeypatch):
    done = []
    write, sync = os.write, os.fsync
    monkeypatch.setattr(transcript_file.os, "write", lambda *args: (done.append("write"), write(*args))[1])
    monkeypatch.setattr(transcript_file.os, "fsync", lambda *args: (done.append("sync"), sync(*args))[1])
    inner = CountingBox(session)

    def box(shares):
        assert done[-2:] == ["write", "sync"]
        kept = read_transcript(path)
        assert kept.interrupted
        assert kept.queries[-1].shares == shares
        assert len(kept.queries) == len(inner.asked) + 1
        done.append("ask")
        return inner.query(shares)

    outcome = run(CallableBox(box))
    assert isinstance(outcome, Trace)
    assert done.count("ask") == len(inner.asked) > 2
    assert done[-2:] == ["write", "sync"]


def places_around_line_ends(content):
    ends = [place + 1 for place in range(len(content)) if content[place : place + 1] == b"\n"]
    return sorted({min(end + step, len(content)) for end in ends for step in (-100, -2, -1, 0, 1, 60)})


def test_a_trace_that_was_cut_off_goes_on(session, path, run, whole):
    content = path.read_bytes()
    first_end = content.index(b"\n") + 1
    for cut in places_around_line_ends(content):
        if cut < first_end:
            continue
        rewrite(path, content[:cut])
        kept = content[:cut].count(b"\n") - 1
        made = (kept + 1) // 2
        box = CountingBox(session)
        outcome = run(box)
        assert outcome.accused == whole.accused
        assert set(box.asked).isdisjoint(entry.shares for entry in whole.transcript[:made])
        if kept % 2 == 0:
            # No query was under way: everything is as if nothing had happened.
            assert outcome == whole
            assert path.read_bytes() == content
        else:
            assert outcome.transcript[made - 1].answer is None
            assert outcome.transcript[: made - 1] == whole.transcript[: made - 1]
        again = CountingBox(session)
        assert run(again) == outcome
        assert again.asked == []


def test_a_torn_last_line_is_cut_off_wherever_it_is_torn(session, path, whole):
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    for cut in range(len(b"".join(lines[:-2])), len(content)):
        rewrite(path, content[:cut])
        complete = content[: content[:cut].rindex(b"\n") + 1]
        assert read_transcript(path) == decode_transcript(complete.splitlines(keepends=True))
        assert path.stat().st_size == cut
        TranscriptFile.open(path, session.traced, plan=PLAN).close()
        left = path.read_bytes()
        if read_transcript(path).queries[-1].problem is AnswerProblem.INTERRUPTED:
            assert left.startswith(complete + b'{"got":')
            assert left.count(b"\n") == complete.count(b"\n") + 1
        else:
            assert left == complete


@pytest.mark.parametrize("name", ["fixed errors by input", "framing", "silent errors"])
def test_a_process_that_dies_at_any_query_asks_it_only_once(session, path, run, name):
    number = 0
    while True:
        path.unlink(missing_ok=True)
        first = CountingBox(session, name, die_at=number)
        try:
            outcome = run(first)
        except Killed:
            pass
        else:
            assert len(outcome.transcript) <= number
            break
        second = CountingBox(session, name)
        outcome = run(second)
        assert isinstance(outcome, Trace)
        assert outcome.accused == session.accounts_at(LEAKED)
        assert len(set(first.asked + second.asked)) == len(first.asked) + len(second.asked)
        assert [entry.shares for entry in outcome.transcript] == first.asked + second.asked
        assert outcome.transcript[number].answer is None
        assert read_transcript(path).queries[number].problem is AnswerProblem.INTERRUPTED
        third = CountingBox(session, name)
        assert run(third) == outcome
        assert third.asked == []
        number += 1
    assert number > 3


def test_a_trace_may_die_again_and_again(session, path, run):
    asked = []
    for _ in range(100):
        box = CountingBox(session, die_at=1)
        try:
            outcome = run(box)
        except Killed:
            asked += box.asked
            continue
        asked += box.asked
        break
    assert outcome.accused == session.accounts_at(LEAKED)
    assert len(set(asked)) == len(asked) == len(outcome.transcript)


def test_an_interrupted_query_is_counted_with_its_reason(session, path, run):
    with pytest.raises(Killed):
        run(CountingBox(session, die_at=0))
    outcome = run(CountingBox(session), replace(PLAN, query_budget=1))
    assert isinstance(outcome, NotTraced)
    assert outcome.problems == ((AnswerProblem.INTERRUPTED, 1),)


@pytest.mark.parametrize("spent", [1, 2, 3, 4, 5, 6, 8, 11, 13])
def test_another_budget_only_moves_the_end(session, path, run, spent):
    first = CountingBox(session, rate=0.7)
    assert isinstance(run(first, replace(PLAN, query_budget=spent)), NotTraced)
    second = CountingBox(session, rate=0.7)
    outcome = run(second, replace(PLAN, query_budget=400))
    assert isinstance(outcome, Trace)
    alone = CountingBox(session, rate=0.7)
    assert outcome == trace_box(
        alone, session.traced, plan=replace(PLAN, query_budget=400), randomness=TraceRandomness(b"\x07" * 32)
    )
    assert first.asked + second.asked == alone.asked


@pytest.mark.parametrize("ticks", range(0, 60, 4))
def test_a_time_limit_only_moves_the_end(session, path, run, monkeypatch, ticks):
    class Clock:
        now = 0

        def monotonic(self):
            self.now += 1
            return self.now

    with monkeypatch.context() as patched:
        patched.setattr(trace_state, "time", Clock())
        first = CountingBox(session, rate=0.7)
        begun = run(first, replace(PLAN, time_limit=ticks + 0.5))
    second = CountingBox(session, rate=0.7)
    if isinstance(begun, NotTraced):
        outcome = run(second, PLAN)
        alone = CountingBox(session, rate=0.7)
        randomness = TraceRandomness(b"\x07" * 32)
        assert outcome == trace_box(alone, session.traced, plan=PLAN, randomness=randomness)
        assert first.asked + second.asked == alone.asked
    else:
        assert begun.accused == session.accounts_at(LEAKED)


def test_without_a_plan_the_file_s_own_is_used(session, path, run):
    plan = TracePlan(arities=(1, 2), modes=(QueryMode.FREE,), query_budget=1, patience=3)
    run(CountingBox(session), plan)
    with TranscriptFile.open(path, session.traced) as kept:
        assert kept.plan == plan
    run(CountingBox(session), replace(plan, query_budget=2))
    with TranscriptFile.open(path, session.traced) as kept:
        assert kept.plan == replace(plan, query_budget=2)
    content = read_transcript(path)
    assert content.header.plan == plan
    assert plan_to_resume(content) == replace(plan, query_budget=2)


OTHER_PLAN = {
    "arities": (2,),
    "modes": (QueryMode.REGISTERED,),
    "strategies": (StrategyName.LATTICE, StrategyName.EXPONENT_CHECK),
    "query_budget": 77,
    "time_limit": 2.5,
    "queries_per_round": 5,
    "patience": 2,
    "agreeing_wanted": 3,
    "max_dropped": 1,
}


def test_every_field_of_a_plan_is_kept(session, path):
    plan = TracePlan(**OTHER_PLAN)
    for field in fields(TracePlan):
        assert OTHER_PLAN[field.name] != getattr(TracePlan(), field.name)
    TranscriptFile.open(path, session.traced, plan=plan).close()
    assert read_transcript(path).header.plan == plan


@pytest.mark.parametrize("name", sorted(OTHER_PLAN.keys() - {"query_budget", "time_limit"}))
def test_another_plan_is_refused_by_name(session, path, run, whole, name):
    before = path.read_bytes()
    with pytest.raises(TranscriptPlanError, match=name) as caught:
        run(CountingBox(session), replace(PLAN, **{name: OTHER_PLAN[name]}))
    assert caught.value.fields == (name,)
    assert path.read_bytes() == before


def test_a_budget_below_what_was_spent_is_refused(session, run, whole):
    with pytest.raises(TracePlanError, match="query_budget"):
        run(CountingBox(session), replace(PLAN, query_budget=len(whole.transcript) - 1))
    assert run(CountingBox(session), replace(PLAN, query_budget=len(whole.transcript))) == whole


@pytest.mark.parametrize(
    "plan",
    [TracePlan(arities=(99,)), TracePlan(query_budget=0)]
    + [TracePlan(time_limit=limit) for limit in (float("inf"), float("nan"), -1.0)],
)
def test_a_plan_that_does_not_fit_leaves_no_file(session, path, plan):
    with pytest.raises(TracePlanError):
        TranscriptFile.open(path, session.traced, plan=plan)
    assert not path.exists()


def test_who_was_convicted_when_the_trace_was_begun_is_kept(session, path, run):
    first, second, _ = session.accounts_at((0, 2, 4))
    run(CountingBox(session), known=(second, first))
    with TranscriptFile.open(path, session.traced, known=()) as kept:
        assert kept.known == (first, second)


@pytest.mark.parametrize("what", ["session", "roster", "aggregate"])
def test_a_transcript_of_another_session_is_refused_and_left_alone(session, path, whole, what):
    traced = session.traced
    others = {
        "session": replace(traced, roster=replace(traced.roster, sid=bytes(32))),
        "roster": replace(traced, roster=replace(traced.roster, roster_hash=bytes(32))),
        "aggregate": replace(traced, aggregate_hash=bytes(32)),
    }
    torn = path.read_bytes() + b'{"asking'
    rewrite(path, torn)
    with pytest.raises(TranscriptFileError, match=f"another {what}") as caught:
        TranscriptFile.open(path, others[what])
    assert caught.value.line == 1
    assert path.read_bytes() == torn


def test_a_trace_that_asks_something_else_is_stopped(session, path, run, whole):
    header = read_transcript(path).header
    writer = LineWriter()
    lines = [writer.header(header)]
    for number, query in enumerate(read_transcript(path).queries):
        x, y = query.shares[0]
        changed = ((x, (y + (number == 2)) % GROUP_ORDER), *query.shares[1:])
        lines += [writer.asking(number, changed), writer.got(number, query.answer, query.problem)]
    rewrite(path, b"".join(lines))
    box = CountingBox(session)
    with pytest.raises(TranscriptMismatchError) as caught:
        run(box)
    assert caught.value.number == 2
    assert box.asked == []
    assert_tells_no_secret(caught.value)
