"""What an operator must know about, and which of it is the case now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from typing import Self


class Severity(StrEnum):
    """How soon somebody must act."""

    PAGE = "page"
    """Now: a deadline may be missed, a bond or the session's secrets are at risk."""
    LOOK = "look"
    """On the next working day: nothing gets worse by waiting."""


class Alarm(StrEnum):
    """
    The names of all alarms; each one's docstring says what it means and what to do.

    Attributes
    ----------
    severity : Severity
        How soon somebody must act.
    """

    severity: Severity

    def __new__(cls, name: str, severity: Severity, meaning: str) -> Self:
        """Make a member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.severity = severity
        member.__doc__ = meaning
        return member

    NODE_UNREACHABLE = (
        "node_unreachable",
        Severity.LOOK,
        "A configured RPC node does not answer, or cannot be used. The others are used meanwhile. Check the "
        "node and the network; when no node is left nothing works until one is back, and CHAIN_STALLED "
        "follows after some minutes.",
    )
    NODES_DISAGREE = (
        "nodes_disagree",
        Severity.PAGE,
        "RPC nodes report different states for the same block, or only one of several answers. Nothing that "
        "cannot be undone is done meanwhile. Find out which one follows the chain and remove the other, or "
        "bring a second one back.",
    )
    NODE_LAGS = (
        "node_lags",
        Severity.LOOK,
        "A configured RPC node is behind the others, or refuses a block that it should have. Nothing that "
        "cannot be undone is done until it has caught up. Check that it is syncing, or remove it. Or, of "
        "three and more, it is far ahead of all others: then it lies, or they are all behind.",
    )
    CHAIN_STALLED = (
        "chain_stalled",
        Severity.PAGE,
        "No node knows a recent block, or none has answered for as long. Deadlines go on while nothing can "
        "be sent. Check the nodes and the chain; add a node of another operator.",
    )
    LOW_BALANCE = (
        "low_balance",
        Severity.PAGE,
        "The wallet may not pay for the transactions that its sessions still need. Send it more.",
    )
    TRANSACTION_STUCK = (
        "transaction_stuck",
        Severity.PAGE,
        "A transaction is not mined though its fee was raised to the limit. Check the fee limit, the "
        "chain's base fee and the wallet's nonce; no other program may use the wallet.",
    )
    SECRETS_MISSING = (
        "secrets_missing",
        Severity.PAGE,
        "The chain shows this participant in a session whose secrets the store does not have, or a "
        "session that was confirmed with an auditor's key that it does not have. Stop the service and "
        "restore the right store; never join or deal anew for it.",
    )
    STEP_FAILING = (
        "step_failing",
        Severity.PAGE,
        "A session's next step has failed for long. The note and the logs name the error.",
    )
    STATE_NOT_WRITABLE = (
        "state_not_writable",
        Severity.PAGE,
        "The store cannot be written, so nothing is sent. Check the disk's space, its health and the rights.",
    )
    SHARE_WITHHELD = (
        "share_withheld",
        Severity.LOOK,
        "A dealer did not hand out this participant's share, and a complaint about it is open. The dealer "
        "must answer on chain; ask its operator, and check the own network.",
    )
    COMPLAINED_ABOUT = (
        "complained_about",
        Severity.PAGE,
        "Somebody complains on chain that this participant withholds a share, and the answer is not on "
        "chain yet. It is sent by itself; if the alarm stays, check wallet and nodes before the reveal "
        "deadline.",
    )
    DISQUALIFIED = (
        "disqualified",
        Severity.PAGE,
        "A fault of this participant is recorded on chain and part of its bond is forfeit. Keep store and "
        "logs, and find out why before it joins another session.",
    )
    SESSION_ABORTED = (
        "session_aborted",
        Severity.LOOK,
        "A session ended without a key: too few joined, dealt or stayed qualified. Faultless bonds are "
        "withdrawn by themselves. The consortium may create another session.",
    )
    SESSION_DECLINED = (
        "session_declined",
        Severity.LOOK,
        "A session on chain names this participant or auditor, but differs from the consortium's terms, so "
        "it was not joined, or not confirmed. Compare its configuration with the consortium file, and ask "
        "who created it.",
    )
    FALSE_CAPSULE = (
        "false_capsule",
        Severity.LOOK,
        "A session's auditor signed an opening request for a capsule whose proof or whose owner's signature "
        "is wrong. It was refused. An honest gateway checks both first: this one is faulty, was broken into, "
        "or wants points of its own choice decrypted. Ask its operator, and the model's owner.",
    )
    SESSION_WAITS = (
        "session_waits",
        Severity.LOOK,
        "A session on chain has the agreed terms and names this auditor, whose file admits no creators, so "
        "nothing is done by itself. Ask who created it. If the consortium wants it, stop the service, run "
        "tcss auditor confirm, and start it again, before the confirm phase ends.",
    )
    MODEL_NOT_OPEN = (
        "model_not_open",
        Severity.PAGE,
        "A model that the gateway should serve could not be opened; it is tried again, less and less often. "
        "The note names the reason: mostly too few participants that answer, or a file that is not there. If "
        "it says that the model is not tried again, its owner has to give you another file.",
    )
    MODEL_CLOSED = (
        "model_closed",
        Severity.PAGE,
        "The gateway serves a model no more, for its policy closes the session: somebody was convicted. "
        "Tell the owner; seal the model for a new session, or change the policy and start again.",
    )


@dataclass(frozen=True, slots=True)
class ActiveAlarm:
    """
    An alarm that is raised.

    Attributes
    ----------
    alarm : Alarm
        Which one.
    about : str
        What it is about, a node, session or participant; empty for the whole service.
    note : str
        The newest detail.
    since : float
        When it was raised, Unix seconds.
    """

    alarm: Alarm
    about: str
    note: str
    since: float

    @property
    def severity(self) -> Severity:
        """How soon somebody must act."""
        return self.alarm.severity


class AlarmBoard:
    """
    The alarms that are raised now; safe to use from several threads.

    Parameters
    ----------
    clock : callable
        Unix seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._active: dict[tuple[Alarm, str], ActiveAlarm] = {}

    def raise_(self, alarm: Alarm, about: str = "", note: str = "") -> bool:
        """
        Raise an alarm; one that is raised already keeps its time and gets the new note.

        Parameters
        ----------
        alarm : Alarm
            Which one.
        about : str
            What it is about.
        note : str
            A detail; never a secret.

        Returns
        -------
        bool
            Whether it was not raised before.
        """
        with self._lock:
            earlier = self._active.get((alarm, about))
            self._active[alarm, about] = (
                ActiveAlarm(alarm, about, note, self._clock())
                if earlier is None
                else replace(earlier, note=note)
            )
        return earlier is None

    def clear(self, alarm: Alarm, about: str = "") -> bool:
        """Clear an alarm, and say whether it was raised."""
        with self._lock:
            return self._active.pop((alarm, about), None) is not None

    def active(self) -> tuple[ActiveAlarm, ...]:
        """List the raised alarms: first those that need somebody now, the oldest first."""
        with self._lock:
            raised = tuple(self._active.values())
        return tuple(sorted(raised, key=lambda each: (each.severity is not Severity.PAGE, each.since)))
