"""Who may read a transcript, and when it cannot be written."""

import errno
import os

import pytest
from support.transcripts import (
    LEAKED,
    CountingBox,
    assert_tells_no_secret,
)

from tcss_chain.auditor import (
    transcript_file,
)
from tcss_chain.auditor.errors import (
    AuditorError,
    TranscriptFileError,
    TranscriptMismatchError,
    TranscriptPlanError,
)
from tcss_chain.auditor.transcript_file import TranscriptFile, read_transcript
from tcss_chain.private_file import PrivateFileError


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
    for kind in (TranscriptFileError, TranscriptMismatchError, TranscriptPlanError):
        assert issubclass(kind, AuditorError)
