"""The derivation of model keys."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from support.sealed_labels import capsule_of, known_secret, label

from tcss_chain.curve import G
from tcss_chain.protocol.capsule import Capsule
from tcss_chain.protocol.model_key import model_key, wipe

CAPSULE, K = capsule_of(known_secret())


def test_the_key_is_hkdf_of_the_point_with_the_capsules_hash_as_salt():
    ikm = b"".join(word.to_bytes(32, "big") for word in K.words())
    extracted = hmac.new(CAPSULE.hash(), ikm, hashlib.sha256).digest()
    expected = hmac.new(extracted, b"tcss.v1.model.key\x01", hashlib.sha256).digest()
    assert bytes(model_key(K, CAPSULE)) == expected


@pytest.mark.parametrize(
    "change", [{"sid": bytes(32)}, {"model": "b"}, {"context": ""}, {"digest": bytes(32)}, {"size": 9}]
)
def test_the_same_point_gives_another_key_under_another_label(change):
    moved = Capsule(label(**change), CAPSULE.c, CAPSULE.challenge, CAPSULE.response)
    assert model_key(K, moved) != model_key(K, CAPSULE)


def test_another_point_gives_another_key():
    assert model_key(K + G, CAPSULE) != model_key(K, CAPSULE)


def test_a_wiped_key_is_all_zeros():
    key = model_key(K, CAPSULE)
    wipe(key)
    assert key == bytes(32)
