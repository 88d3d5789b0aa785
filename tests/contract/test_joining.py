"""Joining: who may, with what keys, proofs and payment, and what it does to the roster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.consortium import BOND, Consortium, TestMember
from support.refusals import refuses

from tcss_chain.curve import FIELD_MODULUS, GROUP_ORDER, G
from tcss_chain.protocol.possession import KeyRole, PossessionProof, prove_possession
from tcss_chain.protocol.roster import (
    empty_roster_hash,
    evaluation_point,
    keys_hash,
    roster_hash_after_join,
)
from tcss_chain.protocol.session import Phase

SECRETS = {KeyRole.ENCRYPTION: "e", KeyRole.DEALING: "d"}


def proof_for(
    consortium: Consortium, member: TestMember, key_role: KeyRole, /, **changes: Any
) -> PossessionProof:
    """A proof of possession of one of the member's keys, with other inputs where they are named."""
    secret = getattr(member, SECRETS[key_role])
    inputs: dict[str, Any] = {
        "sid": consortium.sid,
        "owner": member.address,
        "role": key_role,
        "secret_key": secret,
        "key": G * secret,
    }
    return prove_possession(**(inputs | changes))


def join_call(
    consortium: Consortium,
    member: TestMember,
    *,
    P: Any = None,
    D: Any = None,
    proof_P: PossessionProof | None = None,
    proof_D: PossessionProof | None = None,
) -> Any:
    chosen_P = proof_P or proof_for(consortium, member, KeyRole.ENCRYPTION)
    chosen_D = proof_D or proof_for(consortium, member, KeyRole.DEALING)
    return consortium.connection.contract.functions.join(
        consortium.sid,
        (P or member.keys.P.words(), D or member.keys.D.words()),
        (chosen_P.challenge, chosen_P.response),
        (chosen_D.challenge, chosen_D.response),
    )


def test_joining_extends_the_roster_hash_in_the_order_of_the_chain(joining: Consortium) -> None:
    expected = empty_roster_hash(joining.sid, joining.A)
    joined = 0
    for seat in (2, 0, 3, 1):
        member = joining.members[seat]
        joining.join(member)
        expected = roster_hash_after_join(joining.sid, expected, member.address, member.keys)
        joined |= 1 << seat
        state = joining.reads.state(joining.sid)
        assert (state.roster_hash, state.joined) == (expected, joined)
        kept = joining.reads.member(joining.sid, member.address)
        assert kept.joined
        assert kept.posted_hash == keys_hash(joining.sid, member.address, member.keys)
    roster = joining.roster()
    assert roster.roster_hash == expected
    assert [participant.seat for participant in roster.participants] == [0, 1, 2, 3]


def test_evaluation_points_exist_only_when_the_roster_is_final(joining: Consortium) -> None:
    for member in joining.members[:3]:
        joining.join(member)
    assert not any(member.evaluation_point for member in joining.reads.members(joining.sid))
    joining.join(joining.members[3])
    roster_hash = joining.reads.state(joining.sid).roster_hash
    for member in joining.reads.members(joining.sid):
        assert member.evaluation_point == evaluation_point(joining.sid, roster_hash, member.account) != 0


def test_who_did_not_join_has_no_evaluation_point(joining: Consortium) -> None:
    for member in joining.members[1:]:
        joining.join(member)
    joining.travel_to(joining.configuration.join_by)
    points = [member.evaluation_point for member in joining.reads.members(joining.sid)]
    assert points[0] == 0
    assert len(set(points)) == 4


def test_the_bond_is_paid_into_the_contract(joining: Consortium, balance_of: Callable[[Any], int]) -> None:
    contract = joining.connection.contract_address
    before = balance_of(contract)
    joining.join(joining.members[0])
    assert balance_of(contract) == before + BOND
    assert joining.reads.bond(joining.sid, joining.members[0].address) == BOND
    assert joining.reads.bond(joining.sid, joining.members[1].address) == 0


@pytest.mark.parametrize("paid", [0, BOND - 1, BOND + 1, 2 * BOND])
def test_exactly_the_bond_must_be_paid(joining: Consortium, paid: int) -> None:
    member = joining.members[0]
    with refuses("WrongBond", paid=paid, bond=BOND):
        member.sender.simulate(joining.join_call(member), paid)


def test_only_members_join(joining: Consortium) -> None:
    for sender in (joining.outsider, joining.auditor, joining.creator):
        stranger = TestMember(sender.account, sender)
        with refuses("NotMember", account=stranger.address):
            joining.join(stranger)


def test_a_member_joins_once(joining: Consortium) -> None:
    joining.join(joining.members[0])
    with refuses("AlreadyJoined", account=joining.members[0].address):
        joining.join(joining.members[0])


def test_joining_needs_the_confirmation(confirming: Consortium) -> None:
    with refuses("WrongPhase", current=Phase.CONFIRMING):
        confirming.join(confirming.members[0])


def test_joining_closes_when_everybody_has_joined(dealing: Consortium) -> None:
    with refuses("WrongPhase", current=Phase.DEALING):
        dealing.join(dealing.members[0])


@pytest.mark.parametrize("role", SECRETS)
def test_the_identity_is_no_key(joining: Consortium, role: KeyRole) -> None:
    member = joining.members[0]
    setattr(member, SECRETS[role], 0)
    with refuses("IdentityNotAllowed"):
        joining.join(member)


@pytest.mark.parametrize("role", SECRETS)
def test_key_coordinates_and_proof_scalars_must_be_canonical(joining: Consortium, role: KeyRole) -> None:
    member = joining.members[0]
    key, proof_name = ("P", "proof_P") if role is KeyRole.ENCRYPTION else ("D", "proof_D")
    x, y = getattr(member.keys, key).words()
    with refuses("CoordinateOutOfRange", coordinate=x + FIELD_MODULUS):
        member.sender.simulate(join_call(joining, member, **{key: (x + FIELD_MODULUS, y)}), BOND)
    with refuses("CoordinateOutOfRange", coordinate=y + FIELD_MODULUS):
        member.sender.simulate(join_call(joining, member, **{key: (x, y + FIELD_MODULUS)}), BOND)
    with refuses("NotOnCurve", x=x, y=y ^ 1):
        member.sender.simulate(join_call(joining, member, **{key: (x, y ^ 1)}), BOND)
    proof = proof_for(joining, member, role)
    for name in ("challenge", "response"):
        wider = replace(proof, **{name: getattr(proof, name) + GROUP_ORDER})
        with refuses("ScalarOutOfRange", scalar=getattr(wider, name)):
            member.sender.simulate(join_call(joining, member, **{proof_name: wider}), BOND)


@pytest.mark.parametrize("role", SECRETS)
def test_possession_is_bound_to_session_owner_role_and_key(
    joining: Consortium, make_consortium: Callable[..., Consortium], role: KeyRole
) -> None:
    member = joining.members[0]
    name = "proof_P" if role is KeyRole.ENCRYPTION else "proof_D"
    other_role = KeyRole.DEALING if role is KeyRole.ENCRYPTION else KeyRole.ENCRYPTION
    right = proof_for(joining, member, role)
    wrong = [
        proof_for(joining, member, role, sid=make_consortium().sid),
        proof_for(joining, member, role, owner=joining.members[1].address),
        proof_for(joining, member, role, role=other_role),
        proof_for(joining, member, role, role=KeyRole.AUDITOR),
        proof_for(joining, member, other_role),
        proof_for(joining, member, role, secret_key=1),
        replace(right, challenge=right.challenge ^ 1),
        replace(right, response=right.response ^ 1),
        PossessionProof(0, 0),
    ]
    for proof in wrong:
        with refuses("InvalidPossession", owner=member.address, role=role):
            member.sender.simulate(join_call(joining, member, **{name: proof}), BOND)
    member.sender.simulate(join_call(joining, member, **{name: right}), BOND)


def test_a_proof_is_of_no_use_to_another_member(joining: Consortium) -> None:
    """Else somebody could join with the keys of another, whose secrets it does not know."""
    victim, thief = joining.members[0], joining.members[1]
    function = joining.join_call(victim)
    with refuses("InvalidPossession", owner=thief.address, role=KeyRole.ENCRYPTION):
        thief.sender.simulate(function, BOND)
