"""What a service looks after between the steps of its sessions: nodes, transactions, wallet, deadlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from tcss_chain.chain.confirmed_reads import Confirmations, ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, WitnessMissingError
from tcss_chain.chain.node_status import MAX_LAG_BLOCKS, NodeStatus
from tcss_chain.chain.session_events import MOST_BLOCKS_A_READING
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.errors import TcssError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.protocol.session import Phase

from .alarm_changes import clear_ended, set_alarm
from .service_settings import ServiceSettings
from .stall_watch import StallWatch

_WEI: float = 1e18

SessionCheck = Callable[[bytes], Phase]
"""Checks one session, raises the alarms that it may give, and says in which phase it is."""


class Housekeeper:
    """
    Checks what no single session checks, and raises alarms; the same for participants and auditors.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        The wallet.
    metrics : ParticipantMetrics
        Takes the figures.
    alarms : AlarmBoard
        Takes the alarms.
    settings : ServiceSettings
        When something is an alarm.
    confirmations : int or "finalized"
        How deep a transaction must be to be settled.
    check_session : callable
        What is checked of a session, which differs between participants and auditors.
    """

    def __init__(
        self,
        connection: Connection,
        sender: TransactionSender,
        metrics: ParticipantMetrics,
        alarms: AlarmBoard,
        settings: ServiceSettings,
        confirmations: Confirmations,
        check_session: SessionCheck,
    ) -> None:
        self._connection = connection
        self._confirmed_reads = ConfirmedReads(connection)
        self._sender = sender
        self._metrics = metrics
        self._alarms = alarms
        self._settings = settings
        self._confirmations = confirmations
        self._check_session = check_session
        self._log = structlog.get_logger("tcss.service")
        self._stall_watch = StallWatch(alarms, self._log, settings.stalled_seconds)
        self._checked: frozenset[bytes] = frozenset()

    def check(self, open_sessions: Sequence[bytes]) -> None:
        """
        Check once.

        Parameters
        ----------
        open_sessions : sequence of bytes
            The sessions that are worked on.

        Raises
        ------
        TcssError
            If no node answers; the alarm is raised already.
        """
        try:
            self._check_nodes()
            self._sender.tend(self._confirmations)
            self._check_transactions()
            self._check_balance()
            self._check_sessions(open_sessions)
        finally:
            self._metrics.set_alarms(self._alarms.active())

    def _check_nodes(self) -> None:
        statuses = self._connection.check_nodes()
        for status in statuses:
            self._metrics.set_node(status.name, reachable=status.reachable, lag_blocks=status.lag_blocks)
            trouble = self._what_is_wrong(status)
            self._set(Alarm.NODE_UNREACHABLE, status.name, bool(trouble), trouble)
            lag = _how_it_lags(status)
            self._set(Alarm.NODE_LAGS, status.name, bool(lag), lag)
        used = (status for status in statuses if status.is_current and not self._what_is_wrong(status))
        current = next(used, None)
        if current is not None and current.head_number is not None and current.head_time is not None:
            self._metrics.set_head(current.head_number, current.head_time)
        self._stall_watch.look(None if current is None else current.head_time)

    def _check_transactions(self) -> None:
        pending = self._sender.pending()
        oldest = self._sender.oldest_pending_seconds()
        self._metrics.set_pending(len(pending), oldest)
        stuck = oldest > self._settings.stalled_seconds
        self._set(Alarm.TRANSACTION_STUCK, "", stuck, f"not mined for {oldest:.0f} s")

    def _check_balance(self) -> None:
        address = self._sender.address
        balance = self._connection.ask(
            "reading the balance", lambda: int(self._connection.w3.eth.get_balance(address))
        )
        self._metrics.set_balance(balance)
        low = balance < self._settings.min_balance
        self._set(Alarm.LOW_BALANCE, address, low, f"{balance / _WEI:.4f} ether left")

    def _check_sessions(self, open_sessions: Sequence[bytes]) -> None:
        # One may have ended in its own thread while it was checked, and been given an alarm after that.
        for sid in self._checked.difference(open_sessions):
            clear_ended(self._alarms, self._log, sid)
        self._checked = frozenset(open_sessions)
        phases: Counter[str] = Counter({phase.name.lower(): 0 for phase in Phase})
        for sid in open_sessions:
            try:
                phases[self._check_session(sid).name.lower()] += 1
                self._check_agreement(sid)
            except TcssError as error:
                self._log.warning("cannot check a session", session=f"0x{sid.hex()}", reason=str(error))
        self._metrics.set_phases(phases)

    def _check_agreement(self, sid: bytes) -> None:
        contradiction = ""
        try:
            self._confirmed_reads.state(sid, self._confirmations)
        except (ChainContradictionError, WitnessMissingError) as error:
            contradiction = str(error)
        self._set(Alarm.NODES_DISAGREE, f"0x{sid.hex()}", bool(contradiction), contradiction)

    def _set(self, alarm: Alarm, about: str, is_raised: bool, note: str) -> None:
        set_alarm(self._alarms, self._log, alarm, about, is_raised=is_raised, note=note)

    def _what_is_wrong(self, status: NodeStatus) -> str:
        """Say why a node cannot be used at all; nothing if it can."""
        if not status.reachable:
            return "it does not answer"
        if not status.right_chain:
            return "it is on another chain"
        if not status.has_contract:
            return "it does not have the contract"
        blocks = (status.head_number or 0) - self._settings.first_block + 1
        if blocks > MOST_BLOCKS_A_READING:
            return f"it claims {blocks} blocks since first_block, which are too many to be read"
        return ""


def _how_it_lags(status: NodeStatus) -> str:
    """Say why a node that answers cannot be relied on; nothing if it can."""
    if status.lacks_state:
        return "refuses a block that it should have"
    if status.head_doubted:
        return f"claims block {status.head_number}, far above all others: it lies, or they are behind"
    if status.reachable and (status.lag_blocks or 0) > MAX_LAG_BLOCKS:
        return f"{status.lag_blocks} blocks behind"
    return ""
