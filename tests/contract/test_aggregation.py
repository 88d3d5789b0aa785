"""Computed activation: in one transaction or several, to the same aggregate hash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.complaints import complain_missing, posted
from support.consortium import Consortium
from support.events import events_of
from support.refusals import refuses

from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import G1, G
from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings
from tcss_chain.protocol.hashing import hash_commitments, hash_words
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.session import Phase


@pytest.fixture
def aggregating(complaining: Consortium) -> Consortium:
    complaining.travel_to(complaining.configuration.challenge_by)
    return complaining


def dealings_of(consortium: Consortium, *seats: int) -> list[PostedDealing]:
    dealings = consortium.view.dealings()
    members = [consortium.members[seat] for seat in seats]
    return [posted(consortium, member, dealings[member.address]) for member in members]


def sums(dealings: list[PostedDealing]) -> SealedAggregate:
    return aggregate_dealings([(each.dealing.B, each.dealing.C) for each in dealings])


def changed(each: PostedDealing, **fields: Any) -> PostedDealing:
    """The dealing with other fields, and the hash of its dealer's keys as it is."""
    return replace(each, dealing=replace(each.dealing, **fields))


def add(
    consortium: Consortium,
    next_seat: int,
    partial: SealedAggregate | None,
    dealings: list[PostedDealing],
    sender: TransactionSender | None = None,
) -> MinedTransaction:
    function = consortium.actions.aggregate(consortium.sid, next_seat, partial, dealings)
    return (sender or consortium.outsider).send(function)


def expected_hash(consortium: Consortium) -> bytes:
    return consortium.acceptance().aggregate_hash


def partial_of(consortium: Consortium) -> bytes:
    """What the contract keeps of the outsider's sums."""
    views = consortium.connection.contract.functions
    return bytes(views.partialAggregateOf(consortium.sid, consortium.outsider.address).call())


def test_one_transaction_reaches_the_hash_of_the_unanimous_way(complaining: Consortium) -> None:
    accepted = expected_hash(complaining)
    complaining.travel_to(complaining.configuration.challenge_by)
    mined = complaining.activate_computed()
    (event,) = events_of(complaining, mined, "Activated")
    assert event["unanimous"] is False
    state = complaining.reads.state(complaining.sid)
    assert (state.phase, state.aggregate_hash, state.qualified) == (Phase.ACTIVE, accepted, 0b1111)


@pytest.mark.parametrize("chunks", [(1, 1, 1, 1), (2, 2), (1, 3), (3, 1)])
def test_several_transactions_reach_the_same_hash(aggregating: Consortium, chunks: tuple[int, ...]) -> None:
    accepted, dealings = expected_hash(aggregating), dealings_of(aggregating, 0, 1, 2, 3)
    done = 0
    for size in chunks:
        assert aggregating.reads.phase(aggregating.sid) is Phase.AGGREGATING
        partial = sums(dealings[:done]) if done else None
        mined = add(aggregating, done, partial, dealings[done : done + size])
        done += size
        if done < 4:
            (event,) = events_of(aggregating, mined, "AggregationAdvanced")
            assert event["nextSeat"] == done
            assert event["caller"] == aggregating.outsider.address
            partial = sums(dealings[:done])
            kept = partial_of(aggregating)
            hashes = (hash_commitments(aggregating.sid, vector) for vector in (partial.B, partial.C))
            assert kept == hash_words("tcss.v1.aggregate.partial", aggregating.sid, done, *hashes)
    state = aggregating.reads.state(aggregating.sid)
    assert (state.phase, state.aggregate_hash) == (Phase.ACTIVE, accepted)


@pytest.mark.parametrize("left_out", range(4))
def test_who_is_not_qualified_is_left_out(complaining: Consortium, left_out: int) -> None:
    complain_missing(complaining, complaining.members[left_out], complaining.members[(left_out + 1) % 4])
    complaining.travel_to(complaining.configuration.challenge_by)
    accepted = expected_hash(complaining)
    seats = [seat for seat in range(4) if seat != left_out]
    first, second, third = dealings_of(complaining, *seats)
    # Of all four dealings one is in the place of its successor, or one too many.
    with refuses("DealingMismatch" if left_out < 3 else "WrongDealingCount"):
        add(complaining, 0, None, dealings_of(complaining, 0, 1, 2, 3))
    add(complaining, 0, None, [first, second])
    add(complaining, seats[1] + 1, sums([first, second]), [third])
    state = complaining.reads.state(complaining.sid)
    assert (state.phase, state.aggregate_hash) == (Phase.ACTIVE, accepted)
    assert state.qualified == 0b1111 & ~(1 << left_out)


def test_partial_sums_belong_to_their_caller(aggregating: Consortium) -> None:
    dealings = dealings_of(aggregating, 0, 1, 2, 3)
    spoiler = aggregating.members[3].sender
    add(aggregating, 0, None, dealings[:2])
    kept = partial_of(aggregating)
    with refuses("WrongPartialAggregate", caller=spoiler.address):
        add(aggregating, 2, sums(dealings[:2]), dealings[2:], spoiler)
    add(aggregating, 0, None, dealings[:1], spoiler)
    assert partial_of(aggregating) == kept
    add(aggregating, 2, sums(dealings[:2]), dealings[2:])
    assert aggregating.reads.phase(aggregating.sid) is Phase.ACTIVE


def test_only_the_sums_that_were_reached_go_on(aggregating: Consortium) -> None:
    dealings = dealings_of(aggregating, 0, 1, 2, 3)
    add(aggregating, 0, None, dealings[:2])
    right = sums(dealings[:2])
    wrong = [
        (2, replace(right, B=(right.B[0] + G, *right.B[1:]))),
        (2, replace(right, C=(right.C[0] + G, *right.C[1:]))),
        (2, SealedAggregate(right.C, right.B)),
        (2, SealedAggregate(right.B[:-1], right.C)),
        (2, SealedAggregate((*right.B, G1.identity()), right.C)),
        (2, SealedAggregate((), ())),
        (1, right),
        (3, right),
        (2**256 - 1, right),
    ]
    for next_seat, partial in wrong:
        with refuses("WrongPartialAggregate", caller=aggregating.outsider.address):
            add(aggregating, next_seat, partial, dealings[2:])


def test_an_aggregation_can_be_started_anew(aggregating: Consortium) -> None:
    accepted, dealings = expected_hash(aggregating), dealings_of(aggregating, 0, 1, 2, 3)
    add(aggregating, 0, None, dealings[:3])
    add(aggregating, 0, None, dealings[:1])
    with refuses("WrongPartialAggregate"):
        add(aggregating, 3, sums(dealings[:3]), dealings[3:])
    add(aggregating, 1, sums(dealings[:1]), dealings[1:])
    assert aggregating.reads.state(aggregating.sid).aggregate_hash == accepted


def test_starting_anew_ignores_partial_sums(aggregating: Consortium) -> None:
    accepted, dealings = expected_hash(aggregating), dealings_of(aggregating, 0, 1, 2, 3)
    add(aggregating, 0, SealedAggregate((G, G, G), (G, G, G)), dealings)
    assert aggregating.reads.state(aggregating.sid).aggregate_hash == accepted


def test_dealings_come_by_seat_and_as_posted(aggregating: Consortium) -> None:
    first, second, third, fourth = dealings_of(aggregating, 0, 1, 2, 3)
    members = aggregating.members
    for dealings, blamed in (
        ([second, first], 0),
        ([first, third], 1),
        ([first, first], 1),
        ([changed(first, B=(first.dealing.B[0] + G, *first.dealing.B[1:]))], 0),
        ([changed(first, C=(first.dealing.C[0] + G, *first.dealing.C[1:]))], 0),
        ([changed(first, share_root=second.dealing.share_root)], 0),
        ([first, second, third, changed(fourth, proof=third.dealing.proof)], 3),
    ):
        with refuses("DealingMismatch", dealer=members[blamed].address):
            add(aggregating, 0, None, dealings)


def test_dealings_come_with_the_hashes_of_their_dealers_keys(aggregating: Consortium) -> None:
    first, second, third, fourth = dealings_of(aggregating, 0, 1, 2, 3)
    members = aggregating.members
    kept = aggregating.reads.member(aggregating.sid, members[0].address).posted_hash
    for keys_hash in (bytes(32), b"\xff" * 32, second.keys_hash, kept):
        with refuses("DealingMismatch", dealer=members[0].address):
            add(aggregating, 0, None, [replace(first, keys_hash=keys_hash), second, third, fourth])
    with refuses("DealingMismatch", dealer=members[3].address):
        add(aggregating, 0, None, [first, second, third, replace(fourth, keys_hash=first.keys_hash)])
    add(aggregating, 0, None, [first, second])
    with refuses("DealingMismatch", dealer=members[2].address):
        add(
            aggregating,
            2,
            sums([first, second]),
            [replace(third, keys_hash=fourth.keys_hash), replace(fourth, keys_hash=third.keys_hash)],
        )
    add(aggregating, 2, sums([first, second]), [third, fourth])
    assert aggregating.reads.phase(aggregating.sid) is Phase.ACTIVE


def test_there_must_be_some_dealing_and_not_more_than_are_qualified(aggregating: Consortium) -> None:
    dealings = dealings_of(aggregating, 0, 1, 2, 3)
    with refuses("WrongDealingCount", given=0):
        add(aggregating, 0, None, [])
    with refuses("WrongDealingCount", given=5):
        add(aggregating, 0, None, [*dealings, dealings[0]])


def test_aggregation_has_to_wait_for_the_last_deadline(complaining: Consortium) -> None:
    for deadline, phase in (
        ("complain_by", Phase.COMPLAINING),
        ("reveal_by", Phase.REVEALING),
        ("challenge_by", Phase.CHALLENGING),
    ):
        complaining.travel_to(getattr(complaining.configuration, deadline) - 1)
        with refuses("WrongPhase", current=phase):
            complaining.activate_computed()
    complaining.travel_to(complaining.configuration.challenge_by)
    complaining.activate_computed()


def test_too_few_dealers_cannot_be_aggregated(dealing: Consortium) -> None:
    for member in dealing.members[:2]:
        dealing.deal(member)
    dealing.travel_to(dealing.configuration.challenge_by)
    with refuses("WrongPhase", current=Phase.ABORTED):
        add(dealing, 0, None, dealings_of(dealing, 0, 1))


def test_shares_belong_to_the_aggregate(aggregating: Consortium) -> None:
    aggregating.activate_computed()
    roster = aggregating.roster()
    aggregate = aggregating.view.aggregate(roster, aggregating.view.dealings())
    for member in aggregating.members:
        R, S = aggregate.encryption_at(roster.participant(member.address).x)
        assert S - R * aggregating.alpha == G * aggregating.final_share(member)
