"""Text that strangers wrote, as it may be put on a screen."""

from __future__ import annotations

from typing import Final

_BACKSLASH: Final = ord("\\")


def escaped(text: bytes) -> str:
    r"""
    Show bytes that should be text.

    Parameters
    ----------
    text : bytes
        From anybody.

    Returns
    -------
    str
        Printable ASCII as it is. Everything else, and the backslash, as ``\x`` and two hexadecimal digits,
        so that nothing can steer a terminal, and different bytes never look alike.
    """
    return "".join(chr(byte) if _is_plain(byte) else f"\\x{byte:02x}" for byte in text)


def _is_plain(byte: int) -> bool:
    return 0x20 <= byte <= 0x7E and byte != _BACKSLASH
