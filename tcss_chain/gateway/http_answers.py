"""What the gateway answers: JSON, and for each refusal a code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

_CONTENT_TYPE: Final = "application/json; charset=utf-8"


class ErrorCode(StrEnum):
    """
    Why a request is refused.

    Attributes
    ----------
    status : int
        The HTTP status.
    """

    status: int

    def __new__(cls, code: str, status: int) -> ErrorCode:
        """Make a member whose value is its code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.status = status
        return member

    MALFORMED = ("malformed", 400)
    UNAUTHENTICATED = ("unauthenticated", 401)
    FORBIDDEN = ("forbidden", 403)
    UNKNOWN_MODEL = ("unknown_model", 404)
    NOT_FOUND = ("not_found", 404)
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405)
    TRACE_BUSY = ("trace_busy", 409)
    TOO_LARGE = ("too_large", 413)
    RATE_LIMITED = ("rate_limited", 429)
    RUNTIME_FAILED = ("runtime_failed", 500)
    INTERNAL = ("internal", 500)
    BUSY = ("busy", 503)
    CLOSED = ("closed", 503)


class RefusedError(Exception):
    """
    A request is not answered with what it asks for.

    Attributes
    ----------
    code : ErrorCode
        Why.
    message : str
        What is wrong, in words of this package; nothing of the request is repeated.
    retry_after : int or None
        After how many seconds it may be sent again.
    hang_up : bool
        Whether the connection ends, as when a body was not read.
    """

    def __init__(
        self, code: ErrorCode, message: str, *, retry_after: int | None = None, hang_up: bool = False
    ) -> None:
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.hang_up = hang_up
        super().__init__(message)


def json_answer(
    content: object, headers: Mapping[str, str] | None = None, *, status: int = 200
) -> web.Response:
    """Answer with JSON."""
    return bytes_answer(json.dumps(content).encode(), headers, status=status)


def bytes_answer(body: bytes, headers: Mapping[str, str] | None = None, *, status: int = 200) -> web.Response:
    """Answer with JSON that is encoded already."""
    # Without a name of its own the server would tell the versions of its library and of the interpreter.
    stated = {"Server": "tcss", "Cache-Control": "no-store", "Content-Type": _CONTENT_TYPE, **(headers or {})}
    return web.Response(body=body, status=status, headers=stated)


def refusal_answer(refused: RefusedError) -> web.Response:
    """Answer with a code and a message."""
    headers: dict[str, Any] = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    if refused.code is ErrorCode.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    content = {"error": refused.code.value, "message": refused.message}
    answer = json_answer(content, headers, status=refused.code.status)
    if refused.hang_up:
        answer.force_close()
    return answer
