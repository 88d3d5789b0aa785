"""Acceptances: typed data that is signed, and compact signatures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_keys import keys
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.protocol.acceptance import Acceptance, CompactSignature

SIGNER = Account.from_key(b"\5" * 32)
CONTRACT = Account.from_key(b"\6" * 32).address
OTHER = Account.from_key(b"\7" * 32).address
ACCEPTANCE = Acceptance(b"\1" * 32, b"\2" * 32, b"\4" * 32, 0b1011, b"\3" * 32)
CHAIN_ID = 1337


def digest_by_hand(acceptance, chain_id, contract):
    domain_type = keccak(
        text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    )
    domain = keccak(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [domain_type, keccak(text="TCSS"), keccak(text="1"), chain_id, contract],
        )
    )
    accept_type = keccak(
        text="Accept(bytes32 sid,bytes32 rosterHash,bytes32 dealingsHash,uint128 qualified,"
        "bytes32 aggregateHash)"
    )
    message = keccak(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "bytes32", "uint128", "bytes32"],
            [
                accept_type,
                acceptance.sid,
                acceptance.roster_hash,
                acceptance.dealings_hash,
                acceptance.qualified,
                acceptance.aggregate_hash,
            ],
        )
    )
    return keccak(b"\x19\x01" + domain + message)


def sign(acceptance=ACCEPTANCE, chain_id=CHAIN_ID, contract=CONTRACT):
    signed = SIGNER.sign_message(acceptance.signable(chain_id, contract))
    return CompactSignature.from_rsv(signed.r, signed.s, signed.v)


def recover(signature, acceptance=ACCEPTANCE, chain_id=CHAIN_ID, contract=CONTRACT):
    return Account.recover_message(acceptance.signable(chain_id, contract), vrs=signature.as_rsv())


def test_the_signer_signs_the_digest_of_the_standard():
    digest = digest_by_hand(ACCEPTANCE, CHAIN_ID, CONTRACT)
    v, r, s = sign().as_rsv()
    public = keys.Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest)
    assert public.to_checksum_address() == SIGNER.address


def test_the_signer_is_recovered():
    assert recover(sign()) == SIGNER.address


@pytest.mark.parametrize(
    "changed",
    [
        {"acceptance": replace(ACCEPTANCE, sid=bytes(32))},
        {"acceptance": replace(ACCEPTANCE, roster_hash=bytes(32))},
        {"acceptance": replace(ACCEPTANCE, dealings_hash=bytes(32))},
        {"acceptance": replace(ACCEPTANCE, qualified=0b1111)},
        {"acceptance": replace(ACCEPTANCE, aggregate_hash=bytes(32))},
        {"chain_id": 1},
        {"contract": OTHER},
    ],
)
def test_a_signature_is_for_one_acceptance_one_contract_and_one_chain(changed):
    assert recover(sign(), **changed) != SIGNER.address


@settings(max_examples=25, deadline=None)
@given(qualified=st.integers(0, 2**128 - 1))
def test_every_signature_survives_its_compact_form(qualified):
    acceptance = replace(ACCEPTANCE, qualified=qualified)
    signed = SIGNER.sign_message(acceptance.signable(CHAIN_ID, CONTRACT))
    compact = CompactSignature.from_rsv(signed.r, signed.s, signed.v)
    assert len(compact.r) == len(compact.vs) == 32
    assert compact.as_rsv() == (signed.v, signed.r, signed.s)
    assert recover(compact, acceptance) == SIGNER.address


@given(r=st.integers(0, 2**256 - 1), s=st.integers(0, 2**255 - 1), v=st.sampled_from([27, 28]))
def test_compact_and_back_loses_nothing(r, s, v):
    compact = CompactSignature.from_rsv(r, s, v)
    assert compact.as_rsv() == (v, r, s)
    assert int.from_bytes(compact.vs, "big") >> 255 == v - 27


def test_the_example_of_the_standard_for_compact_signatures():
    r = 0x68A020A209D3D56C46F38CC50A33F704F4A9A10A59377F8DD762AC66910E9B90
    s = 0x7E865AD05C4035AB5792787D4A0297A43617AE897930A6FE4D822B8FAEA52064
    compact = CompactSignature.from_rsv(r, s, 27)
    assert compact.vs == s.to_bytes(32, "big")
    r = 0x9328DA16089FCBA9BECECA81663203989F2DF5FE1FAA6291A45381C81BD17F76
    s = 0x139C6D6B623B42DA56557E5E734A43DC83345DDFADEC52CBE24D0CC64F550793
    compact = CompactSignature.from_rsv(r, s, 28)
    assert compact.vs.hex() == "939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793"


def test_another_parity_is_another_signer():
    signature = sign()
    flipped = bytes([signature.vs[0] ^ 0x80]) + signature.vs[1:]
    assert recover(replace(signature, vs=flipped)) != SIGNER.address
