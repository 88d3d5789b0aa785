"""What an organisation has agreed to: no other session is joined, and no other bond is paid."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from tcss_chain.protocol.session import Configuration


class Agreement(Protocol):
    """Judges what a session is made of."""

    def objections(self, configuration: Configuration, now: int) -> tuple[str, ...]:
        """Say what was not agreed to, at the chain's time; nothing when the session may be joined."""


@dataclass(frozen=True, slots=True)
class ExactAgreement:
    """
    One configuration and no other.

    Attributes
    ----------
    agreed : Configuration
        What the organisation agreed to.
    """

    agreed: Configuration

    def objections(self, configuration: Configuration, now: int) -> tuple[str, ...]:
        """Name the fields that differ."""
        return tuple(
            field.name
            for field in fields(Configuration)
            if getattr(configuration, field.name) != getattr(self.agreed, field.name)
        )
