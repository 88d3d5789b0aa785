"""Addresses as people write them."""

from __future__ import annotations

import re
from typing import Final

from eth_typing import ChecksumAddress
from eth_utils import is_checksum_address, to_checksum_address

_ADDRESS: Final = re.compile(r"0x([0-9a-fA-F]{40})")


def parse_address(text: str) -> ChecksumAddress | None:
    """
    Read an address.

    Parameters
    ----------
    text : str
        0x and 40 hexadecimal digits: in one case, or in both with a right checksum (EIP-55).

    Returns
    -------
    ChecksumAddress or None
        The address; None if it is none.
    """
    found = _ADDRESS.fullmatch(text)
    # In one case only, an address carries no checksum.
    plain = found is not None and found[1] in (found[1].lower(), found[1].upper())
    return to_checksum_address(text) if found and (plain or is_checksum_address(text)) else None
