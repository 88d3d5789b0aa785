"""Errors of files that people write."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class ConfigurationFileError(TcssError):
    """
    A file cannot be used as it is written. No value of it is kept here, for it may be a credential.

    Attributes
    ----------
    path : str
        The file.
    field : str
        Where in it.
    problem : str
        What is wrong, and what is expected.
    """

    def __init__(self, path: str, field: str, problem: str) -> None:
        self.path = path
        self.field = field
        self.problem = problem
        super().__init__(f"{path}: {field}: {problem}")
