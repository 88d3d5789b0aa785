"""The scripts that need the Solidity compiler, for tests."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def load_script(patch: pytest.MonkeyPatch, name: str) -> ModuleType:
    """A module of ``scripts/``."""
    patch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module(name)


def require_compiler(patch: pytest.MonkeyPatch) -> None:
    """Skip the test where there is no compiler, except in continuous integration, where it fails."""
    setup = load_script(patch, "solc_setup")
    try:
        setup.ensure_solc(download=False)
    except setup.CompilerMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
