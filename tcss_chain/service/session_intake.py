"""Which of the contract's sessions a participant's service looks at next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from eth_typing import ChecksumAddress
from structlog.typing import FilteringBoundLogger

from tcss_chain.chain.connection import Connection
from tcss_chain.consortium import Consortium
from tcss_chain.protocol.session import Configuration

from .agreed_consortium import agreed_consortium
from .attempt import attempt
from .confirmation_watch import ConfirmationWatch
from .session_candidates import SessionCandidates
from .session_finder import FoundSession, SessionFinder

LAG_SECONDS: Final = 900
"""A node that is behind tells an earlier time, at which a session seems to begin too late."""

Decline = Callable[[bytes, str], None]
"""Told which session is left alone, and why."""


class SessionIntake:
    """
    Finds sessions that name an account, and keeps those with agreed terms until they are confirmed.

    Anybody can create sessions that name the account. Those with other terms cost one question to a node and
    a log line, and are never queued. Those with the same terms wait for their auditor; the contract's events
    tell which of them it has confirmed, and if they fail, all of them are looked at in turn.

    Parameters
    ----------
    connection : Connection
        The nodes.
    me : ChecksumAddress
        The account.
    consortia : sequence of Consortium
        Those that were agreed to.
    first_block : int
        Where events are looked for.
    decline : callable
        Told of sessions with other terms, each once.
    log : logger
        Told what fails.
    """

    def __init__(
        self,
        connection: Connection,
        me: ChecksumAddress,
        consortia: Sequence[Consortium],
        first_block: int,
        decline: Decline,
        log: FilteringBoundLogger,
    ) -> None:
        self._connection = connection
        self._consortia = consortia
        self._decline = decline
        self._log = log
        self._finder = SessionFinder(connection, lambda configuration: me in configuration.members)
        self._confirmations = ConfirmationWatch(connection, first_block)
        self._candidates = SessionCandidates()

    def __len__(self) -> int:
        return len(self._candidates)

    def next_ones(self) -> tuple[bytes, ...]:
        """
        Look for new sessions, and give those to look at now.

        Returns
        -------
        tuple of bytes
            Sessions with agreed terms, by the node's word; whoever is to be looked at again is put back.

        Raises
        ------
        ChainError
            If no node tells the time; nothing is lost then.
        """
        now = self._connection.chain_time()
        confirmed: dict[bytes, None] = {}
        attempt(self._log, "looking for confirmations", lambda: confirmed.update(self._confirmed()))
        attempt(self._log, "looking for sessions", partial(self._find, confirmed, now))
        for sid in confirmed:
            self._candidates.hurry(sid)
        return self._candidates.next_ones(now)

    def put_back(self, sid: bytes) -> None:
        """Let a session wait for its next turn."""
        self._candidates.put_back(sid)

    def fits_soon(self, configuration: Configuration) -> bool:
        """Whether a session has agreed terms but for the chain's time, of which a node may be behind."""
        return self._judge(configuration, self._connection.chain_time())[0] is not None

    def _judge(self, configuration: Configuration, now: int) -> tuple[Consortium | None, tuple[str, ...]]:
        return agreed_consortium(self._consortia, configuration, now + LAG_SECONDS)

    def _confirmed(self) -> dict[bytes, None]:
        return dict.fromkeys(self._confirmations.look())

    def _find(self, confirmed: dict[bytes, None], now: int) -> None:
        for found in self._finder.look(confirmed):
            sort = partial(self._sort, found, now, urgent=found.sid in confirmed)
            if not attempt(self._log, "judging a session", sort):
                self._finder.offer_again(found)

    def _sort(self, found: FoundSession, now: int, *, urgent: bool) -> None:
        configuration = found.configuration
        consortium, objections = self._judge(configuration, now)
        if consortium is not None:
            if not self._candidates.add(found.sid, configuration.confirm_by, urgent=urgent):
                self._finder.offer_again(found)
        elif configuration.join_by <= now:
            self._log.info("joining had closed", session=f"0x{found.sid.hex()}")
        else:
            self._decline(found.sid, "; ".join(objections))
