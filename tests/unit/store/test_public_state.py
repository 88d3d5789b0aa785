"""What can be read without the passphrase, while a service runs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.known_roster import known_roster
from support.states import OTHER_SID, SID, new_state

from tcss_chain.chain.transaction_journal import EntryStatus, Purpose, SignedVariant
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets
from tcss_chain.protocol.session import Phase
from tcss_chain.store.errors import ExposedStateError, StateBusyError, StateMissingError
from tcss_chain.store.public_state import PublicState, read_public_state
from tcss_chain.store.session_table import SessionRow, SessionTable, Standing
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal

ACCOUNT = known_roster().accounts[0]
ROW = SessionRow(SID, Standing.FOLLOWED, Phase.DEALING, 100, "a note", 1_700_000_000)


def test_a_fresh_state_is_empty(database, folder):
    assert read_public_state(folder) == PublicState((), frozenset(), frozenset(), (), None, True)


def test_public_facts_are_read_while_the_state_is_open(database, folder):
    SessionTable(database).put(ROW)
    SqliteSecretsStore(database).save(SID, SessionSecrets(1, 2))
    SqliteSecretsStore(database).save_share(OTHER_SID, FinalShare(1, 2))
    journal = SqliteTransactionJournal(database)
    journal.add(ACCOUNT, 1, 0, Purpose(SID, "deal"), SignedVariant("0x" + "12" * 32, b"raw", 2, 1))
    state = read_public_state(folder)
    assert state.sessions == (ROW,)
    assert (state.with_secrets, state.with_final_share) == ({SID}, {OTHER_SID})
    assert [(entry.nonce, entry.status) for entry in state.transactions] == [(0, EntryStatus.PENDING)]
    assert state.transactions[0].variants == (SignedVariant("0x" + "12" * 32, b"", 2, 1),)
    journal.add(ACCOUNT, 1, 1, Purpose(SID, "x"), SignedVariant("0x" + "13" * 32, b"raw", 2, 1))
    assert len(read_public_state(folder).transactions) == 2


def test_it_is_read_while_a_write_is_under_way_elsewhere(database, folder):
    SessionTable(database).put(ROW)
    code = (
        "import sys; from pathlib import Path; from tcss_chain.store.public_state import read_public_state\n"
        "print(len(read_public_state(Path(sys.argv[1])).sessions))\n"
    )
    with database.transaction() as connection:
        connection.execute("DELETE FROM session")
        seen = subprocess.run(
            [sys.executable, "-c", code, str(folder)], capture_output=True, timeout=60, check=True
        )
    assert seen.stdout.strip() == b"1"
    assert read_public_state(folder).sessions == ()


def test_reading_neither_writes_nor_repairs(folder):
    new_state(folder).close()
    code = (
        "import os, sys; from pathlib import Path\n"
        "from tcss_chain.store.state_database import StateDatabase\n"
        "with StateDatabase.open(Path(sys.argv[1]), sys.argv[2]).transaction() as connection:\n"
        "    connection.execute('PRAGMA cache_size = 2')\n"
        "    for _ in range(2):\n"
        "        connection.execute('INSERT INTO session_package VALUES (randomblob(9), zeroblob(400000))')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder), "correct horse battery staple"], timeout=60, check=False
    )
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StateBusyError, match="start the service"):
        read_public_state(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_missing_or_exposed_state_is_refused(folder):
    with pytest.raises(StateMissingError):
        read_public_state(folder)
    new_state(folder).close()
    (folder / "state.sqlite").chmod(0o644)
    with pytest.raises(ExposedStateError):
        read_public_state(folder)
