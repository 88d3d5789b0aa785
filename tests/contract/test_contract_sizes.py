"""Every contract fits where Ethereum has room for it."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

CONTRACTS = ("DealingVerifier", "OpeningLog", "TCSS", "TraceVerifier")
MAX_RUNTIME_BYTES = 24_576  # EIP-170
MAX_CREATION_BYTES = 49_152  # EIP-3860


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_shipped_code_can_be_deployed(name: str) -> None:
    artifact = json.loads((files("tcss_chain") / "artifacts" / f"{name}.json").read_text(encoding="utf8"))
    assert 0 < len(bytes.fromhex(artifact["deployedBytecode"][2:])) <= MAX_RUNTIME_BYTES
    assert 0 < len(bytes.fromhex(artifact["bytecode"][2:])) <= MAX_CREATION_BYTES


def test_no_contract_is_forgotten() -> None:
    shipped = {path.name for path in (files("tcss_chain") / "artifacts").iterdir()}
    assert shipped == {f"{name}.json" for name in CONTRACTS} | {"standard-input.json"}
