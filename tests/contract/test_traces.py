"""Convictions by valid trace proofs, and who may be accused by whom and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from support.complaints import share_complaint
from support.consortium import BOND, Consortium
from support.events import events_of
from support.refusals import refuses
from support.tracing import Trace, prove_unchecked, trace

from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.protocol.trace_proof import decode_trace_proof, verify
from tcss_chain.protocol.trace_query import QueryMode

FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED
NO_PROOF: Any = ((0,) * 4, (0,) * 4, (0, 0))


def python_accepts(each: Trace, proof: Any) -> bool:
    return verify(each.statement, proof, each.consortium.roster(), each.aggregate, each.qualified)


# ---------------------------------------------------------------- valid


@pytest.mark.parametrize("seats", [(0,), (3,), (0, 1), (1, 3), (2, 3)])
@pytest.mark.parametrize(
    ("mode", "dropped"),
    [
        (FREE, 0),
        (FREE, 0b1),
        (FREE, 0b1101),
        (FREE, 0b11111111),
        (REGISTERED, 0),
        (REGISTERED, 0b1),
        (REGISTERED, 0b10),
    ],
)
def test_a_valid_proof_convicts(
    active: Consortium, seats: Sequence[int], mode: QueryMode, dropped: int
) -> None:
    each = trace(active, seats, mode=mode, dropped=dropped)
    proof = each.prove()
    assert python_accepts(each, proof)
    read = active.connection.contract.functions.recordsOfSession(active.sid)
    assert read.call() == []
    mined = each.send(proof)
    (record,) = read.call()
    assert record[3] == list(each.accused)
    (recorded,) = events_of(active, mined, "TraceRecorded")
    assert (recorded["sid"], recorded["number"]) == (active.sid, 0)
    assert recorded.keys() == {"sid", "number", "challenge", "claim"}
    assert tuple(recorded["challenge"].values()) == each.statement.challenge.as_abi_tuple()
    assert tuple(recorded["claim"].values()) == each.statement.claim.as_abi_tuple()
    convicted = events_of(active, mined, "Convicted")
    assert [event["accused"] for event in convicted] == list(each.accused)
    assert {(event["sid"], event["number"]) for event in convicted} == {(active.sid, 0)}
    state = active.reads.state(active.sid)
    assert state.convicted == sum(1 << seat for seat in seats)
    assert state.forfeits == len(seats) * BOND
    for seat, member in enumerate(active.members):
        shown = active.reads.member(active.sid, member.address)
        assert shown.convicted is (seat in seats)
        assert shown.fault is Fault.NONE
        answer = active.connection.contract.functions.isConvicted(active.sid, member.address).call()
        assert answer is (seat in seats)


def test_the_proof_has_320_bytes_and_needs_nothing_else(active: Consortium) -> None:
    each = trace(active, [2])
    encoded = each.prove().to_bytes()
    assert len(encoded) == 320
    each.send(decode_trace_proof(encoded))


def test_a_prover_written_from_the_protocol_is_accepted(active: Consortium) -> None:
    each = trace(active, [1])
    each.simulate(each.function(prove_unchecked(each)))


def test_any_number_below_the_threshold_of_a_larger_session(
    make_consortium: Callable[..., Consortium],
) -> None:
    consortium = make_consortium(n=12, t=7).run_to(Phase.ACTIVE)
    for seats in ([3], [0, 4, 5, 11], [0, 2, 4, 6, 8, 10]):
        for mode, dropped in ((FREE, 0b101001), (REGISTERED, 0b1001)):
            fitting = dropped & (1 << 7 - len(seats)) - 1
            each = trace(consortium, seats, mode=mode, dropped=fitting)
            each.simulate(each.function(each.prove()))
    assert each.send().gas_used < MAX_TRANSACTION_GAS // 8
    assert consortium.reads.state(consortium.sid).convicted == 0b010101010101


def test_who_was_disqualified_or_never_dealt_is_traceable(dealing: Consortium) -> None:
    for member in dealing.members[:3]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.challenge_by)
    dealing.activate_computed()
    trace(dealing, [3], mode=REGISTERED).send()
    assert dealing.reads.member(dealing.sid, dealing.members[3].address).convicted


def test_a_disqualified_dealer_is_traceable(misdealt: Consortium) -> None:
    share_complaint(misdealt, misdealt.members[0], misdealt.members[1], ShareEquation.C).send()
    misdealt.activate_unanimously()
    trace(misdealt, [0]).send()
    member = misdealt.reads.member(misdealt.sid, misdealt.members[0].address)
    assert member.convicted
    assert member.fault is Fault.INVALID_SHARE


def test_a_session_without_bonds_convicts_too(make_consortium: Callable[..., Consortium]) -> None:
    consortium = make_consortium(bond=0).run_to(Phase.ACTIVE)
    trace(consortium, [0, 1]).send()
    state = consortium.reads.state(consortium.sid)
    assert (state.convicted, state.forfeits) == (0b0011, 0)


def test_points_of_members_who_did_not_join_are_not_registered(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[:3]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.join_by)
    for member in fresh.members[:3]:
        fresh.deal(member)
    acceptance = fresh.acceptance()
    fresh.outsider.send(
        fresh.actions.activate_unanimously(
            fresh.sid, acceptance.qualified, acceptance.aggregate_hash, fresh.signatures(acceptance)[:3]
        )
    )
    trace(fresh, [1], mode=REGISTERED).send()
    assert fresh.reads.state(fresh.sid).convicted == 0b0010


# ---------------------------------------------------------------- several convictions


def test_a_second_trace_may_name_the_convicted_again(active: Consortium) -> None:
    trace(active, [0]).send()
    mined = trace(active, [0, 2]).send()
    assert len(events_of(active, mined, "Convicted")) == 2
    state = active.reads.state(active.sid)
    assert (state.convicted, state.forfeits) == (0b0101, 2 * BOND)


def test_a_trace_must_name_somebody_new(active: Consortium) -> None:
    trace(active, [0]).send()
    trace(active, [2]).send()
    for seats in ([0], [2], [0, 2]):
        each = trace(active, seats)
        with refuses("NothingNew"):
            each.send()


def test_a_proof_that_is_sent_twice_counts_once(active: Consortium) -> None:
    each = trace(active, [0])
    proof = each.prove()
    each.send(proof)
    with refuses("NothingNew"):
        each.send(proof)
    assert active.reads.state(active.sid).forfeits == BOND


def test_fewer_than_the_threshold_can_be_convicted_at_once(active: Consortium) -> None:
    everybody = [member.address for member in active.members]
    each = trace(active, [0])
    for size in (3, 4):
        with refuses("TooManyConvicted", convicted=size, threshold=3):
            each.simulate(each.function(NO_PROOF, accused=everybody[:size]))


def test_fewer_than_the_threshold_can_be_convicted_in_total(active: Consortium) -> None:
    """With t shares known all others are: nothing can be attributed then."""
    trace(active, [0]).send()
    trace(active, [1]).send()
    each = trace(active, [2])
    with refuses("TooManyConvicted", convicted=3, threshold=3):
        each.send()
    assert active.reads.state(active.sid).convicted == 0b0011


# ---------------------------------------------------------------- who, whom, when


def test_only_the_sessions_auditor_convicts(active: Consortium) -> None:
    each = trace(active, [0])
    function = each.function(each.prove())
    for sender in (active.outsider, active.creator, active.members[0].sender, active.members[1].sender):
        with refuses("NotAuditor", caller=sender.address):
            each.simulate(function, sender)


def test_the_auditor_of_another_session_does_not_convict(
    active: Consortium, make_consortium: Callable[..., Consortium]
) -> None:
    other = make_consortium(auditor=active.outsider.address)
    other.auditor = active.outsider
    other.run_to(Phase.ACTIVE)
    each = trace(other, [0])
    with refuses("NotAuditor", caller=active.auditor.address):
        each.simulate(each.function(each.prove()), active.auditor)
    each.send()
    assert active.reads.state(active.sid).convicted == 0


@pytest.mark.parametrize(
    "phase", [Phase.CONFIRMING, Phase.JOINING, Phase.DEALING, Phase.COMPLAINING, Phase.REVEALING,
              Phase.CHALLENGING, Phase.AGGREGATING]
)  # fmt: skip
def test_convictions_need_an_active_session(active: Consortium, fresh: Consortium, phase: Phase) -> None:
    fresh.run_to(phase)
    each = trace(active, [0])
    function = each.function(NO_PROOF, sid=fresh.sid)
    with refuses("WrongPhase", current=phase):
        each.simulate(function)


def test_convictions_are_possible_for_ever(active: Consortium) -> None:
    active.travel_to(active.configuration.bond_release_time + 10**9)
    trace(active, [0]).send()


def test_somebody_must_be_accused(active: Consortium) -> None:
    each = trace(active, [0])
    with refuses("NoAccused"):
        each.simulate(each.function(NO_PROOF, accused=[]))


def test_the_accused_must_be_ascending(active: Consortium) -> None:
    each = trace(active, [0, 1])
    proof = each.prove()
    first, second = each.accused
    for accused, blamed in (
        ([second, first], first), ([first, first], first), ([first, second, second], second),
        ([to_checksum_address("0x" + "00" * 20)], "0x" + "00" * 20),
    ):  # fmt: skip
        with refuses("AccusedNotAscending", account=blamed):
            each.simulate(each.function(proof, accused=accused))


def test_strangers_and_the_auditor_cannot_be_accused(active: Consortium) -> None:
    each = trace(active, [0])
    lowest = to_checksum_address("0x" + "00" * 19 + "01")
    for account in (active.outsider.address, active.auditor.address, lowest):
        with refuses("AccusedNotJoined", account=account):
            each.simulate(each.function(NO_PROOF, accused=[account]))
        assert not active.connection.contract.functions.isConvicted(active.sid, account).call()


def test_who_never_joined_cannot_be_accused(fresh: Consortium) -> None:
    fresh.run_to(Phase.JOINING)
    for member in fresh.members[1:]:
        fresh.join(member)
    fresh.travel_to(fresh.configuration.join_by)
    for member in fresh.members[1:]:
        fresh.deal(member)
    fresh.travel_to(fresh.configuration.challenge_by)
    fresh.activate_computed()
    each = trace(fresh, [1])
    for accused in ([fresh.members[0].address], [fresh.members[0].address, fresh.members[1].address]):
        with refuses("AccusedNotJoined", account=fresh.members[0].address):
            each.simulate(each.function(NO_PROOF, accused=accused))


# ---------------------------------------------------------------- limits of the challenge


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
def test_at_most_eight_points_may_be_dropped(active: Consortium, mode: QueryMode) -> None:
    each = trace(active, [0], mode=FREE)
    nonce = each.statement.challenge.nonce
    for dropped in (0b111111111, 2**256 - 1):
        with refuses("TooManyDropped", dropped=dropped.bit_count()):
            each.simulate(each.function(NO_PROOF, challenge=(int(mode), nonce, dropped)))


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
@pytest.mark.parametrize(("dropped", "points"), [(0b1000, 3), (0b11 << 254, 4), (1 << 255, 3)])
def test_only_query_points_can_be_dropped(
    active: Consortium, mode: QueryMode, dropped: int, points: int
) -> None:
    each = trace(active, [0], mode=FREE)
    nonce = each.statement.challenge.nonce
    with refuses("DroppedOutOfRange", dropped=dropped, queryPoints=points):
        each.simulate(each.function(NO_PROOF, challenge=(int(mode), nonce, dropped)))


def test_registered_points_must_suffice(active: Consortium) -> None:
    each = trace(active, [0, 1], mode=REGISTERED)
    nonce = each.statement.challenge.nonce
    with refuses("TooFewUnaccused", unaccused=2, queryPoints=3):
        each.simulate(each.function(NO_PROOF, challenge=(int(REGISTERED), nonce, 0b11)))


def test_registered_order_depends_on_the_nonce_alone(active: Consortium) -> None:
    """Two nonces give different points; an honest box that answers for one has not answered for the other."""
    orders = set()
    for nonce in range(8):
        each = trace(active, [0], mode=REGISTERED, nonce=nonce.to_bytes(32, "big"))
        each.simulate(each.function(each.prove()))
        orders.add(each.T)
    # Two of the three others make three sets.
    assert 1 < len(orders) <= 3


def test_the_whole_transaction_is_undone_when_the_proof_is_wrong(active: Consortium) -> None:
    before = active.reads.state(active.sid)
    each = trace(active, [0])
    with refuses("InvalidTraceProof"):
        each.simulate(each.function(replace(each.prove(), pi=active.A)))
    assert active.reads.state(active.sid) == before
