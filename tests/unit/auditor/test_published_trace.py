"""The published part of a trace, and the private one, against a record."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.auditor import TracedSession, TracePlan, TraceRandomness, open_sealed_keys, trace_box
from tcss_chain.auditor.errors import PublishedFileError, PublishedTraceError
from tcss_chain.auditor.published_file import read_published, write_published
from tcss_chain.auditor.published_trace import (
    MAX_BYTES,
    PublishedTrace,
    check_private,
    check_published,
    decode_published,
)
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import Evaluation, QueryEntry, count_agreeing, evaluations_root
from tcss_chain.records.record_reads import TraceRecord


@pytest.fixture(scope="module")
def session(sealed_session):
    return sealed_session(6, 4)


@pytest.fixture(scope="module")
def trace(session):
    """A trace with right and wrong evaluations."""
    box = PirateBox(session.shares((1, 3)), 4, success_rate=0.6, seed=3)
    keys = open_sealed_keys(session.alpha, session.roster, session.aggregate)
    outcome = trace_box(
        box,
        TracedSession(session.roster, session.aggregate_hash, keys),
        plan=TracePlan(agreeing_wanted=6),
        randomness=TraceRandomness(b"\x01" * 32),
    )
    assert outcome.accused == session.accounts((1, 3))
    assert 0 < outcome.claim.agreeing < outcome.claim.evaluations
    return outcome


@pytest.fixture
def evidence(trace):
    return TraceEvidence(trace.challenge, trace.claim)


@pytest.fixture
def record(session, trace, evidence):
    claim, sid = trace.claim, session.roster.sid
    return TraceRecord(
        sid, 7, session.auditor, trace.accused, 1_700_000_000, trace.challenge.mode,
        claim.queries, claim.evaluations, claim.agreeing, evidence.hash(sid, 7),
    )  # fmt: skip


@pytest.fixture(scope="module")
def published(session, trace):
    return PublishedTrace.of(trace, session.roster.sid, session.auditor)


@pytest.fixture
def stranger(session):
    return session.roster.participants[0].account


def test_the_published_part_of_a_trace_fits_its_record(published, record, evidence, session):
    report = check_published(decode_published(published.encode()), record, evidence, session.roster)
    assert report.holds
    assert (report.leaves, report.matching) == (record.evaluations, record.agreeing)
    assert (report.leaves, report.matching) == (evidence.claim.evaluations, evidence.claim.agreeing)


def test_writing_and_reading_are_inverse(published):
    assert decode_published(published.encode()) == published
    assert decode_published(json.dumps(json.loads(published.encode())).encode()) == published


def test_nothing_private_is_published(published, trace, session):
    text = published.encode().decode()
    private = [trace.T, *(entry.answer for entry in trace.transcript if entry.answer is not None)]
    private += [y for entry in trace.transcript for _, y in entry.shares]
    assert not any(f"{value:064x}" in text or str(value) in text for value in private)
    assert trace.challenge.nonce.hex() not in text
    assert not any(entry.salt.hex() in text for entry in trace.transcript)


def changed_published(published, stranger):
    claim, evaluations = published.claim, published.evaluations
    first = evaluations[0]
    flipped = QueryMode.REGISTERED if published.mode == QueryMode.FREE else QueryMode.FREE
    return {
        "the session": replace(published, sid=bytes(32)),
        "the auditor": replace(published, auditor=stranger),
        "the accused": replace(published, accused=(stranger,)),
        "the mode": replace(published, mode=flipped),
        "the dropped points": replace(published, dropped=published.dropped ^ 1),
        "the root of the queries": replace(published, claim=replace(claim, queries_root=bytes(32))),
        "the number of queries": replace(published, claim=replace(claim, queries=claim.queries + 1)),
        "the root of the evaluations": replace(published, claim=replace(claim, evaluations_root=bytes(32))),
        "the number of evaluations": replace(published, evaluations=evaluations[:-1]),
        "the number of evaluations that agree": replace(
            published, claim=replace(claim, agreeing=claim.agreeing - 1)
        ),
        "the root of the evaluations ": replace(
            published, evaluations=(Evaluation(first.x, (first.v + 1) % GROUP_ORDER), *evaluations[1:])
        ),
        "the root of the evaluations  ": replace(published, evaluations=evaluations[::-1]),
    }


@pytest.mark.parametrize("number", range(12))
def test_every_change_of_the_published_part_is_named(published, record, evidence, session, stranger, number):
    what, changed = list(changed_published(published, stranger).items())[number]
    report = check_published(changed, record, evidence, session.roster)
    assert not report.holds
    assert what.strip() in report.differences


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("sid", bytes(32), "the session"),
        ("auditor", "0x" + "11" * 20, "the auditor"),
        ("accused", ("0x" + "11" * 20,), "the accused"),
    ],
)
def test_a_record_that_says_something_else_is_named(published, record, evidence, session, field, value, what):
    roster = replace(session.roster, participants=(*session.roster.participants, somebody(session)))
    report = check_published(published, replace(record, **{field: value}), evidence, roster)
    assert what in report.differences


def somebody(session):
    return replace(session.roster.participants[0], account="0x" + "11" * 20)


def changed_evidence(evidence):
    challenge, claim = evidence.challenge, evidence.claim
    flipped = QueryMode.REGISTERED if challenge.mode is QueryMode.FREE else QueryMode.FREE
    return {
        "the mode": replace(evidence, challenge=replace(challenge, mode=flipped)),
        "the dropped points": replace(evidence, challenge=replace(challenge, dropped=challenge.dropped ^ 2)),
        "the root of the queries": replace(evidence, claim=replace(claim, queries_root=bytes(32))),
        "the number of queries": replace(evidence, claim=replace(claim, queries=claim.queries - 1)),
        "the root of the evaluations": replace(evidence, claim=replace(claim, evaluations_root=bytes(32))),
        "the number of evaluations": replace(
            evidence, claim=replace(claim, evaluations=claim.evaluations + 1)
        ),
        "the number of evaluations that agree": replace(
            evidence, claim=replace(claim, agreeing=claim.agreeing - 1)
        ),
    }


@pytest.mark.parametrize("number", range(7))
def test_evidence_that_says_something_else_is_named(published, record, evidence, session, number):
    what, changed = list(changed_evidence(evidence).items())[number]
    report = check_published(published, record, changed, session.roster)
    assert report.differences == (what,)


def test_a_claim_that_its_own_evaluations_contradict_is_found_out(published, record, evidence, session):
    """The auditor may put a wrong figure into the record and the published part alike."""
    claim = evidence.claim
    for wrong, difference in (
        (replace(claim, agreeing=claim.agreeing + 1), "the number of evaluations that agree"),
        (replace(claim, evaluations_root=bytes(32)), "the root of the evaluations"),
        (replace(claim, evaluations=claim.evaluations + 1), "the number of evaluations"),
    ):
        report = check_published(
            replace(published, claim=wrong),
            replace(record, evaluations=wrong.evaluations, agreeing=wrong.agreeing),
            replace(evidence, claim=wrong),
            session.roster,
        )
        assert report.differences == (difference,)


def test_agreement_is_counted_for_the_accused_of_the_record(published, record, evidence, session, stranger):
    others = (stranger,)
    points = [session.roster.participant(stranger).x]
    report = check_published(
        replace(published, accused=others), replace(record, accused=others), evidence, session.roster
    )
    assert report.matching == count_agreeing(published.evaluations, points) == 0
    assert report.differences == ("the number of evaluations that agree",)


def test_a_roster_of_another_session_does_not_fit(published, record, evidence, sealed_session):
    other = sealed_session(6, 4, seed=1).roster
    roster = replace(other, participants=(*other.participants, *make_participants(published, other)))
    assert "the session" in check_published(published, record, evidence, roster).differences


def make_participants(published, roster):
    return tuple(replace(roster.participants[0], account=account) for account in published.accused)


def test_the_private_transcript_fits_the_record(trace, record, evidence, session):
    report = check_private(
        session.roster.sid, session.aggregate_hash, trace.transcript, record, evidence, session.roster
    )
    assert report.holds
    assert report.leaves == len(trace.transcript)
    assert report.matching > 1


def test_every_change_of_the_private_transcript_is_named(trace, record, evidence, session):
    entries = trace.transcript
    sid, aggregate_hash, roster = session.roster.sid, session.aggregate_hash, session.roster
    changed = QueryEntry(entries[-1].shares, 5, entries[-1].salt)
    other_salt = QueryEntry(entries[-1].shares, entries[-1].answer, bytes(32))

    def differences(entries, sid=sid, aggregate_hash=aggregate_hash):
        return check_private(sid, aggregate_hash, entries, record, evidence, roster).differences

    assert differences((*entries[:-1], changed)) == ("the root of the queries",)
    assert differences((*entries[:-1], other_salt)) == ("the root of the queries",)
    assert differences(entries[:-1]) == ("the number of queries", "the root of the queries")
    assert differences(entries, sid=bytes(32)) == ("the session",)
    assert differences(entries, aggregate_hash=bytes(32)) == ("an answer to the points of the challenge",)
    unanswered = tuple(QueryEntry(each.shares, None, each.salt) for each in entries)
    assert "an answer to the points of the challenge" in differences(unanswered)
    assert len(differences(())) == 3


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(content):
    with pytest.raises(PublishedTraceError):
        decode_published(content)


WORD = "0x" + "00" * 31 + "05"
TOO_LARGE = f"0x{GROUP_ORDER:064x}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "tcss-published-trace-2"),
        ("format", None),
        ("session", "0x12"),
        ("session", WORD.upper()),
        ("session", 5),
        ("auditor", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("auditor", ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"]),
        ("accused", []),
        ("accused", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        ("accused", ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"] * 2),
        ("accused", ["0x" + "22" * 20, "0x" + "11" * 20]),
        ("accused", [None]),
        ("mode", "private"),
        ("mode", 0),
        ("mode", ["free"]),
        ("dropped", -1),
        ("dropped", 1 << 256),
        ("dropped", True),
        ("dropped", 1.0),
        ("queries_root", WORD[:-1]),
        ("evaluations_root", WORD + "0"),
        ("queries", 1 << 24),
        ("queries", "5"),
        ("agreeing", -1),
        ("evaluations", {}),
        ("evaluations", [[WORD]]),
        ("evaluations", [[WORD, WORD, WORD]]),
        ("evaluations", [[5, 5]]),
        ("evaluations", [[TOO_LARGE, WORD]]),
        ("evaluations", [[WORD, TOO_LARGE]]),
        ("evaluations", [[WORD, WORD + "\n"]]),
        ("nonce", WORD),
    ],
)
def test_wrong_values_are_refused_and_not_repeated(published, field, value):
    values = json.loads(published.encode()) | {field: value}
    with pytest.raises(PublishedTraceError) as caught:
        decode_published(json.dumps(values).encode())
    assert not (isinstance(value, str) and len(value) > 9 and value in str(caught.value))


@pytest.mark.parametrize("number", range(11))
def test_every_field_must_be_there_once(published, number):
    values = json.loads(published.encode())
    name = list(values)[number]
    missing = {key: value for key, value in values.items() if key != name}
    twice = json.dumps(values)[:-1] + f', "{name}": {json.dumps(values[name])}}}'
    for text in (json.dumps(missing), twice):
        with pytest.raises(PublishedTraceError):
            decode_published(text.encode())


def test_a_number_with_very_many_digits_is_refused(published):
    text = re.sub(rb'"agreeing": \d+', b'"agreeing": ' + b"1" * 5000, published.encode())
    with pytest.raises(PublishedTraceError):
        decode_published(text)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"null", b"[]", b'"text"', b"NaN", b"\xff", b"{}", b""])
def test_other_json_is_refused(content):
    with pytest.raises(PublishedTraceError):
        decode_published(content)


def test_the_size_is_bounded(published, tmp_path):
    content = published.encode()
    assert decode_published(content + b" " * (MAX_BYTES - len(content))) == published
    with pytest.raises(PublishedTraceError, match="longer"):
        decode_published(content + b" " * (MAX_BYTES - len(content) + 1))
    path = tmp_path / "long"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES * 100)
    with pytest.raises(PublishedTraceError, match="longer"):
        read_published(path)


def test_a_file_is_written_once_and_never_overwritten(published, tmp_path):
    path = tmp_path / "published.json"
    write_published(path, published)
    assert read_published(path) == published
    before = path.stat()
    write_published(path, published)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(PublishedFileError, match="another one is there already"):
        write_published(path, replace(published, dropped=published.dropped ^ 1))
    assert read_published(path) == published
    assert [each.name for each in tmp_path.iterdir()] == ["published.json"]


def test_files_that_cannot_be_used_are_explained(published, tmp_path):
    for use in (
        lambda: read_published(tmp_path / "nothing"),
        lambda: read_published(tmp_path),
        lambda: write_published(tmp_path / "no folder" / "file", published),
        lambda: write_published(tmp_path, published),
    ):
        with pytest.raises(PublishedFileError) as caught:
            use()
        assert str(tmp_path) not in str(caught.value)


def test_the_root_is_that_of_the_evaluations_in_their_order(published, record, evidence):
    assert evaluations_root(record.sid, published.evaluations) == evidence.claim.evaluations_root
