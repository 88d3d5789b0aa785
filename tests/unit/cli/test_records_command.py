"""``tcss records``: as text and as JSON, verified or not."""

from __future__ import annotations

import json

import pytest
from support.consortium import Consortium
from support.tracing import trace

from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.cli import records as records_command
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_query import QueryMode


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    consortium = Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)
    trace(consortium, [0]).send()
    trace(consortium, [2], mode=QueryMode.REGISTERED).send()
    return consortium


@pytest.fixture
def convicted(prepared, connection) -> Consortium:
    """Seats 0 and 2 were convicted, in this order."""
    return prepared.clone()


@pytest.fixture
def records(tcss, convicted, embedded_devnet):
    """A function that runs ``tcss records`` for the contract."""
    address = convicted.connection.contract_address

    def run(*arguments):
        finished = tcss("records", "--rpc", embedded_devnet.rpc_url, "--contract", address, *arguments)
        assert finished.status == 0, finished.err
        return finished.out

    return run


def ids(text):
    return [record["record"] for record in json.loads(text)]


def test_the_text_names_session_auditor_accused_claims_and_verdict(convicted, records):
    text = records("--session", convicted.sid.hex())
    assert text.count("record ") == 2
    assert text.count(f"  session  0x{convicted.sid.hex()}\n") == 2
    assert text.count(f"  auditor  {convicted.auditor.address}\n") == 2
    for seat in (0, 2):
        assert text.count(f"  accused  {convicted.members[seat].address}\n") == 1
    assert "62 queries, 31 evaluations, 19 agree (free points)" in text
    assert "62 queries, 31 evaluations, 19 agree (registered points)" in text
    assert text.count("  proof    verified here\n") == 2
    assert "UTC" in text


def test_the_json_has_every_field_and_the_verdict(convicted, records):
    newest, oldest = json.loads(records("--session", "0x" + convicted.sid.hex(), "--json"))
    assert [newest["accused"], oldest["accused"]] == [
        [convicted.members[2].address],
        [convicted.members[0].address],
    ]
    for record in (newest, oldest):
        assert record["verified"] is True
        assert record["session"] == "0x" + convicted.sid.hex()
        assert set(record) == {
            "record", "session", "auditor", "accused", "mode", "nonce", "dropped", "queries_root",
            "evaluations_root", "queries", "evaluations", "agreeing", "time", "verified",
        }  # fmt: skip


def test_records_are_chosen_by_session_and_by_address(convicted, records):
    everything = ids(records("--json", "--no-verify"))
    of_session = ids(records("--json", "--no-verify", "--session", convicted.sid.hex()))
    assert set(of_session) <= set(everything)
    assert len(of_session) == 2
    leaker = convicted.members[2].address
    (of_leaker,) = ids(
        records("--json", "--no-verify", "--address", leaker, "--session", convicted.sid.hex())
    )
    assert of_leaker == of_session[0]
    assert of_leaker in ids(records("--json", "--no-verify", "--address", leaker.lower()))
    assert ids(records("--json", "--address", leaker, "--session", "00" * 32)) == []


def test_nothing_found_is_said(convicted, records):
    assert records("--address", convicted.outsider.address) == "no records\n"
    assert records("--session", "00" * 32) == "no records\n"
    assert json.loads(records("--session", "00" * 32, "--json")) == []


def test_without_verification_no_verdict_is_given(convicted, records):
    assert "proof" not in records("--session", convicted.sid.hex(), "--no-verify")
    shown = json.loads(records("--session", convicted.sid.hex(), "--no-verify", "--json"))
    assert [record["verified"] for record in shown] == [None, None]


def test_a_proof_that_does_not_verify_is_shouted(convicted, records, monkeypatch):
    monkeypatch.setattr(records_command, "verify_record", lambda *_arguments: False)
    assert records("--session", convicted.sid.hex()).count("DOES NOT VERIFY") == 2
    shown = json.loads(records("--session", convicted.sid.hex(), "--json"))
    assert [record["verified"] for record in shown] == [False, False]


def test_a_record_that_cannot_be_checked_says_why_and_is_not_verified(convicted, records, monkeypatch):
    def contradict(*_arguments):
        raise ChainContradictionError("something")

    monkeypatch.setattr(records_command, "verify_record", contradict)
    text = records("--session", convicted.sid.hex())
    assert "verified here" not in text
    assert text.count("contradicts itself: something") == 2
    for record in json.loads(records("--session", convicted.sid.hex(), "--json")):
        assert record["verified"] not in (True, None)


def test_events_before_the_first_block_are_not_looked_at(convicted, records):
    latest = convicted.connection.block_number()
    text = records("--session", convicted.sid.hex(), "--first-block", latest + 1)
    assert "verified here" not in text
    assert "cannot be checked" in text
