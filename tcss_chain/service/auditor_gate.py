"""Which sessions an auditor confirms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from eth_typing import ChecksumAddress

from tcss_chain.chain.session_events import CreatedEvent
from tcss_chain.consortium import Consortium

from .agreed_consortium import agreed_consortium


class Admission(Enum):
    """What becomes of a session that names the auditor."""

    CONFIRMED = "confirmed"
    """It has agreed terms, and somebody who is admitted created it."""

    BY_HAND = "by hand"
    """It has agreed terms, but nobody is admitted as creator: the operator decides."""

    STRANGE = "strange"
    """Somebody who is not admitted created it. Anybody can, so that alone is no reason for an alarm."""

    UNAGREED = "unagreed"
    """It does not have the terms of any consortium file."""


@dataclass(frozen=True, slots=True)
class AuditorGate:
    """
    Decides which sessions are confirmed.

    Anybody can create a session with the agreed terms and the agreed auditor. Members' services join, and pay
    their bonds, as soon as the auditor has confirmed it, so the auditor decides which of them come to life.

    Attributes
    ----------
    consortia : sequence of Consortium
        Whose terms were agreed to.
    creators : collection of ChecksumAddress
        Who may create sessions that are confirmed without asking.
    """

    consortia: Sequence[Consortium]
    creators: Collection[ChecksumAddress]

    def objections(self, created: CreatedEvent, now: int) -> tuple[str, ...]:
        """
        Say what about a session was not agreed on, whoever created it.

        Parameters
        ----------
        created : CreatedEvent
            How it was created, checked against its session id.
        now : int
            The chain's time, Unix seconds.

        Returns
        -------
        tuple of str
            Sentences; empty if one consortium's terms fit.
        """
        return agreed_consortium(self.consortia, created.configuration, now)[1]

    def admission(self, created: CreatedEvent, now: int) -> tuple[Admission, str]:
        """
        Decide about a session.

        Parameters
        ----------
        created : CreatedEvent
            How it was created, checked against its session id: the creator is part of the hash.
        now : int
            The chain's time, Unix seconds.

        Returns
        -------
        admission : Admission
            What becomes of it.
        note : str
            Why, for the operator.
        """
        if self.creators and created.creator not in self.creators:
            return Admission.STRANGE, f"{created.creator} created it, who is not admitted as creator"
        consortium, objections = agreed_consortium(self.consortia, created.configuration, now)
        if consortium is None:
            return Admission.UNAGREED, " ".join(objections)
        if not self.creators:
            note = f"has the terms of {consortium.name}; {created.creator} created it; confirm it by hand"
            return Admission.BY_HAND, note
        return Admission.CONFIRMED, consortium.name
