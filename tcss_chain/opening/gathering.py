"""Asking all participants at the same time, until enough of them answered right (protocol section 11)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from eth_typing import ChecksumAddress

from tcss_chain.curve import G1
from tcss_chain.strict_json import StrictJsonError, parse_json
from tcss_chain.transport import TransportError
from tcss_chain.transport.bounded_http import exchange, open_client, run_to_end

from .answer_check import AnswerCheck, FalseAnswer, UnusableAnswer
from .errors import AnswerFormatError
from .messages import Refusal, SignedRequest, decode_response, encode_request
from .opening_settings import OpeningSettings

_OK: Final = 200
_STATUSES: Final = (_OK, 400, 403, 404, 429, 503)
"""Those whose bodies may say why there is no answer."""

_NOT_WAITED_FOR: Final = "not waited for any longer"


@dataclass(frozen=True, slots=True)
class Gathered:
    """
    What participants said to one request.

    Attributes
    ----------
    partials : mapping of ChecksumAddress to G1
        Right answers ``d_i``, in the order in which they were checked; never more than were needed.
    false : mapping of ChecksumAddress to FalseAnswer
        Who signed a wrong answer, and what was wrong.
    refused : mapping of ChecksumAddress to Refusal
        Who refused last.
    silent : mapping of ChecksumAddress to str
        Who gave nothing else, and what happened last.
    """

    partials: Mapping[ChecksumAddress, G1] = field(repr=False)
    false: Mapping[ChecksumAddress, FalseAnswer]
    refused: Mapping[ChecksumAddress, Refusal]
    silent: Mapping[ChecksumAddress, str]


def gather_answers(
    signed: SignedRequest,
    services: Mapping[ChecksumAddress, str],
    check: AnswerCheck,
    needed: int,
    settings: OpeningSettings,
) -> Gathered:
    """
    Ask participants until enough have answered right, or nobody is left to ask, or patience is over.

    All are asked at the same time, in the same words. Who answered is not asked again, whether the answer was
    right or wrong; who refused for a passing reason, could not be reached, or is said to have sent what is no
    answer of this participant, is. Asking ends early for two reasons only: enough right answers came, or too
    many participants refuse for good. So traffic tells no participant what became of its answer; that the
    opening as a whole succeeded is seen by everybody anyway.

    Not to be called from inside an event loop. May be called by several threads.

    Parameters
    ----------
    signed : SignedRequest
        The request, anchored.
    services : mapping of ChecksumAddress to str
        Whom to ask, and where: base URLs.
    check : AnswerCheck
        Judges answers.
    needed : int
        How many right ones are needed.
    settings : OpeningSettings
        Limits and patience.

    Returns
    -------
    Gathered
        What came; maybe less than was needed.
    """
    return run_to_end(_Gathering(signed, services, check, needed, settings).run())


def opening_path(sid: bytes) -> str:
    """Give the path that requests to open are posted to."""
    return f"/v1/sessions/{sid.hex()}/openings"


class _Gathering:
    def __init__(
        self,
        signed: SignedRequest,
        services: Mapping[ChecksumAddress, str],
        check: AnswerCheck,
        needed: int,
        settings: OpeningSettings,
    ) -> None:
        self._body: Final[dict[str, Any]] = encode_request(signed)
        self._path: Final = opening_path(signed.request.sid)
        self._services = services
        self._check = check
        self._needed = needed
        self._settings = settings
        self._partials: dict[ChecksumAddress, G1] = {}
        self._false: dict[ChecksumAddress, FalseAnswer] = {}
        self._refused: dict[ChecksumAddress, Refusal] = {}
        self._silent: dict[ChecksumAddress, str] = {}

    async def run(self) -> Gathered:
        self._finished = asyncio.Event()
        # Checking takes milliseconds, with a slow curve a hundred: other answers are read meanwhile.
        with ThreadPoolExecutor(max_workers=1) as self._checker:
            async with open_client(self._settings.limits) as client:
                tasks = [asyncio.create_task(self._hear(client, each)) for each in self._services]
                waiting = asyncio.create_task(self._finished.wait())
                everybody = asyncio.gather(*tasks, return_exceptions=True)
                try:
                    await asyncio.wait(
                        (everybody, waiting),
                        timeout=self._settings.patience_seconds,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                finally:
                    for task in (*tasks, waiting):
                        task.cancel()
                    self._checker.shutdown(wait=False, cancel_futures=True)
                    await asyncio.gather(*tasks, waiting, return_exceptions=True)
        said = self._partials.keys() | self._false.keys() | self._refused.keys()
        silent = {
            each: self._silent.get(each, _NOT_WAITED_FOR) for each in self._services if each not in said
        }
        return Gathered(self._partials, self._false, self._refused, silent)

    async def _hear(self, client: aiohttp.ClientSession, account: ChecksumAddress) -> None:
        try:
            await self._ask_until_said(client, account)
        except Exception as error:  # noqa: BLE001  # whatever one of them sends, the others are heard
            self._refused.pop(account, None)
            self._silent[account] = f"unexpected {type(error).__name__}"

    async def _ask_until_said(self, client: aiohttp.ClientSession, account: ChecksumAddress) -> None:
        back_off = self._settings.back_off
        pause = back_off.first_seconds
        while True:
            heard = await self._ask(client, account)
            said = await self._take(account, heard) if isinstance(heard, bytes) else heard
            self._refused.pop(account, None)
            self._silent.pop(account, None)
            if said is None:
                return
            if isinstance(said, UnusableAnswer):
                # Being asked again tells that what came was garbage, which whoever sent it knew. It must not
                # tell more: who has signed an answer is not asked again, be the answer right or wrong.
                self._silent[account] = f"no usable answer: {said}"
            elif isinstance(said, Refusal):
                self._refused[account] = said
                if not said.is_passing:
                    self._finish_if_hopeless()
                    return
            else:
                self._silent[account] = said.reason
            await asyncio.sleep(pause * (1 - back_off.jitter * random.random()))  # noqa: S311  # no secret
            pause = min(pause * back_off.factor, back_off.highest_seconds)

    async def _ask(
        self, client: aiohttp.ClientSession, account: ChecksumAddress
    ) -> bytes | Refusal | UnusableAnswer | TransportError:
        url = self._services[account].rstrip("/") + self._path
        try:
            status, content = await exchange(
                client, "POST", url, self._body, self._settings.limits, statuses=_STATUSES
            )
        except TransportError as error:
            return error
        try:
            said = decode_response(parse_json(content))
        except (StrictJsonError, AnswerFormatError):
            if status != _OK:  # a page of somebody in between
                return TransportError(f"status {status}", status)
            return UnusableAnswer.MALFORMED
        if isinstance(said, bytes) and status != _OK:
            return UnusableAnswer.MALFORMED
        return said

    async def _take(self, account: ChecksumAddress, encrypted: bytes) -> UnusableAnswer | None:
        """Judge an answer, and keep it or the verdict if it is the participant's; else tell why it is not."""
        loop = asyncio.get_running_loop()
        verdict = await loop.run_in_executor(self._checker, self._check.check, account, encrypted)
        if isinstance(verdict, UnusableAnswer):
            return verdict
        if isinstance(verdict, FalseAnswer):
            self._false[account] = verdict
        elif len(self._partials) < self._needed:
            self._partials[account] = verdict
            if len(self._partials) == self._needed:
                self._finished.set()
        return None

    def _finish_if_hopeless(self) -> None:
        """Stop when too many refuse for good; what came of answers plays no part: stopping can be seen."""
        final = sum(1 for refusal in self._refused.values() if not refusal.is_passing)
        if len(self._services) - final < self._needed:
            self._finished.set()
