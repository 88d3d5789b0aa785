"""Dealing: who may, what is refused at once, and what is left to complaints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.complaints import own_dealing_hash, posted
from support.consortium import Consortium, TestMember
from support.misdealing import deal_vectors
from support.refusals import refuses

from tcss_chain.chain import abi_values as abi
from tcss_chain.curve import FIELD_MODULUS, G1, GROUP_ORDER, G
from tcss_chain.protocol.dealing import DealingPolynomials, PolynomialProof, verify_polynomial_proof
from tcss_chain.protocol.posted_dealing import posted_hash
from tcss_chain.protocol.roster import keys_hash
from tcss_chain.protocol.session import Fault, Phase


def deal_raw(
    consortium: Consortium, member: TestMember, dealing: Any, roster_hash: bytes | None = None
) -> Any:
    current = consortium.reads.state(consortium.sid).roster_hash
    function = consortium.connection.contract.functions.deal(consortium.sid, roster_hash or current, dealing)
    return member.sender.simulate(function)


def honest(consortium: Consortium, member: TestMember) -> Any:
    return abi.encode_dealing(consortium.prepare_dealing(member).dealing)


def test_a_dealing_is_kept_as_one_hash_and_published_in_full(dealing: Consortium) -> None:
    member = dealing.members[1]
    dealing.deal(member)
    assert member.dealt is not None
    assert dealing.view.dealings() == {member.address: member.dealt.dealing}
    state = dealing.reads.member(dealing.sid, member.address)
    assert state.dealt
    assert state.qualified
    keys = keys_hash(dealing.sid, member.address, member.keys)
    expected = posted_hash(dealing.sid, member.address, keys, own_dealing_hash(dealing, member))
    assert state.posted_hash == expected != keys
    assert dealing.reads.state(dealing.sid).dealt == 0b0010


def test_only_participants_deal(dealing: Consortium) -> None:
    encoded = honest(dealing, dealing.members[0])
    for sender in (dealing.outsider, dealing.auditor):
        with refuses("NotJoined", account=sender.address):
            deal_raw(dealing, TestMember(sender.account, sender), encoded)


def test_members_who_did_not_join_do_not_deal(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[1:]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.join_by)
    encoded = honest(fresh, fresh.members[1])
    with refuses("NotJoined", account=fresh.members[0].address):
        deal_raw(fresh, fresh.members[0], encoded)


def test_a_participant_deals_once(dealing: Consortium) -> None:
    member = dealing.members[0]
    dealing.deal(member)
    with refuses("AlreadyDealt", dealer=member.address):
        dealing.deal(member, dealing.prepare_dealing(member))


def test_a_dealing_for_another_roster_is_refused(dealing: Consortium) -> None:
    member, other = dealing.members[0], b"\x05" * 32
    current = dealing.reads.state(dealing.sid).roster_hash
    with refuses("RosterChanged", current=current, named=other):
        deal_raw(dealing, member, honest(dealing, member), other)


@pytest.mark.parametrize("length", [0, 2, 4])
@pytest.mark.parametrize("vector", [0, 1], ids=["B", "C"])
def test_vectors_have_one_commitment_a_coefficient(dealing: Consortium, vector: int, length: int) -> None:
    encoded = list(honest(dealing, dealing.members[0]))
    encoded[vector] = [(1, 2)] * length
    with refuses("WrongVectorLength", length=length, threshold=3):
        deal_raw(dealing, dealing.members[0], encoded)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("vector", [0, 1], ids=["B", "C"])
def test_every_commitment_is_checked(dealing: Consortium, vector: int, place: int) -> None:
    """A coordinate x + q that is only refused by the precompile would make its dealer unpunishable."""
    member = dealing.members[0]
    encoded = list(honest(dealing, member))
    x, y = encoded[vector][place]
    for words, error in (
        ((x + FIELD_MODULUS, y), "CoordinateOutOfRange"),
        ((x, y + FIELD_MODULUS), "CoordinateOutOfRange"),
        ((FIELD_MODULUS, 0), "CoordinateOutOfRange"),
        ((x, y ^ 1), "NotOnCurve"),
    ):
        changed = list(encoded[vector])
        changed[place] = words
        with refuses(error):
            deal_raw(dealing, member, [*encoded[:vector], changed, *encoded[vector + 1 :]])


@pytest.mark.parametrize("place", range(3), ids=["challenge", "response u", "response v"])
@pytest.mark.parametrize("excess", [GROUP_ORDER, 2**255])
def test_scalars_of_the_proof_must_be_below_r(dealing: Consortium, place: int, excess: int) -> None:
    *vectors, proof = honest(dealing, dealing.members[0])
    changed = list(proof)
    changed[place] += excess
    with refuses("ScalarOutOfRange", scalar=changed[place]):
        deal_raw(dealing, dealing.members[0], [*vectors, changed])


def test_dealings_before_joining_has_closed_are_refused(joining: Consortium) -> None:
    joining.join(joining.members[0])
    dealing = ([(1, 2)] * 3, [(1, 2)] * 3, bytes(32), (0, 0, 0))
    with refuses("WrongPhase", current=Phase.JOINING):
        deal_raw(joining, joining.members[0], dealing)


def test_identities_are_legitimate_commitments(dealing: Consortium) -> None:
    """A polynomial may have coefficients that are zero; the proof of such a dealing is valid all the same."""
    member, roster = dealing.members[0], dealing.roster()
    polynomials = DealingPolynomials(a=(0, 0, 0), b=(0, 0, 0))
    identities = [G1.identity()] * 3
    dealt = deal_vectors(roster, member.address, member.d, identities, identities, polynomials)
    dealing.deal(member, dealt)
    assert dealing.view.dealings()[member.address].B == (G1.identity(),) * 3
    assert verify_polynomial_proof(roster, member.address, dealt.dealing)
    for other in dealing.members[1:]:
        dealing.deal(other)
    with refuses("ProofHolds", dealer=member.address):
        other.sender.simulate(
            dealing.actions.complain_invalid_proof(dealing.sid, member.address, posted(dealing, member))
        )


def test_an_invalid_proof_of_knowledge_is_left_to_complaints(dealing: Consortium) -> None:
    member = dealing.members[0]
    dealt = dealing.prepare_dealing(member)
    invalid = replace(dealt, dealing=replace(dealt.dealing, proof=PolynomialProof(1, 2, 3)))
    dealing.deal(member, invalid)
    assert dealing.reads.state(dealing.sid).qualified == 0b0001


def test_a_dealing_copied_from_another_dealer_is_caught_by_its_proof(dealing: Consortium) -> None:
    """The proof names its dealer, so the same vectors with the same proof are invalid for anybody else."""
    victim, thief = dealing.members[0], dealing.members[1]
    dealing.deal(victim)
    assert victim.dealt is not None
    dealing.deal(thief, victim.dealt)
    assert not verify_polynomial_proof(dealing.roster(), thief.address, victim.dealt.dealing)
    for member in dealing.members[2:]:
        dealing.deal(member)
    dealing.outsider.send(
        dealing.actions.complain_invalid_proof(dealing.sid, thief.address, posted(dealing, thief))
    )
    assert dealing.reads.fault(dealing.sid, thief.address) is Fault.INVALID_PROOF
    assert dealing.reads.fault(dealing.sid, victim.address) is Fault.NONE


def test_the_qualified_set_is_who_dealt(make_consortium: Callable[..., Consortium]) -> None:
    consortium = make_consortium().run_to(Phase.DEALING)
    for seat in (3, 1):
        consortium.deal(consortium.members[seat])
    state = consortium.reads.state(consortium.sid)
    assert state.joined == 0b1111
    assert state.dealt == state.qualified == 0b1010
    consortium.travel_to(consortium.configuration.deal_by)
    faults = [consortium.reads.fault(consortium.sid, member.address) for member in consortium.members]
    assert faults == [Fault.NO_DEALING, Fault.NONE, Fault.NO_DEALING, Fault.NONE]


def test_generator_times_equal_scalars_are_no_exception(dealing: Consortium) -> None:
    """Equal and opposite points in one vector exercise doubling and cancellation in the evaluation."""
    member, roster = dealing.members[0], dealing.roster()
    polynomials = DealingPolynomials(a=(7, 7, GROUP_ORDER - 7), b=(1, 1, GROUP_ORDER - 1))
    B = [G * b_m for b_m in polynomials.b]
    C = [G * a_m + roster.A * b_m for a_m, b_m in zip(polynomials.a, polynomials.b, strict=True)]
    dealt = deal_vectors(roster, member.address, member.d, B, C, polynomials)
    dealing.deal(member, dealt)
    for other in dealing.members[1:]:
        dealing.deal(other)
    with refuses("ProofHolds", dealer=member.address):
        dealing.outsider.simulate(
            dealing.actions.complain_invalid_proof(dealing.sid, member.address, posted(dealing, member))
        )
