"""Unanimous activation: who must sign what, and what it freezes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from support.complaints import complain_missing, reveal, share_complaint
from support.consortium import BOND, Consortium
from support.events import events_of
from support.refusals import refuses

from tcss_chain.protocol.acceptance import Acceptance, CompactSignature
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.session import Fault, Phase

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1."""


Signed = tuple[ChecksumAddress, CompactSignature]


def activate(
    consortium: Consortium, acceptance: Acceptance, signatures: list[Signed], *, send: bool = False
) -> None:
    function = consortium.actions.activate_unanimously(
        consortium.sid, acceptance.qualified, acceptance.aggregate_hash, signatures
    )
    (consortium.outsider.send if send else consortium.outsider.simulate)(function)


def test_everybodys_signature_activates_at_once(complaining: Consortium) -> None:
    acceptance = complaining.acceptance()
    mined = complaining.activate_unanimously()
    (event,) = events_of(complaining, mined, "Activated")
    assert event["qualified"] == 0b1111
    assert event["aggregateHash"] == acceptance.aggregate_hash
    assert event["unanimous"] is True
    state = complaining.reads.state(complaining.sid)
    assert (state.phase, state.qualified) == (Phase.ACTIVE, 0b1111)
    assert state.aggregate_hash == acceptance.aggregate_hash
    assert state.activated_at == complaining.connection.chain_time() < complaining.configuration.deal_by


@pytest.mark.parametrize("seat", range(4))
def test_every_single_signature_is_needed(complaining: Consortium, seat: int) -> None:
    acceptance = complaining.acceptance()
    signatures = complaining.signatures(acceptance)
    without = signatures[:seat] + signatures[seat + 1 :]
    with refuses("WrongSignatureCount", given=3, participants=4):
        activate(complaining, acceptance, without)
    twice = [*without, without[0]]
    with refuses("WrongSigner", participant=without[0][0]):
        activate(complaining, acceptance, twice)
    for place in range(3):
        in_a_row = [*without[: place + 1], *without[place:]]
        with refuses("WrongSigner", participant=without[place][0]):
            activate(complaining, acceptance, in_a_row)
    stranger = replace(complaining.members[seat], account=complaining.outsider.account)
    forged = list(signatures)
    forged[seat] = (complaining.members[seat].address, complaining.sign(stranger, acceptance))
    with refuses("WrongSigner", participant=complaining.members[seat].address):
        activate(complaining, acceptance, forged)
    # The stranger's own name does not help: all are ascending, and it has not joined.
    named = sorted([*without, (stranger.address, forged[seat][1])], key=lambda each: int(each[0], 16))
    with refuses("WrongSigner", participant=stranger.address):
        activate(complaining, acceptance, named)


def test_too_many_or_no_signatures_are_refused(complaining: Consortium) -> None:
    acceptance = complaining.acceptance()
    signatures = complaining.signatures(acceptance)
    with refuses("WrongSignatureCount", given=5, participants=4):
        activate(complaining, acceptance, [*signatures, signatures[0]])
    with refuses("WrongSignatureCount", given=0, participants=4):
        activate(complaining, acceptance, [])


def test_signatures_come_by_participant_in_ascending_order(complaining: Consortium) -> None:
    acceptance = complaining.acceptance()
    signatures = complaining.signatures(acceptance)
    assert [account for account, _ in signatures] == list(complaining.configuration.members)
    for order, blamed in (((1, 0, 2, 3), 0), ((0, 2, 1, 3), 1), ((0, 1, 3, 2), 2), ((3, 2, 1, 0), 2)):
        with refuses("WrongSigner", participant=complaining.members[blamed].address):
            activate(complaining, acceptance, [signatures[place] for place in order])


def test_a_signature_is_that_of_the_named_participant(complaining: Consortium) -> None:
    acceptance = complaining.acceptance()
    (first, one), (second, other), *others = complaining.signatures(acceptance)
    with refuses("WrongSigner", participant=first):
        activate(complaining, acceptance, [(first, other), (second, one), *others])
    with refuses("WrongSigner", participant=second):
        activate(complaining, acceptance, [(first, one), (second, one), *others])


def test_nobody_signs_in_the_name_of_the_zero_address(complaining: Consortium) -> None:
    """What recovers to nobody must not count as the signature of nobody."""
    acceptance = complaining.acceptance()
    _, *others = complaining.signatures(acceptance)
    nobody = to_checksum_address("0x" + "00" * 20)
    for broken in (CompactSignature(bytes(32), bytes(32)), CompactSignature(b"\xff" * 32, b"\xff" * 32)):
        with refuses("WrongSigner", participant=nobody):
            activate(complaining, acceptance, [(nobody, broken), *others])


def test_members_who_did_not_join_do_not_sign(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[1:]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.join_by)
    for member in fresh.members[1:]:
        fresh.deal(member)
    acceptance = fresh.acceptance()
    everybody = fresh.signatures(acceptance)
    with refuses("WrongSignatureCount", given=4, participants=3):
        activate(fresh, acceptance, everybody)
    for left_out in (1, 2, 3):
        with refuses("WrongSigner", participant=fresh.members[0].address):
            activate(fresh, acceptance, [*everybody[:left_out], *everybody[left_out + 1 :]])
    activate(fresh, acceptance, everybody[1:], send=True)
    assert fresh.reads.state(fresh.sid).qualified == 0b1110


def test_disqualified_dealers_sign_too(misdealt: Consortium) -> None:
    """They hold shares, and the acceptance says that everybody has verified what it holds."""
    share_complaint(misdealt, misdealt.members[0], misdealt.members[1], ShareEquation.C).send()
    acceptance = misdealt.acceptance()
    assert acceptance.qualified == 0b1110
    signatures = misdealt.signatures(acceptance)
    with refuses("WrongSignatureCount", given=3, participants=4):
        activate(misdealt, acceptance, signatures[1:])
    activate(misdealt, acceptance, signatures, send=True)
    assert misdealt.reads.state(misdealt.sid).qualified == 0b1110


@pytest.mark.parametrize("field", ["sid", "roster_hash", "dealings_hash", "qualified", "aggregate_hash"])
def test_a_signature_binds_every_field(complaining: Consortium, field: str) -> None:
    acceptance = complaining.acceptance()
    other = 0b0111 if field == "qualified" else b"\x03" * 32
    signatures = complaining.signatures(acceptance)
    signed = complaining.sign(complaining.members[2], replace(acceptance, **{field: other}))
    signatures[2] = (complaining.members[2].address, signed)
    with refuses("WrongSigner", participant=complaining.members[2].address):
        activate(complaining, acceptance, signatures)


def test_a_signature_binds_chain_and_contract(complaining: Consortium) -> None:
    acceptance, member = complaining.acceptance(), complaining.members[1]
    chain_id, contract = complaining.connection.chain_id, complaining.connection.contract_address
    for elsewhere in ((chain_id + 1, contract), (chain_id, complaining.outsider.address)):
        signed = member.account.sign_message(acceptance.signable(*elsewhere))
        signatures = complaining.signatures(acceptance)
        signatures[1] = (member.address, CompactSignature.from_rsv(signed.r, signed.s, signed.v))
        with refuses("WrongSigner", participant=member.address):
            activate(complaining, acceptance, signatures)


def test_signatures_of_another_session_do_not_serve(
    complaining: Consortium, make_consortium: Callable[..., Consortium]
) -> None:
    other = make_consortium().run_to(Phase.COMPLAINING)
    foreign = other.signatures(other.acceptance())
    with refuses("WrongSigner", participant=complaining.members[0].address):
        activate(complaining, complaining.acceptance(), foreign)


def test_malleable_and_broken_signatures_are_refused(complaining: Consortium) -> None:
    acceptance = complaining.acceptance()
    signatures = complaining.signatures(acceptance)
    first, right = signatures[0]
    v, r, s = right.as_rsv()
    flipped = CompactSignature.from_rsv(r, s, 55 - v)
    high = CompactSignature(right.r, (CURVE_ORDER - s).to_bytes(32, "big"))
    just_high = CompactSignature.from_rsv(r, CURVE_ORDER // 2 + 1, 27)
    broken = [flipped, high, just_high, CompactSignature(bytes(32), bytes(32)),
              CompactSignature(b"\xff" * 32, b"\xff" * 32)]  # fmt: skip
    for signature in broken:
        with refuses("WrongSigner", participant=complaining.members[0].address):
            activate(complaining, acceptance, [(first, signature), *signatures[1:]])


def test_the_signed_qualified_set_must_be_the_current_one(misdealt: Consortium) -> None:
    """Signatures that were collected before a complaint was upheld are worthless afterwards."""
    before = misdealt.acceptance()
    signatures = misdealt.signatures(before)
    share_complaint(misdealt, misdealt.members[0], misdealt.members[1], ShareEquation.C).send()
    with refuses("QualifiedSetChanged", current=0b1110, signed=0b1111):
        activate(misdealt, before, signatures)


def test_a_smaller_set_than_the_current_one_is_refused(complaining: Consortium) -> None:
    acceptance = replace(complaining.acceptance(), qualified=0b0111)
    with refuses("QualifiedSetChanged", current=0b1111, signed=0b0111):
        activate(complaining, acceptance, complaining.signatures(acceptance))


def test_a_set_that_a_passed_deadline_changed_is_refused(complaining: Consortium) -> None:
    acceptance = complaining.acceptance()
    signatures = complaining.signatures(acceptance)
    complain_missing(complaining, complaining.members[1], complaining.members[2])
    activate(complaining, acceptance, signatures)
    complaining.travel_to(complaining.configuration.reveal_by - 1)
    activate(complaining, acceptance, signatures)
    complaining.travel_to(complaining.configuration.reveal_by)
    with refuses("QualifiedSetChanged", current=0b1101, signed=0b1111):
        activate(complaining, acceptance, signatures)


def test_too_few_qualified_dealers_cannot_activate(misdealt: Consortium) -> None:
    share_complaint(misdealt, misdealt.members[0], misdealt.members[1], ShareEquation.C).send()
    share_complaint(misdealt, misdealt.members[3], misdealt.members[1], ShareEquation.C).send()
    acceptance = misdealt.acceptance()
    assert acceptance.qualified == 0b0110
    with refuses("TooFewQualified", qualified=2, threshold=3):
        activate(misdealt, acceptance, misdealt.signatures(acceptance))


def test_activation_discards_open_reports(complaining: Consortium) -> None:
    """Else a member could collect signatures, cry "missing", activate, and have an honest dealer punished."""
    dealer, crier = complaining.members[1], complaining.members[2]
    acceptance = complaining.acceptance()
    signatures = complaining.signatures(acceptance)
    complain_missing(complaining, dealer, crier)
    activate(complaining, acceptance, signatures, send=True)
    with refuses("WrongPhase", current=Phase.ACTIVE):
        reveal(complaining, dealer, crier)
    for deadline in ("reveal_by", "challenge_by", "bond_release_time"):
        complaining.travel_to(getattr(complaining.configuration, deadline))
        assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE
        assert complaining.reads.bond(complaining.sid, dealer.address) == BOND
        assert complaining.reads.state(complaining.sid).qualified == 0b1111
        with refuses("NoFaultToRecord", account=dealer.address):
            complaining.outsider.send(complaining.actions.record_fault(complaining.sid, dealer.address))


def test_activation_closes_all_complaints(misdealt: Consortium) -> None:
    each = share_complaint(misdealt, misdealt.members[0], misdealt.members[1], ShareEquation.C)
    misdealt.activate_unanimously()
    for deadline in (None, "complain_by", "reveal_by", "challenge_by"):
        if deadline is not None:
            misdealt.travel_to(getattr(misdealt.configuration, deadline))
        with refuses("WrongPhase", current=Phase.ACTIVE):
            each.simulate()
        with refuses("WrongPhase", current=Phase.ACTIVE):
            complain_missing(misdealt, misdealt.members[1], misdealt.members[2])


def test_a_session_is_activated_once(active: Consortium) -> None:
    with refuses("WrongPhase", current=Phase.ACTIVE):
        active.activate_unanimously()
    active.travel_to(active.configuration.challenge_by)
    with refuses("WrongPhase", current=Phase.ACTIVE):
        active.activate_computed()


@pytest.mark.parametrize("deadline", ["complain_by", "reveal_by", "challenge_by"])
def test_unanimous_activation_is_possible_until_somebody_activates(
    complaining: Consortium, deadline: str
) -> None:
    complaining.travel_to(getattr(complaining.configuration, deadline))
    complaining.activate_unanimously()
    assert complaining.reads.phase(complaining.sid) is Phase.ACTIVE


def test_a_missed_deadline_before_a_late_activation_stays_a_fault(complaining: Consortium) -> None:
    complain_missing(complaining, complaining.members[1], complaining.members[2])
    complaining.travel_to(complaining.configuration.reveal_by)
    complaining.activate_unanimously()
    assert complaining.reads.state(complaining.sid).qualified == 0b1101
    assert complaining.reads.fault(complaining.sid, complaining.members[1].address) is Fault.MISSING_SHARE


def test_acceptances_of_dealings_that_were_reorganised_away_activate_nothing(dealing: Consortium) -> None:
    """A member that deals anew on another branch cannot use what the others signed on the first one."""
    *others, last = dealing.members
    for member in others:
        dealing.deal(member)
    provider = dealing.connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    dealing.deal(last)
    acceptance = dealing.acceptance()
    signatures = dealing.signatures(acceptance)
    provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]
    dealing.deal(last)
    signatures[-1] = (last.address, dealing.sign(last, acceptance))
    with refuses("WrongSigner", participant=others[0].address):
        activate(dealing, acceptance, signatures)
    dealing.activate_unanimously()
