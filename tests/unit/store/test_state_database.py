"""Opening, locking, and all-or-nothing writing of a state."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from support.states import CHEAP, PASSPHRASE, new_state

from tcss_chain.store.errors import (
    EmptyPassphraseError,
    ExposedStateError,
    KdfCostError,
    StateBusyError,
    StateClosedError,
    StateDamagedError,
    StateExistsError,
    StateFormatError,
    StateFullError,
    StateInUseError,
    StateMissingError,
    WrongPassphraseError,
)
from tcss_chain.store.state_database import StateDatabase

INSERT = "INSERT INTO session_package (sid, package) VALUES (?, ?)"


def keep(database, name, content):
    with database.transaction() as connection:
        connection.execute(INSERT, (name, content))


def delete_all_and_fail(database):
    with database.transaction() as connection:
        connection.execute(INSERT, (b"more", b"content"))
        connection.execute("DELETE FROM session_package")
        raise ZeroDivisionError


def kept(database):
    with database.reading() as connection:
        return dict(connection.execute("SELECT sid, package FROM session_package").fetchall())


def tamper(folder, statement, values=()):
    with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as connection:
        connection.execute(statement, values)


def test_what_was_kept_is_there_after_reopening(folder):
    with new_state(folder) as database:
        keep(database, b"one", b"content")
    with StateDatabase.open(folder, PASSPHRASE) as database:
        assert kept(database) == {b"one": b"content"}
        assert database.restored_at is None


def test_files_and_folder_are_the_owners_only(database, folder):
    keep(database, b"one", b"content")
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert set(modes) == {"state.sqlite", "state.sqlite-journal", "state.lock"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o602])
def test_a_file_that_others_can_use_is_refused(folder, mode):
    new_state(folder).close()
    (folder / "state.sqlite").chmod(mode)
    with pytest.raises(ExposedStateError, match="chmod 600"):
        StateDatabase.open(folder, PASSPHRASE)


def test_a_folder_that_others_can_use_is_refused(folder):
    folder.mkdir(0o755)
    folder.chmod(0o755)
    with pytest.raises(ExposedStateError, match="chmod 700"):
        new_state(folder)
    folder.chmod(0o700)
    new_state(folder).close()
    folder.chmod(0o750)
    with pytest.raises(ExposedStateError, match="chmod 700"):
        StateDatabase.open(folder, PASSPHRASE)


def test_a_link_in_the_place_of_the_file_is_refused(folder, tmp_path):
    new_state(folder).close()
    (folder / "state.sqlite").rename(tmp_path / "elsewhere")
    (folder / "state.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExposedStateError):
        StateDatabase.open(folder, PASSPHRASE)


def test_a_wrong_passphrase_is_refused_and_shown_nowhere(folder):
    new_state(folder).close()
    with pytest.raises(WrongPassphraseError) as caught:
        StateDatabase.open(folder, "not the passphrase")
    assert "not the passphrase" not in str(caught.value)
    StateDatabase.open(folder, PASSPHRASE).close()


def test_an_empty_passphrase_makes_no_state(folder):
    with pytest.raises(EmptyPassphraseError):
        StateDatabase.create(folder, "", kdf_cost=CHEAP)
    assert not folder.exists()


def test_a_second_state_in_a_folder_is_refused(folder):
    new_state(folder).close()
    with pytest.raises(StateExistsError):
        new_state(folder)
    StateDatabase.open(folder, PASSPHRASE).close()


def test_the_remains_of_an_interrupted_creation_are_in_nobodys_way(folder):
    folder.mkdir(0o700)
    (folder / "state.sqlite.new").write_bytes(b"half a file")
    (folder / "state.sqlite.new-journal").write_bytes(b"half a journal")
    new_state(folder).close()
    assert {path.name for path in folder.iterdir()} <= {"state.sqlite", "state.sqlite-journal", "state.lock"}


def test_a_journal_without_its_file_is_not_applied_to_a_new_state(folder):
    folder.mkdir(0o700)
    (folder / "state.sqlite-journal").write_bytes(b"of another state")
    with pytest.raises(StateExistsError):
        new_state(folder)


def test_a_missing_state_is_said_to_be_missing(folder):
    for _ in range(2):
        with pytest.raises(StateMissingError):
            StateDatabase.open(folder, PASSPHRASE)
        folder.mkdir(0o700, exist_ok=True)


def test_a_second_opener_is_refused_until_the_first_closes(database, folder):
    with pytest.raises(StateInUseError):
        StateDatabase.open(folder, PASSPHRASE)
    database.close()
    StateDatabase.open(folder, PASSPHRASE).close()


def test_another_process_is_refused(database, folder):
    code = (
        "import sys; from pathlib import Path; from tcss_chain.store.state_database import StateDatabase\n"
        "from tcss_chain.store.errors import StateInUseError\n"
        "try: StateDatabase.open(Path(sys.argv[1]), sys.argv[2])\n"
        "except StateInUseError: sys.exit(7)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder), PASSPHRASE], timeout=60, check=False)
    assert ended.returncode == 7
    keep(database, b"still", b"usable")


def test_a_failed_opening_releases_the_lock(folder):
    new_state(folder).close()
    for _ in range(2):
        with pytest.raises(WrongPassphraseError):
            StateDatabase.open(folder, "another")
    StateDatabase.open(folder, PASSPHRASE).close()


def test_a_closed_state_refuses_everything_and_closes_twice(database):
    database.close()
    database.close()
    for use in (database.transaction, database.reading, database.erasure):
        with pytest.raises(StateClosedError), use():
            pass
    with pytest.raises(StateClosedError):
        database.compact()


def test_a_future_format_is_refused_with_what_to_do(folder):
    new_state(folder).close()
    tamper(folder, "PRAGMA user_version = 2")
    with pytest.raises(StateFormatError, match="newer") as caught:
        StateDatabase.open(folder, PASSPHRASE)
    assert (caught.value.version, caught.value.known) == (2, 1)


def test_a_foreign_file_is_refused(folder):
    new_state(folder).close()
    tamper(folder, "PRAGMA application_id = 1")
    with pytest.raises(StateDamagedError):
        StateDatabase.open(folder, PASSPHRASE)
    (folder / "state.sqlite").write_bytes(b"no database at all, but long enough to look at" * 100)
    with pytest.raises(StateDamagedError):
        StateDatabase.open(folder, PASSPHRASE)
    (folder / "state.sqlite").write_bytes(b"")
    with pytest.raises(StateDamagedError):
        StateDatabase.open(folder, PASSPHRASE)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER spy AFTER INSERT ON final_share BEGIN DELETE FROM final_share; END",
        "CREATE VIEW more AS SELECT 1",
        "DROP TABLE auditor_key",
        "ALTER TABLE session ADD COLUMN more TEXT",
        "DELETE FROM header",
        "UPDATE header SET salt = x'00'",
        "UPDATE header SET salt = 5",
        "UPDATE header SET kdf_n = 'many'",
    ],
)
def test_tables_that_are_not_those_of_the_format_are_refused(folder, statement):
    new_state(folder).close()
    tamper(folder, statement)
    with pytest.raises(StateDamagedError):
        StateDatabase.open(folder, PASSPHRASE)


def test_a_hostile_cost_is_refused_before_it_is_paid(folder):
    new_state(folder).close()
    tamper(folder, "UPDATE header SET kdf_n = ?", (1 << 40,))
    with pytest.raises(KdfCostError):
        StateDatabase.open(folder, PASSPHRASE)


def test_a_torn_page_is_noticed_at_opening(folder):
    with new_state(folder) as database:
        for number in range(30):
            keep(database, b"%d" % number, bytes(3000))
    path = folder / "state.sqlite"
    content = bytearray(path.read_bytes())
    for page in range(4096 * 20, 4096 * 24, 4096):
        content[page : page + 100] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(StateDamagedError):
        StateDatabase.open(folder, PASSPHRASE)


def test_a_transaction_that_raises_keeps_nothing(database):
    keep(database, b"one", b"first")
    with pytest.raises(ZeroDivisionError):
        delete_all_and_fail(database)
    assert kept(database) == {b"one": b"first"}


def test_transactions_do_not_nest(database):
    with pytest.raises(RuntimeError), database.transaction(), database.transaction():
        pass
    keep(database, b"one", b"still usable")


def test_threads_do_not_get_into_each_others_transactions(database):
    failures = []

    def work(number):
        try:
            for step in range(10):
                with database.transaction() as connection:
                    before = connection.execute("SELECT count(*) FROM session_package").fetchone()[0]
                    connection.execute(INSERT, (b"%d-%d" % (number, step), b"x" * 500))
                    after = connection.execute("SELECT count(*) FROM session_package").fetchone()[0]
                    assert after == before + 1
                if step % 4 == 0:
                    with pytest.raises(ZeroDivisionError):
                        delete_all_and_fail(database)
                assert len(kept(database)) > step
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert len(kept(database)) == 80


def test_a_full_disk_keeps_nothing_and_harms_nothing(database):
    keep(database, b"one", b"first")
    with database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    with pytest.raises(StateFullError), database.transaction() as connection:
        connection.executemany(INSERT, [(b"small", b"x"), (b"large", bytes(50_000))])
    assert kept(database) == {b"one": b"first"}
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000").fetchall()
    keep(database, b"large", bytes(50_000))
    assert len(kept(database)) == 2


def test_a_reader_that_does_not_finish_is_reported_and_nothing_kept(database, folder):
    with database.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 50").fetchall()
    with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM session_package").fetchall()
        with pytest.raises(StateBusyError):
            keep(database, b"one", b"first")
        reader.execute("COMMIT")
    assert kept(database) == {}
    keep(database, b"one", b"second")
    assert kept(database) == {b"one": b"second"}


def test_commits_are_synced_and_deletions_overwritten(database):
    expected = {"synchronous": 3, "secure_delete": 1, "journal_mode": "persist", "foreign_keys": 1}
    with database.reading() as connection:
        for name, value in expected.items():
            assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value


def test_a_state_says_whether_it_can_be_written(database):
    keep(database, b"one", b"first")
    database.check_writable()
    assert kept(database) == {b"one": b"first"}
    database.close()
    with pytest.raises(StateClosedError):
        database.check_writable()


def test_a_state_shows_no_secret(database):
    assert PASSPHRASE not in repr(database)
    assert "Sealer" not in repr(database)
