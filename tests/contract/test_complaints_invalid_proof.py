"""Complaints about invalid proofs of knowledge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.complaints import posted
from support.consortium import BOND, Consortium, TestMember
from support.misdealing import with_invalid_proof
from support.refusals import refuses

from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.dealing import Dealing, PolynomialProof, verify_polynomial_proof
from tcss_chain.protocol.session import Fault, Phase


def complain(
    consortium: Consortium,
    dealer: TestMember,
    dealing: Dealing | None = None,
    sender: TransactionSender | None = None,
) -> None:
    shown = posted(consortium, dealer, dealing)
    function = consortium.actions.complain_invalid_proof(consortium.sid, dealer.address, shown)
    (sender or consortium.members[1].sender).send(function)


def deal_all(consortium: Consortium, first: PolynomialProof | None = None) -> TestMember:
    """Everybody deals, the first with another proof."""
    cheat = consortium.members[0]
    dealt = consortium.prepare_dealing(cheat)
    changed = with_invalid_proof(dealt)
    if first is not None:
        changed = replace(dealt, dealing=replace(dealt.dealing, proof=first))
    consortium.deal(cheat, changed)
    for member in consortium.members[1:]:
        consortium.deal(member)
    return cheat


def test_an_invalid_proof_disqualifies(dealing: Consortium) -> None:
    cheat = deal_all(dealing)
    assert cheat.dealt is not None
    assert not verify_polynomial_proof(dealing.roster(), cheat.address, cheat.dealt.dealing)
    complain(dealing, cheat)
    state = dealing.reads.state(dealing.sid)
    assert (state.qualified, state.dealt, state.forfeits) == (0b1110, 0b1111, BOND // 2)
    assert dealing.reads.fault(dealing.sid, cheat.address) is Fault.INVALID_PROOF
    assert dealing.reads.bond(dealing.sid, cheat.address) == BOND - BOND // 2


@pytest.mark.parametrize("field", ["challenge", "response_u", "response_v"])
def test_every_field_of_the_proof_matters(dealing: Consortium, field: str) -> None:
    proof = dealing.prepare_dealing(dealing.members[0]).dealing.proof
    polynomials = dealing.members[0].polynomials
    assert polynomials is not None
    changed = replace(proof, **{field: (getattr(proof, field) + 1) % GROUP_ORDER})
    cheat = deal_all(dealing, changed)
    complain(dealing, cheat)
    assert dealing.reads.fault(dealing.sid, cheat.address) is Fault.INVALID_PROOF


def test_a_proof_of_zeros_is_invalid(dealing: Consortium) -> None:
    cheat = deal_all(dealing, PolynomialProof(0, 0, 0))
    complain(dealing, cheat)
    assert dealing.reads.fault(dealing.sid, cheat.address) is Fault.INVALID_PROOF


def test_anybody_may_show_it(dealing: Consortium) -> None:
    cheat = deal_all(dealing)
    complain(dealing, cheat, sender=dealing.outsider)
    assert dealing.reads.fault(dealing.sid, cheat.address) is Fault.INVALID_PROOF


@pytest.mark.parametrize("seat", range(4))
def test_a_valid_proof_is_no_fault(complaining: Consortium, seat: int) -> None:
    honest = complaining.members[seat]
    with refuses("ProofHolds", dealer=honest.address):
        complain(complaining, honest)


def test_only_the_posted_dealing_is_judged(complaining: Consortium) -> None:
    honest, other = complaining.members[0], complaining.members[2]
    assert honest.dealt is not None
    assert other.dealt is not None
    dealing, foreign = honest.dealt.dealing, other.dealt.dealing
    wrong = [
        foreign,
        replace(dealing, B=foreign.B),
        replace(dealing, C=foreign.C),
        replace(dealing, B=dealing.C, C=dealing.B),
        replace(dealing, B=(*dealing.B, G)),
        replace(dealing, B=dealing.B[:-1]),
        replace(dealing, B=()),
        replace(dealing, share_root=foreign.share_root),
        replace(dealing, proof=foreign.proof),
    ]
    for changed in wrong:
        with refuses("DealingMismatch", dealer=honest.address):
            complain(complaining, honest, changed)


def test_the_dealing_must_come_with_the_hash_of_the_dealers_keys(dealing: Consortium) -> None:
    cheat = deal_all(dealing)
    right = posted(dealing, cheat)
    kept = dealing.reads.member(dealing.sid, cheat.address).posted_hash
    for wrong in (bytes(32), b"\xff" * 32, posted(dealing, dealing.members[1]).keys_hash, kept):
        shown = replace(right, keys_hash=wrong)
        with refuses("DealingMismatch", dealer=cheat.address):
            dealing.outsider.simulate(
                dealing.actions.complain_invalid_proof(dealing.sid, cheat.address, shown)
            )
    dealing.outsider.simulate(dealing.actions.complain_invalid_proof(dealing.sid, cheat.address, right))


def test_who_did_not_deal_cannot_be_accused(dealing: Consortium) -> None:
    for member in dealing.members[1:]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by)
    shown = posted(dealing, dealing.members[1])
    for account in (dealing.members[0].address, dealing.outsider.address):
        function = dealing.actions.complain_invalid_proof(dealing.sid, account, shown)
        with refuses("NotDealt", dealer=account):
            dealing.outsider.simulate(function)


def test_a_dealer_is_disqualified_once(dealing: Consortium) -> None:
    cheat = deal_all(dealing)
    complain(dealing, cheat)
    with refuses("AlreadyDisqualified", dealer=cheat.address):
        complain(dealing, cheat)
    assert dealing.reads.state(dealing.sid).forfeits == BOND // 2


def test_proofs_are_judged_in_the_complain_phase_only(dealing: Consortium) -> None:
    cheat = deal_all(dealing)
    for deadline, phase in (
        ("complain_by", Phase.REVEALING),
        ("reveal_by", Phase.CHALLENGING),
        ("challenge_by", Phase.AGGREGATING),
    ):
        dealing.travel_to(getattr(dealing.configuration, deadline))
        with refuses("WrongPhase", current=phase):
            complain(dealing, cheat)


def test_the_last_second_of_the_complain_phase_counts(dealing: Consortium) -> None:
    cheat = deal_all(dealing)
    dealing.pin(dealing.configuration.complain_by - 1)
    complain(dealing, cheat)
    assert dealing.connection.chain_time() == dealing.configuration.complain_by - 1
    assert dealing.reads.fault(dealing.sid, cheat.address) is Fault.INVALID_PROOF
