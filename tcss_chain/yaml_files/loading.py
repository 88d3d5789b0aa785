"""YAML, without its surprises."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from .errors import ConfigurationFileError

MAX_FILE_BYTES: Final = 1 << 16
"""A larger file is not read."""

_RESOLVED: Final = {
    "bool": (r"true|false|True|False|TRUE|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "int": (r"[-+]?(?:0|[1-9][0-9_]*)", "-+0123456789"),
    "float": (
        r"[-+]?[0-9][0-9_]*\.[0-9]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+",
        "-+0123456789",
    ),
}


class _FieldTwiceError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


class _Loader(yaml.SafeLoader):
    """
    Reads plain words as what they look like.

    An address is text and no hexadecimal number, ``off`` is a word, ``7:30`` is no number to base 60, and a
    field that is there twice is refused instead of the last one winning.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # the library's

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise _FieldTwiceError(node.start_mark.line + 1)
        return super().construct_mapping(node, deep)


for _kind, (_form, _first) in _RESOLVED.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_form})$"), list(_first))


def load_yaml(path: Path, error: type[ConfigurationFileError] = ConfigurationFileError) -> Any:
    """
    Read a YAML file.

    Integers are decimal, words in quotes or not are text, and no field may be there twice.

    Parameters
    ----------
    path : Path
        The file.
    error : type of ConfigurationFileError
        What is raised.

    Returns
    -------
    Any
        Lists, dictionaries and simple values.

    Raises
    ------
    ConfigurationFileError
        If it is larger than `MAX_FILE_BYTES`, cannot be read, or is no YAML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise error(str(path), "size", f"at most {MAX_FILE_BYTES} bytes are read")
        text = content.decode("utf8")
    except (OSError, UnicodeDecodeError) as problem:
        raise error(str(path), "file", f"cannot be read ({type(problem).__name__})") from None
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # derived from the safe loader
    except _FieldTwiceError as problem:
        raise error(
            str(path), "file", f"a field is there twice in the mapping at line {problem.line}"
        ) from None
    except (yaml.YAMLError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # For a value that does not fit its tag the library raises whatever it stumbles over.
        raise error(str(path), "file", "is not YAML") from None
