"""States that are quick to make, and what their files hold."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from eth_utils.address import to_checksum_address

from support.known_roster import KnownRoster, known_roster
from tcss_chain.participant.secrets_store import SessionSecrets
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.store.schema import SealedColumn
from tcss_chain.store.sealing import KdfCost
from tcss_chain.store.state_database import StateDatabase

CHEAP = KdfCost(n=16, r=1, p=1)
PASSPHRASE = "correct horse battery staple"
SID, OTHER_SID = b"\1" * 32, b"\2" * 32
WINDOW = 16


def new_state(folder: Path) -> StateDatabase:
    return StateDatabase.create(folder, PASSPHRASE, kdf_cost=CHEAP)


def dealt_secrets(known: KnownRoster | None = None, dealings: int = 1, seed: int = 0) -> SessionSecrets:
    """Secrets with one dealing or more, each for another roster."""
    known = known or known_roster()
    dealer = known.accounts[seed % len(known.accounts)]
    secrets = SessionSecrets.draw()
    for number in range(dealings):
        dealt = known.deal(dealer)
        secrets = secrets.with_dealing(bytes([3 + number]) * 32, known.polynomials[dealer], dealt)
    return secrets


def made_up_shares(count: int, seed: int = 0) -> dict[str, EncryptedShare]:
    rng = random.Random(seed)
    return {
        to_checksum_address(rng.randbytes(20)): EncryptedShare(
            rng.getrandbits(256), rng.getrandbits(256), tuple(rng.randbytes(32) for _ in range(7))
        )
        for _ in range(count)
    }


def sealed_values(folder: Path, column: SealedColumn) -> list[bytes]:
    """Read a sealed column as somebody who took the file would."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as connection:
        query = f"SELECT {column.column} FROM {column.table} WHERE {column.column} IS NOT NULL"  # noqa: S608
        return [row[0] for row in connection.execute(query)]


def found_in_files(folder: Path, values: Iterable[bytes]) -> list[tuple[str, int]]:
    """Look for any part of any value in all files of a folder; give file names and the values' numbers."""
    contents = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [
        (name, index)
        for index, value in enumerate(values)
        for name, content in contents.items()
        if any(
            value[start : start + WINDOW] in content for start in range(0, len(value) - WINDOW + 1, WINDOW)
        )
    ]
