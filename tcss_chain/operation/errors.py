"""Errors of what an operator configures. None of them holds a secret."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class OperationError(TcssError):
    """Base class: something that the operator gave cannot be used."""


class WalletError(OperationError):
    """
    A wallet cannot be read or written.

    Attributes
    ----------
    path : str
        The keystore file.
    what : str
        What is wrong.
    """

    def __init__(self, path: str, what: str, remedy: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"the wallet {path} cannot be used: {what}; {remedy}")


class MalformedWalletError(WalletError):
    """
    The file is no keystore of a kind that is read here.

    Attributes
    ----------
    field : str
        Which field of it.
    """

    def __init__(self, path: str, field: str, what: str) -> None:
        self.field = field
        super().__init__(path, f"{field}: {what}", "name an Ethereum keystore file (version 3)")


class WrongWalletPassphraseError(WalletError):
    """The passphrase does not open the wallet, or the file was damaged."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "the passphrase does not open it", "give the one that it was written with")


class PassphraseError(OperationError):
    """
    There is no passphrase, or none that can be used.

    Attributes
    ----------
    what : str
        What is wrong.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        super().__init__(f"{what}; {remedy}")


class FolderError(OperationError):
    """
    An operator's folder cannot be made.

    Attributes
    ----------
    path : str
        What is in the way, or cannot be written.
    what : str
        What is wrong.
    """

    def __init__(self, path: str, what: str, remedy: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path}: {what}; {remedy}")
