"""Errors of the demonstration."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class DemoError(TcssError):
    """
    The demonstration did not get to its end.

    Attributes
    ----------
    reason : str
        What went wrong.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the demonstration stopped: {reason}")


class FunderError(TcssError):
    """The key of the account that pays is missing or malformed."""

    def __init__(self) -> None:
        super().__init__(
            "a chain of yours needs an account that pays: put its private key, 0x and 64 hexadecimal digits, "
            "into the environment variable TCSS_FUNDER_KEY"
        )


class ExampleMissingError(TcssError):
    """
    The example consortium is not there: it is part of the project's folder, not of the installed package.

    Attributes
    ----------
    path : str
        Where it would be.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"there is no {path}, as the examples are not installed with the package: run the demonstration"
            " from the project's folder, or name a consortium file with --consortium"
        )


class ReportFileError(TcssError):
    """
    The outcome of a demonstration cannot be written to its file.

    Attributes
    ----------
    path : str
        The file.
    what : str
        What the system says.
    """

    def __init__(self, path: str, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"the outcome cannot be written to {path} ({what}); make room, or name another file")


class MissingPackagesError(DemoError):
    """
    A package that the demonstration's model needs is not installed.

    Attributes
    ----------
    package : str
        Its name.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(f"{package} is not installed; pip install 'tcss-chain[demo]'")
