"""When a peer that failed may be asked again."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from eth_typing import ChecksumAddress


@dataclass(frozen=True, slots=True)
class BackOff:
    """
    How long a peer is left alone.

    Attributes
    ----------
    first_seconds : float
        After the first failure.
    factor : float
        How much longer after each further one.
    highest_seconds : float
        The most.
    not_yet_seconds : float
        After status 404, which says "not yet"; it does not grow.
    jitter : float
        Which part of a growing pause is random, from 0 to 1, so that peers do not ask in step.
    """

    first_seconds: float = 0.5
    factor: float = 2.0
    highest_seconds: float = 30.0
    not_yet_seconds: float = 0.2
    jitter: float = 0.25


@dataclass(frozen=True, slots=True)
class _Failure:
    pause: float
    at: float
    until: float


class PauseTable:
    """
    Which peers are left alone, and until when; safe to use from several threads.

    Failures belong to a peer, whatever it was asked for. "Not yet" belongs to one question.

    Parameters
    ----------
    back_off : BackOff
        How long.
    clock : callable
        Seconds that never go back.
    chance : callable or None
        Gives random numbers from 0 to 1; None for the operating system's.
    """

    def __init__(
        self,
        back_off: BackOff,
        clock: Callable[[], float],
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._back_off = back_off
        self._clock = clock
        self._chance = chance or random.SystemRandom().random
        self._lock = Lock()
        self._failures: dict[ChecksumAddress, _Failure] = {}
        self._not_yet: dict[tuple[ChecksumAddress, Hashable], float] = {}

    def may_ask(self, account: ChecksumAddress, question: Hashable) -> bool:
        """Say whether a peer may be asked a question now."""
        now = self._clock()
        with self._lock:
            failure = self._failures.get(account)
            if failure is not None and now < failure.until:
                return False
            return now >= self._not_yet.get((account, question), now)

    def failed(self, account: ChecksumAddress, asked_at: float) -> None:
        """
        Leave a peer alone for longer than the last time.

        Parameters
        ----------
        account : ChecksumAddress
            The peer.
        asked_at : float
            When it was asked, by the clock: of questions asked at the same time only one failure counts.
        """
        settings = self._back_off
        with self._lock:
            last = self._failures.get(account)
            if last is not None and asked_at < last.at:
                return
            pause = settings.first_seconds if last is None else last.pause * settings.factor
            # Kept bounded, not computed from the number of failures: a power of it would overflow some day.
            pause = min(pause, settings.highest_seconds)
            now = self._clock()
            until = now + pause * (1 - settings.jitter * self._chance())
            self._failures[account] = _Failure(pause, now, until)

    def answered(self, account: ChecksumAddress) -> None:
        """Forget a peer's failures."""
        with self._lock:
            self._failures.pop(account, None)

    def not_yet(self, account: ChecksumAddress, question: Hashable) -> None:
        """Leave a peer alone with this question for a short while, and forget its failures."""
        now = self._clock()
        with self._lock:
            self._failures.pop(account, None)
            # Questions of old sessions do not pile up.
            self._not_yet = {key: until for key, until in self._not_yet.items() if until > now}
            self._not_yet[account, question] = now + self._back_off.not_yet_seconds

    def forget(self, account: ChecksumAddress) -> None:
        """Ask a peer again at once, whatever happened."""
        with self._lock:
            self._failures.pop(account, None)
            self._not_yet = {key: until for key, until in self._not_yet.items() if key[0] != account}
