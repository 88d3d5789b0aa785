"""
Auditor, members and tracers together try to convict somebody whose share they do not have.

Threshold three of four; the auditor's key and the shares of seats 0 and 1 are in the attackers' hands.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import comb

import pytest
from support.attack_algebra import expressed_in, framing_point, is_known, prove_at, weights_of
from support.consortium import Consortium
from support.known_roster import known_roster
from support.refusals import refuses
from support.tracing import Trace, prove_unchecked, trace

from tcss_chain.curve import GROUP_ORDER, G, lagrange_at_zero
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_proof import sealed_combination
from tcss_chain.protocol.trace_query import MAX_DROPPED, QueryChallenge, QueryMode, derive_query

COALITION, VICTIMS = (0, 1), (2, 3)
FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED


def points_of(consortium: Consortium, seats: tuple[int, ...]) -> tuple[int, ...]:
    roster = consortium.roster()
    return tuple(roster.participant(consortium.members[seat].address).x for seat in seats)


def shares_of(consortium: Consortium, seats: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(consortium.final_share(consortium.members[seat]) for seat in seats)


def weights_in(each: Trace) -> list[int]:
    roster = each.consortium.roster()
    query = derive_query(roster, each.statement.aggregate_hash, each.statement.challenge, each.accused)
    return weights_of([roster.participant(account).x for account in each.accused], query.used)


# ---------------------------------------------------------------- t - 1 members and the auditor


@pytest.mark.parametrize(
    ("seats", "mode"), [((2,), FREE), ((0, 3), FREE), ((2, 3), FREE), ((1, 2), REGISTERED)]
)
def test_auditor_and_all_but_one_of_a_quorum_cannot_convict_another(
    active: Consortium, seats: tuple[int, ...], mode: QueryMode
) -> None:
    """Whatever they put in the place of the shares that they do not have."""
    victim = trace(active, seats, mode=mode)
    weights = weights_in(victim)
    known = dict(zip(COALITION, shares_of(active, COALITION), strict=True))
    # The foreign share as zero, as one of theirs, and as where their own line meets zero.
    line = sum(
        weight * y
        for weight, y in zip(lagrange_at_zero(points_of(active, COALITION)), known.values(), strict=True)
    )
    for guess in (0, known[0], line):
        T = sum(w * known.get(seat, guess) for w, seat in zip(weights, seats, strict=True)) % GROUP_ORDER
        assert T != victim.T
        with refuses("InvalidTraceProof"):
            victim.simulate(victim.function(prove_unchecked(victim, T=T)))
    victim.simulate(victim.function(prove_unchecked(victim)))


# ---------------------------------------------------------------- several tracers


def test_two_tracers_cannot_combine_their_answers_against_a_third(active: Consortium) -> None:
    """Each has traced one box. Together they know both shares, and convict both leaks and nobody else."""
    first, second = trace(active, [0]), trace(active, [1])
    learned = [each.T * pow(weights_in(each)[0], -1, GROUP_ORDER) % GROUP_ORDER for each in (first, second)]
    assert tuple(learned) == shares_of(active, COALITION)
    victim = trace(active, [0, 2])
    mixed = sum(w * y for w, y in zip(weights_in(victim), learned, strict=True))
    for T in (first.T + second.T, mixed):
        with refuses("InvalidTraceProof"):
            victim.simulate(victim.function(prove_unchecked(victim, T=T % GROUP_ORDER)))
    both = trace(active, COALITION)
    T = sum(w * y for w, y in zip(weights_in(both), learned, strict=True)) % GROUP_ORDER
    active.auditor.send(both.function(prove_unchecked(both, T=T)))
    assert active.reads.state(active.sid).convicted == 0b0011


def test_a_tracer_cannot_send_the_proof_that_another_one_made(active: Consortium) -> None:
    each = trace(active, [0])
    function = each.function(each.prove())
    for thief in (active.outsider, active.members[1].sender):
        with refuses("NotAuditor", caller=thief.address):
            each.simulate(function, thief)


# ---------------------------------------------------------------- chosen points


def chosen(active: Consortium) -> tuple[int, int]:
    """The query point that lets the coalition know the victims' combination, and that combination."""
    ours, theirs = points_of(active, COALITION), points_of(active, VICTIMS)
    x = framing_point((ours[0], ours[1]), (theirs[0], theirs[1]))
    weights = weights_of(theirs, [x])
    coefficients = expressed_in((ours[0], ours[1]), theirs, weights)
    T = sum(c * y for c, y in zip(coefficients, shares_of(active, COALITION), strict=True)) % GROUP_ORDER
    return x, T


def test_a_query_point_of_choice_would_frame_two_innocents(active: Consortium) -> None:
    """Why points are hashed: the relation that is proven holds, and no share of the accused was used."""
    x, T = chosen(active)
    theirs = points_of(active, VICTIMS)
    each = trace(active, VICTIMS)
    assert is_known(points_of(active, COALITION), theirs, weights_of(theirs, [x]), 3)
    R, S = sealed_combination(each.aggregate, theirs, [x])
    assert S == G * T + R * active.alpha


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
def test_an_auditor_cannot_choose_the_query_point(active: Consortium, mode: QueryMode) -> None:
    """The point is offered as nonce; in the contract there is no other place for it."""
    x, T = chosen(active)
    nonce = x.to_bytes(32, "big")
    each = trace(active, VICTIMS, mode=mode, nonce=nonce)
    proof = prove_at(each.statement, each.aggregate, points_of(active, VICTIMS), [x], alpha=active.alpha, T=T)
    with refuses("InvalidTraceProof"):
        each.simulate(each.function(proof))
    with refuses("InvalidTraceProof"):
        each.simulate(each.function(prove_unchecked(each, T=T)))


def test_the_last_joiner_cannot_choose_points(fresh: Consortium) -> None:
    """Every key that it joins with moves all the points, its own and those that it wanted a relation to."""
    fresh.run_to(Phase.JOINING)
    *others, last = fresh.members
    for member in others:
        fresh.join(member)
    provider = fresh.connection.w3.provider
    seen: list[tuple[int, ...]] = []
    for attempt in range(3):
        snapshot = provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
        trying = replace(last, e=last.e + attempt)
        assert [each.evaluation_point for each in fresh.reads.members(fresh.sid)] == [0] * 4
        fresh.join(trying)
        points = tuple(each.evaluation_point for each in fresh.reads.members(fresh.sid))
        assert points[3] != framing_point((points[0], points[1]), (points[2], points[3]))
        seen.append(points)
        provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]
    assert len({x for points in seen for x in points}) == 12


# ---------------------------------------------------------------- grinding


def test_an_auditor_cannot_find_a_nonce_and_a_set_that_its_accomplices_know() -> None:
    """All sets that three of six could accuse, many nonces: they know combinations of themselves only."""
    roster, t = known_roster(range(6), t=4).roster, 4
    accounts = [participant.account for participant in roster.participants]
    points = {participant.account: participant.x for participant in roster.participants}
    coalition = accounts[:3]
    known = [points[account] for account in coalition]
    tried = found = 0
    at_nonces = {mode: set() for mode in (FREE, REGISTERED)}
    for nonce in range(12):
        for mode, dropped in ((FREE, 0), (FREE, 0b1), (REGISTERED, 0)):
            challenge = QueryChallenge(mode, nonce.to_bytes(32, "big"), dropped)
            for size in range(1, t):
                for accused in combinations(accounts, size):
                    query = derive_query(roster, b"\x01" * 32, challenge, accused)
                    theirs = [points[account] for account in accused]
                    tried += 1
                    at_nonces[mode].add(query.used)
                    if is_known(known, theirs, weights_of(theirs, query.used), t):
                        found += 1
                        assert set(accused) <= set(coalition)
    assert (tried, found) == (12 * 3 * (6 + 15 + 20), 12 * 3 * 7)
    # Points follow the nonce: free ones differ for all of 12, three sizes, and one dropped or none. Otherwise
    # there would be one choice of registered ones at most for each accused set.
    assert len(at_nonces[FREE]) == 12 * 3 * 2
    assert len(at_nonces[REGISTERED]) > 6 + 15 + 20


@pytest.mark.parametrize(("n", "bits"), [(128, 73), (64, 147)])
def test_a_nonce_frames_somebody_by_coincidence_as_rarely_as_the_limits_say(n: int, bits: int) -> None:
    """
    All statements that a nonce allows, each with the chance that a coalition of ``t - 1`` knows its ``T``.

    It knows ``T`` iff ``sum_i w_i*Z(x_i) == 0``, with ``Z`` the polynomial that vanishes at its points (for
    ``t - 1`` points that is all of `is_known`). Times all ``q_j - x_i`` that is a polynomial in the query
    points, of degree ``f - 1`` in each. It is not zero unless all accused are in the coalition: the poles of
    its terms differ. So it vanishes at random points with probability ``|Q'|*(f - 1)/r`` at most
    (Schwartz 1980, Zippel 1979).
    """
    worst = max(
        sum(
            len(QueryMode) * comb(n, t - used) * comb(used + d, d) * max(1, used * (t - used - 1))
            for used in range(1, t)
            for d in range(MAX_DROPPED + 1)
        )
        for t in range(2, n + 1)
    )
    assert worst * 2**bits < GROUP_ORDER


# ---------------------------------------------------------------- the cap


def test_an_auditor_cannot_convict_a_quorum_in_pieces(active: Consortium) -> None:
    """Below t in total; who is left stays unconvicted, whatever is known by then."""
    trace(active, [0]).send()
    trace(active, [1]).send()
    each = trace(active, [2])
    proof, accounts = each.prove(), [member.address for member in active.members]
    for seats in ((2,), (3,), (0, 2), (1, 3), (2, 3)):
        with refuses("TooManyConvicted", convicted=len({0, 1, *seats}), threshold=3):
            each.simulate(each.function(proof, accused=[accounts[seat] for seat in seats]))


def test_an_auditor_cannot_swap_the_transcript_of_a_record(active: Consortium) -> None:
    """Neither by a proof with another claim, nor by sending the old one again with other roots."""
    each = trace(active, [0])
    each.send()
    contract = active.connection.contract.functions
    before = contract.recordsOfSession(active.sid).call()
    other_claim = replace(each.statement.claim, agreeing=each.statement.claim.agreeing + 1)
    other = trace(active, [0], nonce=each.statement.challenge.nonce, claim=other_claim)
    with refuses("NothingNew"):
        other.send()
    swapped = trace(active, [0, 1], nonce=each.statement.challenge.nonce, claim=other_claim)
    with refuses("InvalidTraceProof"):
        swapped.simulate(swapped.function(each.prove()))
    swapped.send()
    after = contract.recordsOfSession(active.sid).call()
    assert after[:1] == before
    assert len(after) == 2
    assert after[1][-1] != before[0][-1]
