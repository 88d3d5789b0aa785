"""Failures to check a record."""

from __future__ import annotations

from tcss_chain.chain.errors import ChainError
from tcss_chain.errors import TcssError


class RecordCheckError(TcssError):
    """
    A record cannot be checked, so there is no verdict.

    Attributes
    ----------
    sid : bytes
        The record's session.
    number : int
        The record's number in it.

    Parameters
    ----------
    why : str
        The end of the message: what stands in the way, and what to do.
    """

    def __init__(self, sid: bytes, number: int, why: str) -> None:
        self.sid = sid
        self.number = number
        super().__init__(f"record {number} of session 0x{sid.hex()} cannot be checked: {why}")


class RecordMismatchError(RecordCheckError):
    """
    A record differs from the transaction that made it, or there is none.

    Attributes
    ----------
    what : str
        What differs.
    """

    def __init__(self, sid: bytes, number: int, what: str) -> None:
        self.what = what
        super().__init__(sid, number, f"{what}; ask another node")


class IndirectConvictionError(RecordCheckError):
    """A conviction was made by an inner call of a transaction to another contract."""

    def __init__(self, sid: bytes, number: int) -> None:
        super().__init__(
            sid,
            number,
            "the auditor convicted through another contract, so its transaction does not show the proof;"
            " a node that traces calls does",
        )


class RecordHistoryError(RecordCheckError, ChainError):
    """
    The node fails when it is asked for the event or the transaction of a record.

    Attributes
    ----------
    missing : str
        What it does not give.
    reason : str
        How it fails.
    """

    def __init__(self, sid: bytes, number: int, missing: str, reason: str) -> None:
        self.missing = missing
        self.reason = reason
        super().__init__(
            sid,
            number,
            f"the node does not give its {missing} ({reason}); a node that dropped its old history cannot,"
            " ask one that keeps it",
        )
