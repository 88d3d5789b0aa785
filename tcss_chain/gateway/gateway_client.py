"""Asking a gateway for traces, as its operator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp

from tcss_chain.private_file import PrivateFileError, open_private
from tcss_chain.protocol.session import MAX_MEMBERS
from tcss_chain.strict_json import StrictJsonError, parse_json
from tcss_chain.transport import Limits, TransportError
from tcss_chain.transport.bounded_http import open_client, run_to_end

from .api_keys import is_api_key
from .errors import GatewayRefusedError
from .http_answers import ErrorCode

_LIMITS: Final = Limits(connect_seconds=5.0, total_seconds=60.0, max_bytes=1 << 20)
_MOST_KEY_BYTES: Final = 1024
_SUCCESSES: Final = (200, 202)
_MOST_SETS: Final[int] = 2**MAX_MEMBERS
_FILE: Final = "the operator's key"
_CODES: Final = frozenset(code.value for code in ErrorCode)


def read_operator_key(path: Path) -> str:
    """
    Read a key from a private file.

    Raises
    ------
    PrivateFileError
        If others can read it, or it holds no key.
    """
    descriptor = open_private(path, _FILE)
    with os.fdopen(descriptor, "rb") as file:
        text = file.read(_MOST_KEY_BYTES).decode("ascii", "replace").strip()
    if not is_api_key(text):
        raise PrivateFileError(_FILE, "it holds no key", "name the file with the key itself, not its hash")
    return text


class OperatorClient:
    """
    Starts and follows traces.

    Parameters
    ----------
    url : str
        The gateway's base URL.
    key : str
        The operator's key.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._key = key

    def __repr__(self) -> str:
        return "OperatorClient()"

    def start(self, sid: bytes, box: str, *, convict: bool, fresh: bool) -> Mapping[str, Any]:
        """
        Start a trace.

        Returns
        -------
        mapping of str to Any
            The trace as `TraceProgressReport.as_json` gives it.

        Raises
        ------
        GatewayRefusedError
            If the gateway refuses.
        TransportError
            If it does not answer.
        """
        wish = {"session": f"0x{sid.hex()}", "box": box, "convict": convict, "fresh": fresh}
        return run_to_end(self._ask("POST", "/v1/traces", wish))

    def get(self, trace_id: str) -> Mapping[str, Any]:
        """Give a trace as it is now; raises what `start` raises."""
        return run_to_end(self._ask("GET", f"/v1/traces/{trace_id}", None))

    async def _ask(self, method: str, path: str, body: Any) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}"}
        try:
            async with (
                open_client(_LIMITS) as client,
                client.request(
                    method, f"{self._url}{path}", json=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                content = await _bounded(response)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TransportError(type(error).__name__) from None
        try:
            answer = parse_json(content)
        except StrictJsonError:
            raise TransportError("an answer that is not JSON", status) from None
        if not isinstance(answer, dict):
            raise TransportError("an answer that is no object", status)
        if status not in _SUCCESSES:
            # A server that is no gateway may say anything, also what it was sent.
            code = answer.get("error")
            raise GatewayRefusedError(status, str(code) if code in _CODES else "no code")
        if not _is_number_of_sets(answer.get("sets")):
            raise TransportError("an answer with no number of candidate sets", status)
        return answer


def _is_number_of_sets(value: object) -> bool:
    """Say whether it is nothing, or a number of sets of members; it is not always an integer of JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return 0 <= value <= _MOST_SETS


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    while chunk := await response.content.readany():
        content += chunk
        if len(content) > _LIMITS.max_bytes:
            raise TransportError(f"an answer of more than {_LIMITS.max_bytes} bytes")
    return bytes(content)
