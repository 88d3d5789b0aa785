"""Dealings by somebody who does not follow the protocol, with a prover of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER, G, evaluate, random_scalar
from tcss_chain.protocol.dealing import (
    Dealing,
    DealingPolynomials,
    DealtShares,
    PolynomialProof,
    make_dealing,
)
from tcss_chain.protocol.hashing import hash_commitments, hash_to_scalar
from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.share_encryption import EncryptedShare, encrypt_share
from tcss_chain.protocol.share_tree import path_of, share_leaf, tree_levels

Words = tuple[int, int]


def deal_vectors(
    roster: Roster,
    dealer: ChecksumAddress,
    dealing_key: int,
    B: Sequence[G1],
    C: Sequence[G1],
    polynomials: DealingPolynomials,
    tamper: Callable[[ChecksumAddress, Words], Words] = lambda _, words: words,
) -> DealtShares:
    """
    Post any vectors, with the shares of any polynomials.

    The proof of knowledge is made with the polynomials, so it is valid only if they belong to the vectors.
    ``tamper`` changes the encrypted words before they enter the tree.
    """
    sid = roster.sid
    hash_B, hash_C = hash_commitments(sid, B), hash_commitments(sid, C)
    words = {
        recipient.account: tamper(
            recipient.account,
            encrypt_share(
                sid,
                recipient.keys.P * dealing_key,
                dealer,
                recipient.account,
                hash_B,
                hash_C,
                polynomials.share_at(recipient.x),
            ),
        )
        for recipient in roster.participants
    }
    seats = {recipient.account: recipient.seat for recipient in roster.participants}
    leaves = {seats[account]: share_leaf(sid, dealer, account, *pair) for account, pair in words.items()}
    levels = tree_levels(sid, leaves)
    root = levels[-1][0]
    proof = prove_polynomials(roster, dealer, hash_B, hash_C, root, polynomials)
    return DealtShares(
        Dealing(tuple(B), tuple(C), root, proof),
        {account: EncryptedShare(*pair, path_of(levels, seats[account])) for account, pair in words.items()},
    )


def deal_tampered(
    roster: Roster,
    dealer: ChecksumAddress,
    dealing_key: int,
    tamper: Callable[[ChecksumAddress, Words], Words],
    polynomials: DealingPolynomials | None = None,
) -> DealtShares:
    """Honest vectors and a valid proof, but changed encrypted words."""
    chosen = polynomials or DealingPolynomials.draw(roster.threshold)
    honest = make_dealing(roster, dealer, dealing_key, chosen).dealing
    return deal_vectors(roster, dealer, dealing_key, honest.B, honest.C, chosen, tamper)


def prove_polynomials(
    roster: Roster,
    dealer: ChecksumAddress,
    hash_B: bytes,
    hash_C: bytes,
    share_root: bytes,
    polynomials: DealingPolynomials,
) -> PolynomialProof:
    """The proof of protocol section 3, written from its text."""
    statement = (roster.sid, dealer, hash_B, hash_C, share_root)
    zeta = hash_to_scalar("tcss.v1.pok.point", *statement)
    u, v = evaluate(polynomials.a, zeta), evaluate(polynomials.b, zeta)
    nonce_u, nonce_v = random_scalar(), random_scalar()
    challenge = hash_to_scalar(
        "tcss.v1.pok.challenge", *statement, zeta, roster.A,
        G * v, G * u + roster.A * v, G * nonce_v, G * nonce_u + roster.A * nonce_v,
    )  # fmt: skip
    return PolynomialProof(
        challenge, (nonce_u + challenge * u) % GROUP_ORDER, (nonce_v + challenge * v) % GROUP_ORDER
    )


def with_invalid_proof(dealt: DealtShares) -> DealtShares:
    """The same dealing with a response that is off by one."""
    proof = dealt.dealing.proof
    changed = replace(proof, response_u=(proof.response_u + 1) % GROUP_ORDER)
    return replace(dealt, dealing=replace(dealt.dealing, proof=changed))
