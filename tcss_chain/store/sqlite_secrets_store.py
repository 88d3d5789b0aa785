"""What a participant keeps secret of its sessions, in its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address

from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.protocol.share_encryption import EncryptedShare

from .errors import StateDamagedError, UnstorableValueError
from .schema import FINAL_SHARE, HANDED_OUT_SHARES, RECEIVED_SHARE, SESSION_SECRETS, SealedColumn, require_sid
from .session_secrets_encoding import (
    decode_encrypted_share,
    decode_final_share,
    decode_secrets,
    decode_shares,
    encode_encrypted_share,
    encode_final_share,
    encode_secrets,
    encode_shares,
)
from .sqlite_transaction_journal import drop_ended_transactions
from .state_database import StateDatabase


class SqliteSecretsStore:
    """
    The `SecretsStore` that survives crashes.

    What is saved is on the disk, sealed, when the method returns. After `erase`, no file of the data folder
    holds any version of the erased values, sealed or not; backups that were made before still do, and so may
    the disk itself, in blocks that belong to no file.

    Parameters
    ----------
    database : StateDatabase
        An open state.
    """

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def load(self, sid: bytes) -> SessionSecrets | None:
        """Give the secrets of a session, or None."""
        plain = self._load(SESSION_SECRETS, sid)
        return None if plain is None else decode_secrets(plain)

    def save(self, sid: bytes, secrets: SessionSecrets) -> None:
        """Keep the secrets of a session in place of earlier ones."""
        self._save(SESSION_SECRETS, sid, encode_secrets(secrets))

    def load_received(self, sid: bytes) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Give the encrypted shares that were received, by dealer."""
        require_sid(sid)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT dealer, sealed FROM received_share WHERE sid = ? ORDER BY dealer", (sid,)
            ).fetchall()
        return {
            _account(dealer): decode_encrypted_share(
                self._database.unseal(RECEIVED_SHARE, (sid, dealer), sealed)
            )
            for dealer, sealed in rows
        }

    def save_received(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Keep encrypted shares that were received, in place of earlier ones of the same dealers."""
        require_sid(sid)
        if not all(is_checksum_address(dealer) for dealer in shares):
            raise UnstorableValueError("an address, which has 40 hexadecimal digits with its checksum")
        rows = [
            (sid, dealer, self._database.seal(RECEIVED_SHARE, (sid, dealer), encode_encrypted_share(share)))
            for dealer, share in shares.items()
        ]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO received_share (sid, dealer, sealed) VALUES (?, ?, ?)"
                " ON CONFLICT (sid, dealer) DO UPDATE SET sealed = excluded.sealed",
                rows,
            )

    def load_handed_out(self, sid: bytes) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Give the encrypted shares that this participant hands out, by recipient."""
        plain = self._load(HANDED_OUT_SHARES, sid)
        return {} if plain is None else decode_shares(plain)

    def save_handed_out(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Keep the encrypted shares that this participant hands out, in place of earlier ones."""
        self._save(HANDED_OUT_SHARES, sid, encode_shares(shares))

    def load_share(self, sid: bytes) -> FinalShare | None:
        """Give the final share of a session, or None."""
        plain = self._load(FINAL_SHARE, sid)
        return None if plain is None else decode_final_share(plain)

    def save_share(self, sid: bytes, share: FinalShare) -> None:
        """Keep the final share of a session."""
        self._save(FINAL_SHARE, sid, encode_final_share(share))

    def erase(self, sid: bytes) -> None:
        """
        Erase the secrets of a session and the shares that were received, and their traces in the files.

        So do the session's signed transactions that nobody will send again: a complaint holds a key.

        If it raises although the rows are gone, what is left of them goes with the next call for any session,
        the next check that the state can be written, or its next opening.
        """
        require_sid(sid)
        with self._database.erasure() as connection:
            connection.execute("DELETE FROM session_secrets WHERE sid = ?", (sid,))
            connection.execute("DELETE FROM received_share WHERE sid = ?", (sid,))
            drop_ended_transactions(connection, sid)

    def forget_handed_out(self, sid: bytes) -> None:
        """
        Forget the shares that this participant hands out, when the session is over.

        Signed transactions that ended since the secrets were erased go with them.
        """
        require_sid(sid)
        with self._database.erasure() as connection:
            connection.execute("DELETE FROM handed_out_shares WHERE sid = ?", (sid,))
            drop_ended_transactions(connection, sid)

    def _load(self, column: SealedColumn, sid: bytes) -> bytes | None:
        require_sid(sid)
        with self._database.reading() as connection:
            # The names are constants of this package.
            query = f"SELECT {column.column} FROM {column.table} WHERE sid = ?"  # noqa: S608
            row: tuple[Any] | None = connection.execute(query, (sid,)).fetchone()
        return None if row is None else self._database.unseal(column, (sid,), row[0])

    def _save(self, column: SealedColumn, sid: bytes, plain: bytes) -> None:
        require_sid(sid)
        sealed = self._database.seal(column, (sid,), plain)
        with self._database.transaction() as connection:
            connection.execute(
                f"INSERT INTO {column.table} (sid, {column.column}) VALUES (?, ?)"  # noqa: S608
                f" ON CONFLICT (sid) DO UPDATE SET {column.column} = excluded.{column.column}",
                (sid, sealed),
            )


def _account(dealer: object) -> ChecksumAddress:
    if not is_checksum_address(dealer):
        raise StateDamagedError("a dealer's address in received_share")
    return ChecksumAddress(dealer)  # type: ignore[arg-type]
