"""The shipped artifacts are what the compiler makes of the sources, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = PROJECT / "scripts"


@pytest.fixture(scope="module")
def compiler() -> None:
    """The compiler. Without it the test is skipped, except in continuous integration, where it fails."""
    setup = subprocess.run(
        [sys.executable, SCRIPTS / "solc_setup.py"], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    if setup.returncode and os.environ.get("CI"):
        pytest.fail(setup.stderr)
    if setup.returncode:
        pytest.skip(setup.stderr.strip())


@pytest.mark.compiler
@pytest.mark.slow
def test_recompiling_gives_the_shipped_bytes(compiler: None) -> None:
    check = subprocess.run(
        [sys.executable, SCRIPTS / "compile_contracts.py", "--check", "--offline"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert check.returncode == 0, check.stderr
