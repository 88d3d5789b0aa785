"""The evidence of a record: its hash, and what of it is shown."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from support.independent import abi_hash

from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode
from tcss_chain.protocol.transcript import TranscriptClaim

SID = b"\x05" * 32
CHALLENGE = QueryChallenge(QueryMode.REGISTERED, bytes(range(32)), 0b101)
CLAIM = TranscriptClaim(b"\x01" * 32, b"\x02" * 32, 2**24 - 1, 31, 19)
EVIDENCE = TraceEvidence(CHALLENGE, CLAIM)


def test_the_hash_is_that_of_the_protocol():
    assert EVIDENCE.hash(SID, 3) == abi_hash(
        "tcss.v1.record",
        ("bytes32", SID),
        ("uint256", 3),
        ("uint8", 1),
        ("bytes32", CHALLENGE.nonce),
        ("uint256", 0b101),
        ("bytes32", CLAIM.queries_root),
        ("bytes32", CLAIM.evaluations_root),
        ("uint24", 2**24 - 1),
        ("uint24", 31),
        ("uint24", 19),
    )


CHANGES = {
    "mode": QueryMode.FREE,
    "nonce": bytes(range(1, 33)),
    "dropped": 0b100,
    "queries_root": b"\x02" * 32,
    "evaluations_root": b"\x01" * 32,
    "queries": 2**24 - 2,
    "evaluations": 19,
    "agreeing": 31,
}


def changed(name):
    part = "challenge" if name in {field.name for field in fields(QueryChallenge)} else "claim"
    return replace(EVIDENCE, **{part: replace(getattr(EVIDENCE, part), **{name: CHANGES[name]})})


def test_every_field_is_changed_below():
    assert {field.name for part in (QueryChallenge, TranscriptClaim) for field in fields(part)} == set(
        CHANGES
    )


@pytest.mark.parametrize("name", CHANGES)
def test_the_hash_binds_every_field(name):
    assert changed(name).hash(SID, 3) != EVIDENCE.hash(SID, 3)


def test_the_hash_binds_session_and_number_and_every_change_gives_another():
    hashes = {changed(name).hash(SID, 3) for name in CHANGES}
    hashes |= {EVIDENCE.hash(SID, number) for number in range(5)} | {EVIDENCE.hash(bytes(32), 3)}
    assert len(hashes) == len(CHANGES) + 6


def test_what_the_record_has_as_a_hash_is_json():
    shown = json.loads(json.dumps(EVIDENCE.as_json()))
    assert shown == {
        "nonce": "0x" + bytes(range(32)).hex(),
        "dropped": 5,
        "queries_root": "0x" + "01" * 32,
        "evaluations_root": "0x" + "02" * 32,
    }
