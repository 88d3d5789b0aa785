"""Errors of the consortium's configuration."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class ConsortiumFileError(TcssError):
    """
    The consortium file cannot be used.

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
