"""Typed signatures: who signed what, in one form only."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_keys import keys
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed, signer_of

SIGNER = Account.from_key(b"\5" * 32)
CONTRACT = Account.from_key(b"\6" * 32).address
OTHER = Account.from_key(b"\7" * 32).address
DIGEST = bytes(range(32))
CHAIN_ID = 1337
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TYPES = {
    SignedKind.CAPSULE: "Seal(bytes32 capsule)",
    SignedKind.REQUEST: "OpeningRequest(bytes32 request)",
    SignedKind.ANSWER: "OpeningAnswer(bytes32 answer)",
}


def digest_by_hand(kind):
    domain_type = keccak(
        text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    )
    domain = keccak(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [domain_type, keccak(text="TCSS"), keccak(text="1"), CHAIN_ID, CONTRACT],
        )
    )
    message = keccak(abi_encode(["bytes32", "bytes32"], [keccak(text=TYPES[kind]), DIGEST]))
    return keccak(b"\x19\x01" + domain + message)


@pytest.mark.parametrize("kind", SignedKind)
def test_the_signer_is_found(kind):
    signature = sign_typed(SIGNER, kind, DIGEST, CHAIN_ID, CONTRACT)
    assert signer_of(kind, DIGEST, signature, CHAIN_ID, CONTRACT) == SIGNER.address


@pytest.mark.parametrize("kind", SignedKind)
def test_what_is_signed_is_the_typed_data_of_the_protocol(kind):
    v, r, s = sign_typed(SIGNER, kind, DIGEST, CHAIN_ID, CONTRACT).as_rsv()
    signature = keys.Signature(vrs=(v - 27, r, s))
    recovered = signature.recover_public_key_from_msg_hash(digest_by_hand(kind))
    assert recovered.to_checksum_address() == SIGNER.address


@pytest.mark.parametrize(
    ("kind", "digest", "chain_id", "contract"),
    [
        (SignedKind.REQUEST, DIGEST, CHAIN_ID, CONTRACT),
        (SignedKind.CAPSULE, bytes(32), CHAIN_ID, CONTRACT),
        (SignedKind.CAPSULE, DIGEST, 1, CONTRACT),
        (SignedKind.CAPSULE, DIGEST, CHAIN_ID, OTHER),
    ],
    ids=["kind", "digest", "chain", "contract"],
)
def test_a_signature_serves_nothing_else(kind, digest, chain_id, contract):
    signature = sign_typed(SIGNER, SignedKind.CAPSULE, DIGEST, CHAIN_ID, CONTRACT)
    assert signer_of(kind, digest, signature, chain_id, contract) != SIGNER.address


@pytest.mark.parametrize(("above", "is_refused"), [(0, False), (1, True)])
def test_above_half_of_the_order_lies_a_second_form_that_is_refused(above, is_refused):
    # Compact signatures have 255 bits for s, so this is nearly all of the second form that can be written.
    signature = CompactSignature(bytes(31) + b"\1", (ORDER // 2 + above).to_bytes(32, "big"))
    found = signer_of(SignedKind.ANSWER, DIGEST, signature, CHAIN_ID, CONTRACT)
    assert (found is None) == is_refused


@settings(max_examples=60, deadline=None)
@given(r=st.binary(min_size=32, max_size=32), vs=st.binary(min_size=32, max_size=32))
def test_any_bytes_are_nobodys_signature_or_some_strangers(r, vs):
    found = signer_of(SignedKind.CAPSULE, DIGEST, CompactSignature(r, vs), CHAIN_ID, CONTRACT)
    assert found is None or found != SIGNER.address


@pytest.mark.parametrize("r", [0, ORDER, 5])
def test_a_nonce_point_that_is_none_gives_nobody(r):
    signature = CompactSignature(r.to_bytes(32, "big"), (1).to_bytes(32, "big"))
    assert signer_of(SignedKind.CAPSULE, DIGEST, signature, CHAIN_ID, CONTRACT) is None
