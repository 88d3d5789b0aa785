"""Proofs of knowledge: the contract accepts what Python proves, and neither accepts an altered one."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from support.mocks import Mock
from support.refusals import refuses

from tcss_chain.chain import abi_values as abi
from tcss_chain.curve import FIELD_MODULUS, G1, GROUP_ORDER, G, powers
from tcss_chain.protocol.complaint import KeyEvidence, make_key_evidence, verify_key_evidence
from tcss_chain.protocol.dealing import (
    Dealing,
    DealingPolynomials,
    make_dealing,
    proof_point,
    verify_polynomial_proof,
)
from tcss_chain.protocol.possession import KeyRole, PossessionProof, prove_possession, verify_possession
from tcss_chain.protocol.roster import Participant, ParticipantKeys, Roster

RNG = random.Random(3)


def address() -> Any:
    return to_checksum_address(RNG.randbytes(20))


def scalar() -> int:
    return RNG.randrange(1, GROUP_ORDER)


SID, OWNER, STRANGER = RNG.randbytes(32), address(), address()
SECRETS = {name: scalar() for name in ("dealer e", "dealer d", "recipient e", "recipient d", "alpha")}
DEALER = Participant(
    address(), 0, ParticipantKeys(G * SECRETS["dealer e"], G * SECRETS["dealer d"]), scalar()
)
RECIPIENT = Participant(
    address(), 1, ParticipantKeys(G * SECRETS["recipient e"], G * SECRETS["recipient d"]), scalar()
)
ROSTER = Roster(SID, RNG.randbytes(32), 3, G * SECRETS["alpha"], (DEALER, RECIPIENT))


# ---------------------------------------------------------------- possession


def possession_verdicts(
    harness: Mock, sid: bytes, owner: Any, role: KeyRole, key: G1, proof: PossessionProof
) -> set[bool]:
    on_chain = harness.call(
        "provesPossession", sid, owner, int(role), key.words(), abi.encode_possession(proof)
    )
    return {on_chain, verify_possession(sid, owner, role, key, proof)}


@pytest.mark.parametrize("role", list(KeyRole))
def test_possession(harness: Mock, role: KeyRole) -> None:
    secret = scalar()
    key = G * secret
    proof = prove_possession(SID, OWNER, role, secret, key)
    assert possession_verdicts(harness, SID, OWNER, role, key, proof) == {True}
    other_role = KeyRole(int(role) % 3 + 1)
    for altered in (
        (RNG.randbytes(32), OWNER, role, key, proof),
        (SID, STRANGER, role, key, proof),
        (SID, OWNER, other_role, key, proof),
        (SID, OWNER, role, -key, proof),
        (SID, OWNER, role, key, replace(proof, challenge=(proof.challenge + 1) % GROUP_ORDER)),
        (SID, OWNER, role, key, replace(proof, response=(proof.response + 1) % GROUP_ORDER)),
        (SID, OWNER, role, key, PossessionProof(0, 0)),
        (SID, OWNER, role, key, PossessionProof(0, proof.response)),
    ):
        assert possession_verdicts(harness, *altered) == {False}


def test_possession_of_an_unknown_key_is_not_proven(harness: Mock) -> None:
    """Neither with another secret nor with the negative of the right one."""
    secret = scalar()
    for wrong in (secret + 1, -secret % GROUP_ORDER, 0):
        proof = prove_possession(SID, OWNER, KeyRole.DEALING, wrong, G * secret)
        assert possession_verdicts(harness, SID, OWNER, KeyRole.DEALING, G * secret, proof) == {False}


# ---------------------------------------------------------------- polynomials


def polynomial_verdicts(harness: Mock, dealer: Any, dealing: Dealing, A: G1 | None = None) -> set[bool]:
    digest = dealing.digest(SID)
    zeta = proof_point(SID, dealer, digest)
    at_zeta = powers(zeta, len(dealing.B))
    roster = replace(ROSTER, A=A or ROSTER.A)
    on_chain = harness.call(
        "provesPolynomial",
        SID,
        dealer,
        abi.encode_digest(digest),
        roster.A.words(),
        zeta,
        G1.msm(dealing.B, at_zeta).words(),
        G1.msm(dealing.C, at_zeta).words(),
    )
    return {on_chain, verify_polynomial_proof(roster, dealer, dealing)}


@pytest.mark.parametrize("threshold", [2, 3, 8])
def test_knowledge_of_polynomials(harness: Mock, threshold: int) -> None:
    polynomials = DealingPolynomials.draw(threshold)
    dealing = make_dealing(ROSTER, DEALER.account, SECRETS["dealer d"], polynomials).dealing
    proof = dealing.proof
    assert polynomial_verdicts(harness, DEALER.account, dealing) == {True}
    assert polynomial_verdicts(harness, RECIPIENT.account, dealing) == {False}
    assert polynomial_verdicts(harness, DEALER.account, dealing, G * SECRETS["dealer d"]) == {False}
    for altered in (
        replace(dealing, B=(dealing.B[0] + G, *dealing.B[1:])),
        replace(dealing, C=(*dealing.C[:-1], dealing.C[-1] + G)),
        replace(dealing, B=dealing.C, C=dealing.B),
        replace(dealing, share_root=RNG.randbytes(32)),
        replace(dealing, proof=replace(proof, challenge=(proof.challenge + 1) % GROUP_ORDER)),
        replace(dealing, proof=replace(proof, response_u=(proof.response_u + 1) % GROUP_ORDER)),
        replace(dealing, proof=replace(proof, response_v=(proof.response_v + 1) % GROUP_ORDER)),
        replace(dealing, proof=replace(proof, response_u=proof.response_v, response_v=proof.response_u)),
    ):
        assert polynomial_verdicts(harness, DEALER.account, altered) == {False}


# ---------------------------------------------------------------- shared keys


def evidence_verdicts(
    harness: Mock, sid: bytes, dealer: Participant, recipient: Participant, evidence: KeyEvidence
) -> set[bool]:
    on_chain = harness.call(
        "provesSharedKey",
        sid,
        dealer.account,
        recipient.account,
        dealer.keys.D.words(),
        recipient.keys.P.words(),
        abi.encode_evidence(evidence),
    )
    return {on_chain, verify_key_evidence(sid, dealer, recipient, evidence)}


def test_evidence_of_a_shared_key(harness: Mock) -> None:
    evidence = make_key_evidence(SID, DEALER, RECIPIENT, SECRETS["recipient e"])
    assert evidence.K == RECIPIENT.keys.P * SECRETS["dealer d"]
    assert evidence_verdicts(harness, SID, DEALER, RECIPIENT, evidence) == {True}
    elsewhere = replace(DEALER, account=STRANGER)
    other_D = replace(DEALER, keys=replace(DEALER.keys, D=DEALER.keys.D + G))
    other_P = replace(RECIPIENT, keys=replace(RECIPIENT.keys, P=RECIPIENT.keys.P + G))
    for sid, dealer, recipient, altered in (
        (RNG.randbytes(32), DEALER, RECIPIENT, evidence),
        (SID, elsewhere, RECIPIENT, evidence),
        (SID, DEALER, replace(RECIPIENT, account=STRANGER), evidence),
        (SID, other_D, RECIPIENT, evidence),
        (SID, DEALER, other_P, evidence),
        (SID, RECIPIENT, DEALER, evidence),
        (SID, DEALER, RECIPIENT, replace(evidence, K=evidence.K + G)),
        (SID, DEALER, RECIPIENT, replace(evidence, K=-evidence.K)),
        (SID, DEALER, RECIPIENT, replace(evidence, K=G1.identity())),
        (SID, DEALER, RECIPIENT, replace(evidence, challenge=(evidence.challenge + 1) % GROUP_ORDER)),
        (SID, DEALER, RECIPIENT, replace(evidence, response=(evidence.response + 1) % GROUP_ORDER)),
        (SID, DEALER, RECIPIENT, KeyEvidence(G1.identity(), 0, 0)),
    ):
        assert evidence_verdicts(harness, sid, dealer, recipient, altered) == {False}


def test_a_shared_key_is_directed(harness: Mock) -> None:
    """What opens the shares of one direction is not the key of the other."""
    forth = make_key_evidence(SID, DEALER, RECIPIENT, SECRETS["recipient e"])
    back = make_key_evidence(SID, RECIPIENT, DEALER, SECRETS["dealer e"])
    assert forth.K != back.K
    assert evidence_verdicts(harness, SID, RECIPIENT, DEALER, back) == {True}
    assert evidence_verdicts(harness, SID, DEALER, RECIPIENT, back) == {False}


def test_proof_scalars_and_shared_keys_must_be_canonical(harness: Mock) -> None:
    proof = prove_possession(SID, OWNER, KeyRole.AUDITOR, SECRETS["alpha"], ROSTER.A)
    evidence = make_key_evidence(SID, DEALER, RECIPIENT, SECRETS["recipient e"])
    statement = (SID, DEALER.account, RECIPIENT.account, DEALER.keys.D.words(), RECIPIENT.keys.P.words())
    x, y = evidence.K.words()
    for name, arguments in (
        (
            "provesPossession",
            (SID, OWNER, 1, ROSTER.A.words(), (proof.challenge + GROUP_ORDER, proof.response)),
        ),
        (
            "provesPossession",
            (SID, OWNER, 1, ROSTER.A.words(), (proof.challenge, proof.response + GROUP_ORDER)),
        ),
        ("provesSharedKey", (*statement, ((x, y), evidence.challenge + GROUP_ORDER, evidence.response))),
        ("provesSharedKey", (*statement, ((x, y), evidence.challenge, evidence.response + GROUP_ORDER))),
    ):
        with refuses("ScalarOutOfRange"):
            harness.call(name, *arguments)
    for words, error in (((x + FIELD_MODULUS, y), "CoordinateOutOfRange"), ((x, y ^ 1), "NotOnCurve")):
        with refuses(error):
            harness.call("provesSharedKey", *statement, (words, evidence.challenge, evidence.response))
