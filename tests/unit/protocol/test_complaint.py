"""Evidence for complaints, and their judgement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.independent import abi_hash, abi_point, combine, scalar_of
from support.known_roster import known_roster
from support.misdealing import deal_tampered

from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.complaint import (
    KeyEvidence,
    ShareEquation,
    make_key_evidence,
    share_holds,
    verify_key_evidence,
)

KNOWN = known_roster()
ROSTER = KNOWN.roster
DEALER, RECIPIENT, THIRD, _ = ROSTER.participants
SECRET = KNOWN.e[RECIPIENT.account]
EVIDENCE = make_key_evidence(ROSTER.sid, DEALER, RECIPIENT, SECRET)


def judge(dealt, equation, *, recipient=RECIPIENT, share=None, vector=None, K=None):
    return share_holds(
        ROSTER,
        DEALER.account,
        recipient.account,
        dealt.dealing.digest(ROSTER.sid),
        share or dealt.shares[recipient.account],
        K or DEALER.keys.D * KNOWN.e[recipient.account],
        equation,
        vector or (dealt.dealing.B if equation is ShareEquation.B else dealt.dealing.C),
    )


def tampered(change):
    return deal_tampered(
        ROSTER,
        DEALER.account,
        KNOWN.d[DEALER.account],
        lambda account, words: change(*words) if account == RECIPIENT.account else words,
    )


def test_the_evidence_shows_the_key_that_the_dealer_used():
    assert EVIDENCE.K == RECIPIENT.keys.P * KNOWN.d[DEALER.account]
    assert verify_key_evidence(ROSTER.sid, DEALER, RECIPIENT, EVIDENCE)


def test_the_evidence_satisfies_the_equations_of_the_protocol():
    R_1 = combine([(G, EVIDENCE.response), (RECIPIENT.keys.P, -EVIDENCE.challenge)])
    R_2 = combine([(DEALER.keys.D, EVIDENCE.response), (EVIDENCE.K, -EVIDENCE.challenge)])
    digest = abi_hash(
        "tcss.v1.evidence",
        ("bytes32", ROSTER.sid),
        ("address", DEALER.account),
        ("address", RECIPIENT.account),
        *map(abi_point, (RECIPIENT.keys.P, DEALER.keys.D, EVIDENCE.K, R_1, R_2)),
    )
    assert EVIDENCE.challenge == scalar_of(digest)


@pytest.mark.parametrize(
    "altered",
    [
        replace(EVIDENCE, K=EVIDENCE.K + G),
        replace(EVIDENCE, K=-EVIDENCE.K),
        replace(EVIDENCE, K=G1.identity()),
        replace(EVIDENCE, challenge=(EVIDENCE.challenge + 1) % GROUP_ORDER),
        replace(EVIDENCE, response=(EVIDENCE.response + 1) % GROUP_ORDER),
        KeyEvidence(EVIDENCE.K, 0, 0),
    ],
)
def test_altered_evidence_is_refused(altered):
    assert not verify_key_evidence(ROSTER.sid, DEALER, RECIPIENT, altered)


def test_evidence_serves_no_other_session_dealer_or_recipient():
    assert not verify_key_evidence(bytes(32), DEALER, RECIPIENT, EVIDENCE)
    assert not verify_key_evidence(ROSTER.sid, THIRD, RECIPIENT, EVIDENCE)
    assert not verify_key_evidence(ROSTER.sid, DEALER, THIRD, EVIDENCE)
    assert not verify_key_evidence(ROSTER.sid, RECIPIENT, DEALER, EVIDENCE)
    renamed = replace(DEALER, account=THIRD.account)
    assert not verify_key_evidence(ROSTER.sid, renamed, RECIPIENT, EVIDENCE)


def test_a_key_made_with_another_secret_cannot_be_shown():
    forged = make_key_evidence(ROSTER.sid, DEALER, RECIPIENT, SECRET + 1)
    assert not verify_key_evidence(ROSTER.sid, DEALER, RECIPIENT, forged)


def test_every_evidence_has_a_fresh_nonce():
    made = [make_key_evidence(ROSTER.sid, DEALER, RECIPIENT, SECRET) for _ in range(5)]
    assert len({(each.response - each.challenge * SECRET) % GROUP_ORDER for each in made}) == 5


def test_an_honest_share_holds_for_everybody_and_both_equations():
    dealt = KNOWN.deal(DEALER.account)
    for recipient in ROSTER.participants:
        for equation in ShareEquation:
            assert judge(dealt, equation, recipient=recipient)


@pytest.mark.parametrize(
    ("change", "holding"),
    [
        (lambda c0, c1: ((c0 + 1) % GROUP_ORDER, c1), {ShareEquation.B}),
        (lambda c0, c1: (c0, (c1 + 1) % GROUP_ORDER), set()),
        (lambda c0, c1: (c0 + GROUP_ORDER, c1), set()),
        (lambda c0, c1: (c0, c1 + GROUP_ORDER), set()),
        (lambda c0, c1: (2**256 - 1, 2**256 - 1), set()),
    ],
)
def test_a_wrong_share_fails_in_the_equations_that_it_enters(change, holding):
    dealt = tampered(change)
    assert {equation for equation in ShareEquation if judge(dealt, equation)} == holding
    for equation in ShareEquation:
        assert judge(dealt, equation, recipient=THIRD)


def test_a_share_fails_under_the_wrong_key_vector_or_recipient():
    dealt = KNOWN.deal(DEALER.account)
    for equation in ShareEquation:
        assert not judge(dealt, equation, K=EVIDENCE.K + G)
        assert not judge(dealt, equation, share=dealt.shares[THIRD.account])
        vector = dealt.dealing.C if equation is ShareEquation.B else dealt.dealing.B
        assert not judge(dealt, equation, vector=vector)


def test_equations_have_the_numbers_of_the_contract():
    assert [(each.name, int(each)) for each in ShareEquation] == [("B", 0), ("C", 1)]
