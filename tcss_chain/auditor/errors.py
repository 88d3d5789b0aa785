"""Errors of the auditor's work."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class AuditorError(TcssError):
    """Base class: the auditor cannot go on with what it was given."""


class TracePlanError(AuditorError):
    """
    A trace plan does not fit the session.

    Attributes
    ----------
    field : str
        Which field of the plan.
    """

    def __init__(self, field: str, remedy: str) -> None:
        self.field = field
        super().__init__(f"the plan's {field} cannot be used; {remedy}")


class BoxAddressError(AuditorError):
    """The address of a box is no HTTP address; it is not kept here, for it may hold a password."""

    def __init__(self) -> None:
        super().__init__("the box's address is not usable; give an http:// or https:// address with a host")


class AuditorAccountError(AuditorError):
    """
    The account is not the session's auditor, so the contract would refuse its proof.

    Attributes
    ----------
    account, auditor : str
        The account's address, and the auditor's of the session.
    """

    def __init__(self, account: str, auditor: str) -> None:
        self.account = account
        self.auditor = auditor
        super().__init__(
            f"the auditor of this session is {auditor}, not {account}; use the auditor's own account"
        )


class TranscriptFileError(AuditorError):
    """
    A transcript file cannot be read or written on. Nothing of its content is kept here.

    Attributes
    ----------
    line : int or None
        The line, from 1; None if it is about the whole file.
    what : str
        What is wrong.
    """

    def __init__(self, line: int | None, what: str, remedy: str = "") -> None:
        self.line = line
        self.what = what
        where = "" if line is None else f" at line {line}"
        super().__init__(
            f"the transcript cannot be used{where}: {what};"
            f" {remedy or 'take an intact copy, or begin a new transcript in another file'}"
        )


class TranscriptMismatchError(AuditorError):
    """
    A trace asks something else than its transcript says, or less.

    Attributes
    ----------
    number : int
        The first query that differs, from 0.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            f"from query {number} on, the transcript is not of this trace; go on with the version of this"
            " software that began it and enough time, or begin a new transcript in another file"
        )


class TranscriptPlanError(AuditorError):
    """
    A trace is to be resumed with another plan than it was begun with.

    Attributes
    ----------
    fields : tuple of str
        The fields of the plan that differ.
    """

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(
            f"the transcript was begun with another plan ({', '.join(fields)}); leave it as it was, but for"
            " the query budget and the time limit, or begin a new transcript in another file"
        )


class PublishedTraceError(AuditorError):
    """
    The published part of a trace is not in its format.

    Attributes
    ----------
    what : str
        What is wrong.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"the published part of the trace cannot be read: {what}; ask the auditor for it again"
        )


class PublishedFileError(AuditorError):
    """
    The file of the published part of a trace cannot be read or written. Its path is not kept here.

    Attributes
    ----------
    what : str
        What is wrong.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        super().__init__(f"the file of the published part: {what}; {remedy}")
