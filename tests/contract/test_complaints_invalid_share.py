"""Complaints about invalid shares: upheld when the share is wrong, refused when anything else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.complaints import ShareComplaint, share_complaint
from support.consortium import BOND, Consortium
from support.events import events_of
from support.misdealing import Words, deal_tampered, deal_vectors
from support.refusals import refuses

from tcss_chain.chain import abi_values as abi
from tcss_chain.curve import FIELD_MODULUS, G1, GROUP_ORDER, G
from tcss_chain.protocol.complaint import ShareEquation, make_key_evidence, share_holds
from tcss_chain.protocol.dealing import DealingPolynomials
from tcss_chain.protocol.roster import keys_hash
from tcss_chain.protocol.session import Fault, Phase

B, C = ShareEquation.B, ShareEquation.C


def complaint(consortium: Consortium, dealer: int, recipient: int, equation: ShareEquation) -> ShareComplaint:
    return share_complaint(consortium, consortium.members[dealer], consortium.members[recipient], equation)


def python_verdict(each: ShareComplaint) -> bool:
    return share_holds(
        each.consortium.roster(), each.dealer, each.sender.address, each.digest, each.share,
        each.evidence.K, each.equation, each.vector,
    )  # fmt: skip


# ---------------------------------------------------------------- upheld


@pytest.mark.parametrize(
    ("dealer", "recipient", "equation"),
    [(0, 1, C), (0, 2, B), (0, 2, C), (3, 0, B), (3, 0, C), (3, 1, B), (3, 1, C), (3, 2, B), (3, 2, C)],
)
def test_a_wrong_share_disqualifies_its_dealer(
    misdealt: Consortium, dealer: int, recipient: int, equation: ShareEquation
) -> None:
    each = complaint(misdealt, dealer, recipient, equation)
    assert not python_verdict(each)
    mined = each.send()
    (event,) = events_of(misdealt, mined, "FaultRecorded")
    assert (event["account"], event["fault"]) == (each.dealer, Fault.INVALID_SHARE)
    state = misdealt.reads.state(misdealt.sid)
    assert state.dealt == 0b1111
    assert state.qualified == 0b1111 & ~(1 << dealer)
    assert state.unanswered == 0
    assert state.forfeits == BOND // 2
    member = misdealt.reads.member(misdealt.sid, each.dealer)
    assert (member.fault, member.qualified, member.dealt) == (Fault.INVALID_SHARE, False, True)
    assert misdealt.reads.bond(misdealt.sid, each.dealer) == BOND - BOND // 2
    for other in misdealt.members:
        if other.address != each.dealer:
            assert misdealt.reads.fault(misdealt.sid, other.address) is Fault.NONE
            assert misdealt.reads.bond(misdealt.sid, other.address) == BOND


@pytest.mark.parametrize("equation", [B, C])
@pytest.mark.parametrize("recipient", [0, 1, 2])
def test_a_word_that_is_no_scalar_convicts_without_any_evidence(
    misdealt: Consortium, recipient: int, equation: ShareEquation
) -> None:
    honest = complaint(misdealt, 3, recipient, equation)
    nothing = replace(
        honest,
        recipient_keys=misdealt.members[2].keys,
        recipient_dealing=b"\x01" * 32,
        evidence=replace(honest.evidence, K=G1.identity(), challenge=0, response=0),
        vector=[],
    )
    nothing.send()
    assert misdealt.reads.fault(misdealt.sid, honest.dealer) is Fault.INVALID_SHARE


@pytest.mark.parametrize("equation", [B, C])
def test_vectors_that_fit_no_share_disqualify(dealing: Consortium, equation: ShareEquation) -> None:
    """The dealer changes one vector, and keeps the shares of the polynomials behind the other."""
    cheat, roster = dealing.members[0], dealing.roster()
    polynomials = DealingPolynomials.draw(3)
    vectors = {
        B: [G * b_m for b_m in polynomials.b],
        C: [G * a_m + roster.A * b_m for a_m, b_m in zip(polynomials.a, polynomials.b, strict=True)],
    }
    vectors[equation][2] += G
    dealing.deal(cheat, deal_vectors(roster, cheat.address, cheat.d, vectors[B], vectors[C], polynomials))
    for member in dealing.members[1:]:
        dealing.deal(member)
    other = C if equation is B else B
    with refuses("ShareHolds"):
        complaint(dealing, 0, 2, other).simulate()
    complaint(dealing, 0, 2, equation).send()
    assert dealing.reads.fault(dealing.sid, cheat.address) is Fault.INVALID_SHARE


# ---------------------------------------------------------------- refused: the share holds


@pytest.mark.parametrize(
    ("dealer", "recipient", "equation"),
    [
        (0, 1, B),
        (0, 3, B),
        (0, 3, C),
        (0, 0, B),
        (0, 0, C),
        (1, 0, B),
        (1, 0, C),
        (1, 2, C),
        (2, 3, B),
        (3, 3, C),
    ],
)
def test_a_right_share_is_no_fault(
    misdealt: Consortium, dealer: int, recipient: int, equation: ShareEquation
) -> None:
    each = complaint(misdealt, dealer, recipient, equation)
    assert python_verdict(each)
    with refuses("ShareHolds", dealer=each.dealer, recipient=each.sender.address):
        each.send()
    assert misdealt.reads.state(misdealt.sid).qualified == 0b1111
    assert misdealt.reads.state(misdealt.sid).forfeits == 0


# ---------------------------------------------------------------- refused: the evidence is wrong


def test_the_share_must_lead_to_the_dealers_root(misdealt: Consortium) -> None:
    each = complaint(misdealt, 0, 1, C)
    share, path = each.share, each.share.path
    of_another_recipient = complaint(misdealt, 0, 2, C).share
    of_another_dealer = complaint(misdealt, 1, 1, C).share
    wrong = [
        replace(share, c0=share.c0 ^ 1),
        replace(share, c1=share.c1 ^ 1),
        replace(share, c0=share.c0 + GROUP_ORDER),
        replace(share, c1=2**256 - 1),
        of_another_recipient,
        of_another_dealer,
        replace(share, path=of_another_recipient.path),
        *(replace(share, path=(*path[:level], b"\x09" * 32, *path[level + 1 :])) for level in range(7)),
    ]
    for changed in wrong:
        with refuses("ShareNotInTree", dealer=each.dealer, recipient=each.sender.address):
            replace(each, share=changed).simulate()


def test_keys_must_be_those_of_the_joins(misdealt: Consortium) -> None:
    each, others = complaint(misdealt, 0, 1, C), misdealt.members[2].keys
    for wrong in (others, replace(each.dealer_keys, P=others.P), replace(each.dealer_keys, D=others.D),
                  replace(each.dealer_keys, P=each.dealer_keys.D, D=each.dealer_keys.P)):  # fmt: skip
        with refuses("DealingMismatch", dealer=each.dealer):
            replace(each, dealer_keys=wrong).simulate()
    for wrong in (others, replace(each.recipient_keys, P=others.P), replace(each.recipient_keys, D=others.D)):
        with refuses("KeysMismatch", account=each.sender.address):
            replace(each, recipient_keys=wrong).simulate()
    each.simulate()


def test_the_dealers_keys_must_be_right_for_a_word_that_is_no_scalar_too(misdealt: Consortium) -> None:
    each, others = complaint(misdealt, 3, 0, B), misdealt.members[2].keys
    for wrong in (others, replace(each.dealer_keys, P=others.P), replace(each.dealer_keys, D=others.D)):
        with refuses("DealingMismatch", dealer=each.dealer):
            replace(each, dealer_keys=wrong).simulate()
    each.simulate()


def test_the_recipients_own_dealing_must_be_the_posted_one(misdealt: Consortium) -> None:
    """Without it the contract cannot tell whether the recipient's keys are those that it joined with."""
    each, recipient = complaint(misdealt, 0, 1, C), misdealt.members[1]
    kept = misdealt.reads.member(misdealt.sid, recipient.address).posted_hash
    others = [complaint(misdealt, 0, seat, C).recipient_dealing for seat in (0, 2, 3)]
    joined = keys_hash(misdealt.sid, recipient.address, recipient.keys)
    for wrong in (
        bytes(32),
        b"\xff" * 32,
        each.digest.hash(misdealt.sid, each.dealer),
        kept,
        joined,
        *others,
    ):
        assert wrong != each.recipient_dealing
        with refuses("KeysMismatch", account=recipient.address):
            replace(each, recipient_dealing=wrong).simulate()
    each.send()
    assert misdealt.reads.fault(misdealt.sid, each.dealer) is Fault.INVALID_SHARE


@pytest.fixture
def silent_victim(dealing: Consortium) -> Consortium:
    """Seat 0 gave seat 1 a wrong share and seat 2 a right one; seat 1 has not dealt, the others have."""
    cheat, victim = dealing.members[0], dealing.members[1]

    def tamper(recipient: Any, words: Words) -> Words:
        return ((words[0] + (recipient == victim.address)) % GROUP_ORDER, words[1])

    cheat.polynomials = DealingPolynomials.draw(3)
    dealt = deal_tampered(dealing.roster(), cheat.address, cheat.d, tamper, cheat.polynomials)
    dealing.deal(cheat, dealt)
    for member in dealing.members[2:]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by)
    return dealing


def test_a_recipient_that_has_not_dealt_can_complain(silent_victim: Consortium) -> None:
    each, victim = complaint(silent_victim, 0, 1, C), silent_victim.members[1]
    assert each.recipient_dealing == bytes(32)
    state = silent_victim.reads.member(silent_victim.sid, victim.address)
    assert (state.dealt, state.fault) == (False, Fault.NO_DEALING)
    each.send()
    assert silent_victim.reads.fault(silent_victim.sid, each.dealer) is Fault.INVALID_SHARE
    assert silent_victim.reads.state(silent_victim.sid).qualified == 0b1100


def test_who_has_not_dealt_has_no_dealing_to_show(silent_victim: Consortium) -> None:
    each, victim = complaint(silent_victim, 0, 1, C), silent_victim.members[1]
    kept = silent_victim.reads.member(silent_victim.sid, victim.address).posted_hash
    assert kept == keys_hash(silent_victim.sid, victim.address, victim.keys)
    for wrong in (
        b"\xff" * 32,
        kept,
        each.digest.hash(silent_victim.sid, victim.address),
        b"\0" * 31 + b"\1",
    ):
        with refuses("KeysMismatch", account=victim.address):
            replace(each, recipient_dealing=wrong).simulate()
    for keys in (silent_victim.members[0].keys, replace(victim.keys, D=victim.keys.P)):
        with refuses("KeysMismatch", account=victim.address):
            replace(each, recipient_keys=keys).simulate()
    each.simulate()


def test_a_right_share_is_no_fault_for_who_has_not_dealt_either(silent_victim: Consortium) -> None:
    for dealer in (2, 3):
        each = complaint(silent_victim, dealer, 1, C)
        with refuses("ShareHolds", dealer=each.dealer, recipient=each.sender.address):
            each.simulate()


def test_the_vector_must_be_the_posted_one_of_the_equation(misdealt: Consortium) -> None:
    each = complaint(misdealt, 0, 1, C)
    of_B, of_another_dealer = complaint(misdealt, 0, 1, B).vector, complaint(misdealt, 1, 1, C).vector
    wrong = [
        of_B, of_another_dealer, each.vector[:-1], [*each.vector, G1.identity()], [], list(each.vector)[::-1],
        [each.vector[0] + G, *each.vector[1:]],
    ]  # fmt: skip
    for vector in wrong:
        with refuses("VectorMismatch", dealer=each.dealer):
            replace(each, vector=vector).simulate()
    with refuses("VectorMismatch", dealer=each.dealer):
        replace(each, equation=B).simulate()


def test_the_digest_must_be_the_posted_one(misdealt: Consortium) -> None:
    each = complaint(misdealt, 0, 1, C)
    digest, other = each.digest, complaint(misdealt, 1, 1, C).digest
    wrong = [
        other,
        replace(digest, hash_B=other.hash_B),
        replace(digest, hash_C=other.hash_C),
        replace(digest, hash_B=digest.hash_C, hash_C=digest.hash_B),
        replace(digest, share_root=other.share_root),
        *(
            replace(digest, proof=replace(digest.proof, **{name: getattr(digest.proof, name) ^ 1}))
            for name in ("challenge", "response_u", "response_v")
        ),
    ]
    for changed in wrong:
        with refuses("DealingMismatch", dealer=each.dealer):
            replace(each, digest=changed).simulate()


def test_an_honest_dealer_is_not_framed_with_another_shared_key(
    misdealt: Consortium, complaining: Consortium
) -> None:
    """Any other key would decrypt the share to something that fails the equations."""
    each = complaint(misdealt, 1, 2, C)
    roster, recipient = misdealt.roster(), misdealt.members[2]
    dealer_entry = roster.participant(each.dealer)
    recipient_entry = roster.participant(recipient.address)
    evidence = each.evidence

    def made_for(sid: bytes, dealer: int, recipient: int, e: int) -> Any:
        entries = [roster.participant(misdealt.members[seat].address) for seat in (dealer, recipient)]
        return make_key_evidence(sid, *entries, e)

    wrong = [
        replace(evidence, K=evidence.K + G),
        replace(evidence, K=-evidence.K),
        replace(evidence, K=G1.identity()),
        replace(evidence, challenge=evidence.challenge ^ 1),
        replace(evidence, response=evidence.response ^ 1),
        replace(evidence, challenge=0, response=0),
        make_key_evidence(misdealt.sid, dealer_entry, recipient_entry, recipient.e + 1),
        make_key_evidence(misdealt.sid, dealer_entry, recipient_entry, recipient.d),
        made_for(misdealt.sid, 0, 2, recipient.e),
        made_for(misdealt.sid, 1, 3, recipient.e),
        made_for(misdealt.sid, 2, 1, misdealt.members[1].e),
        made_for(complaining.sid, 1, 2, recipient.e),
    ]
    for changed in wrong:
        with refuses("InvalidKeyEvidence", dealer=each.dealer, recipient=recipient.address):
            replace(each, evidence=changed).simulate()
    with refuses("ShareHolds"):
        each.simulate()


def raw_evidence(each: ShareComplaint, K: tuple[int, int], challenge: int, response: int) -> Any:
    return each.consortium.connection.contract.functions.complainInvalidShare(
        each.consortium.sid, each.dealer, abi.encode_keys(each.dealer_keys),
        abi.encode_keys(each.recipient_keys), each.recipient_dealing, abi.encode_digest(each.digest),
        abi.encode_share(each.share), (K, challenge, response), int(each.equation),
        abi.encode_vector(each.vector),
    )  # fmt: skip


def test_evidence_must_be_canonical(misdealt: Consortium) -> None:
    each = complaint(misdealt, 1, 2, C)
    evidence, (x, y) = each.evidence, each.evidence.K.words()
    cases: list[tuple[str, Any]] = [
        ("CoordinateOutOfRange", ((x + FIELD_MODULUS, y), evidence.challenge, evidence.response)),
        ("CoordinateOutOfRange", ((x, y + FIELD_MODULUS), evidence.challenge, evidence.response)),
        ("NotOnCurve", ((x, y ^ 1), evidence.challenge, evidence.response)),
        ("ScalarOutOfRange", ((x, y), evidence.challenge + GROUP_ORDER, evidence.response)),
        ("ScalarOutOfRange", ((x, y), evidence.challenge, evidence.response + GROUP_ORDER)),
    ]
    for error, arguments in cases:
        with refuses(error):
            each.sender.simulate(raw_evidence(each, *arguments))


# ---------------------------------------------------------------- refused: wrong people, wrong time


def test_only_the_recipient_complains(misdealt: Consortium) -> None:
    each = complaint(misdealt, 0, 1, C)
    for sender in (misdealt.outsider, misdealt.auditor):
        with refuses("NotJoined", account=sender.address):
            replace(each, sender=sender).simulate()
    for seat in (0, 2, 3):
        sender = misdealt.members[seat].sender
        with refuses("ShareNotInTree", dealer=each.dealer, recipient=sender.address):
            replace(each, sender=sender).simulate()


def test_who_did_not_deal_cannot_be_accused(dealing: Consortium) -> None:
    for member in dealing.members[1:]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.deal_by)
    each = complaint(dealing, 1, 2, C)
    for account in (dealing.members[0].address, dealing.outsider.address):
        with refuses("NotDealt", dealer=account):
            replace(each, dealer=account).simulate()


def test_against_a_disqualified_dealer_no_further_key_is_revealed(misdealt: Consortium) -> None:
    complaint(misdealt, 0, 1, C).send()
    before = misdealt.reads.state(misdealt.sid)
    for recipient, equation in ((1, C), (2, B), (3, C)):
        with refuses("AlreadyDisqualified", dealer=misdealt.members[0].address):
            complaint(misdealt, 0, recipient, equation).simulate()
    assert misdealt.reads.state(misdealt.sid) == before


@pytest.mark.parametrize(
    ("second", "phase"),
    [
        (lambda c: c.complain_by - 1, Phase.COMPLAINING),
        (lambda c: c.complain_by, Phase.REVEALING),
        (lambda c: c.reveal_by - 1, Phase.REVEALING),
        (lambda c: c.reveal_by, Phase.CHALLENGING),
        (lambda c: c.challenge_by - 1, Phase.CHALLENGING),
        (lambda c: c.challenge_by, Phase.AGGREGATING),
    ],
)
def test_complaints_are_heard_in_the_complain_and_the_challenge_phase(
    misdealt: Consortium, second: Callable[[Any], int], phase: Phase
) -> None:
    each = complaint(misdealt, 0, 1, C)
    misdealt.pin(second(misdealt.configuration))
    assert misdealt.reads.phase(misdealt.sid) is phase
    if phase in (Phase.COMPLAINING, Phase.CHALLENGING):
        each.send()
        assert misdealt.connection.chain_time() == second(misdealt.configuration)
        assert misdealt.reads.fault(misdealt.sid, each.dealer) is Fault.INVALID_SHARE
    else:
        with refuses("WrongPhase", current=phase):
            each.simulate()


def test_two_disqualified_dealers_leave_too_few(misdealt: Consortium) -> None:
    complaint(misdealt, 0, 1, C).send()
    complaint(misdealt, 3, 1, C).send()
    state = misdealt.reads.state(misdealt.sid)
    assert (state.qualified, state.forfeits) == (0b0110, 2 * (BOND // 2))
    misdealt.travel_to(misdealt.configuration.challenge_by)
    assert misdealt.reads.phase(misdealt.sid) is Phase.ABORTED
