"""Checks of the fields of a file, one kind of value a method."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from eth_typing import ChecksumAddress

from tcss_chain.addresses import parse_address

from .errors import ConfigurationFileError

_MAX_NAME: Final = 100
_MAX_URL: Final = 2048
_MAX_PATH: Final = 4096
_ENDPOINT: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")


class FieldReader:
    """
    Checks field by field, and names the field that is wrong.

    Every method takes a value and the name of its field, and returns the value checked.

    Parameters
    ----------
    path : Path
        The file, for messages.
    error : type of ConfigurationFileError
        What is raised.
    """

    def __init__(self, path: Path, error: type[ConfigurationFileError] = ConfigurationFileError) -> None:
        self._path = path
        self._error = error

    def fail(self, field: str, problem: str) -> NoReturn:
        """Refuse the file for a field."""
        raise self._error(str(self._path), field, problem)

    def mapping(
        self, value: Any, field: str, needed: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, Any]:
        """Check that all needed fields are there, and no unknown ones."""
        known = {*needed, *optional}
        expected = ", ".join(sorted(known))
        if not isinstance(value, dict):
            self.fail(field, f"the fields {expected} are expected")
        for key in sorted(set(needed) - value.keys()):
            self.fail(field, f"the field {key} is missing")
        for key in value.keys() - known:
            self.fail(field, f"the field {_shown(key)} is unknown; expected: {expected}")
        return dict(value)

    def entries(self, value: Any, field: str, fewest: int, most: int) -> list[Any]:
        """Check a list's length."""
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            self.fail(field, f"a list of {fewest} to {most} entries is expected")
        return list(value)

    def integer(self, value: Any, field: str, lowest: int, highest: int) -> int:
        """Check an integer."""
        if type(value) is not int or not lowest <= value <= highest:
            self.fail(field, f"an integer from {lowest} to {highest} is expected")
        return int(value)

    def number(self, value: Any, field: str, lowest: float, highest: float) -> float:
        """Check a number, whole or not."""
        if type(value) not in (int, float) or not lowest <= value <= highest or not math.isfinite(value):
            self.fail(field, f"a number from {lowest:g} to {highest:g} is expected")
        return float(value)

    def amount(self, value: Any, field: str, highest: int, decimals: int) -> int:
        """Check an amount, and give it in the unit that is ``decimals`` places smaller."""
        if type(value) not in (int, float) or not 0 <= value <= highest:
            self.fail(field, f"a number from 0 to {highest} is expected")
        return int(Decimal(str(value)).scaleb(decimals))

    def choice(self, value: Any, field: str, choices: Collection[str]) -> str:
        """Check that a word is one of those that are known."""
        if not isinstance(value, str) or value not in choices:
            self.fail(field, f"one of {', '.join(choices)} is expected")
        return value

    def name(self, value: Any, field: str) -> str:
        """Check a name, and trim it."""
        if not isinstance(value, str) or not 0 < len(value.strip()) <= _MAX_NAME or not value.isprintable():
            self.fail(field, f"a name of 1 to {_MAX_NAME} printable characters is expected")
        return str(value).strip()

    def address(self, value: Any, field: str) -> ChecksumAddress:
        """Check an account's address: in one case, or with a right checksum; zero is nobody's."""
        address = parse_address(value) if isinstance(value, str) else None
        if address is None or not int(address, 16):
            self.fail(field, "an address is expected: 0x and 40 hexadecimal digits, with a right checksum")
        return address

    def service_url(self, value: Any, field: str) -> str:
        """Check a service's base URL, which everybody may see, and give it without a slash at its end."""
        problem = "a base URL is expected: http:// or https:// and a host, no credentials, query or fragment"
        parts = self._url(value, field, problem)
        if "@" in parts[1] or any(mark in value for mark in "?#"):
            self.fail(field, problem)
        return str(value).rstrip("/")

    def node_url(self, value: Any, field: str) -> str:
        """Check a node's URL. It may hold a credential, so it is in no message."""
        self._url(value, field, "a node's URL is expected: http:// or https:// and a host")
        return str(value)

    def endpoint(self, value: Any, field: str, otherwise: str = "") -> tuple[str, int]:
        """Check host and port; an IPv6 address is in brackets."""
        found = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
        if found is None or int(found[2]) > 65535:
            self.fail(field, f"host:port is expected, as in 127.0.0.1:7100{otherwise}")
        return found[1].strip("[]"), int(found[2])

    def path(self, value: Any, field: str) -> Path:
        """Check a path; one that is not absolute starts at the file's folder."""
        if not isinstance(value, str) or not 0 < len(value) <= _MAX_PATH or not value.isprintable():
            self.fail(field, "a path is expected")
        return self._path.parent / value

    def _url(self, value: Any, field: str, problem: str) -> tuple[str, str]:
        """Check what all URLs have; give scheme and authority."""
        if not isinstance(value, str) or len(value) > _MAX_URL or not value.isascii():
            self.fail(field, problem)
        if not value.isprintable() or " " in value or "\\" in value:
            self.fail(field, problem)
        try:
            parts = urlsplit(value)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            self.fail(field, problem)
        return parts.scheme, parts.netloc


def _shown(key: Any) -> str:
    """Show the name of a field that nobody knows; it may be anything."""
    text = str(key)[:_MAX_NAME]
    return text if text.isprintable() else ascii(text)
