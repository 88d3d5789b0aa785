"""Partial decryptions: ``t`` of them give the key, and false ones are told from good ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from support.independent import abi_hash, abi_point, scalar_of
from support.independent import combine as combined
from support.sealed_labels import GATEWAY, KNOWN, OWNER, capsule_of, known_secret, request_for

from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.partial_decryption import (
    PartialDecryption,
    combine,
    decrypt_partially,
    verify_partial,
)

SECRET = known_secret(3)
CAPSULE, K = capsule_of(SECRET)
REQUEST = request_for(CAPSULE)
POINTS = {participant.account: participant.x for participant in KNOWN.roster.participants}
SHARES = {account: SECRET.share(x) for account, x in POINTS.items()}
PARTIALS = {account: decrypt_partially(REQUEST, account, y) for account, y in SHARES.items()}
Y = G * SHARES[OWNER]


@pytest.mark.parametrize("chosen", list(combinations(POINTS, 3)))
def test_any_t_give_the_key(chosen):
    assert combine({POINTS[account]: PARTIALS[account].d for account in chosen}) == K


@pytest.mark.parametrize("chosen", list(combinations(POINTS, 2)))
def test_fewer_give_something_else(chosen):
    assert combine({POINTS[account]: PARTIALS[account].d for account in chosen}) != K


def test_good_ones_are_accepted():
    assert all(
        verify_partial(REQUEST, account, G * SHARES[account], partial)
        for account, partial in PARTIALS.items()
    )


def test_the_proof_satisfies_the_equation_of_the_protocol():
    partial = PARTIALS[OWNER]
    R_1 = combined([(G, partial.response), (Y, -partial.challenge)])
    R_2 = combined([(CAPSULE.c, partial.response), (partial.d, -partial.challenge)])
    points = [abi_point(point) for point in (Y, CAPSULE.c, partial.d, R_1, R_2)]
    digest = abi_hash(
        "tcss.v1.answer.proof",
        ("bytes32", CAPSULE.sid),
        ("bytes32", REQUEST.hash()),
        ("address", OWNER),
        *points,
    )
    assert partial.challenge == scalar_of(digest)


def test_what_is_signed_is_the_hash_of_the_protocol():
    partial = PARTIALS[OWNER]
    assert partial.hash(REQUEST, OWNER) == abi_hash(
        "tcss.v1.answer",
        ("bytes32", CAPSULE.sid),
        ("bytes32", REQUEST.hash()),
        ("address", OWNER),
        abi_point(partial.d),
        ("uint256", partial.challenge),
        ("uint256", partial.response),
    )


def test_another_share_is_noticed():
    false = decrypt_partially(REQUEST, OWNER, (SHARES[OWNER] + 1) % GROUP_ORDER)
    assert not verify_partial(REQUEST, OWNER, Y, false)


def test_an_answer_to_another_request_is_noticed():
    other = request_for(CAPSULE, nonce=bytes(32))
    assert not verify_partial(REQUEST, OWNER, Y, decrypt_partially(other, OWNER, SHARES[OWNER]))


def test_an_answer_of_somebody_else_is_noticed():
    assert not verify_partial(REQUEST, OWNER, Y, PARTIALS[GATEWAY])
    assert not verify_partial(REQUEST, GATEWAY, Y, PARTIALS[OWNER])


@pytest.mark.parametrize("field", ["challenge", "response"])
def test_an_altered_proof_fails(field):
    altered = (getattr(PARTIALS[OWNER], field) + 1) % GROUP_ORDER
    assert not verify_partial(REQUEST, OWNER, Y, replace(PARTIALS[OWNER], **{field: altered}))


@pytest.mark.parametrize("d", [G1.identity(), G, CAPSULE.c])
def test_a_point_of_choice_fails(d):
    assert not verify_partial(REQUEST, OWNER, Y, replace(PARTIALS[OWNER], d=d))
    assert not verify_partial(REQUEST, OWNER, Y, PartialDecryption(d, 0, 0))


def test_every_answer_draws_a_nonce_of_its_own():
    again = decrypt_partially(REQUEST, OWNER, SHARES[OWNER])
    assert again.d == PARTIALS[OWNER].d
    assert (again.challenge, again.response) != (PARTIALS[OWNER].challenge, PARTIALS[OWNER].response)


def test_nothing_of_an_answer_is_shown():
    partial = PARTIALS[OWNER]
    hidden = (*partial.d.words(), partial.challenge, partial.response)
    assert not any(str(number) in repr(partial) for number in hidden)


def test_a_session_with_another_secret_gives_another_key():
    other = known_secret(3)
    wrong = {x: CAPSULE.c * other.share(x) for x in list(POINTS.values())[:3]}
    assert combine(wrong) != K
