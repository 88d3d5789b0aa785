"""A transcript that was changed is noticed."""

import re

import pytest
from support.transcripts import (
    CountingBox,
    assert_tells_no_secret,
    rewrite,
)

from tcss_chain.auditor import (
    TracePlan,
)
from tcss_chain.auditor.errors import (
    TranscriptFileError,
)
from tcss_chain.auditor.transcript_file import TranscriptFile, read_transcript
from tcss_chain.auditor.transcript_format import LineWriter, TranscriptHeader, decode_transcript
from tcss_chain.curve import GROUP_ORDER


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
