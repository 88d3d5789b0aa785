"""Session packages that fit together, made up without a chain."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from tcss_chain.chain.session_events import JoinedEvent
from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings
from tcss_chain.protocol.dealing import Dealing, PolynomialProof
from tcss_chain.protocol.posted_dealing import dealings_hash
from tcss_chain.protocol.roster import (
    ParticipantKeys,
    bitmap_of,
    empty_roster_hash,
    roster_hash_after_join,
    seats_of,
)
from tcss_chain.protocol.session import Configuration, session_id
from tcss_chain.session_package import PackagedDealing, SessionPackage


def address(rng: random.Random) -> ChecksumAddress:
    return to_checksum_address(rng.randbytes(20))


def point_ladder(count: int) -> tuple[G1, ...]:
    """Many different points, cheaply."""
    points = [G]
    while len(points) < count:
        points.append(points[-1] + G)
    return tuple(points)


def make_package(n: int, t: int, seed: int = 0, *, absent: int = 0, disqualified: int = 0) -> SessionPackage:
    """
    Make up a session of ``n`` members with threshold ``t``.

    Joins and dealings are each in an order of their own.
    """
    rng = random.Random(f"{n}-{t}-{seed}-{absent}-{disqualified}")
    members = tuple(sorted((address(rng) for _ in range(n)), key=lambda each: int(each, 16)))
    configuration = Configuration(
        threshold=t,
        members=members,
        auditor=address(rng),
        confirm_by=rng.randrange(2**40),
        join_by=rng.randrange(2**40),
        deal_by=rng.randrange(2**40),
        complain_by=rng.randrange(2**40),
        reveal_by=rng.randrange(2**40),
        challenge_by=rng.randrange(2**40),
        bond_release_time=rng.randrange(2**40),
        bond=rng.randrange(2**88),
        beneficiary=address(rng),
        parent=rng.randbytes(32),
    )
    points = point_ladder(2 * t + n + 2)
    joined = rng.sample(members, n - absent)
    joins = tuple(
        JoinedEvent(member, members.index(member), ParticipantKeys(points[place], points[place + 1]))
        for place, member in enumerate(joined)
    )
    dealers = rng.sample(joined, len(joined))
    dealt = {dealer: PackagedDealing(dealer, _dealing(t, points, rng)) for dealer in dealers}
    dealings = tuple(dealt[member] for member in members if member in dealt)
    qualified = bitmap_of(members.index(dealer) for dealer in dealers[disqualified:])
    unhashed = SessionPackage(
        sid=bytes(32),
        chain_id=rng.randrange(2**63),
        contract=address(rng),
        creator=address(rng),
        salt=rng.randbytes(32),
        configuration=configuration,
        A=points[-1],
        joins=joins,
        roster_hash=bytes(32),
        dealings=dealings,
        dealings_hash=bytes(32),
        qualified=qualified,
        aggregate=SealedAggregate((), ()),
        aggregate_hash=bytes(32),
    )
    return rehashed(unhashed)


def rehashed(package: SessionPackage) -> SessionPackage:
    """What a forger does: all hashes and the aggregate computed anew, so that everything fits together."""
    sid = session_id(package.chain_id, package.contract, package.creator, package.salt, package.configuration)
    roster_hash = empty_roster_hash(sid, package.A)
    for join in package.joins:
        roster_hash = roster_hash_after_join(sid, roster_hash, join.account, join.keys)
    seats = {join.account: join.seat for join in package.joins}
    qualified = seats_of(package.qualified)
    aggregate = aggregate_dealings(
        [(each.dealing.B, each.dealing.C) for each in package.dealings if seats.get(each.dealer) in qualified]
    )
    return replace(
        package,
        sid=sid,
        roster_hash=roster_hash,
        dealings_hash=dealings_hash(
            sid,
            {join.account: join.keys for join in package.joins},
            {each.dealer: each.dealing for each in package.dealings},
        ),
        aggregate=aggregate,
        aggregate_hash=aggregate.hash(sid, roster_hash, package.qualified),
    )


def _dealing(t: int, points: Sequence[G1], rng: random.Random) -> Dealing:
    start = rng.randrange(len(points))
    chosen = [*points[start:], *points[:start]]
    proof = PolynomialProof(*(rng.randrange(GROUP_ORDER) for _ in range(3)))
    return Dealing(tuple(chosen[:t]), tuple(chosen[t : 2 * t]), rng.randbytes(32), proof)
