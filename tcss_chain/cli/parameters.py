"""Values on the command line, checked where they come in."""

from __future__ import annotations

import re
from typing import Any

import click
from eth_typing import ChecksumAddress
from eth_utils import is_checksum_address, to_checksum_address

_ADDRESS = re.compile(r"0x([0-9a-fA-F]{40})")
_WORD = re.compile(r"(0x)?[0-9a-fA-F]{64}")
_URL = re.compile(r"https?://\S+")


class AddressType(click.ParamType):
    """An Ethereum address."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ChecksumAddress:
        """Check form and, where it has mixed case, checksum."""
        found = _ADDRESS.fullmatch(value)
        # In one case only, an address carries no checksum.
        plain = found is not None and found[1] in (found[1].lower(), found[1].upper())
        if not found or not (plain or is_checksum_address(value)):
            self.fail(
                f"{value!r} is no address: 0x and 40 hexadecimal digits, with a right checksum", param, ctx
            )
        return to_checksum_address(value)


class SessionIdType(click.ParamType):
    """A session id."""

    name = "sid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """Check the form."""
        if isinstance(value, bytes):
            return value
        if not _WORD.fullmatch(value):
            self.fail(f"{value!r} is no session id: 64 hexadecimal digits", param, ctx)
        return bytes.fromhex(value.removeprefix("0x"))


class UrlType(click.ParamType):
    """A node's JSON-RPC endpoint."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form; the value may hold a credential, so it is not repeated."""
        if not _URL.fullmatch(value):
            self.fail("an address with http:// or https:// is expected", param, ctx)
        return str(value)
