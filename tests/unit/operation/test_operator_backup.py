"""A backup holds everything that a service needs, and a restored folder runs."""

from __future__ import annotations

import stat

import pytest
from eth_account import Account
from support.states import CHEAP, PASSPHRASE, SID, dealt_secrets, found_in_files

from tcss_chain.operation import operator_backup
from tcss_chain.operation.errors import FolderError
from tcss_chain.operation.keystore import read_wallet, write_wallet
from tcss_chain.operation.operator_backup import back_up, restore_folder
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.private_file import PrivateFileError
from tcss_chain.store.errors import (
    BackupExistsError,
    ExposedStateError,
    StateExistsError,
    StateMissingError,
    WrongPassphraseError,
)
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

NAME = "participant.yaml"
SECRET = Passphrase(PASSPHRASE)
TEXT = 'rpc: "https://user:hunter2@node"\ncontract: "0x%s"\nwallet: wallet.json\nconsortia: []\n' % (
    "ab" * 20
)


@pytest.fixture
def account():
    return Account.create()


@pytest.fixture
def folder(tmp_path, account):
    """An operator's folder with a state that holds a share."""
    made = tmp_path / "north"
    made.mkdir(0o700)
    (made / NAME).write_text(TEXT)
    write_wallet(made / "wallet.json", account, SECRET, work_factor=2)
    with StateDatabase.create(made / "data", PASSPHRASE, kdf_cost=CHEAP) as database:
        SqliteSecretsStore(database).save(SID, dealt_secrets())
        SqliteSecretsStore(database).save_share(SID, FinalShare(7, 8))
    return made


@pytest.fixture
def make(folder, tmp_path):
    """A function that makes a backup."""

    def make(name="backup", passphrase=SECRET):
        file = load_participant_file(folder / NAME)
        back_up(file.path, file.node, tmp_path / name, passphrase, file.openings)
        return tmp_path / name

    return make


def test_a_restored_folder_has_configuration_wallet_and_state(make, folder, tmp_path, account):
    configuration = restore_folder(make(), tmp_path / "a" / "south", SECRET, NAME)
    assert configuration == tmp_path / "a" / "south" / NAME
    assert configuration.read_text() == TEXT
    node = load_participant_file(configuration).node
    assert read_wallet(node.wallet, SECRET).address == account.address
    assert (folder / "wallet.json").read_bytes() == node.wallet.read_bytes()
    with StateDatabase.open(node.data, PASSPHRASE) as database:
        assert SqliteSecretsStore(database).load_share(SID) == FinalShare(7, 8)
        assert database.restored_at is not None


def test_the_policy_for_openings_goes_with_it(make, folder, tmp_path):
    (folder / NAME).write_text(f"{TEXT}openings: policy.yaml\n")
    (folder / "policy.yaml").write_text("allow: []\n")
    restored = restore_folder(make(), tmp_path / "south", SECRET, NAME).parent
    assert (restored / "openings.yaml").read_text() == "allow: []\n"
    assert stat.S_IMODE((restored / "openings.yaml").stat().st_mode) == 0o600
    (folder / "policy.yaml").unlink()
    with pytest.raises(FolderError, match=r"policy\.yaml"):
        make("another")


def test_without_a_policy_none_is_restored(make, tmp_path):
    restored = restore_folder(make(), tmp_path / "south", SECRET, NAME).parent
    assert not (restored / "openings.yaml").exists()


def test_nobody_else_can_read_what_is_restored(make, tmp_path):
    restored = restore_folder(make(), tmp_path / "south", SECRET, NAME).parent
    for path in [restored, *restored.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_service_may_run_meanwhile(make, folder, tmp_path):
    with StateDatabase.open(folder / "data", PASSPHRASE) as database:
        SqliteSecretsStore(database).save_share(SID, FinalShare(7, 9))
        backup = make()
        assert read_public_state(folder / "data").is_in_use
        SqliteSecretsStore(database).save_share(SID, FinalShare(7, 10))
    node = load_participant_file(restore_folder(backup, tmp_path / "south", SECRET, NAME)).node
    with StateDatabase.open(node.data, PASSPHRASE) as database:
        assert SqliteSecretsStore(database).load_share(SID) == FinalShare(7, 9)


def test_the_file_is_private_and_shows_nothing(make, folder, tmp_path, account):
    backup = make()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    alone = tmp_path / "alone"
    alone.mkdir()
    backup.rename(alone / "backup")
    secrets = [PASSPHRASE.encode(), TEXT.encode(), (folder / "wallet.json").read_bytes(), bytes(account.key)]
    assert found_in_files(alone, secrets) == []


def test_a_wrong_passphrase_backs_up_and_restores_nothing(make, tmp_path):
    with pytest.raises(WrongPassphraseError) as refused:
        make(passphrase=Passphrase("another hunter2"))
    assert "hunter2" not in str(refused.value)
    assert not (tmp_path / "backup").exists()
    backup = make()
    with pytest.raises(WrongPassphraseError):
        restore_folder(backup, tmp_path / "south", Passphrase("another hunter2"), NAME)
    assert not any((tmp_path / "south" / name).exists() for name in (NAME, "wallet.json", "data"))
    restore_folder(backup, tmp_path / "south", SECRET, NAME)


def test_a_backup_is_not_overwritten(make):
    before = make()
    content = before.read_bytes()
    with pytest.raises(BackupExistsError):
        make()
    assert before.read_bytes() == content
    assert make("other").exists()


@pytest.mark.parametrize("name", [NAME, "wallet.json"])
def test_restoring_overwrites_nothing(make, tmp_path, name):
    backup, south = make(), tmp_path / "south"
    south.mkdir()
    (south / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError) as refused:
        restore_folder(backup, south, SECRET, NAME)
    assert refused.value.path == str(south / name)
    assert not (tmp_path / "elsewhere").exists()
    assert [path.name for path in south.iterdir()] == [name]


def test_restoring_over_a_state_leaves_it_as_it_is(make, tmp_path):
    backup, south = make(), tmp_path / "south"
    restore_folder(backup, south, SECRET, NAME)
    for name in (NAME, "wallet.json"):
        (south / name).unlink()
    before = (south / "data" / "state.sqlite").read_bytes()
    with pytest.raises(StateExistsError):
        restore_folder(backup, south, SECRET, NAME)
    assert (south / "data" / "state.sqlite").read_bytes() == before
    assert not (south / NAME).exists()


def test_what_is_missing_is_said_and_leaves_no_file(make, folder, tmp_path):
    configuration = folder / NAME
    file = load_participant_file(configuration)
    (folder / "wallet.json").rename(folder / "gone")
    with pytest.raises(PrivateFileError):
        make()
    (folder / "gone").rename(folder / "wallet.json")
    with pytest.raises(FolderError, match="cannot be read"):
        back_up(folder / "none.yaml", file.node, tmp_path / "backup", SECRET)
    (folder / "data" / "state.sqlite").unlink()
    with pytest.raises(StateMissingError):
        make()
    assert not (tmp_path / "backup").exists()


def test_a_backup_that_others_can_read_is_not_restored(make, tmp_path):
    backup = make()
    backup.chmod(0o644)
    with pytest.raises(ExposedStateError):
        restore_folder(backup, tmp_path / "south", SECRET, NAME)


def test_a_configuration_that_is_too_long_is_refused_and_not_cut(folder, tmp_path, monkeypatch):
    file = load_participant_file(folder / NAME)
    monkeypatch.setattr(operator_backup, "_MAX_CONFIGURATION_BYTES", len(TEXT) - 1)
    with pytest.raises(FolderError, match="more than"):
        back_up(file.path, file.node, tmp_path / "backup", SECRET)
    assert not (tmp_path / "backup").exists()
    monkeypatch.setattr(operator_backup, "_MAX_CONFIGURATION_BYTES", len(TEXT))
    back_up(file.path, file.node, tmp_path / "backup", SECRET)
    assert restore_folder(tmp_path / "backup", tmp_path / "south", SECRET, NAME).read_text() == TEXT


def test_a_folder_that_cannot_be_made_is_said(make, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="cannot be made"):
        restore_folder(make(), tmp_path / "file" / "south", SECRET, NAME)
