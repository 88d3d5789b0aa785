"""What is checked of a participant in each of its sessions, between their steps."""

from __future__ import annotations

import structlog
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.protocol.session import Fault, Phase

from .alarm_changes import set_alarm


class ParticipantChecks:
    """
    Raises the alarms that a session may give a participant.

    Parameters
    ----------
    connection : Connection
        The nodes.
    account : ChecksumAddress
        The participant.
    alarms : AlarmBoard
        Takes the alarms.
    """

    def __init__(self, connection: Connection, account: ChecksumAddress, alarms: AlarmBoard) -> None:
        self._reads = SessionReads(connection)
        self._account = account
        self._alarms = alarms
        self._log = structlog.get_logger("tcss.service")

    def check(self, sid: bytes) -> Phase:
        """
        Check a session.

        Raises
        ------
        ChainError
            If the node fails or contradicts itself.
        """
        about = f"0x{sid.hex()}"
        state = self._reads.state(sid)
        member = self._reads.member(sid, self._account)
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
        set_alarm(self._alarms, self._log, alarm, about, is_raised=is_raised, note=note)
