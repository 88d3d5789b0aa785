"""``tcss wallet create``, ``tcss auditor sealing-key``, ``tcss seal``: all that owners and auditor need."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest
from rich.console import Console
from support.auditor_folder import make_auditor_folder
from support.consortium import Consortium
from support.states import PASSPHRASE

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.cli import seal as seal_command
from tcss_chain.curve import G, interpolate_at_zero, random_nonzero_scalar
from tcss_chain.operation.keystore import wallet_address, write_wallet
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase
from tcss_chain.protocol.model_key import model_key
from tcss_chain.protocol.session import Phase
from tcss_chain.sealed_model import open_to_memory, read_header, read_sealing_key, write_sealing_key
from tcss_chain.session_package import collect_package, write_package
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.state_database import StateDatabase

PLAIN = b"weights and biases " * 1000


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a model and the wallet of its owner."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    (tmp_path / "model.bin").write_bytes(PLAIN)
    return tmp_path


@pytest.fixture
def owner(folder, embedded_devnet):
    account = embedded_devnet.accounts[7]
    write_wallet(folder / "owner.json", account, Passphrase(PASSPHRASE), work_factor=2)
    return account


@pytest.fixture
def configuration(folder, active, embedded_devnet):
    path = make_auditor_folder(folder / "gateway", active, embedded_devnet.rpc_url)
    with StateDatabase.open(folder / "gateway" / "data", PASSPHRASE) as database:
        AuditorKeyTable(database).save(active.sid, AuditorKey(active.alpha))
    return path


@pytest.fixture
def key_file(tcss, folder, configuration, active):
    finished = tcss("auditor", "sealing-key", configuration, active.sid.hex(), "-o", folder / "sealing.key")
    assert finished.status == 0, finished.err
    return folder / "sealing.key"


@pytest.fixture
def seal(tcss, folder, owner):
    def run(key_file, *more):
        return tcss(
            "seal", "model.bin", "-o", "model.tcss", "--sealing-key", key_file, "--wallet", "owner.json",
            "--model", "scores-2", *more,
        )  # fmt: skip

    return run


def secret_of(session):
    points = [session.roster().participant(member.address).x for member in session.members]
    return interpolate_at_zero(points, [session.final_share(member) for member in session.members])


def sealed_parts(folder):
    return [path.name for path in folder.iterdir() if "tcss" in path.name]


def test_a_wallet_is_made_for_its_owner_only(tcss, folder):
    finished = tcss("wallet", "create", "new.json")
    assert finished.status == 0, finished.err
    assert f"account      {wallet_address(folder / 'new.json')}\n" in finished.out
    assert stat.S_IMODE((folder / "new.json").stat().st_mode) == 0o600
    before = (folder / "new.json").read_bytes()
    assert tcss("wallet", "create", "new.json").status == 1
    assert (folder / "new.json").read_bytes() == before


def test_a_wallet_needs_a_passphrase_that_is_not_short(tcss, folder, monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "short")
    assert tcss("wallet", "create", "new.json").status == 1
    assert not (folder / "new.json").exists()


def test_the_sealing_key_is_that_of_the_secret_and_private(key_file, active):
    kept = read_sealing_key(key_file)
    assert kept.key.PK == G * secret_of(active)
    assert (kept.chain_id, kept.contract) == (
        active.connection.chain_id,
        active.connection.contract_address,
    )
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_the_service_may_run_meanwhile_and_a_package_may_be_given(tcss, folder, configuration, active):
    write_package(folder / "session.json", collect_package(active.view))
    with StateDatabase.open(folder / "gateway" / "data", PASSPHRASE):
        finished = tcss(
            "auditor", "sealing-key", configuration, active.sid.hex(), "-o", "a.key", "--package",
            "session.json",
        )  # fmt: skip
    assert finished.status == 0, finished.err
    PK = read_sealing_key(folder / "a.key").key.PK
    assert PK == G * secret_of(active)
    assert f"{PK.words()[0]:x}" not in finished.out + finished.err


def test_no_sealing_key_is_overwritten(tcss, key_file, configuration, active):
    before = key_file.read_bytes()
    assert tcss("auditor", "sealing-key", configuration, active.sid.hex(), "-o", key_file).status == 1
    assert key_file.read_bytes() == before


def test_an_unknown_session_has_no_sealing_key(tcss, folder, configuration):
    finished = tcss("auditor", "sealing-key", configuration, "11" * 32, "-o", "a.key")
    assert finished.status == 1
    assert not (folder / "a.key").exists()


def test_a_session_that_is_not_active_has_no_sealing_key(tcss, folder, connection, embedded_devnet):
    joining = Consortium(connection, embedded_devnet.accounts)
    joining.run_to(Phase.JOINING)
    configuration = make_auditor_folder(folder / "gateway", joining, embedded_devnet.rpc_url)
    with StateDatabase.open(folder / "gateway" / "data", PASSPHRASE) as database:
        AuditorKeyTable(database).save(joining.sid, AuditorKey(joining.alpha))
    finished = tcss("auditor", "sealing-key", configuration, joining.sid.hex(), "-o", "a.key")
    assert finished.status == 1
    assert "phase joining" in finished.err
    assert not (folder / "a.key").exists()


def test_a_model_is_sealed_with_a_verified_key(seal, folder, key_file, chain, owner, active):
    finished = seal(key_file, *chain, "--context", "ward 5", "--session", active.sid.hex())
    assert finished.status == 0, finished.err
    assert "sealing key  is that of the session\n" in finished.out
    assert f"session      0x{active.sid.hex()}\n" in finished.out
    assert "NOT VERIFIED" not in finished.err
    header = read_header(folder / "model.tcss")
    label = header.label
    assert (label.sid, label.owner, label.model, label.context) == (
        active.sid,
        owner.address,
        "scores-2",
        "ward 5",
    )
    assert f"digest       0x{label.digest.hex()}\n" in finished.out
    capsule = header.signed.capsule
    key = model_key(capsule.c * secret_of(active), capsule)
    with open_to_memory(folder / "model.tcss", key, header) as opened:
        assert opened.content == PLAIN


def test_without_a_chain_it_is_said_that_the_key_is_not_verified(seal, folder, key_file):
    finished = seal(key_file)
    assert finished.status == 0, finished.err
    assert "NOT VERIFIED" in finished.err
    assert "sealing key  not verified\n" in finished.out
    read_header(folder / "model.tcss")


def test_an_auditor_who_gives_a_key_of_its_own_is_found_out(seal, folder, key_file, chain):
    kept = read_sealing_key(key_file)
    own = replace(kept.key, PK=G * random_nonzero_scalar())
    write_sealing_key(folder / "own.key", own, kept.chain_id, kept.contract)
    finished = seal(folder / "own.key", *chain)
    assert finished.status == 1
    assert "its proof does not hold" in finished.err
    assert sealed_parts(folder) == []


@pytest.mark.parametrize("what", ["chain", "contract"])
def test_a_key_for_another_place_is_found_out(seal, folder, key_file, chain, what, owner):
    kept = read_sealing_key(key_file)
    place = {"chain": (kept.chain_id + 1, kept.contract), "contract": (kept.chain_id, owner.address)}
    write_sealing_key(folder / "moved.key", kept.key, *place[what])
    finished = seal(folder / "moved.key", *chain)
    assert finished.status == 1
    assert f"for another {what}" in finished.err


def test_a_key_for_another_session_is_found_out(seal, folder, key_file):
    finished = seal(key_file, "--session", "11" * 32)
    assert finished.status == 1
    assert "for another session" in finished.err
    assert sealed_parts(folder) == []


@pytest.mark.parametrize("half", [0, 2])
def test_a_node_without_a_contract_is_no_verification(seal, key_file, chain, half):
    finished = seal(key_file, *chain[half : half + 2])
    assert finished.status == 2
    assert "both --rpc and --contract" in finished.err


def test_nothing_is_overwritten(seal, folder, key_file):
    (folder / "model.tcss").write_bytes(b"old")
    finished = seal(key_file)
    assert finished.status == 1
    assert "already" in finished.err
    assert (folder / "model.tcss").read_bytes() == b"old"


def test_progress_is_shown_on_a_terminal_only(seal, folder, key_file, monkeypatch):
    assert "\x1b" not in seal(key_file).err
    (folder / "model.tcss").unlink()
    monkeypatch.setattr(seal_command, "Console", lambda **_: Console(stderr=True, force_terminal=True))
    shown = seal(key_file)
    assert shown.status == 0
    assert "\x1b" in shown.err
    assert "sealing" in shown.err


def test_sealing_is_measured_beside_cipher_and_disk(tcss, folder):
    finished = tcss("bench", "sealing", "--size-mb", 2, "--repetitions", 1, "--json", "figures.json")
    assert finished.status == 0, finished.err
    figures = json.loads((folder / "figures.json").read_text())
    assert (figures["benchmark"], figures["size"]) == ("sealing", 2 << 20)
    speeds = ["cipher", "digest", "copy", "seal", "seal_before_disk", "open_to_memory", "open_to_file"]
    assert all(figures[name] > 0 for name in speeds)
    assert figures["seal"] <= figures["seal_before_disk"]
    assert figures["peak_bytes"] >= figures["start_bytes"] > 0
    assert "opening to memory" in finished.out
    assert sorted(path.name for path in folder.iterdir()) == ["figures.json", "model.bin"]
