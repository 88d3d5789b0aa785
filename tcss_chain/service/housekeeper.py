"""What a service looks after between the steps of its sessions: nodes, transactions, wallet, deadlines."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import structlog

from tcss_chain.chain.confirmed_reads import Confirmations
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.node_status import NodeStatus
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.errors import TcssError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.protocol.session import Fault, Phase

from .service_settings import ServiceSettings

_WEI: float = 1e18


class Housekeeper:
    """
    Checks everything that no single session checks, and raises alarms.

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
    """

    def __init__(
        self,
        connection: Connection,
        sender: TransactionSender,
        metrics: ParticipantMetrics,
        alarms: AlarmBoard,
        settings: ServiceSettings,
        confirmations: Confirmations,
    ) -> None:
        self._connection = connection
        self._reads = SessionReads(connection)
        self._sender = sender
        self._metrics = metrics
        self._alarms = alarms
        self._settings = settings
        self._confirmations = confirmations
        self._log = structlog.get_logger("tcss.service")

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
        self._check_nodes()
        self._sender.tend(self._confirmations)
        self._check_transactions()
        self._check_balance()
        self._check_sessions(open_sessions)
        self._metrics.set_alarms(self._alarms.active())

    def _check_nodes(self) -> None:
        statuses = self._connection.check_nodes()
        for status in statuses:
            self._metrics.set_node(status.name, reachable=status.reachable, lag_blocks=status.lag_blocks)
            usable = status.reachable and status.right_chain and status.has_contract
            self._set(Alarm.NODE_UNREACHABLE, status.name, not usable, _what_is_wrong(status))
            lags = status.reachable and not status.is_current and (status.lag_blocks or 0) > 0
            self._set(Alarm.NODE_LAGS, status.name, lags, f"{status.lag_blocks} blocks behind")
        current = next((status for status in statuses if status.is_current), None)
        if current is not None and current.head_number is not None and current.head_time is not None:
            self._metrics.set_head(current.head_number, current.head_time)
            age = time.time() - current.head_time
            stalled = age > self._settings.stalled_seconds
            self._set(Alarm.CHAIN_STALLED, "", stalled, f"the newest block is {age:.0f} s old")

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
        phases: Counter[str] = Counter({phase.name.lower(): 0 for phase in Phase})
        for sid in open_sessions:
            try:
                phases[self._check_session(sid).name.lower()] += 1
            except ChainContradictionError as error:
                self._alarms.raise_(Alarm.NODES_DISAGREE, f"0x{sid.hex()}", str(error))
            except TcssError as error:
                self._log.warning("cannot check a session", session=f"0x{sid.hex()}", reason=str(error))
        self._metrics.set_phases(phases)

    def _check_session(self, sid: bytes) -> Phase:
        about, me = f"0x{sid.hex()}", self._sender.address
        state = self._reads.state(sid)
        member = self._reads.member(sid, me)
        at_fault = member.joined and member.fault is not Fault.NONE
        fault = member.fault.name.lower().replace("_", " ")
        self._set(Alarm.DISQUALIFIED, about, at_fault or member.convicted, fault)
        complained_about = state.phase in (Phase.COMPLAINING, Phase.REVEALING) and bool(
            state.unanswered >> member.seat & 1
        )
        self._set(Alarm.COMPLAINED_ABOUT, about, complained_about, "a recipient misses its share")
        aborted = state.phase is Phase.ABORTED
        self._set(Alarm.SESSION_ABORTED, about, aborted, "too few dealers are qualified")
        return state.phase

    def _set(self, alarm: Alarm, about: str, is_raised: bool, note: str) -> None:
        if not is_raised:
            if self._alarms.clear(alarm, about):
                self._log.info("alarm is over", alarm=alarm.value, about=about)
        elif self._alarms.raise_(alarm, about, note):
            self._log.warning("alarm", alarm=alarm.value, about=about, reason=note)


def _what_is_wrong(status: NodeStatus) -> str:
    if not status.reachable:
        return "it does not answer"
    return "it is on another chain" if not status.right_chain else "it does not have the contract"
