"""Values on the command line, checked where they come in."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final

import click
from eth_typing import ChecksumAddress

from tcss_chain.addresses import parse_address
from tcss_chain.protocol.session import Phase

_WORD = re.compile(r"(0x)?[0-9a-fA-F]{64}")
_ENDPOINT = re.compile(r"[^\s:]+:[0-9]{1,5}|\[[0-9a-fA-F:.]+\]:[0-9]{1,5}")
_HIGHEST_PORT = 65_535
_BLOCKS = re.compile(r"[0-9]{1,4}")
_URL = re.compile(r"https?://\S+")

PHASES: Final = {phase.name.lower(): phase for phase in Phase if phase is not Phase.NONE}
"""The phases of a session by the names that are typed and printed."""


class AddressType(click.ParamType):
    """An Ethereum address."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ChecksumAddress:
        """Check form and, where it has mixed case, checksum."""
        address = parse_address(value)
        if address is None:
            self.fail(
                f"{value!r} is no address: 0x and 40 hexadecimal digits, with a right checksum", param, ctx
            )
        return address


class WordType(click.ParamType):
    """
    32 bytes.

    Parameters
    ----------
    what : str
        What they stand for.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.name = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """Check the form."""
        if isinstance(value, bytes):
            return value
        if not _WORD.fullmatch(value):
            self.fail(f"{value!r} is no {self.what}: 64 hexadecimal digits", param, ctx)
        return bytes.fromhex(value.removeprefix("0x"))


class SessionIdType(WordType):
    """A session id."""

    def __init__(self) -> None:
        super().__init__("session id")
        self.name = "sid"


class UrlType(click.ParamType):
    """A node's JSON-RPC endpoint."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form; the value may hold a credential, so it is not repeated."""
        if not _URL.fullmatch(value):
            self.fail("an address with http:// or https:// is expected", param, ctx)
        return str(value)


def no_nan(seconds: float | None) -> float | None:
    """Refuse what is a number for the library, but neither in a range nor out of it."""
    if seconds is not None and math.isnan(seconds):
        raise click.BadParameter("nan is not in the range x>0")
    return seconds


class EndpointType(click.ParamType):
    """Where a server listens."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form; whether it can be listened on is found out by the service."""
        found = _ENDPOINT.fullmatch(value)
        if found is None or int(value.rpartition(":")[2]) > _HIGHEST_PORT:
            self.fail(f"{value!r} is no host and port such as 127.0.0.1:7100", param, ctx)
        return str(value)


class ConfirmationsType(click.ParamType):
    """How deep a block must be."""

    name = "blocks|finalized"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form."""
        if value != "finalized" and not _BLOCKS.fullmatch(value):
            self.fail(f"{value!r} is neither a number of blocks nor finalized", param, ctx)
        return str(value)


def in_a_folder(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuse, before anything is done for it, a file that could not be made; a callback of options."""
    if path is not None and not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent}")
    return path
