"""``tcss records``: as text and as JSON, verified or not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

import pytest
from eth_utils.crypto import keccak
from support.consortium import Consortium
from support.tracing import trace

from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.session_events import SessionEvents
from tcss_chain.cli import records as records_command
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads


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
    return [(record["session"], record["number"]) for record in json.loads(text)]


def test_the_text_names_session_auditor_accused_claims_and_verdict(convicted, records):
    text = records("--session", convicted.sid.hex())
    assert text.count("record ") == 2
    sid = convicted.sid.hex()
    heads = re.findall(r"^record (\d+) of session 0x([0-9a-f]{64}), (\S+ \S+) UTC$", text, re.MULTILINE)
    assert [(number, session) for number, session, _ in heads] == [("0", sid), ("1", sid)]
    mined = json.loads(records("--session", sid, "--json", "--no-verify"))
    for (_, _, shown), record in zip(heads, mined, strict=True):
        assert datetime.fromisoformat(f"{shown}+00:00").timestamp() == record["time"]
    assert text.count(f"  auditor  {convicted.auditor.address}\n") == 2
    for seat in (0, 2):
        assert text.count(f"  accused  {convicted.members[seat].address}\n") == 1
    assert "62 queries, 31 evaluations, 19 agree (free points)" in text
    assert "62 queries, 31 evaluations, 19 agree (registered points)" in text
    assert text.count("  proof    verified here\n") == 2


def test_the_json_has_every_field_the_verdict_and_the_evidence(convicted, records):
    shown = json.loads(records("--session", "0x" + convicted.sid.hex(), "--json"))
    found = RecordReads(convicted.connection).of_session(convicted.sid)
    assert len(shown) == len(found) == 2
    for number, (seat, mode, record, kept) in enumerate(
        zip((0, 2), ("free", "registered"), shown, found, strict=True)
    ):
        evidence = read_evidence(convicted.connection, kept).evidence
        assert record == {
            "session": "0x" + convicted.sid.hex(),
            "number": number,
            "auditor": convicted.auditor.address,
            "accused": [convicted.members[seat].address],
            "time": kept.time,
            "mode": mode,
            "queries": 62,
            "evaluations": 31,
            "agreeing": 19,
            "evidence_hash": "0x" + evidence.hash(convicted.sid, number).hex(),
            "verified": True,
            "evidence": {
                "nonce": "0x" + evidence.challenge.nonce.hex(),
                "dropped": 0,
                "queries_root": "0x" + evidence.claim.queries_root.hex(),
                "evaluations_root": "0x" + evidence.claim.evaluations_root.hex(),
            },
        }


def test_the_evidence_of_the_json_hashes_to_the_evidence_hash(convicted, records):
    """Whoever has the JSON can check this without a node."""
    shown = json.loads(records("--session", convicted.sid.hex(), "--json"))
    assert [record["mode"] for record in shown] == ["free", "registered"]
    for record in shown:
        evidence = record["evidence"]
        words = [
            b"tcss.v1.record".ljust(32, b"\0"),
            bytes.fromhex(record["session"][2:]),
            record["number"].to_bytes(32, "big"),
            ["free", "registered"].index(record["mode"]).to_bytes(32, "big"),
            bytes.fromhex(evidence["nonce"][2:]),
            evidence["dropped"].to_bytes(32, "big"),
            bytes.fromhex(evidence["queries_root"][2:]),
            bytes.fromhex(evidence["evaluations_root"][2:]),
            *(record[name].to_bytes(32, "big") for name in ("queries", "evaluations", "agreeing")),
        ]
        assert "0x" + keccak(b"".join(words)).hex() == record["evidence_hash"]


def test_records_are_chosen_by_session_and_by_address(convicted, records, embedded_devnet):
    accounts = embedded_devnet.accounts
    other = Consortium(convicted.connection, accounts).run_to(Phase.ACTIVE)
    trace(other, [0, 2]).send()
    everything = ids(records("--json", "--no-verify"))
    of_session = ids(records("--json", "--no-verify", "--session", convicted.sid.hex()))
    one, two = "0x" + convicted.sid.hex(), "0x" + other.sid.hex()
    assert everything == [(one, 0), (one, 1), (two, 0)]
    assert of_session == [(one, 0), (one, 1)]
    leaker = convicted.members[2].address
    (of_leaker,) = ids(
        records("--json", "--no-verify", "--address", leaker, "--session", convicted.sid.hex())
    )
    assert of_leaker == (one, 1)
    assert ids(records("--json", "--no-verify", "--address", leaker.lower())) == [(one, 1), (two, 0)]
    innocent = convicted.members[1].address
    assert ids(records("--json", "--address", innocent)) == []
    assert ids(records("--json", "--address", innocent, "--session", other.sid.hex())) == []


def test_nothing_found_is_said(convicted, records, embedded_devnet):
    assert records("--address", convicted.outsider.address) == "no records\n"
    empty = Consortium(convicted.connection, embedded_devnet.accounts)
    empty.create()
    assert records("--session", empty.sid.hex()) == "no records\n"
    assert json.loads(records("--session", empty.sid.hex(), "--json")) == []


@pytest.mark.parametrize("more", [(), ("--json",), ("--address", "0x" + "11" * 20)])
def test_a_session_that_does_not_exist_is_said_to_be_unknown(tcss, convicted, embedded_devnet, more):
    address = convicted.connection.contract_address
    finished = tcss(
        "records", "--rpc", embedded_devnet.rpc_url, "--contract", address, "--session", "00" * 32, *more
    )
    assert (finished.status, finished.out) == (1, "")
    assert "UnknownSession" in finished.err


def test_without_verification_no_verdict_is_given(convicted, records):
    assert "proof" not in records("--session", convicted.sid.hex(), "--no-verify")
    shown = json.loads(records("--session", convicted.sid.hex(), "--no-verify", "--json"))
    assert [(record["verified"], record["evidence"]) for record in shown] == [(None, None)] * 2


def test_a_proof_that_does_not_verify_is_shouted(convicted, records, monkeypatch):
    monkeypatch.setattr(records_command, "verify_record", lambda *_arguments: False)
    assert records("--session", convicted.sid.hex()).count("DOES NOT VERIFY") == 2
    shown = json.loads(records("--session", convicted.sid.hex(), "--json"))
    assert [record["verified"] for record in shown] == [False, False]
    assert all(record["evidence"] for record in shown)


def test_a_record_that_cannot_be_checked_says_why_and_is_not_verified(convicted, records, monkeypatch):
    def contradict(*_arguments):
        raise ChainContradictionError("something")

    monkeypatch.setattr(records_command, "verify_record", contradict)
    text = records("--session", convicted.sid.hex())
    assert "verified here" not in text
    assert text.count("contradicts itself: something") == 2
    shown = json.loads(records("--session", convicted.sid.hex(), "--json"))
    assert len(shown) == 2
    assert all("contradicts itself: something" in record["verified"] for record in shown)


def test_events_before_the_first_block_are_not_looked_at(convicted, records):
    latest = convicted.connection.block_number()
    text = records("--session", convicted.sid.hex(), "--first-block", latest + 1)
    assert "verified here" not in text
    assert text.count("cannot be checked") == 2
    shown = json.loads(records("--session", convicted.sid.hex(), "--first-block", latest + 1, "--json"))
    assert [record["evidence"] for record in shown] == [None, None]
    assert all("cannot be checked" in record["verified"] for record in shown)


def test_evidence_that_does_not_fit_is_not_shown(convicted, records, monkeypatch):
    original = SessionEvents.recorded

    def lie(self, sid, number):
        (event,) = original(self, sid, number)
        challenge = replace(event.evidence.challenge, nonce=bytes(32))
        return (replace(event, evidence=replace(event.evidence, challenge=challenge)),)

    monkeypatch.setattr(SessionEvents, "recorded", lie)
    shown = json.loads(records("--session", convicted.sid.hex(), "--json"))
    assert [record["evidence"] for record in shown] == [None, None]
    assert all("what its event says" in record["verified"] for record in shown)
    text = records("--session", convicted.sid.hex())
    assert text.count("cannot be checked: what its event says; ask another node") == 2
