"""Errors of the benchmarks."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class BenchmarkError(TcssError):
    """Base class of the errors of this folder."""


class BenchmarkFileError(BenchmarkError):
    """
    A file with measurements cannot be read.

    Attributes
    ----------
    path : str
        The file.
    what : str
        What is wrong with it.
    """

    def __init__(self, path: str, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path} holds no measurements: {what}; make it with tcss bench tracing --json")


class BenchmarkWriteError(BenchmarkError):
    """
    A file of a benchmark cannot be written.

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
        super().__init__(f"{path} cannot be written ({what}); make room, or name another place")


class PlotLibraryError(BenchmarkError):
    """The library that draws the plots is missing."""

    def __init__(self) -> None:
        super().__init__(
            "plots need matplotlib: install the package with its extra `bench`, or run make bench-tracing"
        )


class LoadToolError(BenchmarkError):
    """
    The tool that makes the load is missing.

    Attributes
    ----------
    searched : str
        Where it was looked for.
    """

    def __init__(self, searched: str) -> None:
        self.searched = searched
        super().__init__(
            f"the load tool autocannon was not found ({searched}, run by node): install node, run"
            " npm ci --ignore-scripts in the project, and measure from its folder"
        )


class UnknownSectionError(BenchmarkError):
    """
    No measurements have that name.

    Attributes
    ----------
    name : str
        What was asked for.
    known : tuple of str
        What there is.
    """

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(f"there are no measurements named {name!r}; there are: {', '.join(known)}")
