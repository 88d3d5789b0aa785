"""
The random values of one trace, all from one secret seed.

A trace that was interrupted is run again from its transcript with the same seed: it asks for the same values
in the same order, so the queries that were made already are recognised and none is repeated.
"""

from __future__ import annotations

import random
import secrets
from typing import Final

from tcss_chain.protocol.hashing import WORD_BYTES, hash_to_scalar, hash_words

SEED_BYTES: Final = WORD_BYTES


class TraceRandomness:
    """
    Values that look uniform to whoever does not have the seed.

    Parameters
    ----------
    seed : bytes
        32 uniform bytes, secret until the proof is sent and private after it.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0

    @classmethod
    def fresh(cls) -> TraceRandomness:
        """Start from a seed of the operating system."""
        return cls(secrets.token_bytes(SEED_BYTES))

    def nonce(self) -> bytes:
        """Draw the nonce of a challenge, 32 bytes."""
        return hash_words("tcss.v1.trace.nonce", self._seed, self._next())

    def scalar(self) -> int:
        """Draw a scalar."""
        return hash_to_scalar("tcss.v1.trace.value", self._seed, self._next())

    def salt(self, number: int) -> bytes:
        """Give the salt of a query by its place in the transcript, 32 bytes."""
        return hash_words("tcss.v1.trace.salt", self._seed, number)

    def generator(self) -> random.Random:
        """Make a generator for choices that need not be secret, such as samples."""
        return random.Random(self.nonce())  # noqa: S311 - a sample of hypotheses protects nothing

    def _next(self) -> int:
        self._drawn += 1
        return self._drawn
