"""The HTTP format of a box."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.auditor.box import AnswerProblem
from tcss_chain.auditor.box_messages import (
    MAX_ANSWER_BYTES,
    MAX_REQUEST_BYTES,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from tcss_chain.curve import GROUP_ORDER

scalars = st.integers(0, GROUP_ORDER - 1)
WORD = "0x" + "0" * 63 + "5"


@given(st.lists(st.tuples(scalars, scalars), max_size=6))
def test_requests_survive_the_way(shares):
    assert decode_request(encode_request(shares)) == tuple(shares)


@given(scalars | st.none())
def test_answers_survive_the_way(secret):
    assert decode_answer(encode_answer(secret)) == (secret, AnswerProblem.SILENT if secret is None else None)


def test_the_format_is_the_documented_one():
    assert json.loads(encode_request([(5, 6)])) == {"shares": [[WORD, WORD[:-1] + "6"]]}
    assert json.loads(encode_answer(5)) == {"secret": WORD}
    assert json.loads(encode_answer(None)) == {"secret": None}


def test_the_limits_leave_room_for_the_largest_messages():
    largest = GROUP_ORDER - 1
    assert len(encode_request([(largest, largest)] * 136)) < MAX_REQUEST_BYTES
    assert len(encode_answer(largest)) < MAX_ANSWER_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"{}",
        b'{"secret": 5}',
        b'{"secret": true}',
        b'{"secret": "5"}',
        b'{"secret": "0x5"}',
        b'{"secret": ["' + WORD.encode() + b'"]}',
        b'{"secret": "' + WORD.encode() + b'0"}',
        b'{"secret": "' + WORD.encode() + b'\\n"}',
        b'{"secret": "0X' + WORD[2:].encode() + b'"}',
        b"[" * 1000,
        b"\xff\xfe",
        b'{"secret": ' + b"9" * 900 + b"}",
    ],
)
def test_malformed_answers_are_no_answers(body):
    assert decode_answer(body) == (None, AnswerProblem.MALFORMED)


@pytest.mark.parametrize("word", [GROUP_ORDER, GROUP_ORDER + 5, 2**256 - 1])
def test_words_beyond_the_field_are_not_reduced(word):
    assert decode_answer(json.dumps({"secret": f"0x{word:064x}"}).encode()) == (
        None,
        AnswerProblem.NOT_CANONICAL,
    )


def test_full_width_digits_are_refused():
    body = json.dumps({"secret": "0x" + "５" * 64}).encode()
    assert decode_answer(body) == (None, AnswerProblem.MALFORMED)


@pytest.mark.parametrize(
    "message",
    [
        [],
        {},
        {"shares": {}},
        {"shares": [WORD, WORD]},
        {"shares": [[WORD]]},
        {"shares": [[WORD, 5]]},
        {"shares": [[WORD, WORD, WORD]]},
    ],
)
def test_malformed_requests_are_refused(message):
    assert decode_request(json.dumps(message).encode()) is None
