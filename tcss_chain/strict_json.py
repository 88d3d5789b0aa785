"""JSON from outside: every value is checked for its type and range, and nothing is converted silently."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NoReturn, TypeVar

from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address, to_checksum_address

from tcss_chain.curve import GROUP_ORDER
from tcss_chain.errors import TcssError
from tcss_chain.protocol.hashing import WORD_BYTES

HIGHEST: Final = 2**63 - 1
"""The highest integer where nothing else bounds it."""

_WORD: Final = re.compile(r"0x[0-9a-f]{64}")

_DEEPEST: Final = 8
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")

_Value = TypeVar("_Value")


class StrictJsonError(TcssError):
    """
    A value is not what is expected; whoever decodes turns it into an error that says what to do.

    Attributes
    ----------
    what : str
        What is wrong, without the value.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


class JsonObject:
    """
    A JSON object with exactly the expected fields.

    Parameters
    ----------
    value : object
        What was decoded.
    fields : sequence of str
        All fields that must be there, and no others may be.

    Raises
    ------
    StrictJsonError
        If it is no such object.
    """

    def __init__(self, value: object, fields: Sequence[str]) -> None:
        if not isinstance(value, dict) or set(value) != set(fields):
            raise StrictJsonError(f"an object with the fields {', '.join(fields)} is expected")
        self._value: dict[str, Any] = value

    def raw(self, name: str) -> object:
        """Give a field as it is."""
        return self._value[name]

    def integer(self, name: str, highest: int = HIGHEST) -> int:
        """Give an integer from 0 on."""
        value = self._value[name]
        if type(value) is not int or not 0 <= value <= highest:
            raise StrictJsonError(f"{name} is no integer from 0 to {highest}")
        return value

    def word(self, name: str) -> bytes:
        """Give 32 bytes."""
        return bytes.fromhex(word_digits(self._value[name], name))

    def text(self, name: str) -> str:
        """Give a string as it is."""
        value = self._value[name]
        if not isinstance(value, str):
            raise StrictJsonError(f"{name} is no text")
        return value

    def items(self, name: str) -> list[object]:
        """Give a list as it is."""
        value = self._value[name]
        if not isinstance(value, list):
            raise StrictJsonError(f"{name} is no list")
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        """Give a list of integers, of any sign."""
        found = self.items(name)
        if any(type(each) is not int for each in found):
            raise StrictJsonError(f"{name} are no integers")
        return tuple(each for each in found if isinstance(each, int))

    def optional_number(self, name: str) -> float | None:
        """Give a finite number, or nothing."""
        value = self._value[name]
        if value is None:
            return None
        if type(value) not in (int, float) or not -HIGHEST <= value <= HIGHEST:
            raise StrictJsonError(f"{name} is no number")
        return float(value) if type(value) is float else int(value)

    def choice(self, name: str, values: dict[str, _Value]) -> _Value:
        """Give what a string stands for."""
        return _chosen(self._value[name], name, values)

    def choices(self, name: str, values: dict[str, _Value]) -> tuple[_Value, ...]:
        """Give what the strings of a list stand for."""
        return tuple(_chosen(each, name, values) for each in self.items(name))

    def accounts(self, name: str) -> tuple[ChecksumAddress, ...]:
        """Give a list of different addresses, ascending."""
        accounts = tuple(account(each, name) for each in self.items(name))
        if any(int(low, 16) >= int(high, 16) for low, high in pairwise(accounts)):
            raise StrictJsonError(f"{name} do not ascend")
        return accounts


def parse_json(text: bytes) -> object:
    """
    Decode JSON without repeated fields, escaped characters, or numbers that JSON does not have.

    Raises
    ------
    StrictJsonError
        If it is none, or nested deeper than any format needs.
    """
    if b"\\" in text:
        raise StrictJsonError("it has escaped characters")
    try:
        # Given bytes, the library would guess UTF-16 and UTF-32 as well, in which the bytes of a quotation
        # mark or a bracket are not that.
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        raise StrictJsonError("it is not UTF-8") from None
    _check_depth(text)
    try:
        return json.loads(decoded, object_pairs_hook=_distinct, parse_constant=_no_number)
    except ValueError:
        raise StrictJsonError("it is no JSON") from None


def word_digits(value: object, name: str) -> str:
    """Check ``0x`` and 64 lower-case digits and give the digits."""
    if not isinstance(value, str) or _WORD.fullmatch(value) is None:
        raise StrictJsonError(f"{name} is not 0x and {2 * WORD_BYTES} digits")
    return value[2:]


def scalar(value: object, name: str) -> int:
    """Check a word that is a canonical scalar."""
    number = int(word_digits(value, name), 16)
    if number >= GROUP_ORDER:
        raise StrictJsonError(f"{name} is no scalar below r")
    return number


def pair(value: object, name: str) -> tuple[int, int]:
    """Check a list of two scalars."""
    if not isinstance(value, list) or len(value) != 2:
        raise StrictJsonError(f"{name} is no pair")
    return scalar(value[0], name), scalar(value[1], name)


def pair_of_words(value: object, name: str) -> tuple[int, int]:
    """Check a list of two words, such as the coordinates of a point; they may be any 256 bits."""
    if not isinstance(value, list) or len(value) != 2:
        raise StrictJsonError(f"{name} is no pair")
    x, y = (int(word_digits(each, name), 16) for each in value)
    return x, y


def account(value: object, name: str) -> ChecksumAddress:
    """Check an address in its checksum spelling."""
    if not isinstance(value, str) or not is_checksum_address(value):
        raise StrictJsonError(f"{name} is no address with a right checksum")
    return to_checksum_address(value)


def _chosen(value: object, name: str, values: dict[str, _Value]) -> _Value:
    if not isinstance(value, str) or value not in values:
        raise StrictJsonError(f"{name} is none of {', '.join(values)}")
    return values[value]


def _check_depth(text: bytes) -> None:
    """Refuse deep nesting, which overflows the parser's stack wherever the recursion limit was raised."""
    depth = 0
    # Without escaped characters, every second part is outside of strings.
    for bracket in b"".join(text.split(b'"')[::2]).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > _DEEPEST:
            raise StrictJsonError("it is nested too deeply")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("no number of JSON")
