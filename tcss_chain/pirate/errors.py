"""Errors of the pirate box."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class PirateError(TcssError):
    """Base class: the pirate box cannot be made or started."""


class PirateSettingsError(PirateError):
    """
    The box's settings contradict each other. No share is kept here.

    Attributes
    ----------
    setting : str
        Which one.
    """

    def __init__(self, setting: str, remedy: str) -> None:
        self.setting = setting
        super().__init__(f"the pirate box's {setting} cannot be used; {remedy}")


class PirateStartError(PirateError):
    """
    The box's process did not start.

    Attributes
    ----------
    reason : str
        What was seen.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the pirate box did not start: {reason}; check its settings and try again")
