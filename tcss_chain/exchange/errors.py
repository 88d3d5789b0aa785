"""Errors of the share exchange."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class ExchangeError(TcssError):
    """Base class: something is wrong with the share exchange."""


class MalformedMessageError(ExchangeError):
    """
    A peer's message is not one.

    Attributes
    ----------
    message : str
        Which message.
    field : str
        Which part of it.
    """

    def __init__(self, message: str, field: str) -> None:
        self.message = message
        self.field = field
        super().__init__(f"the peer's {message} has a malformed {field}; treat it as missing")


class UnknownPeerError(ExchangeError):
    """
    The directory has no service address for a participant.

    Attributes
    ----------
    account : str
        The participant.
    """

    def __init__(self, account: str) -> None:
        self.account = account
        super().__init__(f"no service address for {account}; add it to the consortium's configuration file")
