"""A program that answers one line of JSON with another."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from solc_setup import PROJECT


class LineProcess:
    """
    Starts the program, and ends it with the context. For one thread.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments; it runs in the project's folder.
    environment : mapping of str to str, optional
        All its variables; by default those of this process.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, question: Any) -> Any:
        """Send a JSON value and wait for the answer, another one."""
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
