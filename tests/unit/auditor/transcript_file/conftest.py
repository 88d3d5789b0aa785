"""A traced box and its transcript."""

import pytest
from support.transcripts import (
    LEAKED,
    PLAN,
    CountingBox,
)

from tcss_chain.auditor import (
    Trace,
    trace_box,
    transcript_file,
)
from tcss_chain.auditor.transcript_file import TranscriptFile
from tcss_chain.bestiary import simulate_session


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
