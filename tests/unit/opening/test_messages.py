"""Opening requests and what participants say to them, as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st
from support.sealed_labels import capsule_of, known_secret, request_for

from tcss_chain.curve import FIELD_MODULUS, GROUP_ORDER
from tcss_chain.opening.answer_encryption import ENCRYPTED_BYTES
from tcss_chain.opening.errors import AnswerFormatError, RequestFormatError
from tcss_chain.opening.messages import (
    MAX_REQUEST_BYTES,
    Refusal,
    SignedRequest,
    decode_request,
    decode_response,
    encode_answer,
    encode_refusal,
    encode_request,
)
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed

SIGNER = Account.from_key(b"\5" * 32)
CAPSULE, _ = capsule_of(known_secret())
REQUEST = request_for(CAPSULE)
SIGNATURES = {kind: sign_typed(SIGNER, kind, REQUEST.hash(), 1337, SIGNER.address) for kind in SignedKind}
SIGNED = SignedRequest(REQUEST, SIGNATURES[SignedKind.CAPSULE], SIGNATURES[SignedKind.REQUEST], 7)
WORD = "0x" + "00" * 32


def body(**changes):
    return json.dumps(encode_request(SIGNED) | changes).encode()


def test_a_request_comes_back_as_it_was():
    assert decode_request(body()) == SIGNED


def test_the_longest_request_fits():
    longest, _ = capsule_of(known_secret(), model="m" * 64, context="~" * 200, size=2**53 - 1)
    signed = replace(SIGNED, request=request_for(longest, purpose="~" * 200), number=2**53)
    encoded = json.dumps(encode_request(signed), indent=1).encode()
    assert len(encoded) < MAX_REQUEST_BYTES
    assert decode_request(encoded) == signed


@pytest.mark.parametrize("field", sorted(encode_request(SIGNED)))
def test_a_field_that_is_missing_is_refused(field):
    fields = encode_request(SIGNED)
    del fields[field]
    with pytest.raises(RequestFormatError):
        decode_request(json.dumps(fields).encode())


@pytest.mark.parametrize("field", sorted(encode_request(SIGNED)))
@pytest.mark.parametrize("value", [None, -1, 1.5, True, [], {}, "", "0x0\n", "\n", ["0x00"], "x" * 300])
def test_a_field_of_another_form_is_refused(field, value):
    if field == "context" and value == "":
        assert decode_request(body(context="")).request.capsule.label.context == ""
        return
    with pytest.raises(RequestFormatError):
        decode_request(body(**{field: value}))


@pytest.mark.parametrize(
    "change",
    [
        {"c": [WORD, WORD]},
        {"c": [f"0x{FIELD_MODULUS + 1:064x}", f"0x{2:064x}"]},
        {"c": [f"0x{1:064x}", f"0x{3:064x}"]},
        {"challenge": f"0x{GROUP_ORDER:064x}"},
        {"response": f"0x{GROUP_ORDER:064x}"},
        {"owner": SIGNER.address.lower()},
        {"size": 0},
        {"number": 2**53 + 1},
        {"more": 1},
        {"signature": {"r": WORD}},
        {"owner_signature": [WORD, WORD]},
    ],
    ids=lambda change: f"{next(iter(change))}-{str(next(iter(change.values())))[:12]}",
)
def test_a_value_out_of_its_range_is_refused(change):
    with pytest.raises(RequestFormatError):
        decode_request(body(**change))


def test_a_longer_body_is_refused_unread():
    with pytest.raises(RequestFormatError, match="longer"):
        decode_request(body() + b" " * MAX_REQUEST_BYTES)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(garbage):
    with pytest.raises(RequestFormatError):
        decode_request(garbage)


def test_a_body_cut_short_anywhere_is_refused():
    whole = body()
    for length in range(len(whole)):
        with pytest.raises(RequestFormatError):
            decode_request(whole[:length])


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_comes_back_as_it_was(refusal):
    assert decode_response(json.loads(encode_refusal(refusal))) is refusal


def test_an_answer_comes_back_as_it_was():
    encrypted = bytes(range(240))
    assert len(encrypted) == ENCRYPTED_BYTES
    assert decode_response(json.loads(encode_answer(encrypted))) == encrypted


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {},
        {"answer": "0x"},
        {"answer": "0x" + "00" * 239},
        {"answer": "0x" + "00" * 241},
        {"answer": "0x" + "GG" * 240},
        {"answer": 5},
        {"refused": "because"},
        {"refused": None},
        {"refused": []},
        {"answer": "0x" + "00" * 240, "refused": "busy"},
    ],
    ids=str,
)
def test_what_is_neither_is_no_answer(message):
    with pytest.raises(AnswerFormatError):
        decode_response(message)


def test_only_what_may_change_by_itself_is_worth_asking_again():
    passing = {refusal for refusal in Refusal if refusal.is_passing}
    assert passing == {Refusal.NOT_ANCHORED, Refusal.BUSY, Refusal.UNAVAILABLE}
