"""A box behind an HTTP address, queried under strict limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aiohttp
from yarl import URL

from tcss_chain.transport.bounded_http import run_to_end

from .box import AnswerProblem, Share
from .box_messages import MAX_ANSWER_BYTES, decode_answer, encode_request
from .errors import BoxAddressError

_OK: Final = 200


class HttpBox:
    """
    A box that answers POST requests in the format of `box_messages`.

    Redirects are not followed, nothing is decompressed, no cookie is kept, the answer's length and the time
    from the first byte sent to the last received are bounded. Whatever goes wrong becomes "no answer".

    Parameters
    ----------
    url : str
        Address of the box, ``http`` or ``https``.
    timeout : float
        Seconds for one attempt, all told.
    attempts : int
        How often to try to connect. A request that was sent is never repeated.

    Raises
    ------
    BoxAddressError
        If the address is none.

    Notes
    -----
    Call `query` from a thread that runs no event loop.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, attempts: int = 2) -> None:
        try:
            self._url = URL(url)
            # Host and port are decoded only when they are asked for.
            is_address = self._url.scheme in {"http", "https"} and self._url.host and self._url.port
        except (TypeError, ValueError):
            raise BoxAddressError from None
        if not is_address:
            raise BoxAddressError
        self._timeout = timeout
        self._attempts = attempts
        self._last_problem: AnswerProblem | None = None

    @property
    def last_problem(self) -> AnswerProblem | None:
        """Why the last query brought no answer, or None after an answer."""
        return self._last_problem

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Send the shares and check what comes back.

        Parameters
        ----------
        shares : sequence of (int, int)
            The shares.

        Returns
        -------
        int or None
            A canonical scalar, or nothing.
        """
        answer, self._last_problem = run_to_end(self._ask(encode_request(shares)))
        return answer

    async def _ask(self, request: bytes) -> tuple[int | None, AnswerProblem | None]:
        timeout = aiohttp.ClientTimeout(total=self._timeout)
        async with aiohttp.ClientSession(
            timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as http:
            for _ in range(self._attempts):
                try:
                    return await self._post(http, request)
                except TimeoutError:
                    return None, AnswerProblem.TIMED_OUT
                except aiohttp.ClientConnectorError:
                    continue
                except (aiohttp.ClientError, OSError, ValueError):
                    return None, AnswerProblem.UNREACHABLE
        return None, AnswerProblem.UNREACHABLE

    async def _post(
        self, http: aiohttp.ClientSession, request: bytes
    ) -> tuple[int | None, AnswerProblem | None]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        async with http.post(self._url, data=request, headers=headers, allow_redirects=False) as response:
            if response.status != _OK:
                return None, AnswerProblem.REFUSED
            body = bytearray()
            while chunk := await response.content.read(MAX_ANSWER_BYTES + 1):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    return None, AnswerProblem.TOO_LONG
        return decode_answer(bytes(body))
