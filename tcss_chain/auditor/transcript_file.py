"""
The private file that keeps a trace: what it follows from, every query before it is sent, every answer.

Nothing in it may be published before the proof was sent, and the answers not after it either: they are
combinations of leaked shares. A trace that was interrupted, by whatever, is run again from the file up to
where it stopped; no query is made twice, for a box may remember.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import BinaryIO, Final, Self

from eth_typing import ChecksumAddress

from tcss_chain.private_file import create_private, open_private
from tcss_chain.protocol.transcript import QueryEntry

from .box import AnswerProblem, Share
from .errors import TracePlanError, TranscriptFileError, TranscriptMismatchError, TranscriptPlanError
from .plan import TracePlan
from .randomness import SEED_BYTES, TraceRandomness
from .traced_session import TracedSession
from .transcript_format import (
    MAX_LINE_BYTES,
    KeptTranscript,
    LineWriter,
    TranscriptHeader,
    decode_transcript,
)

if sys.platform != "win32":
    import fcntl

_FILE: Final = "the transcript"
_CHANGEABLE: Final = frozenset({"query_budget", "time_limit"})


class TranscriptFile:
    """
    A transcript that is written while the trace runs; implements `query_log.Transcript`.

    Make one with `open`; close it, or use it in a ``with`` statement. One process at a time can have it open.

    Attributes
    ----------
    plan : TracePlan
        The plan to trace with.
    known : tuple of ChecksumAddress
        Who was convicted when the trace was begun.
    kept : int
        How many queries earlier runs made.
    """

    def __init__(
        self,
        descriptor: int,
        header: TranscriptHeader,
        plan: TracePlan,
        content: KeptTranscript | None = None,
    ) -> None:
        self.plan = plan
        self.known = header.known
        self._descriptor = descriptor
        self._broken = False
        self._seed = header.seed
        self._earlier = () if content is None else content.queries
        self.kept = len(self._earlier)
        self._writer = LineWriter() if content is None else LineWriter(content.link)

    @classmethod
    def open(
        cls,
        path: Path,
        session: TracedSession,
        *,
        plan: TracePlan | None = None,
        known: Collection[ChecksumAddress] = (),
    ) -> Self:
        """
        Begin a transcript, or go on with the one that is there.

        Parameters
        ----------
        path : Path
            The file. One trace of one box has a file of its own.
        session : TracedSession
            The session.
        plan : TracePlan, optional
            The plan. For a transcript that is there, only its budget and its time limit may differ from the
            plan it was begun with, which is the default.
        known : collection of ChecksumAddress
            Who was convicted before; a transcript that is there has its own.

        Returns
        -------
        TranscriptFile
            The transcript.

        Raises
        ------
        TracePlanError
            If the plan does not fit the session, or its budget is below what was spent.
        PrivateFileError
            If others can read the file, or it cannot be opened.
        TranscriptFileError
            If it is damaged, of another session, in use, or cannot be written.
        TranscriptPlanError
            If it was begun with another plan.
        """
        chosen = plan or TracePlan()
        chosen.schedule(session.roster.threshold, len(session.roster.participants))
        try:
            descriptor = create_private(path)
        except FileExistsError:
            return cls._resume(path, session, plan)
        except OSError as error:
            raise TranscriptFileError(None, _failure("created", error), "check its folder") from None
        ascending = tuple(sorted(set(known), key=lambda account: int(account, 16)))
        roster = session.roster
        header = TranscriptHeader(
            roster.sid,
            roster.roster_hash,
            session.aggregate_hash,
            secrets.token_bytes(SEED_BYTES),
            chosen,
            ascending,
        )
        made = cls(descriptor, header, chosen)
        with _closed_on_failure(descriptor):
            _lock(descriptor)
            made._write(made._writer.header(header))
        return made

    @classmethod
    def _resume(cls, path: Path, session: TracedSession, plan: TracePlan | None) -> Self:
        descriptor = open_private(path, _FILE, writable=True)
        with _closed_on_failure(descriptor):
            _lock(descriptor)
            content, length = _read(descriptor)
            _check_session(content.header, session)
            agreed = _agreed_plan(content, plan)
            resumed = cls(descriptor, content.header, agreed, content)
            resumed._cut_off(length)
            if content.interrupted:
                resumed.got(resumed.kept - 1, None, AnswerProblem.INTERRUPTED)
        return resumed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; other processes may open it then."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def randomness(self) -> TraceRandomness:
        """Make the source of the trace's random values, from its beginning."""
        return TraceRandomness(self._seed)

    def earlier(
        self, number: int, shares: tuple[Share, ...]
    ) -> tuple[int | None, AnswerProblem | None] | None:
        """Give what an earlier run got for a query; see `query_log.Transcript`."""
        if number >= self.kept:
            return None
        query = self._earlier[number]
        if query.shares != shares:
            raise TranscriptMismatchError(number)
        return query.answer, query.problem

    def asking(self, number: int, shares: tuple[Share, ...]) -> None:
        """
        Keep a query that is about to be made.

        Raises
        ------
        TranscriptFileError
            If it cannot be written; the query must not be made then.
        """
        self._write(self._writer.asking(number, shares))

    def got(self, number: int, answer: int | None, problem: AnswerProblem | None) -> None:
        """
        Keep what came back.

        Raises
        ------
        TranscriptFileError
            If it cannot be written.
        """
        self._write(self._writer.got(number, answer, problem))

    def _write(self, line: bytes) -> None:
        if self._broken or self._descriptor < 0:
            raise TranscriptFileError(None, "it is closed", "open it again")
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as error:
            # A part of the line may be there, so nothing may follow: opening it again cuts that off.
            self._broken = True
            remedy = "make room, then run the trace again"
            raise TranscriptFileError(None, _failure("written", error), remedy) from None

    def _cut_off(self, length: int) -> None:
        try:
            if os.fstat(self._descriptor).st_size != length:
                os.ftruncate(self._descriptor, length)
                os.fsync(self._descriptor)
        except OSError as error:
            raise TranscriptFileError(None, _failure("cut off", error), "check its folder") from None


def read_transcript(path: Path) -> KeptTranscript:
    """
    Read a transcript without changing it.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    KeptTranscript
        What it holds; a line that is not complete is left out.

    Raises
    ------
    PrivateFileError
        If others can read the file, or it cannot be opened.
    TranscriptFileError
        If it is damaged.
    """
    descriptor = open_private(path, _FILE)
    try:
        return _read(descriptor)[0]
    finally:
        os.close(descriptor)


def plan_to_resume(content: KeptTranscript) -> TracePlan:
    """
    Give the plan to go on with, if nothing else is wanted.

    Parameters
    ----------
    content : KeptTranscript
        The transcript.

    Returns
    -------
    TracePlan
        The plan it was begun with. If more queries were made since than that allows, they are allowed too.
    """
    begun = content.header.plan
    return replace(begun, query_budget=max(begun.query_budget, len(content.queries)))


def entries_of(content: KeptTranscript) -> tuple[QueryEntry, ...]:
    """
    Give the queries of a transcript with their salts.

    Parameters
    ----------
    content : KeptTranscript
        The transcript.

    Returns
    -------
    tuple of QueryEntry
        As the root of the record has them, if the trace was the last that used the file.
    """
    randomness = TraceRandomness(content.header.seed)
    return tuple(
        QueryEntry(query.shares, query.answer, randomness.salt(number))
        for number, query in enumerate(content.queries)
    )


def _read(descriptor: int) -> tuple[KeptTranscript, int]:
    """Read all complete lines, and say how many bytes they take."""
    length = 0

    def complete_lines(stream: BinaryIO) -> Iterator[bytes]:
        nonlocal length
        while (line := stream.readline(MAX_LINE_BYTES)).endswith(b"\n"):
            length += len(line)
            yield line
        if len(line) == MAX_LINE_BYTES:
            raise TranscriptFileError(None, "a line is too long")

    try:
        with open(descriptor, "rb", closefd=False) as stream:
            content = decode_transcript(complete_lines(stream))
    except OSError as error:
        raise TranscriptFileError(None, _failure("read", error), "check it") from None
    return content, length


def _check_session(header: TranscriptHeader, session: TracedSession) -> None:
    remedy = "name the file of this session"
    if header.sid != session.roster.sid:
        raise TranscriptFileError(1, "it belongs to another session", remedy)
    if header.roster_hash != session.roster.roster_hash:
        raise TranscriptFileError(1, "it belongs to another roster", remedy)
    if header.aggregate_hash != session.aggregate_hash:
        raise TranscriptFileError(1, "it belongs to another aggregate", remedy)


def _agreed_plan(content: KeptTranscript, plan: TracePlan | None) -> TracePlan:
    begun, spent = content.header.plan, len(content.queries)
    if plan is None:
        return plan_to_resume(content)
    different = tuple(
        each.name
        for each in fields(TracePlan)
        if each.name not in _CHANGEABLE and getattr(plan, each.name) != getattr(begun, each.name)
    )
    if different:
        raise TranscriptPlanError(different)
    if plan.query_budget < spent:
        raise TracePlanError("query_budget", f"allow at least the {spent} queries that the transcript holds")
    return plan


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TranscriptFileError(
                None, "another process uses it", "wait for the other trace, or name another file"
            ) from None


@contextmanager
def _closed_on_failure(descriptor: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(descriptor)
        raise


def _failure(done: str, error: OSError) -> str:
    return f"it cannot be {done} ({error.strerror or type(error).__name__})"
