"""Short texts that go into hashes, files and the chain's log: one spelling, nothing invisible."""

from __future__ import annotations

import re
from typing import Final

MAX_CHARACTERS: Final = 200
"""How long a context or a purpose is at most."""

# Without the two characters that JSON escapes, a text has one spelling there as well.
_PRINTABLE: Final = re.compile(r"[ !#-\[\]-~]*")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_printable(text: object, least: int) -> bool:
    """
    Tell whether a value is a text of printable ASCII characters without double quotes and backslashes.

    Parameters
    ----------
    text : object
        Anything.
    least : int
        How many characters it has at least; at most it has `MAX_CHARACTERS`.

    Returns
    -------
    bool
        Whether it is one.
    """
    return isinstance(text, str) and least <= len(text) <= MAX_CHARACTERS and bool(_PRINTABLE.fullmatch(text))


def is_model_name(text: object) -> bool:
    """Tell whether a value names a model: 1 to 64 letters, digits, dots, dashes, no dot or dash first."""
    return isinstance(text, str) and bool(_NAME.fullmatch(text))
