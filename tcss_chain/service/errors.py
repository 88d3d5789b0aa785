"""Errors of the services."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class ServiceError(TcssError):
    """Base class: a service does not do what would do harm, or cannot."""


class UnagreedSessionError(ServiceError):
    """
    A session is not one that this auditor confirms.

    Attributes
    ----------
    sid : bytes
        The session.
    objections : tuple of str
        What speaks against it.
    """

    def __init__(self, sid: bytes, objections: tuple[str, ...]) -> None:
        self.sid = sid
        self.objections = objections
        super().__init__(
            f"session 0x{sid.hex()} is not confirmed: {' '.join(objections)} Compare it with the consortium"
            " file, and ask who created it"
        )


class KeyNotKeptError(ServiceError):
    """
    The session was confirmed with a key that this state does not hold.

    Attributes
    ----------
    sid : bytes
        The session.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(
            f"session 0x{sid.hex()} was confirmed from this account with a key that is not in this state;"
            " nothing can be traced without that key: stop, and restore the state that has it"
        )


class ServiceRunsError(ServiceError):
    """
    A command has to write to a state that a running service holds.

    Attributes
    ----------
    command : str
        What could not be done.
    """

    def __init__(self, command: str, then: str) -> None:
        self.command = command
        super().__init__(
            f"the auditor's service, or another command, holds the state, and {command} must be written down"
            f" in it before it is sent: stop the service, {then}, and start it again"
        )


class NoAuditorKeyError(ServiceError):
    """
    The state holds no key of a session.

    Attributes
    ----------
    sid : bytes
        The session.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(
            f"there is no key of session 0x{sid.hex()} in this auditor's state; tcss auditor status lists the"
            " sessions that it has keys of"
        )
