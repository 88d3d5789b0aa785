"""Randomness that is the same in every run, for figures that depend on how many bytes happen to be zero."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class SeededRandomness:
    """Stands in for the draws of `secrets`. Other threads, a server's for instance, keep the real ones."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        self._source = random.Random()
        self._real = {name: getattr(secrets, name) for name in ("randbelow", "randbits", "token_bytes")}

    def start_again(self, label: str) -> None:
        """Go on as every run does after this label, however much was drawn before."""
        self._source.seed(f"gas snapshot: {label}")

    def randbelow(self, end: int) -> int:
        return self._of_this_thread("randbelow", self._source.randrange, end)

    def randbits(self, bits: int) -> int:
        return self._of_this_thread("randbits", self._source.getrandbits, bits)

    def token_bytes(self, length: int = 32) -> bytes:
        return self._of_this_thread("token_bytes", self._source.randbytes, length)

    def _of_this_thread(self, name: str, seeded: Any, argument: int) -> Any:
        draw = seeded if threading.current_thread() is self._thread else self._real[name]
        return draw(argument)


@contextmanager
def seeded_randomness() -> Iterator[SeededRandomness]:
    """Replace what this process draws from `secrets`, while the context lasts."""
    with pytest.MonkeyPatch.context() as patch:
        randomness = SeededRandomness()
        for name in ("randbelow", "randbits", "token_bytes"):
            patch.setattr(secrets, name, getattr(randomness, name))
        yield randomness
