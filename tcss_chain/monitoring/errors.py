"""Errors of the monitoring."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class UnknownLogLevelError(TcssError):
    """
    There is no such level of logs.

    Attributes
    ----------
    level : str
        What was asked for.
    """

    def __init__(self, level: str) -> None:
        self.level = level
        super().__init__(f"no log level {level!r}; use debug, info, warning or error")
