"""Errors of HTTP exchanges and servers."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class TransportError(TcssError):
    """
    A peer or a box did not answer as it should.

    Attributes
    ----------
    reason : str
        What happened, in words of this package; nothing that the other side sent is repeated.
    status : int or None
        The HTTP status, when there was one.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__(f"no usable answer: {reason}; it may be tried again later")


class ServerStartError(TcssError):
    """
    A server cannot listen.

    Attributes
    ----------
    address : str
        Host and port.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"cannot listen on {address}; choose a free port and an address of this machine")
