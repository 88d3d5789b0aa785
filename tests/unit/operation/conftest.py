"""Files that an operator writes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from eth_utils.address import to_checksum_address

from tcss_chain.operation.passphrases import Passphrase

CHEAP = 2
"""scrypt's n in tests."""


def address(number: int) -> str:
    return to_checksum_address(number.to_bytes(20, "big"))


def consortium_content(members=3, first=1) -> dict:
    """A consortium file for real use."""
    return {
        "consortium": "Group",
        "threshold": 2,
        "organisations": [
            {"name": f"Member {i}", "address": address(first + i), "service": f"http://127.0.0.1:{7100 + i}"}
            for i in range(members)
        ],
        "auditor": {"name": "Gateway", "address": address(900)},
        "beneficiary": address(901),
        "bond": 5,
        "phases": dict.fromkeys(("confirm", "join", "deal", "complain", "reveal", "challenge"), 600),
        "bond_release": 7,
    }


@pytest.fixture
def passphrase() -> Passphrase:
    return Passphrase("correct horse battery")


@pytest.fixture
def write_yaml(tmp_path: Path):
    """A function that writes a YAML file and returns its path."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf8")
        return path

    return write
