"""Proofs of possession."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.independent import abi_hash, abi_point, combine, scalar_of
from support.known_roster import known_roster

from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.possession import KeyRole, PossessionProof, prove_possession, verify_possession

KNOWN = known_roster()
SID, (OWNER, OTHER, *_) = KNOWN.roster.sid, KNOWN.accounts
SECRET = KNOWN.e[OWNER]
KEY = G * SECRET


@pytest.fixture(scope="module")
def proof():
    return prove_possession(SID, OWNER, KeyRole.ENCRYPTION, SECRET, KEY)


@settings(max_examples=20, deadline=None)
@given(secret=st.integers(1, GROUP_ORDER - 1), role=st.sampled_from(KeyRole))
def test_whoever_knows_the_secret_key_can_prove_it(secret, role):
    key = G * secret
    assert verify_possession(SID, OWNER, role, key, prove_possession(SID, OWNER, role, secret, key))


def test_the_proof_satisfies_the_equation_of_the_protocol(proof):
    commitment = combine([(G, proof.response), (KEY, -proof.challenge)])
    digest = abi_hash(
        "tcss.v1.possession",
        ("bytes32", SID),
        ("address", OWNER),
        ("uint256", 2),
        abi_point(KEY),
        abi_point(commitment),
    )
    assert proof.challenge == scalar_of(digest)


@pytest.mark.parametrize("field", ["challenge", "response"])
@pytest.mark.parametrize("offset", [1, -1, GROUP_ORDER // 2])
def test_an_altered_proof_fails(proof, field, offset):
    altered = replace(proof, **{field: (getattr(proof, field) + offset) % GROUP_ORDER})
    assert not verify_possession(SID, OWNER, KeyRole.ENCRYPTION, KEY, altered)


def test_a_proof_without_content_fails():
    assert not verify_possession(SID, OWNER, KeyRole.ENCRYPTION, KEY, PossessionProof(0, 0))


@pytest.mark.parametrize(
    ("sid", "owner", "role", "key"),
    [
        (bytes(32), OWNER, KeyRole.ENCRYPTION, KEY),
        (SID, OTHER, KeyRole.ENCRYPTION, KEY),
        (SID, OWNER, KeyRole.DEALING, KEY),
        (SID, OWNER, KeyRole.AUDITOR, KEY),
        (SID, OWNER, KeyRole.ENCRYPTION, KEY + G),
        (SID, OWNER, KeyRole.ENCRYPTION, -KEY),
        (SID, OWNER, KeyRole.ENCRYPTION, G1.identity()),
    ],
)
def test_a_proof_serves_no_other_session_owner_role_or_key(proof, sid, owner, role, key):
    assert not verify_possession(sid, owner, role, key, proof)


def test_the_secret_of_another_key_proves_nothing():
    forged = prove_possession(SID, OWNER, KeyRole.ENCRYPTION, SECRET + 1, KEY)
    assert not verify_possession(SID, OWNER, KeyRole.ENCRYPTION, KEY, forged)


def test_every_proof_has_a_fresh_nonce():
    proofs = [prove_possession(SID, OWNER, KeyRole.ENCRYPTION, SECRET, KEY) for _ in range(5)]
    nonces = {(each.response - each.challenge * SECRET) % GROUP_ORDER for each in proofs}
    assert len(nonces) == 5


def test_roles_have_the_numbers_of_the_protocol():
    assert [(role.name, int(role)) for role in KeyRole] == [("AUDITOR", 1), ("ENCRYPTION", 2), ("DEALING", 3)]
