"""The compiler as a process that stays: from its second compilation on it takes half of the time."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from solc_setup import PROJECT, CompilerMissingError

_SCRIPT: Final = Path(__file__).with_name("warm_solc.cjs")
_MODULE: Final = PROJECT / "node_modules" / "solc"


class WarmCompiler:
    """
    Compiles one input after the other. For one thread.

    Raises
    ------
    CompilerMissingError
        If node or its package ``solc`` is missing.
    """

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None or not _MODULE.is_dir():
            raise CompilerMissingError("node and its package solc are not installed")
        self._process = subprocess.Popen(
            [node, str(_SCRIPT), str(_MODULE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def compile(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """
        Compile.

        Parameters
        ----------
        request : mapping
            Standard-JSON input with the text of every source.

        Returns
        -------
        dict
            The output, which may be errors.
        """
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        output: dict[str, Any] = json.loads(self._process.stdout.readline())
        return output
