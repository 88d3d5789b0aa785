"""Failures to check a record."""

from __future__ import annotations

from tcss_chain.chain.errors import ChainError
from tcss_chain.errors import TcssError


class RecordMismatchError(TcssError):
    """
    A record differs from the transaction that made it, or there is none.

    Attributes
    ----------
    sid : bytes
        The record's session.
    number : int
        The record's number in it.
    what : str
        What differs.
    """

    def __init__(self, sid: bytes, number: int, what: str) -> None:
        self.sid = sid
        self.number = number
        self.what = what
        super().__init__(
            f"record {number} of session 0x{sid.hex()} cannot be checked: {what}; ask another node"
        )


class IndirectConvictionError(TcssError):
    """
    A conviction was made by an inner call of a transaction to another contract, so there is no verdict.

    Attributes
    ----------
    sid : bytes
        The record's session.
    number : int
        The record's number in it.
    """

    def __init__(self, sid: bytes, number: int) -> None:
        self.sid = sid
        self.number = number
        super().__init__(
            f"record {number} of session 0x{sid.hex()} cannot be checked: the auditor convicted through"
            " another contract, so its transaction does not show the proof; a node that traces calls does"
        )


class RecordHistoryError(ChainError):
    """
    The node fails when it is asked for the event or the transaction of a record, so there is no verdict.

    Attributes
    ----------
    sid : bytes
        The record's session.
    number : int
        The record's number in it.
    missing : str
        What it does not give.
    reason : str
        How it fails.
    """

    def __init__(self, sid: bytes, number: int, missing: str, reason: str) -> None:
        self.sid = sid
        self.number = number
        self.missing = missing
        self.reason = reason
        super().__init__(
            f"record {number} of session 0x{sid.hex()} cannot be checked: the node does not give its"
            f" {missing} ({reason}); a node that dropped its old history cannot, ask one that keeps it"
        )
