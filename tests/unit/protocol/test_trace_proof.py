"""The trace proof."""

import dataclasses
from dataclasses import replace

import pytest
from eth_abi.abi import encode as abi_encode
from eth_hash.auto import keccak
from support.tracing import statement_tuple

from tcss_chain.curve import G1, G2, GROUP_ORDER, G, U, V, inverse, lagrange_at_zero
from tcss_chain.curve.errors import DuplicatePointError, EncodingLengthError, NotOnCurveError, ZeroPointError
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.errors import NotInRosterError, StatementMismatchError, TraceRelationError
from tcss_chain.protocol.trace_proof import (
    TraceProof,
    TraceStatement,
    decode_trace_proof,
    delta,
    prove,
    sealed_combination,
    trace_statement,
    verify,
)
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode, derive_query
from tcss_chain.protocol.transcript import TranscriptClaim

CLAIM = TranscriptClaim(b"\x31" * 32, b"\x32" * 32, queries=20, evaluations=9, agreeing=6)
NONCE = b"\x07" * 32


def right_combination(session, accused, challenge):
    """Compute T from the secret shares themselves."""
    points = derive_query(session.roster, session.aggregate_hash, challenge, session.accounts(accused))
    shares = session.shares(accused)
    weights = lagrange_at_zero([*(x for x, _ in shares), *points.used])
    return sum(weight * y for weight, (_, y) in zip(weights, shares, strict=False)) % GROUP_ORDER


def proven(session, accused=(1, 3), mode=QueryMode.FREE, dropped=0):
    challenge = QueryChallenge(mode, NONCE, dropped)
    statement = trace_statement(
        session.roster, session.auditor, session.accounts(accused), challenge, CLAIM, session.aggregate_hash
    )
    T = right_combination(session, accused, challenge)
    proof = prove(statement, session.roster, session.aggregate, session.qualified, alpha=session.alpha, T=T)
    return statement, proof


def holds(session, statement, proof):
    return verify(statement, proof, session.roster, session.aggregate, session.qualified)


@pytest.mark.parametrize("mode", list(QueryMode))
@pytest.mark.parametrize(("accused", "dropped"), [((1, 3), 0), ((0,), 0), ((1, 3, 5), 0b01), ((2,), 0b110)])
def test_a_right_combination_is_proven_and_accepted(sealed_session, mode, accused, dropped):
    session = sealed_session(8, 5)
    assert holds(session, *proven(session, accused, mode, dropped))


def test_sealed_combination_encrypts_the_combination_of_the_shares(sealed_session):
    session = sealed_session(6, 4)
    x_1, y_1 = session.share(1)
    x_3, y_3 = session.share(3)
    q_0, q_1 = 5, 6
    first, second = sealed_combination(session.aggregate, [x_1, x_3], [q_0, q_1])
    w_1 = x_3 * q_0 * q_1 * inverse((x_3 - x_1) * (q_0 - x_1) * (q_1 - x_1))
    w_3 = x_1 * q_0 * q_1 * inverse((x_1 - x_3) * (q_0 - x_3) * (q_1 - x_3))
    assert second - first * session.alpha == G * (w_1 * y_1 + w_3 * y_3)


def test_sealed_combination_refuses_points_that_meet_or_vanish(sealed_session):
    session = sealed_session(6, 4)
    x = session.roster.participants[1].x
    with pytest.raises(DuplicatePointError):
        sealed_combination(session.aggregate, [x, 9], [x, 5])
    with pytest.raises(ZeroPointError):
        sealed_combination(session.aggregate, [x, 9], [0, 5])


def test_delta_hashes_every_word_of_the_statement_in_the_contracts_order(sealed_session):
    session = sealed_session(6, 4)
    statement, proof = proven(session, dropped=0b101)
    sealed = (G * 5, G * 6)
    *before, claim, aggregate_hash, A = statement_tuple(statement)
    encoded = abi_encode(
        [
            "bytes32",
            "(bytes32,address,uint128,(uint8,bytes32,uint256),uint256,(bytes32,bytes32,uint24,uint24,uint24),"
            "bytes32,(uint256,uint256))",
            *["(uint256,uint256)"] * 2,
            *["(uint256,uint256,uint256,uint256)"] * 2,
        ],
        [
            b"tcss.v1.trace".ljust(32, b"\0"),
            (*before, statement.challenge.dropped_count, claim, aggregate_hash, A),
            *(point.words() for point in sealed),
            proof.d1.words(),
            proof.d2.words(),
        ],
    )
    seed = keccak(encoded)
    expanded = keccak(seed + bytes(32)) + keccak(seed + bytes(31) + b"\1")
    assert delta(statement, sealed, proof.d1, proof.d2) == int.from_bytes(expanded, "big") % GROUP_ORDER


def test_every_altered_field_of_the_statement_is_rejected(sealed_session):
    session = sealed_session(6, 4)
    statement, proof = proven(session, dropped=0b1)
    assert holds(session, statement, proof)
    other = session.roster.participants[0]
    challenge = statement.challenge
    altered = {
        "sid": [b"\x99" * 32],
        "auditor": [other.account],
        "accused": [
            session.accounts((1, 2)),
            session.accounts((1,)),
            session.accounts((3, 1)),
            session.accounts((1, 1, 3)),
            (),
        ],
        "accused_seats": [statement.accused_seats ^ 1, statement.accused_seats << 1, 0],
        "challenge": [
            replace(challenge, mode=QueryMode.REGISTERED),
            replace(challenge, nonce=b"\x08" * 32),
            replace(challenge, dropped=0b10),
            replace(challenge, dropped=0),
            replace(challenge, dropped=0b11),
            replace(challenge, dropped=1 << 255),
        ],
        "claim": [
            replace(CLAIM, queries_root=CLAIM.evaluations_root),
            replace(CLAIM, evaluations_root=CLAIM.queries_root),
            replace(CLAIM, queries=21),
            replace(CLAIM, evaluations=10),
            replace(CLAIM, agreeing=7),
        ],
        "aggregate_hash": [b"\x98" * 32],
        "A": [statement.A + G, -statement.A],
    }
    assert altered.keys() == {field.name for field in dataclasses.fields(TraceStatement)}
    assert {type(value) for value in altered["claim"]} == {TranscriptClaim}
    for field, values in altered.items():
        for value in values:
            assert getattr(statement, field) != value
            assert not holds(session, replace(statement, **{field: value}), proof), field


def test_every_altered_element_of_the_proof_is_rejected(sealed_session):
    session = sealed_session(6, 4)
    statement, proof = proven(session)
    changes = {
        "d1": [proof.d1 + U, proof.d1 + V, -proof.d1, proof.d2, G2.identity()],
        "d2": [proof.d2 + U, proof.d2 + V, -proof.d2, proof.d1, G2.identity()],
        "pi": [proof.pi + G, -proof.pi, G1.identity()],
    }
    for field, values in changes.items():
        for value in values:
            assert not holds(session, statement, replace(proof, **{field: value})), field


def test_a_proof_of_another_session_key_aggregate_or_qualified_set_is_rejected(sealed_session):
    session = sealed_session(6, 4)
    other = sealed_session(6, 4, seed=1)
    statement, proof = proven(session)
    assert not verify(statement, proof, other.roster, other.aggregate, other.qualified)
    assert not verify(statement, proof, session.roster, other.aggregate, session.qualified)
    assert not verify(statement, proof, session.roster, session.aggregate, session.qualified ^ 2)
    shorter = SealedAggregate(session.aggregate.B[:-1], session.aggregate.C[:-1])
    assert not verify(statement, proof, session.roster, shorter, session.qualified)
    assert not verify(
        statement,
        proof,
        replace(session.roster, roster_hash=b"\1" * 32),
        session.aggregate,
        session.qualified,
    )


@pytest.mark.parametrize(("wrong_alpha", "wrong_T"), [(1, 0), (0, 1), (1, 1)])
def test_a_wrong_witness_is_refused_without_showing_it(sealed_session, wrong_alpha, wrong_T):
    session = sealed_session(6, 4)
    challenge = QueryChallenge(QueryMode.FREE, NONCE)
    statement = trace_statement(
        session.roster, session.auditor, session.accounts((1, 3)), challenge, CLAIM, session.aggregate_hash
    )
    T = right_combination(session, (1, 3), challenge) + wrong_T
    alpha = session.alpha + wrong_alpha
    with pytest.raises(TraceRelationError) as caught:
        prove(statement, session.roster, session.aggregate, session.qualified, alpha=alpha, T=T)
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert str(T) not in shown
    assert str(alpha) not in shown


def test_the_combination_of_other_participants_convicts_nobody(sealed_session):
    session = sealed_session(6, 4)
    challenge = QueryChallenge(QueryMode.FREE, NONCE)
    innocent = trace_statement(
        session.roster, session.auditor, session.accounts((0, 5)), challenge, CLAIM, session.aggregate_hash
    )
    with pytest.raises(TraceRelationError):
        prove(
            innocent,
            session.roster,
            session.aggregate,
            session.qualified,
            alpha=session.alpha,
            T=right_combination(session, (1, 3), challenge),
        )


def test_proving_a_statement_about_another_session_is_refused(sealed_session):
    session = sealed_session(6, 4)
    statement, _ = proven(session)
    with pytest.raises(StatementMismatchError) as caught:
        prove(
            replace(statement, sid=b"\5" * 32),
            session.roster,
            session.aggregate,
            session.qualified,
            alpha=session.alpha,
            T=1,
        )
    assert caught.value.field == "session id"


def test_every_proof_uses_fresh_randomness(sealed_session):
    session = sealed_session(6, 4)
    statement, one = proven(session)
    _, other = proven(session)
    assert one.d1 != other.d1
    assert one.d2 != other.d2
    assert one.pi != other.pi
    assert holds(session, statement, one)
    assert holds(session, statement, other)
    # Halves of two proofs do not make a third.
    assert not holds(session, statement, TraceProof(one.d1, other.d2, one.pi))


def test_the_commitments_are_not_bare_multiples_of_U(sealed_session):
    session = sealed_session(6, 4)
    _, proof = proven(session)
    T = right_combination(session, (1, 3), QueryChallenge(QueryMode.FREE, NONCE))
    assert proof.d1 != U * session.alpha
    assert proof.d2 != U * T


def test_the_statement_puts_the_accused_in_order_and_finds_their_seats(sealed_session):
    session = sealed_session(6, 4)
    statement = trace_statement(
        session.roster,
        session.auditor,
        session.accounts((4, 0)),
        QueryChallenge(QueryMode.FREE, NONCE),
        CLAIM,
        session.aggregate_hash,
    )
    values = [int(account, 16) for account in statement.accused]
    assert values == sorted(values)
    seats = {session.roster.participants[index].seat for index in (0, 4)}
    assert statement.accused_seats == sum(1 << seat for seat in seats)


def test_accusing_somebody_who_did_not_join_is_refused(sealed_session):
    session = sealed_session(6, 4)
    with pytest.raises(NotInRosterError):
        trace_statement(
            session.roster,
            session.auditor,
            (session.auditor,),
            QueryChallenge(QueryMode.FREE, NONCE),
            CLAIM,
            session.aggregate_hash,
        )


def test_a_proof_is_320_bytes_and_survives_the_way_through_them(sealed_session):
    session = sealed_session(6, 4)
    statement, proof = proven(session)
    encoded = proof.to_bytes()
    assert len(encoded) == 320
    assert decode_trace_proof(encoded) == proof
    assert holds(session, statement, decode_trace_proof(encoded))


def test_malformed_proof_bytes_are_refused(sealed_session):
    session = sealed_session(6, 4)
    _, proof = proven(session)
    encoded = proof.to_bytes()
    for wrong in (encoded[:-1], encoded + b"\0", b""):
        with pytest.raises(EncodingLengthError):
            decode_trace_proof(wrong)
    off_curve = encoded[:-1] + bytes([encoded[-1] ^ 1])
    with pytest.raises(NotOnCurveError):
        decode_trace_proof(off_curve)


def test_no_representation_shows_the_nonce_or_a_coordinate(sealed_session):
    session = sealed_session(6, 4)
    statement, proof = proven(session)
    shown = f"{statement!r} {proof!r}"
    assert repr(NONCE) not in shown
    assert not any(str(word) in shown for word in (*statement.A.words(), *proof.d2.words()))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("accused_seats", lambda statement: statement.accused_seats << 1),
        ("accused", lambda statement: statement.accused[::-1]),
        ("A", lambda statement: -statement.A),
        ("aggregate_hash", lambda statement: bytes(32)),
    ],
)
def test_not_even_the_auditor_proves_a_statement_that_does_not_fit_the_session(sealed_session, field, change):
    session = sealed_session(6, 4)
    statement, _ = proven(session)
    T = right_combination(session, (1, 3), statement.challenge)
    with pytest.raises(StatementMismatchError):
        prove(
            replace(statement, **{field: change(statement)}),
            session.roster,
            session.aggregate,
            session.qualified,
            alpha=session.alpha,
            T=T,
        )
