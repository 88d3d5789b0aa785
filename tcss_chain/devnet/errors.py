"""Errors of the development chains."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class EmbeddedChainError(TcssError):
    """Something that the embedded chain refused to do."""


class TransactionRefusedError(EmbeddedChainError):
    """
    A transaction that cannot enter a block.

    Parameters
    ----------
    reason : str
        What is wrong with it, in a node's usual words.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ExecutionRevertedError(EmbeddedChainError):
    """
    A call that ended in ``REVERT``.

    Parameters
    ----------
    data : bytes
        The revert data: a custom error, ``Error(string)``, ``Panic(uint256)`` or nothing.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        super().__init__("execution reverted")


class ExecutionFailedError(EmbeddedChainError):
    """
    A call that failed without revert data, for example for want of gas.

    Parameters
    ----------
    reason : str
        What the virtual machine reports.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class TimestampRefusedError(EmbeddedChainError):
    """
    A time travel into the past.

    Parameters
    ----------
    requested, earliest : int
        Unix times in seconds: what was asked for, and the earliest acceptable.
    """

    def __init__(self, requested: int, earliest: int) -> None:
        self.requested = requested
        self.earliest = earliest
        super().__init__(f"timestamp {requested} is not acceptable; choose one from {earliest} on")


class RpcError(TcssError):
    """
    An error answer of the JSON-RPC interface.

    Parameters
    ----------
    code : int
        JSON-RPC error code.
    message : str
        One line for the caller.
    data : str, optional
        Hex revert data.
    """

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        self.code = code
        self.message = message
        self.data = data
        super().__init__(message)


class DevnetStartError(TcssError):
    """
    A development chain that did not come up.

    Parameters
    ----------
    reason : str
        What happened and what to do.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
