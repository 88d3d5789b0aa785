"""Forged, altered and replayed trace proofs: every single field matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from support.consortium import Consortium
from support.refusals import refuses, reverts_unnamed
from support.tracing import Trace, prove_unchecked, statement_tuple, trace

from tcss_chain.chain.abi_values import encode_trace_proof
from tcss_chain.chain.artifacts import load_artifact
from tcss_chain.chain.deployment import deploy
from tcss_chain.curve import FIELD_MODULUS, G1, G2, GROUP_ORDER, G, U, V, random_scalar
from tcss_chain.curve.fq2 import square_root, twist_right_side
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_proof import TraceProof
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode

FREE, REGISTERED = QueryMode.FREE, QueryMode.REGISTERED


@pytest.fixture
def valid(active: Consortium) -> Trace:
    """Two accused, free mode, one dropped point of two."""
    return trace(active, [0, 2], mode=FREE, dropped=0b01)


def rejected(each: Trace, proof: Any, **changes: Any) -> None:
    with refuses("InvalidTraceProof"):
        each.simulate(each.function(proof, **changes))


def words_of_proof(proof: TraceProof) -> list[list[int]]:
    return [list(part) for part in encode_trace_proof(proof)]


def twist_point_outside_the_subgroup() -> tuple[int, int, int, int]:
    for real in range(1, 100):
        root = square_root(twist_right_side((real, 0)))
        if root is not None:
            return 0, real, root[1], root[0]
    raise AssertionError("no point found")


# ---------------------------------------------------------------- the proof


@pytest.mark.parametrize("part", [0, 1], ids=["d1", "d2"])
@pytest.mark.parametrize("place", range(4))
def test_every_word_of_the_commitments_matters(valid: Trace, part: int, place: int) -> None:
    proof = valid.prove()
    words = words_of_proof(proof)
    words[part][place] ^= 1
    rejected(valid, words)
    words = words_of_proof(proof)
    words[part][place] += FIELD_MODULUS
    with refuses("CoordinateOutOfRange", coordinate=words[part][place]):
        valid.simulate(valid.function(words))
    words[part][place] = 2**256 - 1
    with refuses("CoordinateOutOfRange", coordinate=2**256 - 1):
        valid.simulate(valid.function(words))
    valid.simulate(valid.function(proof))


@pytest.mark.parametrize("place", range(2))
def test_every_word_of_pi_matters(valid: Trace, place: int) -> None:
    proof = valid.prove()
    words = words_of_proof(proof)
    words[2][place] ^= 1
    with refuses("NotOnCurve", x=words[2][0], y=words[2][1]):
        valid.simulate(valid.function(words))
    words = words_of_proof(proof)
    words[2][place] += FIELD_MODULUS
    with refuses("CoordinateOutOfRange", coordinate=words[2][place]):
        valid.simulate(valid.function(words))


def test_valid_points_in_the_wrong_place_are_refused(valid: Trace) -> None:
    proof = valid.prove()
    other = valid.prove()
    for forged in (
        replace(proof, d1=proof.d1 + U),
        replace(proof, d1=proof.d1 + V),
        replace(proof, d1=-proof.d1),
        replace(proof, d1=G2.identity()),
        replace(proof, d2=proof.d2 + U),
        replace(proof, d2=proof.d2 + V),
        replace(proof, d2=-proof.d2),
        replace(proof, d2=G2.identity()),
        replace(proof, d1=proof.d2, d2=proof.d1),
        replace(proof, pi=proof.pi + G),
        replace(proof, pi=-proof.pi),
        replace(proof, pi=G1.identity()),
        replace(proof, d1=other.d1),
        replace(proof, d2=other.d2),
        replace(proof, pi=other.pi),
        TraceProof(G2.identity(), G2.identity(), G1.identity()),
        TraceProof(U, U, G),
    ):
        rejected(valid, forged)


@pytest.mark.parametrize("part", [0, 1], ids=["d1", "d2"])
@pytest.mark.parametrize(
    "point", [twist_point_outside_the_subgroup(), (1, 2, 3, 4)], ids=["outside the subgroup", "off the twist"]
)
def test_commitments_outside_the_group_are_refused(valid: Trace, part: int, point: tuple[int, ...]) -> None:
    words = words_of_proof(valid.prove())
    words[part] = list(point)
    rejected(valid, words)


# ---------------------------------------------------------------- the witness


def test_without_the_combination_of_shares_there_is_no_proof(valid: Trace, active: Consortium) -> None:
    one_share_only = trace(active, [0]).T
    for T in (
        valid.T + 1,
        -valid.T,
        0,
        1,
        one_share_only,
        active.final_share(active.members[0]),
        random_scalar(),
    ):
        rejected(valid, prove_unchecked(valid, T=T % GROUP_ORDER))
    valid.simulate(valid.function(prove_unchecked(valid)))


def test_without_the_auditors_private_key_there_is_no_proof(valid: Trace, active: Consortium) -> None:
    for alpha in (0, active.alpha + 1, -active.alpha % GROUP_ORDER, active.members[0].e):
        rejected(valid, prove_unchecked(valid, alpha=alpha))


def test_an_innocent_is_not_convicted_with_anothers_share(active: Consortium) -> None:
    """The auditor and an accomplice at seat 0 know that share; they try to name somebody else with it."""
    own = trace(active, [0])
    for seats in ([1], [2], [3], [0, 1], [0, 3]):
        victim = trace(active, seats, nonce=own.statement.challenge.nonce)
        rejected(victim, prove_unchecked(victim, T=own.T))
        rejected(victim, own.prove())


def test_a_coalition_names_all_its_members_or_none(active: Consortium) -> None:
    """What two shares together give is no evidence against one of them, nor against another pair."""
    both = trace(active, [0, 1])
    for seats in ([0], [1], [0, 2], [1, 3], [2, 3]):
        other = trace(active, seats, nonce=both.statement.challenge.nonce)
        rejected(other, prove_unchecked(other, T=both.T))


# ---------------------------------------------------------------- the statement


def test_the_challenge_is_bound(valid: Trace) -> None:
    proof = valid.prove()
    _, nonce, dropped = valid.statement.challenge.as_abi_tuple()
    flipped = bytes([nonce[0], *nonce[1:31], nonce[31] ^ 1])
    rejected(valid, proof, challenge=(int(FREE), flipped, dropped))
    rejected(valid, proof, challenge=(int(FREE), bytes(32), dropped))
    rejected(valid, proof, challenge=(int(REGISTERED), nonce, dropped))
    for other in (0, 0b10, 0b011, 0b101):
        rejected(valid, proof, challenge=(int(FREE), nonce, other))


def test_the_modes_are_not_interchangeable(active: Consortium) -> None:
    each = trace(active, [1], mode=REGISTERED)
    nonce = each.statement.challenge.nonce
    rejected(each, each.prove(), challenge=(int(FREE), nonce, 0))
    moved = replace(each.statement, challenge=QueryChallenge(FREE, nonce))
    with refuses("InvalidTraceProof"):
        each.simulate(each.function(prove_unchecked(replace(each, statement=moved))))


@pytest.mark.parametrize("place", range(5))
def test_every_field_of_the_claim_is_bound(valid: Trace, place: int) -> None:
    claim = list(valid.statement.claim.as_abi_tuple())
    claim[place] = bytes(32) if place < 2 else claim[place] + 1
    rejected(valid, valid.prove(), claim=tuple(claim))


def test_roots_of_the_claim_are_not_interchangeable(valid: Trace) -> None:
    queries, evaluations, *figures = valid.statement.claim.as_abi_tuple()
    rejected(valid, valid.prove(), claim=(evaluations, queries, *figures))


def test_the_accused_are_bound(valid: Trace, active: Consortium) -> None:
    accounts = [member.address for member in active.members]
    for seats in ([0], [2], [0, 1], [2, 3], [1, 3]):
        challenge = (int(FREE), valid.statement.challenge.nonce, 0)
        accused = [accounts[seat] for seat in seats]
        rejected(valid, valid.prove(), accused=accused)
        rejected(valid, valid.prove(), accused=accused, challenge=challenge)


def test_the_aggregate_is_the_one_of_the_activation(valid: Trace) -> None:
    proof, aggregate = valid.prove(), valid.aggregate
    B, C = aggregate.B, aggregate.C
    changed = [
        *(SealedAggregate((*B[:m], B[m] + G, *B[m + 1 :]), C) for m in range(3)),
        *(SealedAggregate(B, (*C[:m], C[m] + G, *C[m + 1 :])) for m in range(3)),
        SealedAggregate(C, B),
        SealedAggregate(B[:-1], C[:-1]),
        SealedAggregate((*B, G1.identity()), (*C, G1.identity())),
        SealedAggregate((), ()),
        SealedAggregate(B[::-1], C[::-1]),
    ]
    for wrong in changed:
        with refuses("AggregateMismatch"):
            valid.simulate(valid.function(proof, aggregate=wrong))


def test_aggregate_coordinates_are_not_reduced(valid: Trace) -> None:
    function = valid.function(valid.prove())
    arguments = list(function.args)
    x, y = arguments[4][0]
    arguments[4] = [(x + FIELD_MODULUS, y), *arguments[4][1:]]
    with refuses("AggregateMismatch"):
        valid.simulate(valid.consortium.connection.contract.functions.convict(*arguments))


# ---------------------------------------------------------------- replays


def test_a_proof_does_not_serve_in_another_session(
    active: Consortium, make_consortium: Callable[..., Consortium]
) -> None:
    """The same members and auditor, another session."""
    original = trace(active, [0])
    other = trace(make_consortium().run_to(Phase.ACTIVE), [0], nonce=original.statement.challenge.nonce)
    proof = original.prove()
    with refuses("AggregateMismatch"):
        original.simulate(original.function(proof, sid=other.consortium.sid))
    claim = original.statement.claim.as_abi_tuple()
    rejected(other, proof, claim=claim)
    other.simulate(other.function(other.prove()))


def test_a_proof_does_not_serve_in_another_contract(active: Consortium) -> None:
    """The same salt and configuration give another session id there: no session to replay it in."""
    original = trace(active, [0])
    rpc_url = active.connection.w3.provider.nodes[0].provider.endpoint_uri  # type: ignore[attr-defined]
    address, _ = deploy(rpc_url, active.outsider.account)
    elsewhere = active.connection.w3.eth.contract(address, abi=list(load_artifact("TCSS").abi))
    creation = elsewhere.functions.createSession(active.salt, active.configuration.as_abi_tuple())
    sid = active.connection.ask("creation", lambda: creation.call({"from": active.creator.address}))
    assert sid != active.sid
    replay = elsewhere.functions.convict(*original.function(original.prove()).args)
    with refuses("UnknownSession", sid=active.sid):
        active.connection.ask("replay", lambda: replay.call({"from": active.auditor.address}))


# ---------------------------------------------------------------- the verifier by itself


@pytest.fixture
def verify(active: Consortium) -> Callable[..., bool]:
    """Ask the verifier, which anybody may, with any arguments."""
    address = active.connection.contract.functions.traceVerifier().call()
    verifier = active.connection.w3.eth.contract(address, abi=list(load_artifact("TraceVerifier").abi))

    def ask(each: Trace, proof: TraceProof, **changes: Any) -> bool:
        consortium = each.consortium
        arguments: dict[str, Any] = {
            "statement": statement_tuple(each.statement),
            "roster_hash": consortium.roster().roster_hash,
            "accused": list(each.accused),
            "unaccused": [m.address for m in consortium.members if m.address not in each.accused],
            "B": [point.words() for point in each.aggregate.B],
            "C": [point.words() for point in each.aggregate.C],
        } | changes
        call = verifier.functions.verify(*arguments.values(), encode_trace_proof(proof))
        return bool(consortium.connection.ask("verification", call.call))

    return ask


@pytest.mark.parametrize("mode", [FREE, REGISTERED])
def test_every_field_of_the_statement_is_bound(
    active: Consortium, verify: Callable[..., bool], mode: QueryMode
) -> None:
    """Session, chain and contract through the session id, the tracer by its address, and all the rest."""
    each = trace(active, [0], mode=mode, dropped=0b1)
    proof = each.prove()
    assert verify(each, proof)
    statement = statement_tuple(each.statement)
    _, _, accused, (_, nonce, dropped), claim, _, _ = statement
    word, wrong_A = b"\x08" * 32, (-each.statement.A).words()
    altered = {
        0: word,
        1: active.outsider.address,
        2: accused ^ 0b10,
        3: (1 - int(mode), nonce, dropped),
        4: (word, *claim[1:]),
        5: word,
        6: wrong_A,
    }
    assert len(altered) == len(statement)
    for place, value in altered.items():
        assert not verify(each, proof, statement=(*statement[:place], value, *statement[place + 1 :])), place
    assert not verify(each, proof, statement=(*statement[:3], (int(mode), word, dropped), *statement[4:]))
    assert not verify(each, proof, statement=(*statement[:3], (int(mode), nonce, 0b10), *statement[4:]))
    for other_claim in (
        (claim[0], word, *claim[2:]),
        *((*claim[:place], claim[place] ^ 1, *claim[place + 1 :]) for place in (2, 3, 4)),
    ):
        assert not verify(each, proof, statement=(*statement[:4], other_claim, *statement[5:]))
    assert not verify(each, proof, roster_hash=word)
    others = [member.address for member in active.members]
    assert not verify(each, proof, accused=others[1:2], unaccused=[others[0], *others[2:]])


def test_points_that_meet_are_refused(active: Consortium, verify: Callable[..., bool]) -> None:
    """Else weights would vanish, and an innocent could be convicted with somebody else's share."""
    each = trace(active, [0], mode=REGISTERED)
    proof = each.prove()
    accused, other = each.accused[0], active.members[1].address
    with refuses("DegeneratePoints"):
        verify(each, proof, unaccused=[other, other])
    with refuses("ZeroDenominator"):
        verify(each, proof, unaccused=[accused, other])
    with refuses("ZeroDenominator"):
        verify(each, proof, accused=[accused, accused])
    with refuses("TooFewUnaccused", unaccused=1, queryPoints=2):
        verify(each, proof, unaccused=[other])


def test_points_that_meet_are_refused_wherever_they_are(
    active: Consortium, verify: Callable[..., bool]
) -> None:
    """In one of the two orders that the nonce gives, the first of three points is none of those that meet."""
    each = trace(active, [0], mode=REGISTERED)
    proof = each.prove()
    one, other = (active.members[seat].address for seat in (1, 2))
    longer = {
        name: [*(point.words() for point in half), (1, 2)]
        for name, half in (("B", each.aggregate.B), ("C", each.aggregate.C))
    }
    for unaccused in ([one, other, other], [other, one, one]):
        with refuses("DegeneratePoints"):
            verify(each, proof, unaccused=unaccused, **longer)


def test_invalid_points_of_the_aggregate_fail_in_the_precompile(
    active: Consortium, verify: Callable[..., bool]
) -> None:
    each = trace(active, [0])
    words = [point.words() for point in each.aggregate.B]
    with refuses("PrecompileFailed"):
        verify(each, each.prove(), B=[(1, 3), *words[1:]])


# ---------------------------------------------------------------- calldata that is no value


CONVICT_TYPES = [
    "bytes32", "address[]", "(uint256,bytes32,uint256)", "(bytes32,bytes32,uint256,uint256,uint256)",
    "(uint256,uint256)[]", "(uint256,uint256)[]", "(uint256[4],uint256[4],(uint256,uint256))",
]  # fmt: skip


def encoded_call(each: Trace, challenge: Any, claim: Any) -> dict[str, Any]:
    function = each.function(each.prove())
    arguments = list(function.args)
    arguments[2], arguments[3] = challenge, claim
    contract = each.consortium.connection.contract
    data = function._encode_transaction_data()[:10] + abi_encode(CONVICT_TYPES, arguments).hex()
    return {"to": contract.address, "from": each.consortium.auditor.address, "data": data}


def test_values_wider_than_their_fields_are_refused(valid: Trace) -> None:
    connection = valid.consortium.connection
    challenge, claim = valid.statement.challenge.as_abi_tuple(), valid.statement.claim.as_abi_tuple()
    right: Any = encoded_call(valid, challenge, claim)
    assert int.from_bytes(connection.w3.eth.call(right), "big") >= 0
    wrong = [
        ((2, *challenge[1:]), claim),
        ((256, *challenge[1:]), claim),
        *((challenge, (*claim[:place], claim[place] + 2**24, *claim[place + 1 :])) for place in (2, 3, 4)),
    ]
    for arguments in wrong:
        call: Any = encoded_call(valid, *arguments)
        with reverts_unnamed():
            connection.ask("convict", lambda call=call: connection.w3.eth.call(call))
