"""What a participant answers: for which sessions, owners, models and contexts, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.protocol.opening import OpeningRequest

MAX_LINES: Final = 2048
"""How many lines of a session's opening log are counted at most, so no limit can be higher."""

_HOUR: Final = 3600


class Per(StrEnum):
    """The time within which openings are counted."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def seconds(self) -> int:
        """How long it is."""
        return {Per.HOUR: _HOUR, Per.DAY: 24 * _HOUR, Per.WEEK: 7 * 24 * _HOUR}[self]


@dataclass(frozen=True, slots=True)
class OpeningRule:
    """
    Which requests are answered; None allows any.

    Attributes
    ----------
    session : bytes or None
        The session.
    gateway : ChecksumAddress or None
        Who may ask. Whatever it says, only a session's auditor is answered.
    owners : frozenset of ChecksumAddress, or None
        Whose models.
    models, contexts : frozenset of str, or None
        Which of them, by what their labels say.
    limit : int
        How many lines of the opening log one model (by its digest) may have within `per`: from 1 to
        `MAX_LINES`.
    per : Per
        Any time of this length.
    most_convicted : int
        How many participants of the session may be convicted.
    """

    session: bytes | None
    gateway: ChecksumAddress | None
    owners: frozenset[ChecksumAddress] | None
    models: frozenset[str] | None
    contexts: frozenset[str] | None
    limit: int
    per: Per
    most_convicted: int = 0

    def fits(self, request: OpeningRequest) -> bool:
        """Tell whether this rule is about a request."""
        label = request.capsule.label
        return (
            self.session in (None, request.sid)
            and self.gateway in (None, request.gateway)
            and (self.owners is None or label.owner in self.owners)
            and (self.models is None or label.model in self.models)
            and (self.contexts is None or label.context in self.contexts)
        )


@dataclass(frozen=True, slots=True)
class OpeningPolicy:
    """
    Everything that a participant answers.

    Attributes
    ----------
    rules : tuple of OpeningRule
        The first one that fits a request counts; a request that none fits is refused.
    answer_within_seconds : int
        How old the line that anchors a request may be, by the times of blocks: of the one that all nodes are
        asked about, and of the latest one that is deep enough at any of them.
    """

    rules: tuple[OpeningRule, ...]
    answer_within_seconds: int

    def rule_for(self, request: OpeningRequest) -> OpeningRule | None:
        """Give the rule that counts for a request, None if there is none."""
        return next((rule for rule in self.rules if rule.fits(request)), None)
