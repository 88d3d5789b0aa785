"""Sealing keys: what owners get from the auditor, and need not believe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.independent import abi_hash, abi_point, combine, scalar_of
from support.sealed_labels import KNOWN

from tcss_chain.curve import G1, GROUP_ORDER, G, random_nonzero_scalar, random_scalar
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.errors import AuditorKeyMismatchError, IdentityKeyError
from tcss_chain.protocol.sealing_key import make_sealing_key, verify_sealing_key

SID, A, ALPHA = KNOWN.roster.sid, KNOWN.roster.A, KNOWN.alpha
HASH = b"\3" * 32
S = random_scalar()


def aggregate_of(secret, blinding):
    """A sealed aggregate of degree 1 whose secret is known."""
    a, b = (secret, random_scalar()), (blinding, random_scalar())
    B = tuple(G * each for each in b)
    return SealedAggregate(B, tuple(G * u + A * v for u, v in zip(a, b, strict=True)))


AGGREGATE = aggregate_of(S, random_nonzero_scalar())
KEY = make_sealing_key(ALPHA, SID, A, AGGREGATE, HASH)


def test_it_is_the_public_key_of_the_secret():
    assert KEY.PK == G * S


def test_everybody_who_knows_the_session_can_check_it():
    assert verify_sealing_key(KEY, A, AGGREGATE, HASH)


def test_the_proof_satisfies_the_equation_of_the_protocol():
    R, S0 = AGGREGATE.encryption_at(0)
    difference = combine([(S0, 1), (KEY.PK, -1)])
    R_1 = combine([(G, KEY.response), (A, -KEY.challenge)])
    R_2 = combine([(R, KEY.response), (difference, -KEY.challenge)])
    points = [abi_point(point) for point in (A, R, S0, KEY.PK, R_1, R_2)]
    digest = abi_hash("tcss.v1.sealing", ("bytes32", SID), ("bytes32", HASH), *points)
    assert KEY.challenge == scalar_of(digest)


def test_an_auditor_cannot_put_a_key_of_its_own_in_its_place():
    assert not verify_sealing_key(replace(KEY, PK=G * random_nonzero_scalar()), A, AGGREGATE, HASH)


@pytest.mark.parametrize(
    "change",
    [
        {"sid": bytes(32)},
        {"aggregate_hash": bytes(32)},
        {"PK": G1.identity()},
        {"challenge": (KEY.challenge + 1) % GROUP_ORDER},
        {"response": (KEY.response + 1) % GROUP_ORDER},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_key_is_refused(change):
    assert not verify_sealing_key(replace(KEY, **change), A, AGGREGATE, HASH)


def test_the_key_of_another_session_or_auditor_is_refused():
    assert not verify_sealing_key(KEY, A, aggregate_of(S, random_nonzero_scalar()), HASH)
    assert not verify_sealing_key(KEY, A + G, AGGREGATE, HASH)
    assert not verify_sealing_key(KEY, A, AGGREGATE, bytes(32))


def test_a_blinding_of_zero_is_legitimate():
    aggregate = aggregate_of(S, 0)
    key = make_sealing_key(ALPHA, SID, A, aggregate, HASH)
    assert verify_sealing_key(key, A, aggregate, HASH)
    assert not verify_sealing_key(replace(key, PK=key.PK + G), A, aggregate, HASH)


def test_another_auditors_private_key_is_refused_without_showing_it():
    with pytest.raises(AuditorKeyMismatchError) as caught:
        make_sealing_key(ALPHA + 1, SID, A, AGGREGATE, HASH)
    assert str(ALPHA + 1) not in f"{caught.value!r} {vars(caught.value)}"


def test_a_secret_of_zero_is_refused():
    with pytest.raises(IdentityKeyError):
        make_sealing_key(ALPHA, SID, A, aggregate_of(0, 5), HASH)


def test_the_public_key_is_not_shown():
    assert not any(str(word) in repr(KEY) for word in KEY.PK.words())
