"""What counts as a right answer, and how wrong ones are told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from eth_account import Account
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.openings import CHAIN_ID, CONTRACT, Circle, answer_of

from tcss_chain.curve import G1, GROUP_ORDER, G, random_scalar
from tcss_chain.opening import answer_encryption
from tcss_chain.opening.answer_check import AnswerCheck, FalseAnswer, UnusableAnswer
from tcss_chain.opening.answer_encryption import PLAIN_BYTES, RecipientKey, encrypt_answer
from tcss_chain.protocol.partial_decryption import combine
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed

CIRCLE = Circle()
KEY = RecipientKey()
REQUEST = CIRCLE.request(KEY)
CHECK = AnswerCheck(CIRCLE.session, REQUEST, KEY, CHAIN_ID, CONTRACT)
IDENTITY = G - G
SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ME, Y = CIRCLE.accounts[0], CIRCLE.shares[0]


def encrypted(answer, request=REQUEST, account=ME):
    return encrypt_answer(request, account.address, answer)


def with_partial(partial, request=REQUEST, account=ME):
    digest = partial.hash(request, account.address)
    answer = answer_of(request, account, Y)
    return replace(
        answer, partial=partial, signature=sign_typed(account, SignedKind.ANSWER, digest, CHAIN_ID, CONTRACT)
    )


def test_right_answers_of_any_t_give_the_key():
    for seats in ((0, 1, 2), (1, 3, 4), (4, 0, 2)):
        found = {}
        for seat in seats:
            account = CIRCLE.accounts[seat]
            answer = answer_of(REQUEST, account, CIRCLE.shares[seat])
            d = CHECK.check(account.address, encrypted(answer, account=account))
            assert isinstance(d, G1)
            found[CIRCLE.session.roster.participant(account.address).x] = d
        assert combine(found) == CIRCLE.K


def test_an_answer_made_with_another_share_is_told_by_its_proof():
    for y in (random_scalar(), (Y + 1) % GROUP_ORDER, CIRCLE.shares[1], 0):
        assert CHECK.check(ME.address, encrypted(answer_of(REQUEST, ME, y))) is FalseAnswer.PROOF


def test_the_identity_is_no_answer_of_a_share_that_is_not_zero():
    partial = answer_of(REQUEST, ME, Y).partial
    assert CHECK.check(ME.address, encrypted(with_partial(replace(partial, d=IDENTITY)))) is FalseAnswer.PROOF


@pytest.mark.parametrize("part", ["d", "challenge", "response"])
def test_any_part_of_the_proof_that_is_altered_is_noticed(part):
    partial = answer_of(REQUEST, ME, Y).partial
    other = {"d": partial.d + G, "challenge": partial.challenge ^ 1, "response": partial.response ^ 1}
    altered = replace(partial, **{part: other[part]})
    assert CHECK.check(ME.address, encrypted(with_partial(altered))) is FalseAnswer.PROOF


def test_a_proof_of_another_capsule_does_not_count():
    other = replace(REQUEST, capsule=CIRCLE.encapsulate()[0])
    partial = answer_of(other, ME, Y).partial
    assert CHECK.check(ME.address, encrypted(with_partial(partial))) is FalseAnswer.PROOF


def test_an_answer_that_somebody_else_signed_does_not_count():
    answer = answer_of(REQUEST, ME, Y)
    for signer in (CIRCLE.accounts[1], CIRCLE.gateway, Account.from_key(b"\x09" * 32)):
        digest = answer.partial.hash(REQUEST, ME.address)
        signature = sign_typed(signer, SignedKind.ANSWER, digest, CHAIN_ID, CONTRACT)
        found = CHECK.check(ME.address, encrypted(replace(answer, signature=signature)))
        assert found is UnusableAnswer.SIGNATURE


@pytest.mark.parametrize(
    ("kind", "chain_id", "contract"),
    [
        (SignedKind.REQUEST, CHAIN_ID, CONTRACT),
        (SignedKind.ANSWER, CHAIN_ID + 1, CONTRACT),
        (SignedKind.ANSWER, CHAIN_ID, ME.address),
    ],
)
def test_a_signature_for_something_else_does_not_count(kind, chain_id, contract):
    answer = answer_of(REQUEST, ME, Y)
    signature = sign_typed(ME, kind, answer.partial.hash(REQUEST, ME.address), chain_id, contract)
    found = CHECK.check(ME.address, encrypted(replace(answer, signature=signature)))
    assert found is UnusableAnswer.SIGNATURE


def test_an_answer_to_another_request_cannot_be_replayed():
    earlier = CIRCLE.request(KEY, nonce=b"\x02" * 32)
    answer = answer_of(earlier, ME, Y)
    assert CHECK.check(ME.address, encrypted(answer, earlier)) is UnusableAnswer.UNREADABLE
    # Encrypted anew for this request, its signature is still that of the other.
    assert CHECK.check(ME.address, encrypted(answer)) is UnusableAnswer.SIGNATURE
    assert CHECK.check(ME.address, encrypted(with_partial(answer.partial))) is FalseAnswer.PROOF


def test_an_answer_encrypted_to_another_key_does_not_count():
    other = CIRCLE.request(RecipientKey())
    answer = answer_of(REQUEST, ME, Y)
    assert CHECK.check(ME.address, encrypted(answer, other)) is UnusableAnswer.UNREADABLE


def test_a_participant_cannot_pass_on_the_answer_of_another():
    copied = encrypted(answer_of(REQUEST, ME, Y))
    other = CIRCLE.accounts[1]
    assert CHECK.check(other.address, copied) is UnusableAnswer.UNREADABLE
    answer = answer_of(REQUEST, ME, Y)
    assert CHECK.check(other.address, encrypted(answer, account=other)) is UnusableAnswer.SIGNATURE


def test_garbage_is_no_answer():
    good = encrypted(answer_of(REQUEST, ME, Y))
    assert isinstance(CHECK.check(ME.address, good), G1)
    for garbage in (b"", bytes(len(good)), good[:-1], good + b"\0", bytes([good[0] ^ 1]) + good[1:]):
        assert CHECK.check(ME.address, garbage) is UnusableAnswer.UNREADABLE


@given(st.binary(min_size=PLAIN_BYTES, max_size=PLAIN_BYTES) | st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_is_encrypted_for_the_request_it_is_checked(plain):
    recipient = X25519PublicKey.from_public_bytes(KEY.public)
    made = answer_encryption._SUITE.encrypt(
        plain, recipient, info=answer_encryption._info(REQUEST, ME.address)
    )
    assert isinstance(CHECK.check(ME.address, made), UnusableAnswer)


RIGHT = b"".join(
    (
        answer_of(REQUEST, ME, Y).partial.d.to_bytes(),
        *(each.to_bytes(32, "big") for each in (1, 2)),
        *(b"\1" * 32, b"\2" * 32),
    )
)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
@example(bytes(32), bytes(32))
@example(b"\xff" * 32, b"\xff" * 32)
@example(SECP256K1_N.to_bytes(32, "big"), (1).to_bytes(32, "big"))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_place_of_the_signature_it_is_checked(r, vs):
    recipient = X25519PublicKey.from_public_bytes(KEY.public)
    made = answer_encryption._SUITE.encrypt(
        RIGHT[:128] + r + vs, recipient, info=answer_encryption._info(REQUEST, ME.address)
    )
    assert CHECK.check(ME.address, made) is UnusableAnswer.SIGNATURE


def test_nothing_secret_is_shown():
    shown = repr(CIRCLE.session) + repr(answer_of(REQUEST, ME, Y)) + repr(CHECK) + repr(KEY)
    for point in CIRCLE.session.Y.values():
        for word in point.words():
            assert str(word) not in shown
            assert f"{word:x}" not in shown
