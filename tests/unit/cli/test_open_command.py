"""``tcss open``: key, account and journal from the auditor's folder, answers from the members' services."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import ExitStack

import pytest
import yaml
from support.auditor_folder import consortium_content, make_auditor_folder
from support.consortium import Consortium
from support.openings import OWNER, answering_all, honest, honest_members, refusing, seal_for
from support.pruned_node import pruned_node
from support.states import PASSPHRASE

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.cli import open as open_command
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE
from tcss_chain.protocol.session import Phase
from tcss_chain.session_package import collect_package, write_package
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.state_database import StateDatabase

CONTENT = b"a model" * 1000


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def services(active):
    with ExitStack() as stack:
        yield stack.enter_context(answering_all(honest_members(active)))


@pytest.fixture
def configuration(tmp_path, active, services, embedded_devnet, monkeypatch):
    """An auditor's folder with the session's key; the current folder is above it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    path = make_auditor_folder(tmp_path / "gateway", active, embedded_devnet.rpc_url)
    content = consortium_content(active)
    for organisation, service in zip(content["organisations"], services, strict=True):
        organisation["service"] = service.url
    (path.parent / "consortium.yaml").write_text(yaml.safe_dump(content))
    with opened(path) as database:
        AuditorKeyTable(database).save(active.sid, AuditorKey(active.alpha))
    return path


@pytest.fixture
def sealed(active, tmp_path):
    return seal_for(active, tmp_path, CONTENT)


@pytest.fixture
def run(tcss, configuration, sealed):
    return lambda *more, purpose="monthly test": tcss(
        "open", sealed, "-o", "opened", "--auditor", configuration, "--purpose", purpose, *more
    )


def opened(configuration):
    return StateDatabase.open(configuration.parent / "data", PASSPHRASE)


def lines(active):
    return OpeningLog(active.connection).lines(active.sid, 0, 10)


def left(tmp_path):
    return {each.name for each in tmp_path.iterdir()}


def test_a_model_is_opened_and_the_opening_is_told(run, active, configuration, tmp_path):
    finished = run()
    assert finished.status == 0, finished.err
    assert (tmp_path / "opened").read_bytes() == CONTENT
    (line,) = lines(active)
    (event,) = OpeningLog(active.connection).events(active.sid)
    assert event.purpose == b"monthly test"
    assert f"request      0x{line.request.hex()}\n" in finished.out
    assert f"transaction  {event.transaction_hash}, line 0 of the session's opening log\n" in finished.out
    assert "answers      3 right, 3 needed\n" in finished.out
    assert f"digest       0x{line.model_digest.hex()} (BLAKE3)\n" in finished.out
    assert "opened       opened, 7,000 bytes\n" in finished.out
    # No terminal, no bar.
    assert finished.err == ""
    for secret in (f"{active.alpha:064x}", bytes(active.auditor.account.key).hex(), PASSPHRASE):
        assert secret not in finished.out


def test_the_transaction_is_journalled(run, active, configuration):
    assert run().status == 0
    state = read_public_state(configuration.parent / "data")
    (entry,) = [each for each in state.transactions if each.purpose.kind == "anchor"]
    assert entry.purpose.sid == active.sid
    assert entry.purpose.subject == lines(active)[0].request.hex()


def test_who_did_not_answer_is_named_and_nothing_is_left(run, services, active, tmp_path):
    members = active.members
    domain = active.connection.chain_id, active.connection.contract_address
    services[0].respond = refusing("limit")
    services[1].respond = honest(members[1].account, 5, *domain)
    before = left(tmp_path)
    finished = run("--patience", "0.5")
    assert finished.status == 1
    assert "2 right answers came, and 3 are needed" in finished.err
    said = dict(re.findall(r"^  (0x\w{40}) (.+)$", finished.out, re.MULTILINE))
    assert said == {
        members[0].address: "refused (limit)",
        members[1].address: "WRONG (proof)",
        members[2].address: "right",
        members[3].address: "right",
    }
    assert left(tmp_path) == before


def test_the_service_must_not_run_meanwhile(run, configuration, active):
    with opened(configuration):
        finished = run()
    assert finished.status == 1
    assert "stop the service, open the model, and start it again" in finished.err
    assert lines(active) == ()


def test_without_the_key_nothing_is_anchored(tcss, active, configuration, sealed, embedded_devnet, tmp_path):
    other = make_auditor_folder(tmp_path / "other", active, embedded_devnet.rpc_url)
    finished = tcss("open", sealed, "-o", "opened", "--auditor", other, "--purpose", "a test")
    assert finished.status == 1
    assert "there is no key of session" in finished.err
    assert lines(active) == ()


def test_a_file_that_is_there_is_not_overwritten_unless_asked(run, active, tmp_path):
    (tmp_path / "opened").write_bytes(b"mine")
    finished = run()
    assert finished.status == 1
    assert (tmp_path / "opened").read_bytes() == b"mine"
    assert lines(active) == ()
    assert run("--overwrite").status == 0
    assert (tmp_path / "opened").read_bytes() == CONTENT


@pytest.fixture
def heard_interrupts():
    """A process in the background of a shell inherits that it does not hear them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_interrupts")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_half_written_model(
    run, tmp_path, configuration, sealed, monkeypatch, number
):
    before = left(tmp_path)

    def interrupted(_progress, _done, _size):
        os.kill(os.getpid(), number)
        time.sleep(5)

    monkeypatch.setattr(open_command.OpenProgress, "decrypted", interrupted)
    finished = run()
    assert finished.status == 130
    assert left(tmp_path) == before


def test_a_damaged_model_leaves_nothing(run, tmp_path, sealed, configuration):
    content = bytearray(sealed.read_bytes())
    content[-1] ^= 1
    sealed.write_bytes(content)
    before = left(tmp_path)
    finished = run()
    assert finished.status == 1
    assert "the file was damaged, or its owner sealed something else" in finished.err
    assert left(tmp_path) == before


def test_a_package_helps_when_the_node_has_dropped_its_logs(
    tcss, active, configuration, sealed, embedded_devnet, tmp_path
):
    write_package(tmp_path / "session.json", collect_package(active.view))
    with pruned_node(embedded_devnet.rpc_url) as pruned:
        settings = yaml.safe_load(configuration.read_text()) | {"rpc": pruned.rpc_url}
        configuration.write_text(yaml.safe_dump(settings))
        command = ("open", sealed, "-o", "opened", "--auditor", configuration, "--purpose", "a test")
        assert tcss(*command).status == 1
        finished = tcss(*command, "--package", "session.json")
    assert finished.status == 0, finished.err


def test_a_header_is_shown_without_a_chain(tcss, sealed, active, tmp_path):
    finished = tcss("open", "--inspect", sealed)
    assert finished.status == 0, finished.err
    assert "model        model, 7,000 bytes\n" in finished.out
    assert f"owner        {OWNER.address}, whose signature it has\n" in finished.out
    assert f"session      0x{active.sid.hex()}\n" in finished.out
    content = sealed.read_bytes().replace(b'"model":"model"', b'"model":"other"')
    sealed.write_bytes(content)
    assert tcss("open", "--inspect", sealed).status == 1


@pytest.mark.parametrize("missing", ["-o", "--auditor", "--purpose"])
def test_what_is_missing_is_asked_for(tcss, sealed, configuration, missing):
    options = {"-o": "opened", "--auditor": str(configuration), "--purpose": "a test"}
    del options[missing]
    finished = tcss("open", sealed, *[each for pair in options.items() for each in pair])
    assert finished.status == 2
    assert missing in finished.err


def test_a_target_in_no_folder_is_refused(run, active):
    finished = run("-o", "nowhere/opened")
    assert finished.status == 2
    assert lines(active) == ()
