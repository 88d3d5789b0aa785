"""Calldata as Solidity reads it, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from .fuzz_curve import LARGEST, Q, R
from .fuzz_source import Source
from .independent import Words

_LARGEST_OFFSET: Final = 2**64 - 1
_SELECTOR: Final = 4


class NoValueError(Exception):
    """These bytes encode no value of the function's types; the contract reverts without data."""


class Calldata:
    """
    The arguments of a call, decoded by the rules that Solidity's decoder follows for calldata.

    Offsets may overlap, need not be aligned, and bytes that no offset leads to are not looked at. Offsets and
    lengths are below 2^64, and what they lead to lies within the calldata.
    """

    def __init__(self, calldata: bytes, selector: bytes) -> None:
        if calldata[:_SELECTOR] != selector:
            raise NoValueError
        self._data = calldata

    def words(self, start: int, count: int) -> list[int]:
        """Words from a place that is known to lie within the calldata."""
        return [
            int.from_bytes(self._data[at : at + 32], "big") for at in range(start, start + 32 * count, 32)
        ]

    def head(self, count: int) -> list[int]:
        if len(self._data) < _SELECTOR + 32 * count:
            raise NoValueError
        return self.words(_SELECTOR, count)

    def array(self, offset: int, width: int) -> list[list[int]]:
        """An array of elements of `width` words, at an offset from the first argument."""
        start = self._start(offset, 32)
        (length,) = self.words(start, 1)
        return self._elements(start, length, width)

    def structure(self, offset: int, count: int) -> tuple[int, list[int]]:
        """Where a structure with `count` words in its head starts, and these words."""
        start = self._start(offset, 32 * count)
        return start, self.words(start, count)

    def inner_array(self, base: int, offset: int, width: int) -> list[list[int]]:
        """
        An array within a structure, at an offset from the start of the structure.

        Such offsets are compared as signed numbers: they may lead backwards, even before the calldata, where
        everything reads as zero.
        """
        offset = _signed(offset)
        if not offset < len(self._data) - base - 31:
            raise NoValueError
        start = base + offset
        if start < 0:
            return []
        (length,) = self.words(start, 1)
        return self._elements(start, length, width)

    def _start(self, offset: int, size: int) -> int:
        if offset > _LARGEST_OFFSET or _SELECTOR + offset + size > len(self._data):
            raise NoValueError
        return _SELECTOR + offset

    def _elements(self, start: int, length: int, width: int) -> list[list[int]]:
        first = start + 32
        if length > _LARGEST_OFFSET or first + 32 * width * length > len(self._data):
            raise NoValueError
        words = self.words(first, width * length)
        return [words[at : at + width] for at in range(0, len(words), width)]


def _signed(word: int) -> int:
    return word - 2**256 if word >> 255 else word


def point_of(words: Sequence[int]) -> Words:
    x, y = words
    return x, y


def encoded(selector: bytes, words: Iterable[int]) -> bytes:
    return selector + b"".join(word.to_bytes(32, "big") for word in words)


class Damage:
    """
    Ways to spoil calldata that encode a value.

    Parameters
    ----------
    source : Source
        Where choices come from.
    offsets : sequence of int
        Which words of the arguments are offsets.
    dirty : dict
        Which words have fewer than 256 bits, and how many they have.
    base : int
        From which word of the arguments the offsets are counted.
    """

    def __init__(self, source: Source, offsets: Sequence[int], dirty: dict[int, int], base: int = 0) -> None:
        self._source = source
        self._rng = source.rng
        self._offsets = offsets
        self._dirty = dirty
        self._base = base

    @property
    def kinds(self) -> dict[str, Callable[[bytes], bytes]]:
        return {
            "bytes cut off": lambda data: data[: self._rng.randrange(len(data))],
            "words cut off": lambda data: data[: _SELECTOR + 32 * self._rng.randrange(len(data) // 32)],
            "last byte cut off": lambda data: data[:-1],
            "selector only": lambda data: data[: self._rng.randint(0, _SELECTOR)],
            "another selector": lambda data: bytes([data[0] ^ 1]) + data[1:],
            "trailing garbage": lambda data: data + self._rng.randbytes(self._rng.randint(1, 100)),
            "trailing words": lambda data: data + bytes(32 * self._rng.randint(1, 9)),
            "word inserted": self._with_word_inserted,
            "word removed": self._with_word_removed,
            "bytes inserted": self._with_bytes_inserted,
            "offset": self._with_offset,
            "offset of another": self._with_offset_of_another,
            "length": self._with_length,
            "dirty bits": self._with_dirty_bits,
            "all bits": lambda data: data[:_SELECTOR] + b"\xff" * (len(data) - _SELECTOR),
            "all zero": lambda data: data[:_SELECTOR] + bytes(len(data) - _SELECTOR),
            "random bytes": lambda data: data[:_SELECTOR] + self._rng.randbytes(len(data) - _SELECTOR),
        }

    def word_changes(self) -> dict[str, Callable[[bytes], bytes]]:
        """Changes of single words, whatever they are."""

        def changing(change: Callable[[int], int]) -> Callable[[bytes], bytes]:
            return lambda data: self._replaced(data, self._place(data), change)

        return {
            "bit": changing(self._source.flipped),
            "low bit": changing(lambda word: word ^ 1),
            "plus q": changing(lambda word: (word + Q) % 2**256),
            "plus r": changing(lambda word: (word + R) % 2**256),
            "negated mod q": changing(lambda word: -word % Q),
            "negated mod r": changing(lambda word: -word % R),
            "negated mod 2^256": changing(lambda word: -word % 2**256),
            "zero": changing(lambda _: 0),
            "largest": changing(lambda _: LARGEST),
            "edge": changing(lambda _: self._source.choice(self._source.scalar_edges)),
            "exchanged with the next": self._with_neighbours_exchanged,
            "copied from another": self._with_word_copied,
        }

    def _place(self, data: bytes) -> int:
        return self._rng.randrange((len(data) - _SELECTOR) // 32)

    def _replaced(self, data: bytes, place: int, change: Callable[[int], int]) -> bytes:
        at = _SELECTOR + 32 * place
        word = change(int.from_bytes(data[at : at + 32], "big"))
        return data[:at] + word.to_bytes(32, "big") + data[at + 32 :]

    def _word(self, data: bytes, place: int) -> int:
        at = _SELECTOR + 32 * place
        return int.from_bytes(data[at : at + 32], "big")

    def _with_neighbours_exchanged(self, data: bytes) -> bytes:
        at = _SELECTOR + 32 * self._rng.randrange((len(data) - _SELECTOR) // 32 - 1)
        return data[:at] + data[at + 32 : at + 64] + data[at : at + 32] + data[at + 64 :]

    def _with_word_copied(self, data: bytes) -> bytes:
        other = self._word(data, self._place(data))
        return self._replaced(data, self._place(data), lambda _: other)

    def _with_word_inserted(self, data: bytes) -> bytes:
        at = _SELECTOR + 32 * self._place(data)
        return (
            data[:at] + self._rng.choice([bytes(32), self._rng.randbytes(32), data[at : at + 32]]) + data[at:]
        )

    def _with_word_removed(self, data: bytes) -> bytes:
        at = _SELECTOR + 32 * self._place(data)
        return data[:at] + data[at + 32 :]

    def _with_bytes_inserted(self, data: bytes) -> bytes:
        at = self._rng.randrange(_SELECTOR, len(data))
        return data[:at] + self._rng.randbytes(self._rng.randint(1, 31)) + data[at:]

    def _with_offset(self, data: bytes) -> bytes:
        size = len(data) - _SELECTOR
        step = self._rng.choice([1, 31, 32, 64, 96])
        fixed = [
            0, 1, 32, size, size - 31, size - 32, size - 33, size - 64, 2**32, 2**63, 2**64 - 1, 2**64,
            2**64 + 32,
            2**128, 2**255, 2**255 - 1, 2**256 - 32, 2**256 - 4, 2**256 - 36, 2**256 - step, LARGEST,
            32 * self._rng.randrange(size // 32),
        ]  # fmt: skip
        changes: list[Callable[[int], int]] = [
            *(lambda _, value=value: value for value in fixed),
            lambda _: 2**256 - self._rng.randint(1, 2 * size),
            lambda offset: offset + step,
            lambda offset: (offset - step) % 2**256,
            lambda offset: offset + 2**64,
            lambda offset: offset + 2**255,
        ]
        return self._replaced(data, self._rng.choice(self._offsets), self._rng.choice(changes))

    def _with_offset_of_another(self, data: bytes) -> bytes:
        if len(self._offsets) < 2:
            return self._with_offset(data)
        first, second = self._rng.sample(list(self._offsets), 2)
        other = self._word(data, first)
        return self._replaced(data, second, lambda _: other)

    def _with_length(self, data: bytes) -> bytes:
        offset = self._word(data, self._rng.choice(self._offsets))
        values = [
            0,
            1,
            2**58,
            2**59,
            2**62,
            2**63,
            2**64 - 1,
            2**64,
            2**64 + 1,
            2**128,
            2**250,
            2**251,
            2**255,
            LARGEST,
        ]
        changes: list[Callable[[int], int]] = [
            *(lambda _, value=value: value for value in values),
            lambda length: length + 1,
            lambda length: max(length - 1, 0),
            lambda length: length + 2**64,
            lambda length: length + 2**251,  # times 32 or 64 it overflows to the right size
            lambda length: length + 2**250,
        ]
        return self._replaced(data, self._base + offset // 32, self._rng.choice(changes))

    def _with_dirty_bits(self, data: bytes) -> bytes:
        place = self._rng.choice(list(self._dirty))
        bit = self._rng.choice([self._dirty[place], 255, self._rng.randrange(self._dirty[place], 256)])
        return self._replaced(data, place, lambda word: word | 1 << bit)
