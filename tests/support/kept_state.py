"""What a participant's state held when its process died, and whether what came after agrees with it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from eth_typing import ChecksumAddress, HexStr
from web3 import Web3
from web3.exceptions import TransactionNotFound

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transaction_journal import EntryStatus, JournalEntry
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.store.public_state import PublicState, read_public_state
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase


@dataclass(frozen=True)
class Kept:
    """What a state held; as the next process to open it will find it."""

    public: PublicState
    secrets: dict[bytes, SessionSecrets]
    shares: dict[bytes, FinalShare]

    def transactions(self, sid: bytes) -> tuple[JournalEntry, ...]:
        return transactions_of(self.public, sid)


def read_kept(data: Path, passphrase: str) -> Kept:
    """Read a state that nobody has open from a copy: opening the state itself would repair it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data, copy)
        with StateDatabase.open(copy, passphrase) as database:
            store = SqliteSecretsStore(database)
            public = read_public_state(copy)
            secrets = {sid: store.load(sid) for sid in public.with_secrets}
            shares = {sid: store.load_share(sid) for sid in public.with_final_share}
    return Kept(
        public,
        {sid: each for sid, each in secrets.items() if each is not None},
        {sid: each for sid, each in shares.items() if each is not None},
    )


def transactions_of(public: PublicState, sid: bytes) -> tuple[JournalEntry, ...]:
    """The journalled transactions of a session."""
    return tuple(entry for entry in public.transactions if entry.purpose.sid == sid)


def assert_nothing_lost_or_made_twice(
    connection: Connection, address: ChecksumAddress, sid: bytes, before: Kept, after: PublicState
) -> None:
    """
    Compare what was kept at a death with how the session went on.

    Keys and dealing on chain are those that were kept, and every transaction that was written down is the one
    that was mined, successfully and as it was.
    """
    view = SessionView(connection, sid)
    secrets = before.secrets.get(sid)
    if secrets is not None:
        joined = [each for each in view.events.joined(sid) if each.account == address]
        assert [each.keys for each in joined] == [secrets.keys]
        if secrets.dealt is not None:
            assert view.dealings()[address] == secrets.dealt.dealing
    later = {entry.entry_id: entry for entry in transactions_of(after, sid)}
    for entry in before.transactions(sid):
        went_on = later[entry.entry_id]
        assert (went_on.nonce, went_on.purpose) == (entry.nonce, entry.purpose)
        hashes = [variant.transaction_hash for variant in entry.variants]
        assert mined_variant(connection.w3, went_on) in hashes


def assert_each_purpose_once(connection: Connection, after: PublicState, sid: bytes) -> None:
    """No purpose has two transactions, and each was mined and did what it was for."""
    entries = transactions_of(after, sid)
    purposes = [entry.purpose for entry in entries]
    assert len(set(purposes)) == len(purposes), purposes
    for entry in entries:
        assert entry.status in (EntryStatus.MINED, EntryStatus.SETTLED), entry
        assert mined_variant(connection.w3, entry) is not None, entry


def mined_variant(w3: Web3, entry: JournalEntry) -> str | None:
    """The hash of the version of a transaction that is in the chain and succeeded."""
    found = None
    for variant in entry.variants:
        try:
            receipt = w3.eth.get_transaction_receipt(HexStr(variant.transaction_hash))
        except TransactionNotFound:
            continue
        assert receipt["status"] == 1, entry
        assert found is None, entry
        found = variant.transaction_hash
    return found
