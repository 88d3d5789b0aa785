"""
Structured logs: one event a line, as text or as JSON.

Events are logged with ``structlog.get_logger().info("an event", name=value)``. What other libraries log is
kept at warnings and above, and without the values that they fill in: URLs of nodes may hold credentials.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TextIO

import structlog

from .errors import UnknownLogLevelError
from .log_values import SESSION_NAMES, shown_error, shown_fields, shown_text

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OWN: Final = __name__.split(".", maxsplit=1)[0]
_NOISY: Final = ("aiohttp", "asyncio", "urllib3", "web3", "websockets")
_SESSION_DIGITS: Final = 8
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:@+-]+")
_WORDS: Final = re.compile(r"[A-Za-z0-9_./:+,;'() -]+")
_FIRST: Final = ("timestamp", "level", "event")


def configure_logs(as_json: bool, level: str, stream: TextIO) -> None:
    """
    Say how and where this process logs; a later call takes the place of an earlier one.

    Parameters
    ----------
    as_json : bool
        JSON, an object a line; otherwise text.
    level : str
        ``debug``, ``info``, ``warning`` or ``error``: what this package logs. Other libraries stay at
        warnings or, with it, at errors.
    stream : TextIO
        Where to. When it cannot be written, lines are lost and the service goes on.

    Raises
    ------
    UnknownLogLevelError
        If there is no such level.
    """
    number = _LEVELS.get(level.lower())
    if number is None:
        raise UnknownLogLevelError(level)
    writer = _Writer(stream, as_json)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _show_only_what_may_be_shown,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            writer.render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=writer.logger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _ForeignLogs)]:
        root.removeHandler(handler)
    root.addHandler(_ForeignLogs(max(number, logging.WARNING)))
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _show_only_what_may_be_shown(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    error = event.pop("exc_info", None)
    # Frames of a stack hold nothing that the frames of the error do not; they are not asked for either.
    event.pop("stack_info", None)
    fields = shown_fields(event)
    if error:
        raised = error if isinstance(error, BaseException) else _raised_now()
        fields |= {} if raised is None else shown_error(raised)
    return fields


def _raised_now() -> BaseException | None:
    return sys.exc_info()[1]


class _Writer:
    """Writes lines to a stream, whole and in order."""

    def __init__(self, stream: TextIO, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._lock = Lock()

    def logger(self, *_args: Any) -> _Writer:
        return self

    def render(self, _logger: Any, _method: str, event: Mapping[str, Any]) -> str:
        return json.dumps(_ordered(event)) if self._as_json else _as_text(event)

    def msg(self, line: str) -> None:
        # A full disk or a closed pipe must not stop the service.
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


class _ForeignLogs(logging.Handler):
    """Passes on what is logged without structlog, stripped of what strangers or secrets could be in."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        fields: dict[str, Any] = {"logger": record.name, "at": f"{record.filename}:{record.lineno}"}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        log.log(_known(record.levelno), _message(record), **fields)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the usual way would print the record with all its values."""


def _known(level: int) -> int:
    return logging.ERROR if level >= logging.ERROR else logging.WARNING


def _message(record: logging.LogRecord) -> str:
    if record.name.split(".", maxsplit=1)[0] == _OWN:
        return shown_text(record.getMessage())
    # A text with values to fill in is a constant; one without may have been filled in before.
    if record.args and isinstance(record.msg, str):
        return shown_text(record.msg)
    return "a library logged a text that may hold anything"


def _ordered(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in _FIRST if name in event} | dict(event)


def _as_text(event: Mapping[str, Any]) -> str:
    head = f"{event['timestamp']} {event['level']:<7} {_quoted(str(event['event']), _WORDS)}"
    rest = (f"{name}={_text(name, value)}" for name, value in event.items() if name not in _FIRST)
    return " ".join((head, *rest))


def _text(name: str, value: Any) -> str:
    if name in SESSION_NAMES and isinstance(value, str):
        value = value.removeprefix("0x")[:_SESSION_DIGITS]
    return _quoted(value, _PLAIN) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str, plain: re.Pattern[str]) -> str:
    # JSON escapes what could end a line or steer a terminal, but for one character.
    return text if plain.fullmatch(text) else json.dumps(text).replace("\x7f", "\\u007f")
