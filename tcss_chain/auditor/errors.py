"""Errors of the auditor's work."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class AuditorError(TcssError):
    """Base class: the auditor cannot go on with what it was given."""


class AuditorKeyMismatchError(AuditorError):
    """The private key is not the one of this session; it is not kept here."""

    def __init__(self) -> None:
        super().__init__(
            "the private key does not belong to the session's key A; use the key of this very session"
        )


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
