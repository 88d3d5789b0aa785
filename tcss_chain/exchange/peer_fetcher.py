"""Fetching from many participants' services at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import aiohttp
from eth_typing import ChecksumAddress

from tcss_chain.errors import TcssError
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.transport import TransportError
from tcss_chain.transport.bounded_http import exchange_json, open_client, run_to_end

from .back_off import BackOff, PauseTable
from .exchange_turns import ExchangeTurns, Queue
from .messages import SignedAcceptance, decode_acceptance, decode_share
from .peer_directory import PeerDirectory, acceptance_path, share_path

_NOT_FOUND: Final = 404
_Message = TypeVar("_Message")

OnFailure = Callable[[ChecksumAddress, str], None]
"""Told which peer failed and why, in the caller's thread."""


def ignore_failure(_account: ChecksumAddress, _reason: str) -> None:
    """Do nothing about a failure."""


class PeerFetcher:
    """
    Asks peers for shares and acceptances, all at once, and leaves those that fail alone for a growing time.

    A call takes no longer than one exchange may, however many peers there are and whatever they do. May be
    used from several threads; not from inside an event loop.

    Parameters
    ----------
    directory : PeerDirectory
        Where the peers are, and what one exchange may cost.
    turns : ExchangeTurns, optional
        How many exchanges are made at once, shared with other fetchers of the process; its own when not
        given. With fewer than there are peers, slow peers keep others waiting; those that get no turn in time
        are asked in the next call.
    back_off : BackOff
        How long a peer that failed is left alone.
    on_failure : OnFailure
        Told of every failure; "not yet" is none.
    clock : callable
        Seconds that never go back.
    """

    def __init__(
        self,
        directory: PeerDirectory,
        *,
        turns: ExchangeTurns | None = None,
        back_off: BackOff | None = None,
        on_failure: OnFailure = ignore_failure,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._turns = turns or ExchangeTurns()
        self._on_failure = on_failure
        self._clock = clock
        self._pauses = PauseTable(back_off or BackOff(), clock)

    def fetch_shares(
        self, sid: bytes, recipient: ChecksumAddress, dealers: Iterable[ChecksumAddress]
    ) -> dict[ChecksumAddress, EncryptedShare]:
        """
        Fetch a recipient's encrypted shares.

        Parameters
        ----------
        sid : bytes
            The session.
        recipient : ChecksumAddress
            Whose shares.
        dealers : iterable of ChecksumAddress
            Who is asked.

        Returns
        -------
        dict of ChecksumAddress to EncryptedShare
            What came, by dealer: well-formed, not checked in any other way. Who failed, has nothing yet or is
            left alone is missing.
        """
        return self._fetch(dealers, share_path(sid, recipient), decode_share)

    def fetch_acceptances(
        self, sid: bytes, participants: Iterable[ChecksumAddress]
    ) -> dict[ChecksumAddress, SignedAcceptance]:
        """
        Fetch acceptances.

        Parameters
        ----------
        sid : bytes
            The session.
        participants : iterable of ChecksumAddress
            Who is asked.

        Returns
        -------
        dict of ChecksumAddress to SignedAcceptance
            What came, by participant: well-formed, the signature not checked. Who failed, has nothing yet or
            is left alone is missing.
        """
        return self._fetch(participants, acceptance_path(sid), decode_acceptance)

    def distrust(self, account: ChecksumAddress, reason: str) -> None:
        """
        Leave a peer alone as after a failure, because what it sent proved wrong.

        Parameters
        ----------
        account : ChecksumAddress
            The peer.
        reason : str
            What was wrong; nothing that the peer sent may be repeated.
        """
        self._pauses.failed(account, self._clock())
        self._on_failure(account, reason)

    def forget(self, account: ChecksumAddress) -> None:
        """Ask a peer again at the next call, whatever happened."""
        self._pauses.forget(account)

    def _fetch(
        self, accounts: Iterable[ChecksumAddress], path: str, decode: Callable[[Any], _Message]
    ) -> dict[ChecksumAddress, _Message]:
        asked = [each for each in dict.fromkeys(accounts) if self._pauses.may_ask(each, path)]
        if not asked:
            return {}
        asked_at = self._clock()
        outcomes = run_to_end(self._ask_all(asked, path, decode))
        received: dict[ChecksumAddress, _Message] = {}
        for account, outcome in outcomes.items():
            if not isinstance(outcome, BaseException):
                self._pauses.answered(account)
                received[account] = outcome
            elif isinstance(outcome, TransportError) and outcome.status == _NOT_FOUND:
                self._pauses.not_yet(account, path)
            else:
                self._pauses.failed(account, asked_at)
                self._on_failure(account, _reason(outcome))
        return received

    async def _ask_all(
        self, accounts: list[ChecksumAddress], path: str, decode: Callable[[Any], _Message]
    ) -> dict[ChecksumAddress, _Message | BaseException]:
        limits = self._directory.limits
        queue = Queue()
        begun: set[ChecksumAddress] = set()

        async def ask(account: ChecksumAddress, client: aiohttp.ClientSession) -> _Message:
            async with self._turns.turn(queue):
                begun.add(account)
                url = self._directory.base(account) + path
                return decode(await exchange_json(client, "GET", url, None, limits))

        async with open_client(limits) as client:
            tasks = {each: asyncio.create_task(ask(each, client)) for each in accounts}
            await asyncio.wait(tasks.values(), timeout=limits.total_seconds)
            for task in tasks.values():
                task.cancel()
            results = await asyncio.gather(*tasks.values(), return_exceptions=True)
        # Who did not get a turn has not failed.
        return {each: result for each, result in zip(tasks, results, strict=True) if each in begun}


def _reason(outcome: BaseException) -> str:
    if isinstance(outcome, TransportError):
        return outcome.reason
    if isinstance(outcome, TcssError):
        return str(outcome)
    if isinstance(outcome, asyncio.CancelledError):
        return "no answer in time"
    return f"unexpected {type(outcome).__name__}"
