"""Errors of session packages."""

from __future__ import annotations

from tcss_chain.errors import TcssError
from tcss_chain.protocol.session import Phase


class PackageError(TcssError):
    """Base class: a session package cannot be made or used."""


class PackageFormatError(PackageError):
    """
    A file is no session package.

    Attributes
    ----------
    what : str
        What is wrong, without the value.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"this is no session package: {what}; ask any participant or the auditor for theirs")


class PackageMismatchError(PackageError):
    """
    The parts of a package do not belong together.

    Attributes
    ----------
    what : str
        What does not fit.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"the session package contradicts itself: {what}; do not use it, ask somebody else for theirs"
        )


class PackageContradictsChainError(PackageError):
    """
    A package is not of the session that the contract keeps.

    Attributes
    ----------
    what : str
        What differs.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"the session package is not what the contract keeps: {what}; check contract and RPC URL, then"
            " ask somebody else for their package"
        )


class PackageSessionError(PackageError):
    """
    A package is of another session.

    Attributes
    ----------
    sid : bytes
        The session that it should be of.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(f"no package given is of session 0x{sid.hex()}; name the file of that session")


class PackageTooEarlyError(PackageError):
    """
    The session is not active, so there is nothing to archive yet, or ever.

    Attributes
    ----------
    phase : Phase
        Where the session stands.
    """

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        super().__init__(
            f"the session is in phase {phase.name.lower()}; only an active session has a package, try again"
            " after its activation"
        )


class NotInPackageError(PackageError):
    """
    A package does not hold what is asked.

    Attributes
    ----------
    what : str
        What is asked.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"a session package holds no {what}; read them from a node that has the logs")


class PackageFileError(PackageError):
    """
    The file of a package cannot be read or written. Its path is not kept here.

    Attributes
    ----------
    what : str
        What is wrong.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        super().__init__(f"the file of the session package: {what}; {remedy}")
