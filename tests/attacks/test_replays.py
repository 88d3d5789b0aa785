"""Whatever was valid once is offered again: in another session, contract or branch, or a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.complaints import complain_missing, own_dealing_hash, posted, reveal_call, share_complaint
from support.consortium import Consortium
from support.refusals import refuses

from tcss_chain.chain.connection import Connection
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import make_dealing, verify_polynomial_proof
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.session import Fault, Phase

Twins = tuple[Consortium, Consortium]


def with_the_same_keys(first: Consortium, second: Consortium) -> Consortium:
    """Members who break the rule of fresh keys: the best case for whoever replays."""
    for old, new in zip(first.members, second.members, strict=True):
        new.e, new.d = old.e, old.d
    return second


@pytest.fixture(scope="module")
def prepared_twins(shared_connection: Connection, embedded_devnet: EmbeddedDevnet) -> Twins:
    """Two sessions of the same members with the same keys and the same polynomials, both dealt."""
    accounts = embedded_devnet.accounts
    first = Consortium(shared_connection, accounts, n=2, t=2).run_to(Phase.COMPLAINING)
    second = with_the_same_keys(first, Consortium(shared_connection, accounts, n=2, t=2)).run_to(
        Phase.DEALING
    )
    roster = second.roster()
    for old, new in zip(first.members, second.members, strict=True):
        assert old.polynomials is not None
        new.polynomials = old.polynomials
        second.deal(new, make_dealing(roster, new.address, new.d, old.polynomials))
    return first, second


@pytest.fixture
def twins(prepared_twins: Twins, connection: Connection) -> Twins:
    return prepared_twins[0].clone(), prepared_twins[1].clone()


# ---------------------------------------------------------------- joining


def test_proofs_of_possession_cannot_join_another_session_or_contract(
    joining: Consortium,
    make_consortium: Callable[..., Consortium],
    in_another_contract: Callable[..., Consortium],
) -> None:
    member = joining.members[0]
    proofs = [
        prove_possession(joining.sid, member.address, role, secret, key)
        for role, secret, key in (
            (KeyRole.ENCRYPTION, member.e, member.keys.P),
            (KeyRole.DEALING, member.d, member.keys.D),
        )
    ]
    elsewhere = in_another_contract(n=2, t=2)
    for other in (make_consortium(), elsewhere):
        other.run_to(Phase.JOINING)
        again = next(each for each in other.members if each.address in joining.configuration.members)
        call = other.actions.join(other.sid, member.keys, *proofs)
        with refuses("InvalidPossession", owner=again.address, role=KeyRole.ENCRYPTION):
            again.sender.send(call, other.configuration.bond)
    member.sender.send(joining.actions.join(joining.sid, member.keys, *proofs), joining.configuration.bond)


# ---------------------------------------------------------------- dealings


def test_a_dealing_of_another_session_cannot_qualify(
    twins: Twins, make_consortium: Callable[..., Consortium]
) -> None:
    """The dealer's own, with the same keys: it is posted, and shown to be unproven."""
    third = with_the_same_keys(twins[0], make_consortium(n=2, t=2)).run_to(Phase.DEALING)
    dealer, other = third.members
    old = twins[0].members[0].dealt
    assert old is not None
    third.deal(dealer, old)
    third.deal(other)
    assert not verify_polynomial_proof(third.roster(), dealer.address, old.dealing)
    third.outsider.send(
        third.actions.complain_invalid_proof(third.sid, dealer.address, posted(third, dealer))
    )
    assert third.reads.state(third.sid).qualified == 0b10


def test_a_changed_roster_cannot_make_a_dealing_a_fault(fresh: Consortium) -> None:
    """A reorganisation brings another join: the prepared dealing is refused, and another one may come."""
    fresh.run_to(Phase.JOINING)
    *others, last = fresh.members
    for member in others:
        fresh.join(member)
    provider = fresh.connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    fresh.join(last)
    dealer, old_roster = others[0], fresh.reads.state(fresh.sid).roster_hash
    stale = fresh.prepare_dealing(dealer)
    provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]
    fresh.join(replace(last, e=last.e + 1))
    current = fresh.reads.state(fresh.sid).roster_hash
    with refuses("RosterChanged", current=current, named=old_roster):
        dealer.sender.send(fresh.actions.deal(fresh.sid, old_roster, stale.dealing))
    assert fresh.reads.fault(fresh.sid, dealer.address) is Fault.NONE
    fresh.deal(dealer)
    assert fresh.reads.state(fresh.sid).qualified == 0b0001


# ---------------------------------------------------------------- shares and complaints


def test_encrypted_shares_of_another_session_cannot_answer_a_complaint(twins: Twins) -> None:
    first, second = twins
    dealer, recipient = second.members[1], second.members[0]
    old = first.members[1].dealt
    assert old is not None
    complain_missing(second, dealer, recipient)
    with refuses("ShareNotInTree", dealer=dealer.address, recipient=recipient.address):
        dealer.sender.send(reveal_call(second, dealer, recipient, share=old.shares[recipient.address]))
    with refuses("DealingMismatch", dealer=dealer.address):
        dealer.sender.send(
            reveal_call(
                second,
                dealer,
                recipient,
                share=old.shares[recipient.address],
                digest=old.dealing.digest(first.sid),
            )
        )


def test_evidence_of_another_session_cannot_accuse(twins: Twins) -> None:
    """The same two keys have the same K in both sessions; its proof is about one of them."""
    first, second = twins
    dealer, recipient = 1, 0
    old = share_complaint(first, first.members[dealer], first.members[recipient], ShareEquation.C)
    new = share_complaint(second, second.members[dealer], second.members[recipient], ShareEquation.C)
    assert old.evidence.K == new.evidence.K
    with refuses("InvalidKeyEvidence"):
        replace(new, evidence=old.evidence).simulate()
    with refuses("DealingMismatch"):
        replace(old, consortium=second).simulate()


def test_the_recipients_own_dealing_of_another_session_cannot_stand_in(twins: Twins) -> None:
    """What a complaint shows of the recipient itself is looked up under this session."""
    first, second = twins
    complaint = share_complaint(second, second.members[1], second.members[0], ShareEquation.B)
    old = own_dealing_hash(first, first.members[0])
    with refuses("KeysMismatch", account=second.members[0].address):
        replace(complaint, recipient_dealing=old).simulate()


def test_a_complaint_that_was_upheld_cannot_cost_twice(dealing: Consortium) -> None:
    """Nor in another way: half of the bond is lost once."""
    dealer, recipient = dealing.members[0], dealing.members[1]
    dealt = dealing.prepare_dealing(dealer)
    proof = replace(dealt.dealing.proof, response_u=dealt.dealing.proof.response_u ^ 1)
    dealing.deal(dealer, replace(dealt, dealing=replace(dealt.dealing, proof=proof)))
    for member in dealing.members[1:]:
        dealing.deal(member)
    complain_missing(dealing, dealer, recipient)
    call = dealing.actions.complain_invalid_proof(dealing.sid, dealer.address, posted(dealing, dealer))
    dealing.outsider.send(call)
    forfeits = dealing.reads.state(dealing.sid).forfeits
    with refuses("AlreadyDisqualified", dealer=dealer.address):
        dealing.outsider.send(call)
    dealing.travel_to(dealing.configuration.reveal_by)
    with refuses("NoFaultToRecord", account=dealer.address):
        dealing.outsider.send(dealing.actions.record_fault(dealing.sid, dealer.address))
    assert dealing.reads.state(dealing.sid).forfeits == forfeits == dealing.configuration.bond // 2


# ---------------------------------------------------------------- activation


def test_acceptances_cannot_activate_another_session_or_contract(
    twins: Twins, in_another_contract: Callable[..., Consortium]
) -> None:
    first, second = twins
    acceptance = first.acceptance()
    signatures = first.signatures(acceptance)
    own = second.acceptance()
    call = second.actions.activate_unanimously(second.sid, own.qualified, own.aggregate_hash, signatures)
    with refuses("WrongSigner", participant=first.members[0].address):
        second.outsider.simulate(call)
    elsewhere = in_another_contract(n=2, t=2).run_to(Phase.COMPLAINING)
    theirs = elsewhere.acceptance()
    for sid, refusal in (
        (first.sid, refuses("UnknownSession", sid=first.sid)),
        (elsewhere.sid, refuses("WrongSigner", participant=first.members[0].address)),
    ):
        call = elsewhere.actions.activate_unanimously(
            sid, theirs.qualified, theirs.aggregate_hash, signatures
        )
        with refusal:
            elsewhere.outsider.simulate(call)
    first.outsider.simulate(
        first.actions.activate_unanimously(
            first.sid, acceptance.qualified, acceptance.aggregate_hash, signatures
        )
    )


def test_an_acceptance_cannot_survive_a_change_of_the_qualified_set(dealing: Consortium) -> None:
    """Signed for four dealers, sent when one is disqualified: with the old set and with the new one."""
    dealer = dealing.members[3]
    dealt = dealing.prepare_dealing(dealer)
    proof = replace(dealt.dealing.proof, response_v=dealt.dealing.proof.response_v ^ 1)
    for member in dealing.members[:3]:
        dealing.deal(member)
    dealing.deal(dealer, replace(dealt, dealing=replace(dealt.dealing, proof=proof)))
    acceptance = dealing.acceptance()
    signatures = dealing.signatures(acceptance)
    dealing.outsider.send(
        dealing.actions.complain_invalid_proof(dealing.sid, dealer.address, posted(dealing, dealer))
    )
    with refuses("QualifiedSetChanged", current=0b0111, signed=0b1111):
        dealing.outsider.simulate(
            dealing.actions.activate_unanimously(dealing.sid, 0b1111, acceptance.aggregate_hash, signatures)
        )
    with refuses("WrongSigner"):
        dealing.outsider.simulate(
            dealing.actions.activate_unanimously(dealing.sid, 0b0111, acceptance.aggregate_hash, signatures)
        )
