"""Encrypted answers: read by one gateway, for one request, as one participant's."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sealed_labels import GATEWAY, OWNER, capsule_of, known_secret, request_for

from tcss_chain.curve import FIELD_MODULUS, GROUP_ORDER
from tcss_chain.opening.answer_encryption import (
    ENCRYPTED_BYTES,
    RecipientKey,
    SignedAnswer,
    encrypt_answer,
)
from tcss_chain.opening.errors import AnswerFormatError, RecipientKeyError
from tcss_chain.protocol.partial_decryption import decrypt_partially
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed

KEY = RecipientKey()
CAPSULE, _ = capsule_of(known_secret())
REQUEST = request_for(CAPSULE, recipient_key=KEY.public)
PARTIAL = decrypt_partially(REQUEST, OWNER, 5)
SIGNER = Account.from_key(b"\5" * 32)
ANSWER = SignedAnswer(
    PARTIAL, sign_typed(SIGNER, SignedKind.ANSWER, PARTIAL.hash(REQUEST, OWNER), 1, SIGNER.address)
)
ENCRYPTED = encrypt_answer(REQUEST, OWNER, ANSWER)


def raw(plain, request=REQUEST, account=OWNER):
    """Encrypt anything as an answer."""
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    info = b"tcss.v1.answer.encryption" + request.hash() + bytes(12) + bytes.fromhex(account[2:])
    return suite.encrypt(plain, X25519PublicKey.from_public_bytes(request.recipient_key), info=info)


def words(d=(1, 2), challenge=0, response=0):
    return b"".join(number.to_bytes(32, "big") for number in (*d, challenge, response, 0, 0))


def test_an_answer_comes_back_as_it_was():
    assert len(ENCRYPTED) == ENCRYPTED_BYTES
    assert KEY.decrypt(REQUEST, OWNER, ENCRYPTED) == ANSWER


def test_the_encryption_is_that_of_the_protocol():
    signature = ANSWER.signature
    plain = words(PARTIAL.d.words(), PARTIAL.challenge, PARTIAL.response)[:128] + signature.r + signature.vs
    assert KEY.decrypt(REQUEST, OWNER, raw(plain)) == ANSWER


def test_it_opens_with_no_other_key():
    with pytest.raises(AnswerFormatError):
        RecipientKey().decrypt(REQUEST, OWNER, ENCRYPTED)


def test_it_opens_as_nobody_elses():
    with pytest.raises(AnswerFormatError):
        KEY.decrypt(REQUEST, GATEWAY, ENCRYPTED)


def test_it_opens_as_no_answer_to_another_request():
    other = request_for(CAPSULE, recipient_key=KEY.public, nonce=bytes(32))
    with pytest.raises(AnswerFormatError):
        KEY.decrypt(other, OWNER, ENCRYPTED)


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, ENCRYPTED_BYTES - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed(position, bit):
    altered = bytearray(ENCRYPTED)
    altered[position] ^= 1 << bit
    with pytest.raises(AnswerFormatError):
        KEY.decrypt(REQUEST, OWNER, bytes(altered))


@pytest.mark.parametrize("length", [0, 1, 31, 32, 48, ENCRYPTED_BYTES - 1])
def test_an_answer_cut_short_is_noticed(length):
    with pytest.raises(AnswerFormatError):
        KEY.decrypt(REQUEST, OWNER, ENCRYPTED[:length])


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        bytes(191),
        bytes(193),
        words(d=(FIELD_MODULUS + 1, 2)),
        words(d=(1, 3)),
        words(challenge=GROUP_ORDER),
        words(response=GROUP_ORDER),
    ],
    ids=["empty", "short", "long", "coordinate", "curve", "challenge", "response"],
)
def test_what_is_encrypted_well_and_is_no_answer_is_refused(plain):
    with pytest.raises(AnswerFormatError):
        KEY.decrypt(REQUEST, OWNER, raw(plain))


@pytest.mark.parametrize("public", [bytes(32), b"\1" + bytes(31)])
def test_nothing_is_encrypted_to_a_key_of_small_order(public):
    with pytest.raises(RecipientKeyError):
        encrypt_answer(request_for(CAPSULE, recipient_key=public), OWNER, ANSWER)


def test_two_encryptions_of_an_answer_differ():
    assert encrypt_answer(REQUEST, OWNER, ANSWER) != ENCRYPTED


def test_nothing_of_an_answer_is_shown():
    shown = repr(ANSWER)
    assert not any(str(number) in shown for number in (*PARTIAL.d.words(), PARTIAL.challenge))
    assert ANSWER.signature.r.hex() not in shown
