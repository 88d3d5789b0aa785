"""
Provide the Solidity compiler to py-solc-x and, through it, to ape.

A compiler that py-solc-x has already is taken as it is; else the npm package ``solc``, wrapped by
``solcjs_shim.cjs`` and put where py-solc-x looks for a native one. Only where that package does not serve,
the native compiler is downloaded, if a download is allowed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SOLC_VERSION = "0.8.37"
_SHIM = Path(__file__).with_name("solcjs_shim.cjs")

# py-solc-x reads this when it is first used: the project's compiler stays in the project.
os.environ.setdefault("SOLCX_BINARY_PATH", str(PROJECT / ".solcx"))
Path(os.environ["SOLCX_BINARY_PATH"]).mkdir(parents=True, exist_ok=True)


class CompilerMissingError(Exception):
    """
    No Solidity compiler of the required version can be had.

    Parameters
    ----------
    reason : str
        What stands in the way.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"no solc {SOLC_VERSION}: {reason}. Run `npm ci --ignore-scripts` (needs node), or go online"
        )


def ensure_solc(*, download: bool) -> Path:
    """
    Install the compiler if need be, and select it in py-solc-x.

    Parameters
    ----------
    download : bool
        Whether to download the native compiler if the npm package does not serve.

    Returns
    -------
    Path
        The executable.

    Raises
    ------
    CompilerMissingError
        If there is none.
    """
    import solcx
    from packaging.version import Version

    version = Version(SOLC_VERSION)
    installed = solcx.get_installed_solc_versions()
    if version not in installed:
        try:
            _install_shim(solcx.get_solcx_install_folder())
        except CompilerMissingError:
            if not download:
                raise
            try:
                solcx.install_solc(version)
            except Exception as error:  # whatever its HTTP client raises offline
                raise CompilerMissingError(
                    "it cannot be downloaded and the npm package is not there"
                ) from error
    solcx.set_solc_version(version, silent=True)
    return solcx.install.get_executable(version)


def _install_shim(folder: Path) -> None:
    module = PROJECT / "node_modules" / "solc"
    node = shutil.which("node")
    if node is None:
        raise CompilerMissingError("node is not installed")
    if not (module / "package.json").is_file():
        raise CompilerMissingError("the npm package solc is not installed")
    present = json.loads((module / "package.json").read_text())["version"]
    if present != SOLC_VERSION:
        raise CompilerMissingError(f"the npm package solc has version {present}")
    long_version = subprocess.run(
        [node, "-p", f"require({json.dumps(str(module))}).version()"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    shim = _SHIM.read_text().replace("#!/usr/bin/env node", f"#!{node}", 1)
    shim = shim.replace("@MODULE@", str(module)).replace("@VERSION@", long_version)
    target = folder / f"solc-v{SOLC_VERSION}"
    # py-solc-x takes every file called solc-v* for a compiler, so the unfinished one is called otherwise.
    unfinished = folder / f".unfinished-{os.getpid()}"
    unfinished.write_text(shim)
    unfinished.chmod(0o755)
    unfinished.replace(target)


if __name__ == "__main__":
    try:
        print(ensure_solc(download=True))
    except CompilerMissingError as error:
        sys.exit(str(error))
