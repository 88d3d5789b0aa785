"""Reading the records as a stranger does: a process of its own, given a node and an address."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final, cast

from eth_typing import ChecksumAddress

from .errors import DemoError

_SECONDS: Final = 60


def read_records(rpc_url: str, contract: ChecksumAddress, sid: bytes) -> list[dict[str, Any]]:
    """
    Run ``tcss records`` and take what it prints.

    Parameters
    ----------
    rpc_url : str
        The node.
    contract : ChecksumAddress
        The contract.
    sid : bytes
        The session.

    Returns
    -------
    list of dict
        The records, each with its verdict.

    Raises
    ------
    DemoError
        If the reader fails.
    """
    command = [sys.executable, "-m", "tcss_chain", "records", "--rpc", rpc_url, "--contract", contract]
    command += ["--session", f"0x{sid.hex()}", "--json"]
    try:
        finished = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise DemoError(f"the reader took more than {_SECONDS} s") from None
    if finished.returncode != 0:
        raise DemoError(f"the reader failed: {finished.stderr.decode(errors='replace').strip()}")
    return cast(list[dict[str, Any]], json.loads(finished.stdout))
