"""Errors of the simulated boxes and sessions."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class BestiaryError(TcssError):
    """Base class: a simulated box or session cannot be made."""


class SimulationSettingError(BestiaryError):
    """
    A setting contradicts another one or is out of range. No share is kept here.

    Attributes
    ----------
    setting : str
        Which one.
    remedy : str
        What to give instead.
    """

    def __init__(self, setting: str, remedy: str) -> None:
        self.setting = setting
        self.remedy = remedy
        super().__init__(f"the simulation's {setting} cannot be used; {remedy}")
