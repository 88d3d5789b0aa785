"""The messages of the share exchange, well-formed and malformed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.errors import TcssError
from tcss_chain.exchange.errors import MalformedMessageError
from tcss_chain.exchange.messages import (
    SignedAcceptance,
    decode_acceptance,
    decode_share,
    encode_acceptance,
    encode_share,
)
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.share_encryption import EncryptedShare

words = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**256 - 1)
shares = st.builds(EncryptedShare, numbers, numbers, st.lists(words, min_size=7, max_size=7).map(tuple))
acceptances = st.builds(
    SignedAcceptance, st.integers(0, 2**128 - 1), words, st.builds(CompactSignature, words, words)
)

WORD = "0x" + "ab" * 32
SHARE = {"c0": WORD, "c1": WORD, "path": [WORD] * 7}
ACCEPTANCE = {"qualified": "0x" + "0" * 63 + "7", "aggregate_hash": WORD, "r": WORD, "vs": WORD}
NO_WORDS = [
    None,
    True,
    0,
    1.5,
    [],
    {},
    "",
    "0x",
    WORD[2:],
    WORD + "0",
    WORD[:-1],
    WORD + "\n",
    " " + WORD,
    WORD.upper(),
    "0x" + "AB" * 32,
    "0x" + "g" * 64,
    "0x" + "\u0661" * 64,
    [WORD],
]


@given(share=shares)
def test_every_share_survives_json(share):
    assert decode_share(json.loads(json.dumps(encode_share(share)))) == share


@given(acceptance=acceptances)
def test_every_acceptance_survives_json(acceptance):
    assert decode_acceptance(json.loads(json.dumps(encode_acceptance(acceptance)))) == acceptance


def test_messages_have_the_documented_form():
    share = EncryptedShare(1, 2**256 - 1, tuple(bytes([level]) * 32 for level in range(7)))
    assert encode_share(share) == {
        "c0": "0x" + "0" * 63 + "1",
        "c1": "0x" + "f" * 64,
        "path": ["0x" + f"0{level}" * 32 for level in range(7)],
    }
    acceptance = SignedAcceptance(5, b"\1" * 32, CompactSignature(b"\2" * 32, b"\3" * 32))
    assert encode_acceptance(acceptance) == {
        "qualified": "0x" + "0" * 63 + "5",
        "aggregate_hash": "0x" + "01" * 32,
        "r": "0x" + "02" * 32,
        "vs": "0x" + "03" * 32,
    }


def test_the_examples_are_well_formed():
    assert decode_share(SHARE).c0 == int("ab" * 32, 16)
    assert decode_acceptance(ACCEPTANCE).qualified == 7


@pytest.mark.parametrize("decode", [decode_share, decode_acceptance])
@pytest.mark.parametrize("message", [None, True, 5, "share", [], [SHARE], {}, {"c0": WORD}, {"error": "x"}])
def test_what_is_no_such_object_is_malformed(decode, message):
    with pytest.raises(MalformedMessageError) as caught:
        decode(message)
    assert caught.value.field == "set of fields"
    assert isinstance(caught.value, TcssError)


@pytest.mark.parametrize(
    ("decode", "good", "name"),
    [(decode_share, SHARE, "share"), (decode_acceptance, ACCEPTANCE, "acceptance")],
)
def test_missing_and_additional_fields_are_malformed(decode, good, name):
    for field in good:
        with pytest.raises(MalformedMessageError) as caught:
            decode({key: value for key, value in good.items() if key != field})
        assert (caught.value.message, caught.value.field) == (name, "set of fields")
    with pytest.raises(MalformedMessageError):
        decode(good | {"extra": WORD})


@pytest.mark.parametrize("value", NO_WORDS, ids=repr)
@pytest.mark.parametrize("field", ["c0", "c1"])
def test_every_word_of_a_share_must_be_one(field, value):
    with pytest.raises(MalformedMessageError) as caught:
        decode_share(SHARE | {field: value})
    assert (caught.value.message, caught.value.field) == ("share", field)


@pytest.mark.parametrize("value", NO_WORDS, ids=repr)
@pytest.mark.parametrize("field", list(ACCEPTANCE))
def test_every_word_of_an_acceptance_must_be_one(field, value):
    with pytest.raises(MalformedMessageError) as caught:
        decode_acceptance(ACCEPTANCE | {field: value})
    assert (caught.value.message, caught.value.field) == ("acceptance", field)


@pytest.mark.parametrize(
    "path",
    [None, "", WORD, {}, [], [WORD] * 6, [WORD] * 8, [WORD] * 6 + ["0x"], [WORD] * 6 + [None], [[WORD] * 7]],
    ids=repr,
)
def test_a_path_is_seven_words(path):
    with pytest.raises(MalformedMessageError) as caught:
        decode_share(SHARE | {"path": path})
    assert caught.value.field == "path"


@pytest.mark.parametrize(("qualified", "fits"), [(2**128 - 1, True), (2**128, False), (2**256 - 1, False)])
def test_a_qualified_set_has_at_most_128_seats(qualified, fits):
    message = ACCEPTANCE | {"qualified": f"0x{qualified:064x}"}
    if fits:
        assert decode_acceptance(message).qualified == qualified
        return
    with pytest.raises(MalformedMessageError) as caught:
        decode_acceptance(message)
    assert caught.value.field == "qualified"


def test_errors_do_not_repeat_what_the_peer_sent():
    with pytest.raises(MalformedMessageError) as caught:
        decode_share(SHARE | {"c0": "\x1b[31mhunter2"})
    assert "hunter2" not in str(caught.value)


@settings(max_examples=40)
@given(
    message=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["c0", "c1", "path", "qualified", "aggregate_hash", "r", "vs"]), inner
            )
        ),
    )
)
def test_no_json_does_anything_but_decode_or_fail_properly(message):
    for decode in (decode_share, decode_acceptance):
        with pytest.raises(MalformedMessageError):
            decode(message)
