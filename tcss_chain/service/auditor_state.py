"""What an auditor's state holds of one session, read while the service may run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.state_database import StateDatabase

from .errors import NoAuditorKeyError


@dataclass(frozen=True, slots=True)
class AuditedSession:
    """
    What is kept of a session.

    Attributes
    ----------
    key : AuditorKey
        Its key.
    first_block : int
        From which block on its events are read.
    package : bytes or None
        Its archived package; it is checked by those who use it.
    """

    key: AuditorKey
    first_block: int
    package: bytes | None


def read_audited_session(data: Path, passphrase: Passphrase, sid: bytes) -> AuditedSession:
    """
    Read what an auditor's state holds of a session. Nothing is written, so the service may run.

    Parameters
    ----------
    data : Path
        The state's folder.
    passphrase : Passphrase
        Opens the state.
    sid : bytes
        The session.

    Returns
    -------
    AuditedSession
        What is kept.

    Raises
    ------
    NoAuditorKeyError
        If there is no key of this session.
    StoreError
        If the state cannot be read.
    """
    with StateDatabase.open_to_read(data, passphrase.text) as database:
        key = AuditorKeyTable(database).load(sid)
        if key is None:
            raise NoAuditorKeyError(sid)
        table = SessionTable(database)
        row = table.get(sid)
        return AuditedSession(key, 0 if row is None else row.first_block, table.load_package(sid))
