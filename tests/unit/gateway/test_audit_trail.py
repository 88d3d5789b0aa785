"""The audit trail: in order, chained, and unharmed by crashes."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import stat
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.gateway.audit_file import read_trail
from tcss_chain.gateway.audit_lines import FIRST_PREVIOUS, ChainEnd, LineError, LineKind, hash_of
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.errors import AuditTrailError, DamagedAuditTrailError
from tcss_chain.gateway.trail_in_loop import LoopTrail
from tcss_chain.private_file import PrivateFileError

FIELDS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=8),
    st.one_of(st.text(max_size=20), st.integers(-(2**53), 2**53), st.booleans(), st.none()),
    max_size=4,
)


def sample(count: int = 4) -> list[bytes]:
    end, lines = ChainEnd(), []
    for number in range(count):
        line, end = end.encode(100.5 + number, LineKind.REQUEST, {"rows": number, "tenant": "ä"})
        lines.append(line)
    return lines


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


@given(st.lists(st.tuples(st.sampled_from(list(LineKind)), FIELDS), min_size=1, max_size=5))
def test_what_is_encoded_is_decoded(lines):
    writing, reading = ChainEnd(), ChainEnd()
    for number, (kind, fields) in enumerate(lines, 1):
        line, writing = writing.encode(1.25, kind, fields)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        decoded, reading = reading.decode(line[:-1])
        assert (decoded.number, decoded.kind, dict(decoded.fields)) == (number, kind, fields)
    assert reading == writing


def test_each_line_has_the_hash_of_the_one_before():
    lines = sample(3)
    previous = [json.loads(line)["previous"] for line in lines]
    assert previous == [FIRST_PREVIOUS, *(hash_of(line[:-1]) for line in lines[:-1])]


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b"x", b'{"number":1}', b"[" * 50_000, b'{"number":NaN,"time":1,"kind":1}']
)
def test_what_is_no_line_is_refused(line):
    with pytest.raises(LineError):
        ChainEnd().decode(line)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_an_altered_byte_shows(data, tmp_path_factory):
    content = b"".join(sample())
    place = data.draw(st.integers(0, len(content) - 2))
    flipped = content[place] ^ data.draw(st.integers(1, 255))
    altered = content[:place] + bytes([flipped]) + content[place + 1 :]
    path = write(tmp_path_factory.mktemp("trail") / "audit.jsonl", altered)
    # In the last line nothing follows that would show it, but a later line will.
    try:
        _, report = read_trail(path)
    except DamagedAuditTrailError:
        return
    assert report.end.hash != hash_of(content.splitlines()[-1])


@pytest.mark.parametrize("number", range(3))
def test_a_removed_line_shows(path, number):
    lines = sample()
    del lines[number]
    with pytest.raises(DamagedAuditTrailError) as error:
        read_trail(write(path, b"".join(lines)))
    assert error.value.line == number + 1
    with pytest.raises(DamagedAuditTrailError):
        AuditTrail.open(path)
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("number", [0, 1, 3, 2.0, True, "2", None])
def test_a_line_with_another_number_is_refused_though_its_hash_is_right(number):
    first, end = ChainEnd().encode(1.0, LineKind.START, {})
    line = {"number": number, "time": 2.0, "kind": "request", "previous": hash_of(first[:-1])}
    with pytest.raises(LineError, match="number"):
        end.decode(json.dumps(line).encode())
    end.decode(json.dumps(line | {"number": 2}).encode())


@pytest.mark.parametrize(
    "time", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-1", "-0.001", "true", '"1"', "null", "[1]"]
)
def test_a_line_whose_time_is_none_is_refused_though_its_hash_is_right(time):
    line = f'{{"number":1,"time":{time},"kind":"start","previous":"{FIRST_PREVIOUS}"}}'
    with pytest.raises(LineError, match="time"):
        ChainEnd().decode(line.encode())


@pytest.mark.parametrize("time", ["0", "0.0", "1e308", pytest.param("9" * 400, id="400_digits")])
def test_a_line_of_any_time_from_1970_on_is_read(time):
    line = f'{{"number":1,"time":{time},"kind":"start","previous":"{FIRST_PREVIOUS}"}}'
    decoded, _ = ChainEnd().decode(line.encode())
    assert decoded.time == json.loads(time)
    assert int(decoded.time) >= 0


def test_swapped_and_repeated_lines_show(path):
    first, second, third, fourth = sample()
    for lines in ([second, first, third, fourth], [first, first, second, third], [first, second, second]):
        with pytest.raises(DamagedAuditTrailError):
            read_trail(write(path, b"".join(lines)))


def test_lines_that_are_cut_off_at_the_end_show_only_in_the_last_hash(path):
    lines = sample()
    _, report = read_trail(write(path, b"".join(lines[:-1])))
    assert report.end.number == 3
    assert report.end.hash == hash_of(lines[2][:-1])


def test_a_trail_goes_on_wherever_a_crash_cut_it(tmp_path):
    content = b"".join(sample(3))
    ends = [index + 1 for index, byte in enumerate(content) if byte == 10]
    for cut in range(len(content) + 1):
        path = write(tmp_path / f"{cut}.jsonl", content[:cut])
        with AuditTrail.open(path) as trail:
            trail.add(LineKind.REQUEST, {"rows": 1})
        lines, report = read_trail(path)
        whole = sum(end <= cut for end in ends)
        assert [line.kind for line in lines[whole:]] == [LineKind.START, LineKind.REQUEST]
        half = cut - max((end for end in ends if end <= cut), default=0)
        assert dict(lines[whole].fields) == ({"cut_bytes": half} if half else {})
        assert report.half_line_bytes == 0
        path.unlink()


def test_reading_tells_of_a_half_written_line(path):
    content = b"".join(sample(2))
    lines, report = read_trail(write(path, content[:-5]))
    assert len(lines) == 1
    assert report.half_line_bytes == len(content.splitlines()[1]) - 4


def test_a_crash_in_the_middle_of_writing(path):
    script = f"""
import os, threading, itertools
from pathlib import Path
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.audit_lines import LineKind
trail = AuditTrail.open(Path({str(path)!r}))
def write():
    for number in itertools.count():
        trail.add(LineKind.REQUEST, {{"number_of": number}})
        if number == 30:
            os.write(1, b"x")
for _ in range(3):
    threading.Thread(target=write).start()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout.read(1) == b"x"
        process.kill()
        process.wait()
    with AuditTrail.open(path):
        pass
    lines, _ = read_trail(path)
    assert len(lines) > 30
    assert lines[-1].kind is LineKind.START


def test_lines_of_many_threads_are_in_one_chain(path):
    with AuditTrail.open(path) as trail:

        def work(name: int) -> None:
            for number in range(50):
                trail.add(
                    LineKind.TRACE if number % 10 == 0 else LineKind.REQUEST, {"by": name, "at": number}
                )

        threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        end = trail.end
    lines, report = read_trail(path)
    assert report.end == end
    for name in range(6):
        assert [line.fields["at"] for line in lines if line.fields.get("by") == name] == list(range(50))


def test_the_file_is_private_and_others_files_are_refused(path):
    AuditTrail.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(PrivateFileError):
        AuditTrail.open(path)
    with pytest.raises(PrivateFileError):
        read_trail(path)


def test_only_one_process_writes(path):
    with AuditTrail.open(path):
        with pytest.raises(AuditTrailError, match="another process"):
            AuditTrail.open(path)
        assert len(read_trail(path)[0]) == 1
    AuditTrail.open(path).close()


def test_what_a_line_is_about_is_on_the_disk_before_anything_follows(path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: (synced.append(path.stat().st_size), real(descriptor))
    )
    with AuditTrail.open(path) as trail:
        synced.clear()
        for kind in (LineKind.OPENING, LineKind.CLOSING, LineKind.TRACE, LineKind.STOP):
            trail.add(kind, {})
            assert synced.pop() == path.stat().st_size
        trail.add(LineKind.REQUEST, {})
        trail.add(LineKind.REFUSAL, {})
        assert synced == []


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_write_that_fails_is_told_to_everybody_from_then_on(path, monkeypatch, call):
    failures = []
    trail = AuditTrail.open(path)
    trail.when_failing(lambda: failures.append("failed"))

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(AuditTrailError):
            trail.add(LineKind.OPENING, {})
    # What the file holds now is not known any more: nothing is added to it in this process.
    with pytest.raises(AuditTrailError):
        trail.add(LineKind.OPENING, {})
    assert failures == ["failed"]
    assert trail.failure is not None
    trail.close()
    with AuditTrail.open(path):
        pass


def test_lines_that_wait_are_written_when_it_is_closed(path):
    trail = AuditTrail.open(path)
    told = []
    for number in range(5):
        trail.queue(LineKind.REQUEST, {"at": number}, told.append)
    assert told == []
    trail.close()
    trail.close()
    assert told == [None] * 5
    assert len(read_trail(path)[0]) == 6
    with pytest.raises(AuditTrailError):
        trail.queue(LineKind.REQUEST, {})


def test_a_line_that_is_too_long_is_refused_and_harms_nothing(path):
    with AuditTrail.open(path) as trail:
        with pytest.raises(AuditTrailError, match="too long"):
            trail.add(LineKind.TRACE, {"reason": "x" * 70_000})
        trail.add(LineKind.TRACE, {"reason": "short"})
    assert len(read_trail(path)[0]) == 2


def test_only_what_is_wanted_of_a_long_trail_is_kept(path):
    end, content = ChainEnd(), b""
    for number in range(3000):
        line, end = end.encode(1.0, LineKind.TRACE if number % 10 == 0 else LineKind.REQUEST, {"at": number})
        content += line
    write(path, content)
    kept, report = read_trail(path, last=3)
    assert [line.fields["at"] for line in kept] == [2997, 2998, 2999]
    assert report.end == end
    kept, _ = read_trail(path, kinds={LineKind.TRACE}, last=2)
    assert [line.fields["at"] for line in kept] == [2980, 2990]
    tracemalloc.start()
    try:
        read_trail(path, last=3)
        assert tracemalloc.get_traced_memory()[1] < len(content) / 2
    finally:
        tracemalloc.stop()


def test_an_event_loop_never_waits_for_the_disk(path, monkeypatch):
    """Another thread is about to write a line that has to be on the disk when the loop writes its own."""
    synced = []
    real = os.fsync
    with AuditTrail.open(path) as trail:
        monkeypatch.setattr(
            os, "fsync", lambda descriptor: (synced.append(threading.get_ident()), real(descriptor))
        )

        async def add():
            trail.queue(LineKind.TRACE, {"at": 0})
            await LoopTrail(trail).add(LineKind.REQUEST, {"at": 1})

        asyncio.run(add())
        assert len(synced) == 1
        assert synced != [threading.get_ident()]
    assert [line.fields.get("at") for line in read_trail(path)[0]] == [None, 0, 1]


def test_lines_of_loop_and_threads_are_all_written(path):
    with AuditTrail.open(path) as trail:

        def work():
            for _ in range(40):
                trail.add(LineKind.TRACE, {})

        async def add():
            loop_trail = LoopTrail(trail)
            for _ in range(40):
                await asyncio.wait_for(
                    asyncio.gather(*(loop_trail.add(LineKind.REQUEST, {}) for _ in range(5))), 10
                )

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        asyncio.run(add())
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()
    assert len(read_trail(path)[0]) == 1 + 2 * 40 + 5 * 40
