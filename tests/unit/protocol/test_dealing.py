"""Dealings against arithmetic of another library, and proofs of knowledge of the polynomials."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.independent import (
    abi_hash,
    abi_point,
    combine,
    polynomial_at,
    scalar_of,
    times_generator,
)
from support.known_roster import known_roster
from support.misdealing import deal_vectors, with_invalid_proof

from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.dealing import (
    DealingPolynomials,
    PolynomialProof,
    commit,
    encrypt_shares,
    make_dealing,
    seal_dealing,
    verify_polynomial_proof,
)
from tcss_chain.protocol.posted_dealing import dealings_hash, posted_hash
from tcss_chain.protocol.roster import keys_hash
from tcss_chain.protocol.share_encryption import decrypt_share
from tcss_chain.protocol.share_tree import root_from_path, share_leaf

KNOWN = known_roster(seats=(0, 2, 3, 9), t=3)
ROSTER = KNOWN.roster
DEALER = KNOWN.accounts[1]
DEALT = KNOWN.deal(DEALER)
DEALING = DEALT.dealing
POLYNOMIALS = KNOWN.polynomials[DEALER]


def holds(dealing, dealer=DEALER, roster=ROSTER):
    return verify_polynomial_proof(roster, dealer, dealing)


def test_commitments_are_those_of_the_protocol():
    assert len(DEALING.B) == len(DEALING.C) == 3
    for a_m, b_m, B_m, C_m in zip(POLYNOMIALS.a, POLYNOMIALS.b, DEALING.B, DEALING.C, strict=True):
        assert B_m.words() == times_generator(b_m)
        assert C_m.words() == combine([(G, a_m), (ROSTER.A, b_m)])
        assert combine([(C_m, 1), (B_m, -KNOWN.alpha)]) == times_generator(a_m)


def test_zero_coefficients_are_committed_to_as_well():
    B, C = commit(ROSTER.A, DealingPolynomials(a=(0, 1), b=(0, 0)))
    assert B == (G1.identity(), G1.identity())
    assert C == (G1.identity(), G)


def test_hashes_of_a_dealing_are_those_of_the_protocol():
    digest = DEALING.digest(ROSTER.sid)
    for vector, found in ((DEALING.B, digest.hash_B), (DEALING.C, digest.hash_C)):
        assert found == abi_hash("tcss.v1.commitments", ("bytes32", ROSTER.sid), *map(abi_point, vector))
    proof = DEALING.proof
    assert digest.hash(ROSTER.sid, DEALER) == abi_hash(
        "tcss.v1.deal",
        ("bytes32", ROSTER.sid),
        ("address", DEALER),
        ("bytes32", digest.hash_B),
        ("bytes32", digest.hash_C),
        ("bytes32", DEALING.share_root),
        ("uint256", proof.challenge),
        ("uint256", proof.response_u),
        ("uint256", proof.response_v),
    )


def test_what_is_kept_of_a_dealer_hashes_keys_and_dealing_with_session_and_owner():
    keys, dealing = ROSTER.keys_hash(DEALER), DEALING.digest(ROSTER.sid).hash(ROSTER.sid, DEALER)
    kept = posted_hash(ROSTER.sid, DEALER, keys, dealing)
    assert kept == abi_hash(
        "tcss.v1.posted",
        ("bytes32", ROSTER.sid),
        ("address", DEALER),
        ("bytes32", keys),
        ("bytes32", dealing),
    )
    others = [
        posted_hash(bytes(32), DEALER, keys, dealing),
        posted_hash(ROSTER.sid, KNOWN.accounts[0], keys, dealing),
        posted_hash(ROSTER.sid, DEALER, ROSTER.keys_hash(KNOWN.accounts[0]), dealing),
        posted_hash(ROSTER.sid, DEALER, keys, bytes(32)),
        posted_hash(ROSTER.sid, DEALER, dealing, keys),
    ]
    assert len({kept, keys, dealing, *others}) == 8


def hash_of_all(keys, dealings, sid=ROSTER.sid):
    """What is kept of everybody, by seat, hashed by another library."""
    words = []
    for account in sorted(keys, key=lambda each: int(each, 16)):
        kept = keys_hash(sid, account, keys[account])
        if account in dealings:
            kept = posted_hash(sid, account, kept, dealings[account].digest(sid).hash(sid, account))
        words.append(("bytes32", kept))
    return abi_hash("tcss.v1.dealings", ("bytes32", sid), *words)


def test_the_hash_of_all_dealings_is_that_of_what_is_kept_of_everybody_by_seat():
    first, last = KNOWN.accounts[0], KNOWN.accounts[3]
    keys = ROSTER.keys()
    assert list(keys) == [each.account for each in ROSTER.participants]
    dealings = {last: KNOWN.deal(last).dealing, DEALER: DEALING, first: KNOWN.deal(first).dealing}
    found = dealings_hash(ROSTER.sid, keys, dealings)
    assert found == hash_of_all(keys, dealings)
    # The order in which keys and dealings are given is none of its inputs.
    backwards = dict(reversed(keys.items())), dict(reversed(dealings.items()))
    assert dealings_hash(ROSTER.sid, *backwards) == found


def test_the_hash_of_all_dealings_names_every_participant_and_every_dealing():
    keys, accounts = ROSTER.keys(), KNOWN.accounts
    dealings = {account: KNOWN.deal(account).dealing for account in accounts}
    other = KNOWN.deal(accounts[0]).dealing
    assert other != dealings[accounts[0]]
    swapped = keys | {accounts[0]: keys[accounts[1]]}
    variants = [
        (keys, dealings),
        (keys, {}),
        (keys, dealings | {accounts[0]: other}),
        *((keys, {a: d for a, d in dealings.items() if a != left_out}) for left_out in accounts),
        *(({a: k for a, k in keys.items() if a != left_out}, {}) for left_out in accounts),
        (swapped, dealings),
        (swapped, {}),
    ]
    found = {dealings_hash(ROSTER.sid, *variant) for variant in variants}
    found.add(dealings_hash(b"\1" * 32, keys, dealings))
    assert len(found) == len(variants) + 1
    for variant in variants:
        assert dealings_hash(ROSTER.sid, *variant) == hash_of_all(*variant)


def test_every_participant_can_open_its_share_and_nobody_elses():
    digest = DEALING.digest(ROSTER.sid)
    assert set(DEALT.shares) == set(KNOWN.accounts)
    for recipient in ROSTER.participants:
        encrypted = DEALT.shares[recipient.account]
        leaf = share_leaf(ROSTER.sid, DEALER, recipient.account, encrypted.c0, encrypted.c1)
        assert root_from_path(ROSTER.sid, leaf, recipient.seat, encrypted.path) == DEALING.share_root
        expected = tuple(polynomial_at(each, recipient.x) for each in (POLYNOMIALS.a, POLYNOMIALS.b))
        for account in KNOWN.accounts:
            K = ROSTER.participant(DEALER).keys.D * KNOWN.e[account]
            share = decrypt_share(
                ROSTER.sid, K, DEALER, recipient.account, digest.hash_B, digest.hash_C, encrypted
            )
            assert ((share.y, share.z) == expected) is (account == recipient.account)


def test_the_proof_satisfies_the_equations_of_the_protocol():
    digest, proof = DEALING.digest(ROSTER.sid), DEALING.proof
    statement = (
        ("bytes32", ROSTER.sid),
        ("address", DEALER),
        ("bytes32", digest.hash_B),
        ("bytes32", digest.hash_C),
        ("bytes32", digest.share_root),
    )
    zeta = scalar_of(abi_hash("tcss.v1.pok.point", *statement))
    at_zeta = [pow(zeta, m, GROUP_ORDER) for m in range(3)]
    Z_B = combine(zip(DEALING.B, at_zeta, strict=True))
    Z_C = combine(zip(DEALING.C, at_zeta, strict=True))
    u, v = polynomial_at(POLYNOMIALS.a, zeta), polynomial_at(POLYNOMIALS.b, zeta)
    assert Z_B == times_generator(v)
    assert Z_C == combine([(G, u), (ROSTER.A, v)])
    R_B = combine([(G, proof.response_v), (Z_B, -proof.challenge)])
    R_C = combine([(G, proof.response_u), (ROSTER.A, proof.response_v), (Z_C, -proof.challenge)])
    challenge = abi_hash(
        "tcss.v1.pok.challenge",
        *statement,
        ("uint256", zeta),
        *map(abi_point, (ROSTER.A, Z_B, Z_C, R_B, R_C)),
    )
    assert proof.challenge == scalar_of(challenge)


def test_an_honest_proof_is_valid():
    assert holds(DEALING)


@pytest.mark.parametrize("field", ["challenge", "response_u", "response_v"])
def test_an_altered_proof_is_invalid(field):
    proof = replace(DEALING.proof, **{field: (getattr(DEALING.proof, field) + 1) % GROUP_ORDER})
    assert not holds(replace(DEALING, proof=proof))


@pytest.mark.parametrize("vector", ["B", "C"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_altered_commitment_makes_the_proof_invalid(vector, place):
    points = list(getattr(DEALING, vector))
    points[place] = points[place] + G
    assert not holds(replace(DEALING, **{vector: tuple(points)}))


def test_an_altered_share_root_makes_the_proof_invalid():
    assert not holds(replace(DEALING, share_root=bytes(32)))


def test_swapped_vectors_or_coefficients_make_the_proof_invalid():
    assert not holds(replace(DEALING, B=DEALING.C, C=DEALING.B))
    assert not holds(replace(DEALING, B=DEALING.B[::-1], C=DEALING.C[::-1]))


def test_a_proof_serves_no_other_dealer_session_or_auditor_key():
    assert not holds(DEALING, dealer=KNOWN.accounts[0])
    assert not holds(DEALING, roster=replace(ROSTER, sid=bytes(32)))
    assert not holds(DEALING, roster=replace(ROSTER, A=ROSTER.A + G))


def test_a_dealing_of_others_vectors_cannot_be_proven():
    """The last dealer takes back what another one dealt, and adds polynomials of its own."""
    own = DealingPolynomials.draw(3)
    B, C = commit(ROSTER.A, own)
    mauled_B = [mine - theirs for mine, theirs in zip(B, DEALING.B, strict=True)]
    mauled_C = [mine - theirs for mine, theirs in zip(C, DEALING.C, strict=True)]
    last = KNOWN.accounts[2]
    mauled = deal_vectors(ROSTER, last, KNOWN.d[last], mauled_B, mauled_C, own)
    assert not holds(mauled.dealing, dealer=last)
    copied = deal_vectors(ROSTER, last, KNOWN.d[last], B, C, own)
    assert holds(copied.dealing, dealer=last)


def test_a_proof_without_content_is_invalid():
    assert not holds(replace(DEALING, proof=PolynomialProof(0, 0, 0)))
    assert not holds(with_invalid_proof(DEALT).dealing)


def test_the_same_polynomials_give_the_same_commitments_and_shares_but_a_fresh_proof():
    again = make_dealing(ROSTER, DEALER, KNOWN.d[DEALER], POLYNOMIALS)
    assert (again.dealing.B, again.dealing.C) == (DEALING.B, DEALING.C)
    assert again.shares == DEALT.shares
    assert again.dealing.share_root == DEALING.share_root
    assert again.dealing.proof != DEALING.proof
    assert holds(again.dealing)


def test_sealing_commits_to_the_words_it_is_given():
    commitments = commit(ROSTER.A, POLYNOMIALS)
    words = encrypt_shares(ROSTER, DEALER, KNOWN.d[DEALER], POLYNOMIALS, commitments)
    words[KNOWN.accounts[3]] = (1, 2)
    sealed = seal_dealing(ROSTER, DEALER, POLYNOMIALS, commitments, words)
    assert sealed.dealing.share_root != DEALING.share_root
    share = sealed.shares[KNOWN.accounts[3]]
    assert (share.c0, share.c1) == (1, 2)
    assert holds(sealed.dealing)


@pytest.mark.parametrize("threshold", [2, 5, 128])
def test_drawn_polynomials_have_the_degree_of_the_threshold_and_are_fresh(threshold):
    first, second = DealingPolynomials.draw(threshold), DealingPolynomials.draw(threshold)
    coefficients = [*first.a, *first.b, *second.a, *second.b]
    assert len(first.a) == len(first.b) == threshold
    assert len(set(coefficients)) == 4 * threshold
    assert all(0 <= each < GROUP_ORDER for each in coefficients)


def test_nothing_that_a_dealer_holds_shows_a_secret():
    shown = "".join((repr(DEALT), repr(POLYNOMIALS), str(POLYNOMIALS.share_at(5))))
    for secret in (*POLYNOMIALS.a, *POLYNOMIALS.b, POLYNOMIALS.share_at(5).y, POLYNOMIALS.share_at(5).z):
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown


def test_the_helper_arithmetic_knows_the_identity():
    assert combine([]) == (0, 0)
    assert combine([(G, 5), (G, -5)]) == (0, 0)
    assert times_generator(1) == (1, 2)
