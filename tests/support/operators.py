"""One organisation as a test sees it: its wallet, its folder, its process, and what its state holds."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.store.public_state import PublicState, read_public_state
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

PASSPHRASE = "five words drawn by chance"


@dataclass
class Operator:
    """One organisation: its wallet, its folder, and its process while it runs."""

    name: str
    account: LocalAccount
    folder: Path
    listen: str
    monitor: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    launcher: tuple[str, ...] = ()
    """What its command is run with, for instance in a network namespace."""

    @property
    def address(self) -> ChecksumAddress:
        return self.account.address

    @property
    def configuration(self) -> Path:
        return self.folder / "participant.yaml"

    @property
    def kill_at(self) -> Path:
        return self.folder / "kill-at"

    @property
    def hold_at(self) -> Path:
        return self.folder / "hold-at"

    @property
    def moments(self) -> Path:
        return self.folder / "moments"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def public(self) -> PublicState:
        """What can be read of the state at any time."""
        return read_public_state(self.data)

    def reached(self) -> list[str]:
        """All moments so far, in order."""
        return self.moments.read_text().split() if self.moments.exists() else []

    def share(self, sid: bytes) -> FinalShare | None:
        """The final share in the state."""
        with self._opened() as database:
            return SqliteSecretsStore(database).load_share(sid)

    def has_secrets(self, sid: bytes) -> bool:
        """Whether secrets are left in the state."""
        with self._opened() as database:
            return SqliteSecretsStore(database).load(sid) is not None

    def has_package(self, sid: bytes) -> bool:
        """Whether the session's public data are kept."""
        with self._opened() as database:
            return SessionTable(database).load_package(sid) is not None

    def received(self, sid: bytes) -> int:
        """How many shares are kept that were received."""
        with self._opened() as database:
            return len(SqliteSecretsStore(database).load_received(sid))

    def has_finished(self, sid: bytes) -> bool:
        """Whether the final share is kept, the secrets are erased and the session is archived."""
        public = self.public
        return sid in public.with_final_share and sid not in public.with_secrets and self.has_package(sid)

    def _opened(self) -> StateDatabase:
        """The state; only read while the process runs."""
        if self.process is None:
            return StateDatabase.open(self.data, PASSPHRASE)
        return StateDatabase.open_to_read(self.data, PASSPHRASE)
