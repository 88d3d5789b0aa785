"""Dealings: sealed commitments to two random polynomials (protocol section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1, GROUP_ORDER, G, evaluate, powers, random_scalar

from .hashing import hash_commitments, hash_to_scalar, hash_words
from .roster import Roster
from .share_encryption import EncryptedShare, Share, encrypt_share
from .share_tree import path_of, share_leaf, tree_levels


@dataclass(frozen=True, slots=True)
class PolynomialProof:
    """
    Proof of knowledge of the dealt polynomials at zeta.

    Attributes
    ----------
    challenge : int
        Hash of the statement and both commitments.
    response_u : int
        Response for ``u = a_k(zeta)``.
    response_v : int
        Response for ``v = b_k(zeta)``.
    """

    challenge: int
    response_u: int
    response_v: int


@dataclass(frozen=True, slots=True)
class DealingDigest:
    """
    A dealing without its vectors: what its hash is made of.

    Attributes
    ----------
    hash_B, hash_C : bytes
        Hashes of the vectors.
    share_root : bytes
        Merkle root of the encrypted shares.
    proof : PolynomialProof
        The proof of knowledge.
    """

    hash_B: bytes
    hash_C: bytes
    share_root: bytes
    proof: PolynomialProof

    def hash(self, sid: bytes, dealer: ChecksumAddress) -> bytes:
        """Compute the dealing's hash; see `posted_hash` for what the contract keeps."""
        return hash_words(
            "tcss.v1.deal",
            sid,
            dealer,
            self.hash_B,
            self.hash_C,
            self.share_root,
            self.proof.challenge,
            self.proof.response_u,
            self.proof.response_v,
        )


@dataclass(frozen=True, slots=True)
class Dealing:
    """
    What a dealer posts.

    Attributes
    ----------
    B : tuple of G1
        ``b_{k,m}*G``.
    C : tuple of G1
        ``a_{k,m}*G + b_{k,m}*A``.
    share_root : bytes
        Merkle root of the encrypted shares.
    proof : PolynomialProof
        Proof of knowledge of both polynomials.
    """

    B: tuple[G1, ...]
    C: tuple[G1, ...]
    share_root: bytes
    proof: PolynomialProof

    def digest(self, sid: bytes) -> DealingDigest:
        """Hash the vectors."""
        return DealingDigest(
            hash_commitments(sid, self.B), hash_commitments(sid, self.C), self.share_root, self.proof
        )


@dataclass(frozen=True, slots=True)
class DealingPolynomials:
    """
    A dealer's secret polynomials, drawn for one roster hash only.

    Attributes
    ----------
    a, b : tuple of int
        ``t`` coefficients each, lowest degree first.
    """

    a: tuple[int, ...] = field(repr=False)
    b: tuple[int, ...] = field(repr=False)

    @classmethod
    def draw(cls, threshold: int) -> DealingPolynomials:
        """Draw fresh polynomials of degree ``threshold - 1``."""
        return cls(
            a=tuple(random_scalar() for _ in range(threshold)),
            b=tuple(random_scalar() for _ in range(threshold)),
        )

    def share_at(self, x: int) -> Share:
        """Evaluate both polynomials at a participant's point."""
        return Share(y=evaluate(self.a, x), z=evaluate(self.b, x))


@dataclass(frozen=True, slots=True)
class DealtShares:
    """
    A dealing with the encrypted shares that belong to it.

    Attributes
    ----------
    dealing : Dealing
        What is posted on chain.
    shares : mapping of ChecksumAddress to EncryptedShare
        What is handed out off chain, once dealing has closed; the dealer's own share is among them.
    """

    dealing: Dealing
    shares: Mapping[ChecksumAddress, EncryptedShare] = field(repr=False)


def make_dealing(
    roster: Roster, dealer: ChecksumAddress, dealing_key: int, polynomials: DealingPolynomials
) -> DealtShares:
    """
    Make a dealing from polynomials: the same polynomials and roster give the same commitments and shares.

    Parameters
    ----------
    roster : Roster
        The roster that the dealing is for.
    dealer : ChecksumAddress
        Who deals.
    dealing_key : int
        ``d_k``, a scalar.
    polynomials : DealingPolynomials
        Fresh for this roster.

    Returns
    -------
    DealtShares
        The dealing and its encrypted shares.
    """
    B, C = commit(roster.A, polynomials)
    words = encrypt_shares(roster, dealer, dealing_key, polynomials, (B, C))
    return seal_dealing(roster, dealer, polynomials, (B, C), words)


def commit(A: G1, polynomials: DealingPolynomials) -> tuple[tuple[G1, ...], tuple[G1, ...]]:
    """
    Commit to both polynomials.

    Parameters
    ----------
    A : G1
        The auditor's key.
    polynomials : DealingPolynomials
        What is dealt.

    Returns
    -------
    tuple
        ``B`` and ``C``, ``t`` points each.
    """
    B = tuple(G * b_m for b_m in polynomials.b)
    C = tuple(G * a_m + A * b_m for a_m, b_m in zip(polynomials.a, polynomials.b, strict=True))
    return B, C


def encrypt_shares(
    roster: Roster,
    dealer: ChecksumAddress,
    dealing_key: int,
    polynomials: DealingPolynomials,
    commitments: tuple[tuple[G1, ...], tuple[G1, ...]],
) -> dict[ChecksumAddress, tuple[int, int]]:
    """
    Encrypt every participant's share.

    Parameters
    ----------
    roster : Roster
        The recipients, the dealer among them.
    dealer : ChecksumAddress
        Who deals.
    dealing_key : int
        ``d_k``.
    polynomials : DealingPolynomials
        What is dealt.
    commitments : tuple
        ``B`` and ``C``.

    Returns
    -------
    dict
        ``(c_0, c_1)`` by recipient.
    """
    hash_B, hash_C = (hash_commitments(roster.sid, vector) for vector in commitments)
    return {
        recipient.account: encrypt_share(
            roster.sid,
            recipient.keys.P * dealing_key,
            dealer,
            recipient.account,
            hash_B,
            hash_C,
            polynomials.share_at(recipient.x),
        )
        for recipient in roster.participants
    }


def seal_dealing(
    roster: Roster,
    dealer: ChecksumAddress,
    polynomials: DealingPolynomials,
    commitments: tuple[tuple[G1, ...], tuple[G1, ...]],
    words: Mapping[ChecksumAddress, tuple[int, int]],
) -> DealtShares:
    """
    Put encrypted shares into a tree and prove knowledge of the polynomials.

    Parameters
    ----------
    roster : Roster
        The roster that the dealing is for.
    dealer : ChecksumAddress
        Who deals.
    polynomials : DealingPolynomials
        What is dealt.
    commitments : tuple
        ``B`` and ``C``.
    words : mapping of ChecksumAddress to tuple of int
        ``(c_0, c_1)`` by recipient.

    Returns
    -------
    DealtShares
        The dealing and its encrypted shares.
    """
    sid = roster.sid
    leaves = {
        recipient.seat: share_leaf(sid, dealer, recipient.account, *words[recipient.account])
        for recipient in roster.participants
    }
    levels = tree_levels(sid, leaves)
    B, C = commitments
    unproven = Dealing(B, C, share_root=levels[-1][0], proof=PolynomialProof(0, 0, 0)).digest(sid)
    proof = _prove_polynomials(roster, dealer, unproven, polynomials)
    return DealtShares(
        dealing=Dealing(B, C, levels[-1][0], proof),
        shares={
            recipient.account: EncryptedShare(*words[recipient.account], path_of(levels, recipient.seat))
            for recipient in roster.participants
        },
    )


def proof_point(sid: bytes, dealer: ChecksumAddress, digest: DealingDigest) -> int:
    """Compute zeta, the random point at which a dealer proves to know its polynomials."""
    return hash_to_scalar("tcss.v1.pok.point", sid, dealer, digest.hash_B, digest.hash_C, digest.share_root)


def verify_polynomial_proof(roster: Roster, dealer: ChecksumAddress, dealing: Dealing) -> bool:
    """
    Check a dealer's proof of knowledge.

    Without it the last dealers of a dishonest majority could build their vectors on those of the others and
    choose the secret.

    Parameters
    ----------
    roster : Roster
        The roster that the dealing is for.
    dealer : ChecksumAddress
        Who dealt.
    dealing : Dealing
        What was posted.

    Returns
    -------
    bool
        Whether the proof is valid.
    """
    digest = dealing.digest(roster.sid)
    zeta = proof_point(roster.sid, dealer, digest)
    at_zeta = powers(zeta, len(dealing.B))
    value_B = G1.msm(dealing.B, at_zeta)
    value_C = G1.msm(dealing.C, at_zeta)
    proof = dealing.proof
    commitment_B = G * proof.response_v - value_B * proof.challenge
    commitment_C = G * proof.response_u + roster.A * proof.response_v - value_C * proof.challenge
    points = (value_B, value_C, commitment_B, commitment_C)
    return _proof_challenge(roster, dealer, digest, zeta, points) == proof.challenge


def _prove_polynomials(
    roster: Roster, dealer: ChecksumAddress, digest: DealingDigest, polynomials: DealingPolynomials
) -> PolynomialProof:
    zeta = proof_point(roster.sid, dealer, digest)
    u, v = evaluate(polynomials.a, zeta), evaluate(polynomials.b, zeta)
    nonce_u, nonce_v = random_scalar(), random_scalar()
    points = (G * v, G * u + roster.A * v, G * nonce_v, G * nonce_u + roster.A * nonce_v)
    challenge = _proof_challenge(roster, dealer, digest, zeta, points)
    return PolynomialProof(
        challenge,
        (nonce_u + challenge * u) % GROUP_ORDER,
        (nonce_v + challenge * v) % GROUP_ORDER,
    )


def _proof_challenge(
    roster: Roster,
    dealer: ChecksumAddress,
    digest: DealingDigest,
    zeta: int,
    values_and_commitments: tuple[G1, G1, G1, G1],
) -> int:
    return hash_to_scalar(
        "tcss.v1.pok.challenge",
        roster.sid,
        dealer,
        digest.hash_B,
        digest.hash_C,
        digest.share_root,
        zeta,
        roster.A,
        *values_and_commitments,
    )
