"""Opening requests: what they may hold, and that their hash depends on all of it."""

from __future__ import annotations

import pytest
from support.independent import abi_hash, opening_hash
from support.sealed_labels import OWNER, capsule_of, known_secret, request_for

from tcss_chain.protocol.errors import OpeningRequestError

SECRET = known_secret()
CAPSULE, _ = capsule_of(SECRET)
REQUEST = request_for(CAPSULE)


def test_the_hashes_are_those_of_the_protocol():
    core = abi_hash(
        "tcss.v1.opening.core",
        ("bytes32", CAPSULE.sid),
        ("bytes32", CAPSULE.hash()),
        ("bytes32", REQUEST.recipient_key),
        ("bytes32", REQUEST.nonce),
    )
    assert REQUEST.core() == core
    public = (REQUEST.gateway, CAPSULE.label.digest, REQUEST.purpose)
    assert REQUEST.hash() == opening_hash(CAPSULE.sid, core, *public)


@pytest.mark.parametrize("public", [{"gateway": OWNER}, {"purpose": "another"}], ids=["gateway", "purpose"])
def test_the_core_has_nothing_of_what_the_log_shows(public):
    assert request_for(CAPSULE, **public).core() == REQUEST.core()


@pytest.mark.parametrize(
    "hidden",
    [{"capsule": capsule_of(SECRET)[0]}, {"recipient_key": bytes(32)}, {"nonce": bytes(32)}],
    ids=lambda hidden: next(iter(hidden)),
)
def test_the_core_depends_on_all_that_the_log_does_not_show(hidden):
    assert request_for(hidden.pop("capsule", CAPSULE), **hidden).core() != REQUEST.core()


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
