"""The private transcript: whatever happens to a trace, it goes on, and no query is made twice."""

import errno
import os
import re
import stat
from dataclasses import fields, replace

import pytest

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
    AuditorError,
    PrivateFileError,
    TracePlanError,
    TranscriptFileError,
    TranscriptMismatchError,
    TranscriptPlanError,
)
from tcss_chain.auditor.transcript_file import TranscriptFile, entries_of, plan_to_resume, read_transcript
from tcss_chain.auditor.transcript_format import LineWriter, TranscriptHeader, decode_transcript
from tcss_chain.bestiary import BESTIARY, simulate_session
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import queries_root

LEAKED = (1, 3)

PLAN = TracePlan(strategies=(StrategyName.SUBSET_PRODUCT,), agreeing_wanted=2)
"""Needs more queries than all strategies together."""


class Killed(KeyboardInterrupt):
    """The process dies."""


class CountingBox:
    """Errs depending on what it is asked; counts what it is asked, and may kill the process."""

    def __init__(self, session, name="fixed errors by input", rate=0.4, die_at=None):
        self._box = BESTIARY[name].make(session, LEAKED, error_rate=rate)
        self.asked = []
        self._die_at = die_at

    def query(self, shares):
        self.asked.append(tuple(shares))
        if len(self.asked) - 1 == self._die_at:
            raise Killed
        return self._box.query(shares)


@pytest.fixture(scope="module")
def session():
    return simulate_session(6, 4)


@pytest.fixture(autouse=True)
def seed(monkeypatch):
    """The seed of every trace that is begun: all is repeatable."""
    monkeypatch.setattr(transcript_file.secrets, "token_bytes", lambda size: b"\x07" * size)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "trace.jsonl"


@pytest.fixture
def run(session, path):
    """A function that traces, with the transcript, as the auditor does."""

    def trace(box, plan=None, on_event=None, known=()):
        with TranscriptFile.open(path, session.traced, plan=plan or PLAN, known=known) as kept:
            return trace_box(
                box,
                session.traced,
                plan=kept.plan,
                known=kept.known,
                randomness=kept.randomness(),
                transcript=kept,
                on_event=on_event,
            )

    return trace


@pytest.fixture
def whole(session, path, run):
    """The outcome of a trace that was not interrupted; its file is at `path`."""
    outcome = run(CountingBox(session))
    assert isinstance(outcome, Trace)
    assert outcome.accused == session.accounts_at(LEAKED)
    assert len(outcome.transcript) > 5
    return outcome


def rewrite(path, content):
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_bytes(content)


def assert_tells_no_secret(error):
    assert re.search(r"[0-9a-fA-F]{16}|[0-9]{16}", f"{error!s} {error!r} {vars(error)}") is None


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


def test_any_flipped_bit_is_found_out(session, path, whole):
    content = path.read_bytes()
    # The end of the last line is looked at below.
    for place in range(len(content) - 1):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        with pytest.raises(TranscriptFileError) as caught:
            decode_transcript(bytes(flipped).splitlines(keepends=True))
        assert_tells_no_secret(caught.value)
        if place % 100 == 0:
            rewrite(path, flipped)
            with pytest.raises(TranscriptFileError):
                TranscriptFile.open(path, session.traced)
            assert path.read_bytes() == flipped


@pytest.mark.parametrize("bit", range(8))
def test_a_last_line_without_its_end_counts_as_not_written(session, path, run, whole, bit):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1 << bit
    rewrite(path, content)
    box = CountingBox(session)
    outcome = run(box)
    assert outcome.accused == whole.accused
    assert outcome.transcript[len(whole.transcript) - 1].answer is None
    assert set(box.asked).isdisjoint(entry.shares for entry in whole.transcript)


def test_lines_that_are_moved_lost_or_repeated_are_found_out(path, whole):
    lines = path.read_bytes().splitlines(keepends=True)
    last = len(lines)
    arrangements = [
        [*lines[:3], lines[4], lines[3], *lines[5:]],
        [*lines[:1], *lines[3:]],
        [*lines[:2], *lines[3:]],
        [*lines, lines[-1]],
        [*lines, *lines[-2:]],
        [*lines, lines[0]],
        lines[1:],
        [*lines[:last], b"\n"],
        [*lines[:last], bytes(100) + b"\n"],
        [lines[0].replace(b",", b", ", 1), *lines[1:]],
        [re.sub(b"0x([0-9]*[a-f])", lambda found: b"0x" + found[1].upper(), lines[0], count=1), *lines[1:]],
        [b"[" * 50_000 + b"\n"],
        [b"1" * 60_000 + b"\n"],
        [b"null\n"],
        [b"\xff\xfe\n"],
    ]
    for arrangement in arrangements:
        rewrite(path, b"".join(arrangement))
        with pytest.raises(TranscriptFileError) as caught:
            read_transcript(path)
        assert_tells_no_secret(caught.value)


@pytest.fixture
def header(session):
    roster = session.traced.roster
    return TranscriptHeader(
        roster.sid, roster.roster_hash, session.traced.aggregate_hash, b"s" * 32, TracePlan(), ()
    )


WORD = "0x" + "00" * 31 + "05"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([{"got": 0, "answer": WORD, "problem": None}], 2),
        ([{"asking": 1, "shares": [[WORD, WORD]]}], 2),
        ([{"asking": True, "shares": []}], 2),
        ([{"asking": 0.0, "shares": []}], 2),
        ([{"asking": 0}], 2),
        ([{"asking": 0, "shares": {}}], 2),
        ([{"asking": 0, "shares": [[WORD]]}], 2),
        ([{"asking": 0, "shares": [[WORD, 5]]}], 2),
        ([{"asking": 0, "shares": [[WORD, f"0x{GROUP_ORDER:064x}"]]}], 2),
        ([{"asking": 0, "shares": [[WORD, WORD]] * 257}], 2),
        ([{"asking": 0, "shares": []}, {"asking": 1, "shares": []}], 3),
        ([{"asking": 0, "shares": []}, {"got": 1, "answer": WORD, "problem": None}], 3),
        ([{"asking": 0, "shares": []}, {"got": 0, "answer": WORD, "problem": "silent"}], 3),
        ([{"asking": 0, "shares": []}, {"got": 0, "answer": None, "problem": None}], 3),
        ([{"asking": 0, "shares": []}, {"got": 0, "answer": None, "problem": "bored"}], 3),
        ([{"asking": 0, "shares": []}, {"got": 0, "answer": None, "problem": ["silent"]}], 3),
        (
            [{"asking": 0, "shares": []}, {"got": 0, "answer": f"0x{GROUP_ORDER:064x}", "problem": None}],
            3,
        ),
        ([{"asking": 0, "shares": [], "more": 1}], 2),
    ],
)
def test_lines_with_right_links_but_wrong_content_are_refused(header, values, line):
    writer = LineWriter()
    lines = [writer.header(header), *(writer._line(each) for each in values)]
    with pytest.raises(TranscriptFileError) as caught:
        decode_transcript(lines)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "tcss-transcript-2"),
        ("session", "0x12"),
        ("seed", "AB" * 32),
        ("known", ["0x" + "11" * 20] * 2),
        ("known", ["0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"]),
        ("known", "none"),
        ("plan", None),
        ("plan.modes", ["private"]),
        ("plan.strategies", "lattice"),
        ("plan.arities", ["2"]),
        ("plan.arities", [True]),
        ("plan.query_budget", -1),
        ("plan.query_budget", 10**30),
        ("plan.time_limit", "5"),
        ("plan.time_limit", True),
    ],
)
def test_headers_with_right_links_but_wrong_content_are_refused(header, field, value, monkeypatch):
    writer = LineWriter()
    line = writer._line

    def changed(values):
        inner = values["plan"] if field.startswith("plan.") else values
        inner[field.removeprefix("plan.")] = value
        return line(values)

    monkeypatch.setattr(writer, "_line", changed)
    with pytest.raises(TranscriptFileError) as caught:
        decode_transcript([writer.header(header)])
    assert caught.value.line == 1


@pytest.mark.parametrize("limit", ["NaN", "Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_refused(header, limit):
    text = LineWriter().header(header).replace(b'"time_limit":null', f'"time_limit":{limit}'.encode())
    with pytest.raises(TranscriptFileError, match=r"no JSON|no number"):
        decode_transcript([text])


def test_a_header_that_was_not_written_whole_holds_no_query(session, path, whole):
    first = path.read_bytes().splitlines(keepends=True)[0]
    for content in (b"", first[:1], first[:-1]):
        rewrite(path, content)
        with pytest.raises(TranscriptFileError, match="remove it: no query was made with it"):
            TranscriptFile.open(path, session.traced)
        assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"ab" * 32, b"ab" * 32 + b"\n", b"x" * 200_000])
def test_a_file_that_is_no_transcript_is_left_alone(session, path, content):
    rewrite(path, content)
    with pytest.raises(TranscriptFileError):
        TranscriptFile.open(path, session.traced)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o620])
def test_a_file_that_others_can_read_or_write_is_refused(session, path, whole, mode):
    path.chmod(mode)
    for use in (lambda: TranscriptFile.open(path, session.traced), lambda: read_transcript(path)):
        with pytest.raises(PrivateFileError, match="chmod 600"):
            use()


def test_what_is_no_file_is_refused(session, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "nothing")
    for path in (pipe, dangling, tmp_path):
        with pytest.raises(PrivateFileError) as caught:
            TranscriptFile.open(path, session.traced)
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(TranscriptFileError, match="cannot be created"):
        TranscriptFile.open(tmp_path / "no folder" / "file", session.traced)
    with pytest.raises(PrivateFileError):
        read_transcript(tmp_path / "nothing")


def test_two_traces_cannot_use_one_file(session, path):
    first = TranscriptFile.open(path, session.traced)
    with pytest.raises(TranscriptFileError, match="another process uses it"):
        TranscriptFile.open(path, session.traced)
    first.close()
    TranscriptFile.open(path, session.traced).close()


def test_a_query_that_cannot_be_kept_is_not_made(session, path, run, whole, monkeypatch):
    path.unlink()
    write = os.write
    room = [3000]

    def full(descriptor, data):
        written = write(descriptor, bytes(data)[: room[0]]) if room[0] else 0
        room[0] -= written
        if not written:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written

    box = CountingBox(session)
    with monkeypatch.context() as patched:
        patched.setattr(transcript_file.os, "write", full)
        with pytest.raises(TranscriptFileError, match="No space left") as caught:
            run(box)
    assert_tells_no_secret(caught.value)
    assert path.stat().st_size == 3000
    content = read_transcript(path)
    assert [query.shares for query in content.queries] == box.asked
    later = CountingBox(session)
    outcome = run(later)
    assert outcome.accused == session.accounts_at(LEAKED)
    assert len(set(box.asked + later.asked)) == len(outcome.transcript)


def test_nothing_is_written_after_a_failure_or_after_closing(session, path, monkeypatch):
    with TranscriptFile.open(path, session.traced) as kept:
        with monkeypatch.context() as patched:

            def fail(*_arguments):
                raise OSError(errno.EIO, "Input/output error")

            patched.setattr(transcript_file.os, "fsync", fail)
            with pytest.raises(TranscriptFileError):
                kept.asking(0, ((1, 2),))
        size = path.stat().st_size
        with pytest.raises(TranscriptFileError):
            kept.got(0, 5, None)
    with pytest.raises(TranscriptFileError):
        kept.got(0, 5, None)
    assert path.stat().st_size == size


def test_nothing_shows_the_seed_or_an_answer(session, path, whole):
    content = read_transcript(path)
    with TranscriptFile.open(path, session.traced) as kept:
        shown = f"{content!r} {kept!r} {content.queries[-1]!r}"
    secret = [content.header.seed.hex(), str(content.header.seed)]
    for query in content.queries:
        secret += [str(query.answer)] if query.answer is not None else []
        secret += [str(y) for _, y in query.shares]
    assert not any(each in shown for each in secret)


def test_all_errors_are_errors_of_the_auditor_s_work():
    for kind in (PrivateFileError, TranscriptFileError, TranscriptMismatchError, TranscriptPlanError):
        assert issubclass(kind, AuditorError)
