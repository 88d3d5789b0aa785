"""Capsules: the key that they hold, and what moves, alters or invents them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.independent import abi_hash, abi_point, combine, scalar_of
from support.sealed_labels import GATEWAY, capsule_of, known_secret, label

from tcss_chain.curve import G1, GROUP_ORDER, G, random_nonzero_scalar
from tcss_chain.protocol.capsule import Capsule, encapsulate, verify_capsule
from tcss_chain.protocol.errors import IdentityKeyError

SECRET = known_secret()
CAPSULE, K = capsule_of(SECRET)


def test_the_secret_gives_the_key_back():
    assert CAPSULE.c * SECRET.coefficients[0] == K


def test_a_capsule_is_valid_as_it_was_made():
    assert verify_capsule(CAPSULE)


def test_the_proof_satisfies_the_equation_of_the_protocol():
    commitment = combine([(G, CAPSULE.response), (CAPSULE.c, -CAPSULE.challenge)])
    digest = abi_hash(
        "tcss.v1.capsule.proof",
        ("bytes32", CAPSULE.sid),
        ("bytes32", CAPSULE.label.hash()),
        abi_point(CAPSULE.c),
        abi_point(commitment),
    )
    assert CAPSULE.challenge == scalar_of(digest)


def test_the_hash_is_that_of_the_protocol():
    assert CAPSULE.hash() == abi_hash(
        "tcss.v1.capsule",
        ("bytes32", CAPSULE.sid),
        ("bytes32", CAPSULE.label.hash()),
        abi_point(CAPSULE.c),
        ("uint256", CAPSULE.challenge),
        ("uint256", CAPSULE.response),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"sid": bytes(32)},
        {"model": "another"},
        {"owner": GATEWAY},
        {"context": "another"},
        {"digest": bytes(32)},
        {"size": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_capsule_cannot_be_moved_to_another_label(change):
    assert not verify_capsule(replace(CAPSULE, label=label(**change)))


@pytest.mark.parametrize(
    "factor", [2, GROUP_ORDER - 1, random_nonzero_scalar()], ids=["double", "negative", "random"]
)
def test_a_point_made_from_a_capsules_point_needs_a_proof_of_its_own(factor):
    assert not verify_capsule(replace(CAPSULE, c=CAPSULE.c * factor))
    assert not verify_capsule(
        replace(
            CAPSULE,
            c=CAPSULE.c * factor,
            response=CAPSULE.response * factor % GROUP_ORDER,
        )
    )


def test_a_point_of_choice_without_its_logarithm_is_refused():
    chosen = G * random_nonzero_scalar() + SECRET.PK
    assert not verify_capsule(replace(CAPSULE, c=chosen))
    assert not verify_capsule(Capsule(label(), chosen, 0, 0))


def test_the_identity_is_refused_even_with_a_proof_that_holds():
    nonce = random_nonzero_scalar()
    digest = abi_hash(
        "tcss.v1.capsule.proof",
        ("bytes32", CAPSULE.sid),
        ("bytes32", CAPSULE.label.hash()),
        abi_point(G1.identity()),
        abi_point(G * nonce),
    )
    forged = Capsule(label(), G1.identity(), scalar_of(digest), nonce)
    assert not verify_capsule(forged)


@pytest.mark.parametrize("field", ["challenge", "response"])
@pytest.mark.parametrize("offset", [1, -1])
def test_an_altered_proof_fails(field, offset):
    altered = (getattr(CAPSULE, field) + offset) % GROUP_ORDER
    assert not verify_capsule(replace(CAPSULE, **{field: altered}))


def test_every_capsule_has_a_key_of_its_own():
    other, other_key = capsule_of(SECRET)
    assert other.label == CAPSULE.label
    assert other.c != CAPSULE.c
    assert other_key != K


def test_nothing_is_sealed_with_the_identity():
    with pytest.raises(IdentityKeyError):
        encapsulate(label(), G1.identity())
