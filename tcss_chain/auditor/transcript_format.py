"""
The lines of a transcript file.

Every line is a JSON object, written in one way only. Its last field, ``link``, is the Keccak hash of the link
of the line before and of the line up to there: a line that was changed, moved, lost, or taken from another
file is found out. That guards against accidents; whoever may write the file can compute the links anew.

The first line is the header, then come for every query an ``asking`` line, written before it is sent, and a
``got`` line, written when it came back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from eth_hash.auto import keccak
from eth_typing import ChecksumAddress

from tcss_chain.protocol.hashing import WORD_BYTES
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import MAX_FIGURE
from tcss_chain.strict_json import JsonObject, StrictJsonError, pair, parse_json, scalar

from .box import AnswerProblem, Share
from .box_messages import encode_word
from .errors import TranscriptFileError
from .plan import TracePlan
from .strategy import StrategyName

FORMAT: Final = "tcss-transcript-1"
MAX_LINE_BYTES: Final = 1 << 16
"""More than a query with 200 shares takes."""

_MAX_SHARES: Final = 256
_NO_LINK: Final = bytes(WORD_BYTES)
_MODES: Final = {mode.name.lower(): mode for mode in QueryMode}
_STRATEGIES: Final = {name.value: name for name in StrategyName}
_PROBLEMS: Final = {problem.name.lower(): problem for problem in AnswerProblem}
_HEADER_FIELDS: Final = ("format", "session", "roster_hash", "aggregate_hash", "seed", "plan", "known")
_PLAN_FIELDS: Final = (
    "arities",
    "modes",
    "strategies",
    "query_budget",
    "time_limit",
    "queries_per_round",
    "patience",
    "agreeing_wanted",
    "max_dropped",
)


@dataclass(frozen=True, slots=True)
class TranscriptHeader:
    """
    What a trace follows from, besides the answers.

    Attributes
    ----------
    sid, roster_hash, aggregate_hash : bytes
        The session, 32 bytes each.
    seed : bytes
        The seed of `TraceRandomness`, secret.
    plan : TracePlan
        The plan that the trace was begun with.
    known : tuple of ChecksumAddress
        Who was convicted before, ascending.
    """

    sid: bytes
    roster_hash: bytes
    aggregate_hash: bytes
    seed: bytes = field(repr=False)
    plan: TracePlan
    known: tuple[ChecksumAddress, ...]


@dataclass(frozen=True, slots=True)
class KeptQuery:
    """
    A query in a transcript.

    Attributes
    ----------
    shares : tuple of (int, int)
        The made-up shares.
    answer : int or None
        A scalar, or nothing.
    problem : AnswerProblem or None
        Why there is no answer.
    """

    shares: tuple[Share, ...] = field(repr=False)
    answer: int | None = field(repr=False)
    problem: AnswerProblem | None


@dataclass(frozen=True, slots=True)
class KeptTranscript:
    """
    The content of a transcript file.

    Attributes
    ----------
    header : TranscriptHeader
        Its first line.
    queries : tuple of KeptQuery
        All queries. One that has no answer line counts as interrupted.
    interrupted : bool
        Whether the last one has no answer line.
    link : bytes
        The link of the last line.
    """

    header: TranscriptHeader
    queries: tuple[KeptQuery, ...] = field(repr=False)
    interrupted: bool
    link: bytes = field(repr=False)


class LineWriter:
    """
    Makes lines, each linked to the one before.

    Parameters
    ----------
    link : bytes
        The link of the last line; 32 zero bytes before the first.
    """

    def __init__(self, link: bytes = _NO_LINK) -> None:
        self._link = link

    @property
    def link(self) -> bytes:
        """The link of the last line."""
        return self._link

    def header(self, header: TranscriptHeader) -> bytes:
        """
        Make the first line.

        Raises
        ------
        ValueError
            If the plan's time limit is no finite number.
        """
        plan = header.plan
        return self._line(
            {
                "format": FORMAT,
                "session": _hex(header.sid),
                "roster_hash": _hex(header.roster_hash),
                "aggregate_hash": _hex(header.aggregate_hash),
                "seed": _hex(header.seed),
                "plan": {
                    "arities": list(plan.arities),
                    "modes": [mode.name.lower() for mode in plan.modes],
                    "strategies": [name.value for name in plan.strategies],
                    "query_budget": plan.query_budget,
                    "time_limit": plan.time_limit,
                    "queries_per_round": plan.queries_per_round,
                    "patience": plan.patience,
                    "agreeing_wanted": plan.agreeing_wanted,
                    "max_dropped": plan.max_dropped,
                },
                "known": list(header.known),
            }
        )

    def asking(self, number: int, shares: Iterable[Share]) -> bytes:
        """Make the line of a query that is about to be sent."""
        return self._line({"asking": number, "shares": [[encode_word(x), encode_word(y)] for x, y in shares]})

    def got(self, number: int, answer: int | None, problem: AnswerProblem | None) -> bytes:
        """Make the line of what came back."""
        return self._line(
            {
                "got": number,
                "answer": None if answer is None else encode_word(answer),
                "problem": None if problem is None else problem.name.lower(),
            }
        )

    def _line(self, values: dict[str, Any]) -> bytes:
        body = json.dumps(values, separators=(",", ":"), allow_nan=False).encode()[:-1]
        self._link = keccak(self._link + body)
        return body + f',"link":"{_hex(self._link)}"}}\n'.encode()


def decode_transcript(lines: Iterable[bytes]) -> KeptTranscript:
    """
    Decode all lines.

    Parameters
    ----------
    lines : iterable of bytes
        Complete lines with their ends.

    Returns
    -------
    KeptTranscript
        What they say.

    Raises
    ------
    TranscriptFileError
        If a line is malformed, not written in the one way, not linked to the line before, or out of order.
    """
    writer = LineWriter()
    header: TranscriptHeader | None = None
    queries: list[KeptQuery] = []
    asked: tuple[Share, ...] | None = None
    for number, line in enumerate(lines, start=1):
        try:
            if header is None:
                header = _header(line)
                expected = writer.header(header)
            elif asked is None:
                asked = _asking(line, len(queries))
                expected = writer.asking(len(queries), asked)
            else:
                answer, problem = _got(line, len(queries))
                expected = writer.got(len(queries), answer, problem)
                queries.append(KeptQuery(asked, answer, problem))
                asked = None
        except StrictJsonError as error:
            raise TranscriptFileError(number, error.what) from None
        if line != expected:
            raise TranscriptFileError(number, "it was changed, or does not follow on the line before")
    if header is None:
        raise TranscriptFileError(1, "its first line is not complete", "remove it: no query was made with it")
    if asked is not None:
        queries.append(KeptQuery(asked, None, AnswerProblem.INTERRUPTED))
    return KeptTranscript(header, tuple(queries), asked is not None, writer.link)


def _header(line: bytes) -> TranscriptHeader:
    values = JsonObject(parse_json(line), (*_HEADER_FIELDS, "link"))
    if values.raw("format") != FORMAT:
        raise StrictJsonError(f"the format {FORMAT} is expected")
    return TranscriptHeader(
        sid=values.word("session"),
        roster_hash=values.word("roster_hash"),
        aggregate_hash=values.word("aggregate_hash"),
        seed=values.word("seed"),
        plan=_plan(values.raw("plan")),
        known=values.accounts("known"),
    )


def _plan(value: object) -> TracePlan:
    values = JsonObject(value, _PLAN_FIELDS)
    return TracePlan(
        arities=values.integers("arities"),
        modes=values.choices("modes", _MODES),
        strategies=values.choices("strategies", _STRATEGIES),
        query_budget=values.integer("query_budget"),
        time_limit=values.optional_number("time_limit"),
        queries_per_round=values.integer("queries_per_round"),
        patience=values.integer("patience"),
        agreeing_wanted=values.integer("agreeing_wanted"),
        max_dropped=values.integer("max_dropped"),
    )


def _asking(line: bytes, number: int) -> tuple[Share, ...]:
    values = JsonObject(parse_json(line), ("asking", "shares", "link"))
    if values.integer("asking", MAX_FIGURE) != number:
        raise StrictJsonError("it is not the line of the next query")
    shares = values.items("shares")
    if len(shares) > _MAX_SHARES:
        raise StrictJsonError("it has too many shares")
    return tuple(pair(share, "share") for share in shares)


def _got(line: bytes, number: int) -> tuple[int | None, AnswerProblem | None]:
    values = JsonObject(parse_json(line), ("got", "answer", "problem", "link"))
    if values.integer("got", MAX_FIGURE) != number:
        raise StrictJsonError("it is not the line of the answer to the query before")
    if values.raw("answer") is None:
        return None, values.choice("problem", _PROBLEMS)
    if values.raw("problem") is not None:
        raise StrictJsonError("an answer has no problem")
    return scalar(values.raw("answer"), "answer"), None


def _hex(word: bytes) -> str:
    return f"0x{word.hex()}"
