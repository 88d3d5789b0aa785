"""Every hash of the contract against the Python one, and both against their description."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from eth_account.messages import _hash_eip191_message
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from support.consortium import Consortium
from support.independent import opening_hash
from support.mocks import Mock
from support.sealed_labels import capsule_of, known_secret, request_for

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol import roster as python_roster
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.dealing import DealingDigest, PolynomialProof, proof_point
from tcss_chain.protocol.hashing import (
    domain_word,
    hash_commitments,
    hash_to_scalar,
    hash_words,
    scalar_from_hash,
    words_of,
)
from tcss_chain.protocol.posted_dealing import posted_hash
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import session_id
from tcss_chain.protocol.share_encryption import EncryptedShare, Share, decrypt_share, encrypt_share
from tcss_chain.protocol.share_tree import path_of, root_from_path, share_leaf, tree_levels

RNG = random.Random(2)


def word() -> bytes:
    return RNG.randbytes(32)


def address() -> Any:
    return to_checksum_address(RNG.randbytes(20))


def scalar() -> int:
    return RNG.randrange(GROUP_ORDER)


SID, ROSTER_HASH, ALICE, BOB = word(), word(), address(), address()
KEYS = ParticipantKeys(G * scalar(), G * scalar())
DIGEST = DealingDigest(word(), word(), word(), PolynomialProof(scalar(), scalar(), scalar()))
DIGEST_ABI = (
    DIGEST.hash_B,
    DIGEST.hash_C,
    DIGEST.share_root,
    (DIGEST.proof.challenge, DIGEST.proof.response_u, DIGEST.proof.response_v),
)
KEYS_ABI = (KEYS.P.words(), KEYS.D.words())


def described(domain: str, *encoded: bytes) -> bytes:
    """A hash as it is described: keccak256 of the domain's word and further words."""
    return keccak(domain.encode().ljust(32, b"\0") + b"".join(encoded))


@pytest.mark.parametrize("seed", [bytes(32), b"\xff" * 32, *(word() for _ in range(6))])
def test_scalar_from_a_hash(harness: Mock, seed: bytes) -> None:
    high, low = keccak(seed + bytes(32)), keccak(seed + bytes(31) + b"\1")
    expected = (int.from_bytes(high, "big") * 2**256 + int.from_bytes(low, "big")) % GROUP_ORDER
    assert harness.call("toScalar", seed) == scalar_from_hash(seed) == expected


def test_session_id_binds_chain_contract_creator_salt_and_every_field(
    harness: Mock, fresh: Consortium
) -> None:
    chain_id, salt, configuration = fresh.connection.chain_id, word(), fresh.configuration
    seen = set()
    variants = [
        configuration,
        replace(configuration, threshold=2),
        replace(configuration, members=configuration.members[:-1]),
        replace(configuration, members=()),
        replace(configuration, auditor=ALICE),
        replace(configuration, confirm_by=1),
        replace(configuration, join_by=1),
        replace(configuration, deal_by=1),
        replace(configuration, complain_by=1),
        replace(configuration, reveal_by=1),
        replace(configuration, challenge_by=1),
        replace(configuration, bond_release_time=2**40 - 1),
        replace(configuration, bond=2**88 - 1),
        replace(configuration, beneficiary=ALICE),
        replace(configuration, parent=word()),
    ]
    for variant in variants:
        on_chain = harness.call("sessionId", BOB, salt, variant.as_abi_tuple())
        assert on_chain == session_id(chain_id, harness.address, BOB, salt, variant)
        seen.add(on_chain)
    seen |= {
        session_id(chain_id + 1, harness.address, BOB, salt, configuration),
        session_id(chain_id, ALICE, BOB, salt, configuration),
        session_id(chain_id, harness.address, ALICE, salt, configuration),
        session_id(chain_id, harness.address, BOB, word(), configuration),
    }
    assert len(seen) == len(variants) + 4


def test_roster_hashes(harness: Mock) -> None:
    A = KEYS.P
    empty = python_roster.empty_roster_hash(SID, A)
    assert empty == described("tcss.v1.roster", SID, A.to_bytes())
    assert harness.call("emptyRoster", SID, A.words()) == empty
    after = python_roster.roster_hash_after_join(SID, empty, ALICE, KEYS)
    assert harness.call("rosterAfterJoin", SID, empty, ALICE, KEYS_ABI) == after
    assert after == described(
        "tcss.v1.roster.join", SID, empty, words_of(ALICE), KEYS.P.to_bytes(), KEYS.D.to_bytes()
    )


def test_keys_hash(harness: Mock) -> None:
    expected = python_roster.keys_hash(SID, ALICE, KEYS)
    assert harness.call("participantKeys", SID, ALICE, KEYS_ABI) == expected


def test_evaluation_point(harness: Mock) -> None:
    expected = python_roster.evaluation_point(SID, ROSTER_HASH, ALICE)
    assert harness.call("evaluationPoint", SID, ROSTER_HASH, ALICE) == expected
    assert expected == scalar_from_hash(described("tcss.v1.point", SID, ROSTER_HASH, words_of(ALICE)))


@pytest.mark.parametrize("length", [1, 2, 7])
def test_vector_hash_from_calldata_and_from_memory(harness: Mock, length: int) -> None:
    vector = [G * scalar() for _ in range(length)]
    words = [point.words() for point in vector]
    expected = described("tcss.v1.commitments", SID, *(point.to_bytes() for point in vector))
    assert hash_commitments(SID, vector) == expected
    assert harness.call("commitments", SID, words) == expected
    assert harness.call("commitmentsInMemory", SID, words) == expected


def test_dealing_hash(harness: Mock) -> None:
    encoded = abi_encode(
        ["bytes32", "bytes32", "address", "bytes32", "bytes32", "bytes32", "uint256", "uint256", "uint256"],
        [domain_word("tcss.v1.deal"), SID, ALICE, *DIGEST_ABI[:3], *DIGEST_ABI[3]],
    )
    assert harness.call("dealing", SID, ALICE, DIGEST_ABI) == DIGEST.hash(SID, ALICE) == keccak(encoded)


def test_proof_point(harness: Mock) -> None:
    expected = proof_point(SID, ALICE, DIGEST)
    assert harness.call("zeta", SID, ALICE, DIGEST_ABI) == expected


def test_share_masks(harness: Mock) -> None:
    share = Share(scalar(), scalar())
    c0, c1 = encrypt_share(SID, KEYS.P, ALICE, BOB, DIGEST.hash_B, DIGEST.hash_C, share)
    mask_0, mask_1 = (
        harness.call("shareMask", SID, KEYS.P.words(), ALICE, BOB, u, DIGEST.hash_B, DIGEST.hash_C)
        for u in (0, 1)
    )
    assert mask_0 != mask_1
    assert (c0, c1) == ((share.y + mask_0) % GROUP_ORDER, (share.z + mask_1) % GROUP_ORDER)
    encrypted = EncryptedShare(c0, c1, ())
    assert decrypt_share(SID, KEYS.P, ALICE, BOB, DIGEST.hash_B, DIGEST.hash_C, encrypted) == share
    assert mask_0 == hash_to_scalar("tcss.v1.share", SID, KEYS.P, ALICE, BOB, 0, DIGEST.hash_B, DIGEST.hash_C)


@pytest.mark.parametrize("seat", [0, 1, 5, 64, 126, 127])
def test_share_tree(harness: Mock, seat: int) -> None:
    words = {each: (RNG.getrandbits(256), RNG.getrandbits(256)) for each in {0, 5, 127, seat}}
    leaves = {each: share_leaf(SID, ALICE, BOB, *pair) for each, pair in words.items()}
    levels = tree_levels(SID, leaves)
    root, path = levels[-1][0], path_of(levels, seat)
    assert root_from_path(SID, leaves[seat], seat, path) == root
    share = (*words[seat], list(path))
    assert harness.call("shareTreeHolds", root, SID, ALICE, BOB, seat, share)
    c0, c1 = words[seat]
    refused = [
        (root, SID, ALICE, BOB, seat ^ 1, share),
        (root, SID, BOB, ALICE, seat, share),
        (root, word(), ALICE, BOB, seat, share),
        (word(), SID, ALICE, BOB, seat, share),
        (root, SID, ALICE, BOB, seat, (c0 ^ 1, c1, list(path))),
        (root, SID, ALICE, BOB, seat, (c0, c1 ^ 1, list(path))),
        *(
            (root, SID, ALICE, BOB, seat, (c0, c1, [*path[:level], word(), *path[level + 1 :]]))
            for level in range(7)
        ),
    ]
    assert not any(harness.call("shareTreeHolds", *arguments) for arguments in refused)


def test_an_inner_node_is_no_leaf(harness: Mock) -> None:
    levels = tree_levels(SID, {0: share_leaf(SID, ALICE, BOB, 1, 2)})
    leaf, sibling = levels[0][:2]
    words = (int.from_bytes(leaf, "big"), int.from_bytes(sibling, "big"))
    shifted = [*path_of(levels, 0)[1:], bytes(32)]
    assert not harness.call("shareTreeHolds", levels[-1][0], SID, ALICE, BOB, 0, (*words, shifted))


def test_aggregate_hashes(harness: Mock) -> None:
    aggregate = SealedAggregate((G * 5, G * 6), (G * 7, G * 8))
    qualified = 1 << 127 | 5
    hash_B, hash_C = hash_commitments(SID, aggregate.B), hash_commitments(SID, aggregate.C)
    on_chain = harness.call("aggregateHash", SID, ROSTER_HASH, qualified, hash_B, hash_C)
    assert on_chain == aggregate.hash(SID, ROSTER_HASH, qualified)
    assert on_chain == described("tcss.v1.aggregate", SID, ROSTER_HASH, words_of(qualified), hash_B, hash_C)
    partial = harness.call("partialAggregate", SID, 3, hash_B, hash_C)
    assert partial == hash_words("tcss.v1.aggregate.partial", SID, 3, hash_B, hash_C)


@pytest.mark.parametrize("purpose", ["", "x", "x" * 32, "x" * 200, "é"])
def test_opening_request_hash(harness: Mock, purpose: str) -> None:
    core, digest = word(), word()
    on_chain = harness.call("openingRequest", SID, core, ALICE, digest, purpose)
    expected = described("tcss.v1.opening", SID, core, words_of(ALICE), digest, keccak(purpose.encode()))
    assert on_chain == expected == opening_hash(SID, core, ALICE, digest, purpose)


def test_opening_request_hash_is_that_of_a_request(harness: Mock) -> None:
    request = request_for(capsule_of(known_secret(), sid=SID)[0], gateway=ALICE, purpose="a sample")
    arguments = (SID, request.core(), ALICE, request.model_digest, "a sample")
    assert harness.call("openingRequest", *arguments) == request.hash()
    others = ((word(),), (word(),), (BOB,), (word(),), ("a sample ", "A sample", "", "a sample\0"))
    changed = [
        harness.call("openingRequest", *arguments[:place], other, *arguments[place + 1 :])
        for place, values in enumerate(others)
        for other in values
    ]
    assert len({request.hash(), *changed}) == len(changed) + 1


def test_acceptance_hash_is_the_typed_data_that_participants_sign(active: Consortium) -> None:
    acceptance = active.acceptance()
    views = active.connection.contract.functions
    on_chain = views.acceptanceHash(active.sid, acceptance.qualified, acceptance.aggregate_hash).call()
    signable = acceptance.signable(active.connection.chain_id, active.connection.contract_address)
    assert on_chain == _hash_eip191_message(signable)
    fields = "bytes32 sid,bytes32 rosterHash,bytes32 dealingsHash,uint128 qualified,bytes32 aggregateHash"
    type_hash = keccak(text=f"Accept({fields})")
    struct = keccak(
        type_hash
        + acceptance.sid
        + acceptance.roster_hash
        + acceptance.dealings_hash
        + words_of(acceptance.qualified)
        + acceptance.aggregate_hash
    )
    domain = keccak(
        keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        + keccak(text="TCSS")
        + keccak(text="1")
        + words_of(active.connection.chain_id)
        + words_of(active.connection.contract_address)
    )
    assert on_chain == keccak(b"\x19\x01" + domain + struct)


def test_what_the_contract_keeps_of_a_session_is_what_python_computes(active: Consortium) -> None:
    roster, dealings, state = active.roster(), active.view.dealings(), active.reads.state(active.sid)
    assert state.roster_hash == roster.roster_hash
    for member in active.reads.members(active.sid):
        participant = roster.participant(member.account)
        assert member.seat == participant.seat
        assert member.evaluation_point == participant.x
        keys = python_roster.keys_hash(active.sid, member.account, participant.keys)
        dealt = dealings[member.account].digest(active.sid).hash(active.sid, member.account)
        assert member.posted_hash == posted_hash(active.sid, member.account, keys, dealt)
    aggregate = active.view.aggregate(roster, dealings)
    assert state.aggregate_hash == aggregate.hash(active.sid, roster.roster_hash, state.qualified)
