"""What the operator may ask for: traces of boxes."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from tcss_chain.auditor.errors import BoxAddressError
from tcss_chain.errors import TcssError
from tcss_chain.service.errors import NoAuditorKeyError
from tcss_chain.strict_json import JsonObject, StrictJsonError, parse_json

from .api_keys import KeyRing, bearer_key
from .errors import AuditTrailError, TraceBusyError
from .http_answers import ErrorCode, RefusedError, json_answer
from .request_body import read_body
from .trace_desk import TraceDesk
from .trace_progress import TraceProgressReport

MAX_URL: int = 2048
_MOST_BYTES: int = 4096
_FIELDS = ("session", "box", "convict", "fresh")


class OperatorApi:
    """
    Answers the operator. Used by one event loop.

    Parameters
    ----------
    key_sha256 : bytes
        The hash of the operator's key.
    desk : TraceDesk
        Makes the traces.
    """

    def __init__(self, key_sha256: bytes, desk: TraceDesk) -> None:
        self._ring = KeyRing([(key_sha256, "operator")])
        self._desk = desk

    async def start(self, request: web.BaseRequest) -> web.Response:
        """Begin a trace."""
        self._require_operator(request)
        body = await read_body(request, _MOST_BYTES)
        try:
            wish = JsonObject(parse_json(body), _FIELDS)
            sid, url, convict, fresh = wish.word("session"), *map(wish.raw, _FIELDS[1:])
        except StrictJsonError as error:
            raise RefusedError(ErrorCode.MALFORMED, error.what) from None
        if not isinstance(url, str) or not 0 < len(url) <= MAX_URL or not url.isascii():
            raise RefusedError(ErrorCode.MALFORMED, f"box is no address of at most {MAX_URL} characters")
        if not isinstance(convict, bool) or not isinstance(fresh, bool):
            raise RefusedError(ErrorCode.MALFORMED, "convict and fresh are true or false")
        loop = asyncio.get_running_loop()
        report = await loop.run_in_executor(None, self._start, sid, url, convict, fresh)
        return json_answer(report.as_json(), status=202)

    async def show(self, request: web.BaseRequest, trace_id: str) -> web.Response:
        """Show a trace."""
        self._require_operator(request)
        report = self._desk.get(trace_id)
        if report is None:
            raise RefusedError(ErrorCode.NOT_FOUND, "there is no such trace since the gateway started")
        return json_answer(report.as_json())

    async def list(self, request: web.BaseRequest) -> web.Response:
        """List the traces since the gateway started."""
        self._require_operator(request)
        return json_answer({"traces": [each.as_json() for each in self._desk.all()]})

    def _start(self, sid: bytes, url: str, convict: bool, fresh: bool) -> TraceProgressReport:
        try:
            return self._desk.start(sid, url, convict=convict, fresh=fresh)
        except TraceBusyError as error:
            raise RefusedError(ErrorCode.TRACE_BUSY, str(error)) from None
        except (BoxAddressError, NoAuditorKeyError) as error:
            raise RefusedError(ErrorCode.MALFORMED, str(error)) from None
        except AuditTrailError:
            raise
        except TcssError as error:
            raise RefusedError(ErrorCode.INTERNAL, str(error)) from None

    def _require_operator(self, request: web.BaseRequest) -> None:
        key = bearer_key(request.headers.get(hdrs.AUTHORIZATION))
        if key is None or self._ring.holder(key) is None:
            raise RefusedError(
                ErrorCode.UNAUTHENTICATED,
                "the operator's key is expected, as Authorization: Bearer tcss_...",
                hang_up=request.body_exists,
            )
