"""
Requests to a node that may be slow, endless or hostile.

The library reads whatever a node sends, and its parser recurses: deep nesting ends the interpreter where
another library raised the limit of recursion out of sight. Here an answer is bounded in size, depth and time.
"""

from __future__ import annotations

import re
import time
from typing import Final, cast

from eth_typing import URI
from requests import Response
from requests.exceptions import ReadTimeout
from web3 import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

MAX_ANSWER_BYTES: Final = 1 << 26
"""Many times the dealings of 128 participants, which is the most that this package asks for at once."""

MAX_DEPTH: Final = 32
"""How deep an answer may nest; the deepest one that is asked for has five levels."""

ANSWER_SECONDS: Final = 120
"""How long the body of one answer may take."""

_CHUNK_BYTES: Final = 1 << 16
# Possessive: a pattern that can go back keeps a hundred bytes for every one of a long string.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET: Final = re.compile(rb"[\[\]{}]")


class OversizedAnswer(ValueError):  # noqa: N818  # named in messages
    """An answer of more than `MAX_ANSWER_BYTES`."""


class DeeplyNestedAnswer(ValueError):  # noqa: N818  # named in messages
    """An answer that nests deeper than `MAX_DEPTH`."""


class BoundedProvider(HTTPProvider):
    """
    The library's provider, with bounds on every answer.

    Attributes
    ----------
    answer_seconds : float or None
        How long the body of one answer may take; None for `ANSWER_SECONDS`.
    """

    answer_seconds: float | None = None

    def _make_request(self, method: RPCEndpoint, request_data: bytes) -> bytes:
        with self._request_session_manager.get_response_from_post_request(
            cast(URI, self.endpoint_uri), data=request_data, stream=True, **self.get_request_kwargs()
        ) as response:
            response.raise_for_status()
            return _read(response, self.answer_seconds or ANSWER_SECONDS)

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> RPCResponse:
        """
        Parse an answer.

        Parameters
        ----------
        raw_response : bytes
            What the node sent.

        Returns
        -------
        dict
            The JSON-RPC answer.

        Raises
        ------
        DeeplyNestedAnswer
            If parsing it could exhaust the stack.
        """
        if _depth(raw_response) > MAX_DEPTH:
            raise DeeplyNestedAnswer
        return HTTPProvider.decode_rpc_response(raw_response)


def _read(response: Response, seconds: float) -> bytes:
    end = time.monotonic() + seconds
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise OversizedAnswer
        if time.monotonic() > end:
            raise ReadTimeout
    return bytes(content)


def _depth(content: bytes) -> int:
    """How deep JSON nests at most; an unclosed string can only make it appear deeper."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", content)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
