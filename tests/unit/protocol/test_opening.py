"""Opening requests: what they may hold, and that their hash depends on all of it."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from support.independent import abi_hash
from support.sealed_labels import OWNER, capsule_of, known_secret, request_for

from tcss_chain.protocol.errors import OpeningRequestError

SECRET = known_secret()
CAPSULE, _ = capsule_of(SECRET)
REQUEST = request_for(CAPSULE)


def test_the_hash_is_that_of_the_protocol():
    assert REQUEST.hash() == abi_hash(
        "tcss.v1.opening",
        ("bytes32", CAPSULE.sid),
        ("bytes32", CAPSULE.hash()),
        ("address", REQUEST.gateway),
        ("bytes32", REQUEST.recipient_key),
        ("bytes32", keccak(text=REQUEST.purpose)),
        ("bytes32", REQUEST.nonce),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"capsule": capsule_of(SECRET)[0]},
        {"gateway": OWNER},
        {"recipient_key": bytes(32)},
        {"purpose": "another"},
        {"nonce": bytes(32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_depends_on_every_field(change):
    assert request_for(change.pop("capsule", CAPSULE), **change).hash() != REQUEST.hash()


@pytest.mark.parametrize(
    ("field", "named", "value"),
    [
        ("gateway", "gateway", OWNER.lower()),
        ("recipient_key", "recipient key", bytes(31)),
        ("purpose", "purpose", ""),
        ("purpose", "purpose", "x" * 201),
        ("purpose", "purpose", "two\nlines"),
        ("purpose", "purpose", None),
        ("nonce", "nonce", bytes(33)),
    ],
)
def test_what_is_not_of_its_form_is_refused_by_name(field, named, value):
    with pytest.raises(OpeningRequestError) as caught:
        request_for(CAPSULE, **{field: value})
    assert caught.value.field == named
