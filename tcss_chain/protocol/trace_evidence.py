"""What a trace record is evidence of: the challenge and the tracer's claims (protocol section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .hashing import hash_words
from .trace_query import QueryChallenge
from .transcript import TranscriptClaim


@dataclass(frozen=True, slots=True)
class TraceEvidence:
    """
    What a conviction's event says in full, and its record as a hash.

    Attributes
    ----------
    challenge : QueryChallenge
        How the query points of the proven answer were derived.
    claim : TranscriptClaim
        What the tracer says of its transcript; the contract cannot check it.
    """

    challenge: QueryChallenge
    claim: TranscriptClaim

    def hash(self, sid: bytes, number: int) -> bytes:
        """Compute the hash that the record with this number in this session has."""
        return hash_words(
            "tcss.v1.record", sid, number, *self.challenge.as_abi_tuple(), *self.claim.as_abi_tuple()
        )

    def as_json(self) -> dict[str, Any]:
        """Give what the record itself does not have as JSON values: words as hexadecimal digits."""
        return {
            "nonce": f"0x{self.challenge.nonce.hex()}",
            "dropped": self.challenge.dropped,
            "queries_root": f"0x{self.claim.queries_root.hex()}",
            "evaluations_root": f"0x{self.claim.evaluations_root.hex()}",
        }
