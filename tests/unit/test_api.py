"""The examples of docs/library.md, run in their order against participants of a real session."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from eth_account import Account
from support.auditor_folder import consortium_content, make_auditor_folder
from support.consortium import Consortium
from support.openings import answering_all, honest_members
from support.states import PASSPHRASE

from tcss_chain import api
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.errors import OpeningLogMissingError
from tcss_chain.curve import G
from tcss_chain.opening.gateway_errors import ConvictedBeyondUseError
from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.pirate.pirate_box import PirateBox
from tcss_chain.pirate.server import PirateServer
from tcss_chain.protocol.session import Phase
from tcss_chain.sealed_model import read_sealing_key, write_sealing_key
from tcss_chain.sealed_model.errors import SealingKeyCheckError, TargetExistsError
from tcss_chain.service.auditor_at_work import AuditorAtWork
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.state_database import StateDatabase

PAGE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf8"), re.MULTILINE | re.DOTALL)
CONTENT = bytes(range(256)) * 10
OWNER = Account.from_key(b"\x55" * 32)


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def active(prepared, connection) -> Consortium:
    return prepared.clone()


@pytest.fixture
def names(tmp_path, active, embedded_devnet, monkeypatch):
    """What the page's examples take for granted: the auditor's folder, a model, an owner, a leak."""
    monkeypatch.chdir(tmp_path)
    path = make_auditor_folder(tmp_path / "gateway", active, embedded_devnet.rpc_url)
    with StateDatabase.open(path.parent / "data", PASSPHRASE) as database:
        AuditorKeyTable(database).save(active.sid, AuditorKey(active.alpha))
    (tmp_path / "model.onnx").write_bytes(CONTENT)
    write_wallet(tmp_path / "owner.json", OWNER, Passphrase(PASSPHRASE), work_factor=2)
    points = {each.account: each.x for each in active.roster().participants}
    leaked = [(points[each.address], active.final_share(each)) for each in active.members[:2]]
    with ExitStack() as running:
        services = running.enter_context(answering_all(honest_members(active)))
        content = consortium_content(active)
        for organisation, service in zip(content["organisations"], services, strict=True):
            organisation["service"] = service.url
        (path.parent / "consortium.yaml").write_text(yaml.safe_dump(content))
        pirate = running.enter_context(PirateServer(PirateBox(leaked, active.configuration.threshold)))
        yield {
            "passphrase": PASSPHRASE,
            "session": f"0x{active.sid.hex()}",
            "rpc_url": embedded_devnet.rpc_url,
            "contract": active.connection.contract_address,
            "box_url": pirate.url,
        }


def run(example, names):
    exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102  # the page's own code


def test_the_page_has_an_example_of_every_verb():
    text = "".join(EXAMPLES)
    verbs = (
        "seal(",
        "inspect(",
        ".open(",
        ".open_to_file(",
        ".trace(",
        ".convict(",
        ".openings(",
        ".records(",
    )
    assert all(verb in text for verb in (*verbs, ".write_sealing_key("))


def test_every_example_runs_and_does_what_it_says(names, active, tmp_path, capsys):
    for example in EXAMPLES:
        run(example, names)
    assert names["plain"] == CONTENT
    assert (tmp_path / "opened.onnx").read_bytes() == CONTENT
    assert len(names["report"].used) == active.configuration.threshold
    culprits = tuple(sorted((each.address for each in active.members[:2]), key=lambda each: int(each, 16)))
    assert names["found"].accused == culprits
    out = capsys.readouterr().out
    assert "diagnosis-1 2560 for the hospitals of the group" in out
    assert "triage in the emergency ward" in out
    chain = names["chain"]
    assert [record.accused for record in chain.records()] == [culprits]
    assert [line.number for line in chain.openings()] == [0, 1]
    # Afterwards the policy refuses.
    with (
        api.Auditor(Path("gateway/auditor.yaml"), PASSPHRASE) as auditor,
        pytest.raises(ConvictedBeyondUseError),
    ):
        auditor.open(Path("model.tcss"), purpose="once more")
    assert len(chain.openings()) == 2


def test_a_sealing_key_that_is_not_the_sessions_is_refused(names):
    run(EXAMPLES[0], names)
    path = Path("sealing-key.json")
    genuine = read_sealing_key(path)
    path.unlink()
    own = replace(genuine.key, PK=genuine.key.PK + G)
    write_sealing_key(path, own, genuine.chain_id, genuine.contract)
    with pytest.raises(SealingKeyCheckError):
        run(EXAMPLES[1], names)
    assert not Path("model.tcss").exists()


def test_nothing_is_overwritten(names):
    for example in EXAMPLES[:2]:
        run(example, names)
    with pytest.raises(TargetExistsError):
        run(EXAMPLES[1], names)


@pytest.mark.parametrize("session", ["0x12", "12" * 32, "0x" + "g" * 64, b"", b"\1", bytes(31), bytes(33)])
def test_a_session_that_is_none_is_told(active, embedded_devnet, session):
    chain = api.Chain(embedded_devnet.rpc_url, active.connection.contract_address)
    with pytest.raises(api.ArgumentError) as caught:
        chain.records(session)
    assert caught.value.argument == "session"


def test_a_session_may_be_named_by_its_bytes(active, embedded_devnet):
    chain = api.Chain(embedded_devnet.rpc_url, active.connection.contract_address)
    assert chain.records(active.sid) == chain.records(f"0x{active.sid.hex()}") == ()


def test_an_auditor_that_cannot_begin_leaves_its_state_free(names, monkeypatch):
    """Nobody calls the end of a `with` statement whose beginning failed."""
    auditor = api.Auditor(Path("gateway/auditor.yaml"), PASSPHRASE)
    with monkeypatch.context() as patch:
        patch.setattr(AuditorAtWork, "opener", no_opening_log)
        with pytest.raises(OpeningLogMissingError), auditor:
            pytest.fail("it began")
    with auditor:
        pass
    with auditor:
        assert auditor.account == auditor._at_work.sender.address


def no_opening_log(auditor, *_arguments):
    raise OpeningLogMissingError(auditor.connection.contract_address)


def test_an_address_that_is_none_is_told(names):
    with pytest.raises(api.ArgumentError):
        api.Chain(names["rpc_url"], "0x12").records()
