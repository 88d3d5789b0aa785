"""The compiler as a process that stays: from its second compilation on it takes half of the time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from line_process import LineProcess
from solc_setup import PROJECT, CompilerMissingError

_SCRIPT: Final = Path(__file__).with_name("warm_solc.cjs")
_MODULE: Final = PROJECT / "node_modules" / "solc"


class WarmCompiler(LineProcess):
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
        super().__init__([node, str(_SCRIPT), str(_MODULE)])

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
        output: dict[str, Any] = self.ask(request)
        return output
