"""Sessions that may be taken up, and wait for their auditor's confirmation."""

from __future__ import annotations

from typing import Final

CANDIDATES_A_LOOK: Final = 50
"""How many of them are looked at at once: anybody can create sessions, so that there may be thousands."""

MAX_CANDIDATES: Final = 10_000
"""How many are kept; what does not fit is refused."""

NEVER: Final = 1 << 256
"""Later than any time of a chain."""


class SessionCandidates:
    """
    A queue of sessions that are looked at in turn.

    Creating a session costs its creator gas, and following one costs a participant threads and questions to
    its nodes. So nothing is done for a session but a look at its phase now and then, until its auditor, whom
    the consortium chose, has confirmed it. Nothing that is in the queue makes room for another one: each
    leaves it after a look that shows that it has gone on.
    """

    def __init__(self) -> None:
        self._urgent: dict[bytes, int] = {}
        self._fresh: dict[bytes, int] = {}
        self._waiting: dict[bytes, int] = {}
        self._taken: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._urgent) + len(self._fresh) + len(self._waiting)

    def __contains__(self, sid: bytes) -> bool:
        return sid in self._urgent or sid in self._fresh or sid in self._waiting

    def add(self, sid: bytes, confirm_by: int = NEVER, *, urgent: bool = False) -> bool:
        """
        Add a session: it is looked at before those that were looked at already.

        Parameters
        ----------
        sid : bytes
            The session.
        confirm_by : int
            When its first phase ends, Unix seconds: from then on it waits for nothing.
        urgent : bool
            Whether it seems to be confirmed: then it is looked at first of all, however full the queue is.

        Returns
        -------
        bool
            Whether it is in the queue now.
        """
        if sid in self:
            return True
        if urgent:
            self._urgent[sid] = confirm_by
        elif len(self) >= MAX_CANDIDATES:
            return False
        else:
            self._fresh[sid] = confirm_by
        return True

    def hurry(self, sid: bytes) -> None:
        """Look at a session first of all, if it is in the queue: it seems to be confirmed."""
        for queue in (self._fresh, self._waiting):
            if sid in queue:
                self._urgent[sid] = queue.pop(sid)

    def next_ones(self, now: int = 0) -> tuple[bytes, ...]:
        """
        Take those whose turn it is; whoever is to be looked at again is put back.

        Parameters
        ----------
        now : int
            The chain's time, Unix seconds.

        Returns
        -------
        tuple of bytes
            Those that are urgent; then those that were never looked at, the newest first; then those whose
            first phase is over, for the last time; then those that wait for the longest.
        """
        self._taken = {}
        self._take(self._urgent, list(self._urgent))
        self._take(self._fresh, list(reversed(self._fresh)))
        self._take(self._waiting, [sid for sid, end in self._waiting.items() if end <= now])
        self._take(self._waiting, list(self._waiting))
        return tuple(self._taken)

    def put_back(self, sid: bytes) -> None:
        """Let a session that was taken wait for its next turn, after all others."""
        self._waiting[sid] = self._taken.get(sid, NEVER)

    def _take(self, queue: dict[bytes, int], sids: list[bytes]) -> None:
        for sid in sids[: CANDIDATES_A_LOOK - len(self._taken)]:
            self._taken[sid] = queue.pop(sid)
