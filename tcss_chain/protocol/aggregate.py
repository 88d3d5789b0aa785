"""The sealed aggregate: sums of the qualified dealings' commitments (protocol section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tcss_chain.curve import G1, powers

from .hashing import hash_commitments, hash_words


@dataclass(frozen=True, slots=True)
class SealedAggregate:
    """
    ``Bbar`` and ``Cbar``: an encryption, to the auditor, of the shared polynomial times ``G``.

    Attributes
    ----------
    B : tuple of G1
        ``t`` points, lowest degree first.
    C : tuple of G1
        ``t`` points, lowest degree first.
    """

    B: tuple[G1, ...]
    C: tuple[G1, ...]

    def encryption_at(self, x: int) -> tuple[G1, G1]:
        """
        Compute ``E(x)``, the encryption to the auditor of the share's public key at ``x``.

        Parameters
        ----------
        x : int
            An evaluation point; 0 gives the public key of the secret.

        Returns
        -------
        tuple of G1
            ``(R_x, y_x*G + alpha*R_x)``.
        """
        return self.combination(powers(x, len(self.B)))

    def combination(self, coefficients: Sequence[int]) -> tuple[G1, G1]:
        """Combine both vectors with the same ``t`` coefficients."""
        return G1.msm(self.B, coefficients), G1.msm(self.C, coefficients)

    def hash(self, sid: bytes, roster_hash: bytes, qualified: int) -> bytes:
        """
        Compute the aggregate hash that activation fixes.

        Parameters
        ----------
        sid : bytes
            The session id.
        roster_hash : bytes
            The final roster hash.
        qualified : int
            Bitmap of the qualified seats.

        Returns
        -------
        bytes
            32 bytes.
        """
        return hash_words(
            "tcss.v1.aggregate",
            sid,
            roster_hash,
            qualified,
            hash_commitments(sid, self.B),
            hash_commitments(sid, self.C),
        )


def aggregate_dealings(vectors: Sequence[tuple[Sequence[G1], Sequence[G1]]]) -> SealedAggregate:
    """
    Add up the vectors of the qualified dealings.

    Parameters
    ----------
    vectors : sequence of pairs
        ``(B_k, C_k)`` of every qualified dealer, all of length ``t``.

    Returns
    -------
    SealedAggregate
        ``Bbar`` and ``Cbar``.
    """
    return SealedAggregate(
        B=tuple(G1.sum(column) for column in zip(*(B for B, _ in vectors), strict=True)),
        C=tuple(G1.sum(column) for column in zip(*(C for _, C in vectors), strict=True)),
    )
