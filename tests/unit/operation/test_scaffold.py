"""The folder that an operator begins with."""

from __future__ import annotations

import json
import os
import re
import stat

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address

from tcss_chain.opening.policy import OpeningPolicy, Per
from tcss_chain.opening.policy_file import DEFAULT_ANSWER_WITHIN_SECONDS, load_policy
from tcss_chain.operation import scaffold
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.consortia import load_consortia
from tcss_chain.operation.errors import FolderError, PassphraseError, WrongWalletPassphraseError
from tcss_chain.operation.keystore import read_wallet, write_wallet
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.operation.scaffold import ChainChoice, make_auditor_folder, make_participant_folder

from .conftest import CHEAP, consortium_content

CONTRACT = to_checksum_address("0x" + "ab" * 20)
KINDS = {"participant": make_participant_folder, "auditor": make_auditor_folder}
LOADERS = {"participant": load_participant_file, "auditor": load_auditor_file}


@pytest.fixture
def chain(write_yaml):
    consortium = write_yaml('group: "north" #1 ä.yaml', consortium_content())
    return ChainChoice(("https://user:hunter2@node/{x}", "http://127.0.0.1:1"), CONTRACT, 77, (consortium,))


@pytest.fixture(params=KINDS)
def make(request, tmp_path, chain, passphrase):
    """Make a folder of each kind; gives what was written and the file as it is read."""

    def make(folder=tmp_path / "new" / "folder", passphrase=passphrase, **more):
        written = KINDS[request.param](folder, passphrase, chain, work_factor=CHEAP, **more)
        return written, LOADERS[request.param](written.configuration)

    return make


def test_what_is_written_can_be_read(make, chain, passphrase):
    written, file = make()
    node = file.node
    assert (node.rpc_urls, node.contract, node.first_block) == (chain.rpc_urls, CONTRACT, 77)
    assert (node.wallet, node.data) == (written.wallet, written.data)
    assert read_wallet(node.wallet, passphrase).address == written.account
    assert list(node.data.iterdir()) == []
    assert len(load_consortia(node.consortia)) == 1


def test_what_is_written_are_the_defaults(make, tmp_path, write_yaml):
    _, file = make()
    node = file.node
    plain = {
        "rpc": list(node.rpc_urls),
        "contract": node.contract,
        "first_block": 77,
        "wallet": str(node.wallet),
        "data": str(node.data),
        "consortia": [str(path) for path in node.consortia],
    }
    path = write_yaml("plain.yaml", plain)
    load = load_participant_file if hasattr(file, "listen") else load_auditor_file
    without = load(path)
    assert without.node == node
    for name in getattr(type(file), "__slots__", ()):
        if name not in ("path", "openings"):
            assert getattr(without, name) == getattr(file, name)


def test_nobody_else_can_read_it(make):
    written, _ = make()
    for path in (written.configuration, written.wallet):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (written.configuration.parent, written.data):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_every_field_is_explained(make):
    """A field, written or commented out, has a comment above it."""
    written, file = make()
    lines = written.configuration.read_text("utf8").splitlines()
    known = {"rpc", "contract", "chain_id", "wallet", "data", "consortia", "monitor", "confirmations"}
    known |= {"poll_seconds", "max_fee_gwei", "min_balance_ether", "log", "first_block"}
    if hasattr(file, "listen"):
        known |= {"listen", "share_patience_seconds", "complaint_margin_seconds"}
        known |= {"activation_stagger_seconds", "max_open_sessions", "openings"}
    fields = {line.removeprefix("# ").split(":")[0] for line in lines if ":" in line}
    assert known <= fields


def test_a_participant_begins_with_a_policy_that_allows_nothing_and_explains_itself(
    tmp_path, chain, passphrase
):
    written = make_participant_folder(tmp_path / "new", passphrase, chain, work_factor=CHEAP)
    openings = load_participant_file(written.configuration).openings
    assert openings == tmp_path / "new" / "openings.yaml"
    assert stat.S_IMODE(openings.stat().st_mode) == 0o600
    assert load_policy(openings) == OpeningPolicy((), DEFAULT_ANSWER_WITHIN_SECONDS)
    # The example in it is one that is taken.
    example = openings.read_text().replace("# allow:", "allow:").replace("allow: []", "")
    example = re.sub(r"^#   (  \w|- \w)", r"  \1", example, flags=re.MULTILINE)
    openings.write_text(example)
    (rule,) = load_policy(openings).rules
    assert (rule.models, rule.contexts, rule.limit, rule.per) == (
        {"diagnosis-1", "diagnosis-2"}, None, 100, Per.DAY
    )  # fmt: skip
    explained = re.findall(r"^[# ] +([a-z_]+)(?:, ([a-z_]+))? {2,}\w", example, re.MULTILINE)
    fields = {name for names in explained for name in names if name}
    assert {"session", "gateway", "owners", "models", "contexts", "limit", "per", "most_convicted"} <= fields


def test_a_policy_that_is_there_is_not_overwritten(tmp_path, chain, passphrase):
    (tmp_path / "openings.yaml").write_text("mine")
    with pytest.raises(FolderError) as caught:
        make_participant_folder(tmp_path, passphrase, chain, work_factor=CHEAP)
    assert caught.value.path == str(tmp_path / "openings.yaml")
    assert (tmp_path / "openings.yaml").read_text() == "mine"
    assert not (tmp_path / "wallet.json").exists()


@pytest.mark.parametrize("name", ["configuration", "wallet", "data"])
def test_nothing_is_overwritten(make, tmp_path, name):
    written, _ = make()
    other = tmp_path / "other"
    other.mkdir()
    taken = other / getattr(written, name).name
    taken.write_text("mine")
    with pytest.raises(FolderError) as caught:
        make(other)
    assert caught.value.path == str(taken)
    assert [path.name for path in other.iterdir()] == [taken.name]
    assert taken.read_text() == "mine"


def test_a_dangling_link_is_not_followed(make, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "wallet.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError):
        make(other)
    assert not (tmp_path / "elsewhere").exists()


def test_a_wallet_is_imported_as_it_is(make, tmp_path, passphrase):
    account, source = Account.create(), tmp_path / "mine.json"
    write_wallet(source, account, passphrase, work_factor=CHEAP)
    written, _ = make(wallet=source)
    assert written.account == account.address
    assert written.wallet.read_bytes() == source.read_bytes()


def test_a_wallet_that_does_not_open_is_not_imported(make, tmp_path, passphrase):
    source = tmp_path / "mine.json"
    write_wallet(source, Account.create(), Passphrase("another passphrase"), work_factor=CHEAP)
    with pytest.raises(WrongWalletPassphraseError):
        make(wallet=source)
    assert not (tmp_path / "new").exists()


def test_a_short_passphrase_makes_nothing(make, tmp_path):
    with pytest.raises(PassphraseError):
        make(passphrase=Passphrase("short"))
    assert not (tmp_path / "new").exists()


def test_every_new_wallet_is_another(make, tmp_path):
    accounts = {make(tmp_path / str(index))[0].account for index in range(3)}
    assert len(accounts) == 3


def test_what_cannot_be_written_is_said(make, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(FolderError, match="cannot be written"):
        make(blocked / "folder")

    def fail(*_arguments):
        raise OSError

    monkeypatch.setattr(scaffold, "write_private", fail)
    with pytest.raises(FolderError, match="cannot be written"):
        make()


def test_the_chosen_nodes_are_not_shown(chain):
    assert "hunter2" not in repr(chain)


def test_a_folder_is_seen_from_another_place(make, tmp_path, monkeypatch):
    """Paths on the command line start at the current folder, those in the file at the file."""
    monkeypatch.chdir(tmp_path)
    written, file = make(tmp_path / "a" / "b")
    assert json.dumps(str(file.node.consortia[0])).startswith(f'"{written.configuration.parent}{os.sep}..')
    assert file.node.consortia[0].exists()
