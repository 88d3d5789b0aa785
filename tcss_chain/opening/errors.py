"""Errors of openings."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class OpeningError(TcssError):
    """Base class: a sealed model is not opened."""


class RequestFormatError(OpeningError):
    """
    An opening request is not in its format.

    Attributes
    ----------
    what : str
        What is wrong, without the value.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"this is no opening request: {what}; ask with the same version of the program")


class AnswerFormatError(OpeningError):
    """
    An answer cannot be decrypted, or what it holds is none.

    Attributes
    ----------
    what : str
        What is wrong, without the value.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"this is no answer to the request: {what}; ask other participants")


class RecipientKeyError(OpeningError):
    """The key that a request wants answers encrypted to is of small order: anybody could read them."""

    def __init__(self) -> None:
        super().__init__("the recipient key of the request hides nothing; draw a fresh X25519 key")
