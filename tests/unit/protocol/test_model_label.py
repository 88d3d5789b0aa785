"""Labels: what they may hold, and that their hash depends on all of it."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from support.independent import abi_hash
from support.sealed_labels import GATEWAY, OWNER, label

from tcss_chain.protocol.errors import LabelError
from tcss_chain.protocol.model_label import MAX_SIZE

BAD = [
    ("sid", bytes(31)),
    ("sid", "0x" + "00" * 32),
    ("model", ""),
    ("model", "a" * 65),
    ("model", "-a"),
    ("model", ".a"),
    ("model", "a b"),
    ("model", "a\n"),
    ("model", "ä"),
    ("model", 5),
    ("owner", OWNER.lower()),
    ("owner", "0x00"),
    ("context", "x" * 201),
    ("context", "tab\t"),
    ("context", "line\n"),
    ("context", "ü"),
    ("context", 'say "a"'),
    ("context", "a\\b"),
    ("context", None),
    ("digest", bytes(33)),
    ("size", 0),
    ("size", -1),
    ("size", True),
    ("size", MAX_SIZE + 1),
    ("size", 1.0),
]


def test_the_hash_is_that_of_the_protocol():
    one = label()
    assert one.hash() == abi_hash(
        "tcss.v1.model",
        ("bytes32", one.sid),
        ("bytes32", keccak(text=one.model)),
        ("address", one.owner),
        ("bytes32", keccak(text=one.context)),
        ("bytes32", one.digest),
        ("uint256", one.size),
    )


@pytest.mark.parametrize(("field", "value"), BAD)
def test_what_is_not_of_its_form_is_refused_by_name(field, value):
    with pytest.raises(LabelError) as caught:
        label(**{field: value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "a"),
        ("model", "A" * 64),
        ("model", "0._-"),
        ("context", ""),
        ("context", "~" * 200),
        ("size", 1),
        ("size", MAX_SIZE),
    ],
)
def test_the_limits_themselves_are_allowed(field, value):
    assert getattr(label(**{field: value}), field) == value


@pytest.mark.parametrize(
    "change",
    [
        {"sid": bytes(32)},
        {"model": "diagnosis-1.1"},
        {"owner": GATEWAY},
        {"context": ""},
        {"digest": bytes(32)},
        {"size": 1235},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_depends_on_every_fact(change):
    assert label(**change).hash() != label().hash()


@given(st.text(max_size=250))
def test_any_text_is_a_context_or_is_refused(text):
    printable = len(text) <= 200 and all(" " <= each <= "~" and each not in '"\\' for each in text)
    if printable:
        assert label(context=text).context == text
    else:
        with pytest.raises(LabelError):
            label(context=text)
