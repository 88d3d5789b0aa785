"""What a contract's code can do."""

from __future__ import annotations

_FIRST_PUSH, _LAST_PUSH = 0x60, 0x7F


def opcodes_of(code: bytes) -> frozenset[int]:
    """The instructions, without the constants that they push and the metadata at the end."""
    end = len(code) - 2 - int.from_bytes(code[-2:], "big")
    found, place = set(), 0
    while place < end:
        opcode = code[place]
        found.add(opcode)
        is_push = _FIRST_PUSH <= opcode <= _LAST_PUSH
        place += 1 + (opcode - _FIRST_PUSH + 1 if is_push else 0)
    return frozenset(found)
