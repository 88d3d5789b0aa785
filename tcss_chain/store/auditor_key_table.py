"""The auditor's keys, one for each session, in the auditor's state."""

from __future__ import annotations

import hmac

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.curve import decode_scalar, encode_scalar
from tcss_chain.errors import TcssError

from .errors import AuditorKeyExistsError, StateDamagedError, UnstorableValueError
from .schema import AUDITOR_KEY, SID_BYTES, require_sid
from .state_database import StateDatabase


class AuditorKeyTable:
    """
    Keeps the auditor's private keys. A key is never replaced, and never erased: without it there is no trace.

    Parameters
    ----------
    database : StateDatabase
        An open state.
    """

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def load(self, sid: bytes) -> AuditorKey | None:
        """
        Give the key of a session, or None.

        Raises
        ------
        StateDamagedError
            If what is kept is not what was saved.
        """
        require_sid(sid)
        with self._database.reading() as connection:
            row = connection.execute("SELECT sealed FROM auditor_key WHERE sid = ?", (sid,)).fetchone()
        return None if row is None else self._decode(sid, row[0])

    def save(self, sid: bytes, key: AuditorKey) -> None:
        """
        Keep the key of a session; the same one again changes nothing.

        Raises
        ------
        AuditorKeyExistsError
            If another key is kept for this session.
        UnstorableValueError
            If the key is no scalar, or 0.
        """
        require_sid(sid)
        encoded = _encode(key)
        with self._database.transaction() as connection:
            row = connection.execute("SELECT sealed FROM auditor_key WHERE sid = ?", (sid,)).fetchone()
            if row is None:
                sealed = self._database.seal(AUDITOR_KEY, (sid,), encoded)
                connection.execute("INSERT INTO auditor_key (sid, sealed) VALUES (?, ?)", (sid, sealed))
            elif not hmac.compare_digest(_encode(self._decode(sid, row[0])), encoded):
                raise AuditorKeyExistsError(sid)

    def all_sids(self) -> tuple[bytes, ...]:
        """Give the sessions that a key is kept for, in ascending order."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT sid FROM auditor_key ORDER BY sid").fetchall()
        if not all(isinstance(sid, bytes) and len(sid) == SID_BYTES for (sid,) in rows):
            raise StateDamagedError("a session id in auditor_key")
        return tuple(sid for (sid,) in rows)

    def _decode(self, sid: bytes, sealed: object) -> AuditorKey:
        encoded = self._database.unseal(AUDITOR_KEY, (sid,), sealed)
        try:
            alpha = decode_scalar(encoded)
        except TcssError:
            alpha = 0
        if not alpha:
            raise StateDamagedError("a key in auditor_key in no known encoding")
        return AuditorKey(alpha)


def _encode(key: AuditorKey) -> bytes:
    try:
        encoded = encode_scalar(key.alpha)
    except TcssError:
        encoded = bytes(32)
    if not any(encoded):
        raise UnstorableValueError("an auditor's key, which is from 1 to r - 1")
    return encoded
