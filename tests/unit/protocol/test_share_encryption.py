"""Shares and their encryption."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.independent import abi_hash, abi_point, scalar_of
from support.known_roster import known_roster

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.share_encryption import EncryptedShare, Share, decrypt_share, encrypt_share

RNG = random.Random(11)
KNOWN = known_roster()
SID, (DEALER, RECIPIENT, *_) = KNOWN.roster.sid, KNOWN.accounts
K = KNOWN.roster.participant(RECIPIENT).keys.P * KNOWN.d[DEALER]
HASH_B, HASH_C = RNG.randbytes(32), RNG.randbytes(32)
CONTEXT = (SID, K, DEALER, RECIPIENT, HASH_B, HASH_C)

scalars = st.integers(0, GROUP_ORDER - 1)


def masks(sid, key, dealer, recipient, hash_B, hash_C):
    return [
        scalar_of(
            abi_hash(
                "tcss.v1.share",
                ("bytes32", sid),
                abi_point(key),
                ("address", dealer),
                ("address", recipient),
                ("uint256", u),
                ("bytes32", hash_B),
                ("bytes32", hash_C),
            )
        )
        for u in (0, 1)
    ]


@given(y=scalars, z=scalars)
def test_each_half_is_masked_with_its_own_hash_of_the_shared_key(y, z):
    mask_0, mask_1 = masks(*CONTEXT)
    assert mask_0 != mask_1
    assert encrypt_share(*CONTEXT, Share(y, z)) == ((y + mask_0) % GROUP_ORDER, (z + mask_1) % GROUP_ORDER)


@given(y=scalars, z=scalars)
def test_the_recipient_gets_back_what_the_dealer_encrypted(y, z):
    of_recipient = KNOWN.roster.participant(DEALER).keys.D * KNOWN.e[RECIPIENT]
    encrypted = EncryptedShare(*encrypt_share(*CONTEXT, Share(y, z)), path=())
    assert encrypted.is_canonical
    assert decrypt_share(SID, of_recipient, DEALER, RECIPIENT, HASH_B, HASH_C, encrypted) == Share(y, z)


def test_the_key_is_directed():
    back = KNOWN.roster.participant(DEALER).keys.P * KNOWN.d[RECIPIENT]
    assert back != K


@pytest.mark.parametrize("index", range(len(CONTEXT)))
def test_everything_in_the_context_changes_both_masks(index):
    others = (bytes(32), K + G, RECIPIENT, DEALER, bytes(32), bytes(32))
    changed = (*CONTEXT[:index], others[index], *CONTEXT[index + 1 :])
    share = Share(5, 6)
    assert not set(encrypt_share(*changed, share)) & set(encrypt_share(*CONTEXT, share))


def test_dealer_and_recipient_are_not_interchangeable():
    swapped = (SID, K, RECIPIENT, DEALER, HASH_B, HASH_C)
    assert masks(*swapped) != masks(*CONTEXT)
    assert encrypt_share(*swapped, Share(0, 0)) == tuple(masks(*swapped))


def test_only_scalars_are_canonical_words():
    edge = (0, GROUP_ORDER - 1, GROUP_ORDER, 2**256 - 1)
    for c0, c1 in itertools.product(edge, edge):
        expected = c0 < GROUP_ORDER and c1 < GROUP_ORDER
        assert EncryptedShare(c0, c1, ()).is_canonical is expected


def test_a_share_does_not_show_itself():
    share = Share(y=123456789, z=987654321)
    for shown in (repr(share), str(share), f"{share}"):
        assert "123456789" not in shown
        assert "987654321" not in shown
