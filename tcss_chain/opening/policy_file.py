"""The file in which a participant's operator says which openings are answered (YAML)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from tcss_chain.protocol.printable import MAX_CHARACTERS, is_model_name, is_printable
from tcss_chain.protocol.session import MAX_MEMBERS
from tcss_chain.yaml_files import FieldReader, load_yaml

from .policy import MAX_LINES, OpeningPolicy, OpeningRule, Per

DEFAULT_ANSWER_WITHIN_SECONDS: Final = 600
MAX_RULES: Final = 256
MAX_LISTED: Final = 256
"""How many owners, models or contexts a rule names at most."""

_ANY: Final = "any"
_NEEDED: Final = ("session", "owners", "models", "contexts", "limit", "per")
_OPTIONAL: Final = ("gateway", "most_convicted")
_SESSION: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_MAX_SECONDS: Final = 7 * 24 * 3600

_Entry = TypeVar("_Entry")


def load_policy(path: Path) -> OpeningPolicy:
    """
    Read a participant's policy.

    Parameters
    ----------
    path : Path
        A YAML file; ``tcss participant init`` writes one that explains every field, and allows nothing.

    Returns
    -------
    OpeningPolicy
        Checked.

    Raises
    ------
    ConfigurationFileError
        If the file cannot be read, or a field is missing, unknown or out of range.
    """
    reader = FieldReader(path)
    top = reader.mapping(load_yaml(path), "file", ("allow",), ("answer_within_seconds",))
    rules = reader.entries(top["allow"], "allow", 0, MAX_RULES)
    return OpeningPolicy(
        rules=tuple(_rule(reader, rule, f"allow[{index}]") for index, rule in enumerate(rules)),
        answer_within_seconds=reader.integer(
            top.get("answer_within_seconds", DEFAULT_ANSWER_WITHIN_SECONDS),
            "answer_within_seconds",
            1,
            _MAX_SECONDS,
        ),
    )


def _rule(reader: FieldReader, value: Any, place: str) -> OpeningRule:
    rule = reader.mapping(value, place, _NEEDED, _OPTIONAL)

    def listed(name: str, read: Callable[[Any, str], _Entry]) -> frozenset[_Entry] | None:
        return _listed(reader, rule[name], f"{place}.{name}", read)

    def model(value: Any, field: str) -> str:
        if not is_model_name(value):
            reader.fail(
                field,
                "a model's name is expected: 1 to 64 letters, digits, dots, dashes and underscores, the first"
                " one a letter or a digit; one that looks like a number in quotes",
            )
        return str(value)

    def context(value: Any, field: str) -> str:
        if not is_printable(value, 0):
            reader.fail(
                field,
                f"a text of at most {MAX_CHARACTERS} characters is expected: ASCII, no double quotes or"
                " backslashes; one that looks like a number in quotes",
            )
        return str(value)

    return OpeningRule(
        session=_session(reader, rule["session"], f"{place}.session"),
        gateway=reader.address(rule["gateway"], f"{place}.gateway") if "gateway" in rule else None,
        owners=listed("owners", reader.address),
        models=listed("models", model),
        contexts=listed("contexts", context),
        limit=reader.integer(rule["limit"], f"{place}.limit", 1, MAX_LINES),
        per=Per(reader.choice(rule["per"], f"{place}.per", [per.value for per in Per])),
        most_convicted=reader.integer(
            rule.get("most_convicted", 0), f"{place}.most_convicted", 0, MAX_MEMBERS
        ),
    )


def _session(reader: FieldReader, value: Any, field: str) -> bytes | None:
    if value == _ANY:
        return None
    found = _SESSION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        reader.fail(field, f"{_ANY} or a session id is expected: 0x and 64 hexadecimal digits")
    return bytes.fromhex(found[1])


def _listed(
    reader: FieldReader, value: Any, field: str, read: Callable[[Any, str], _Entry]
) -> frozenset[_Entry] | None:
    if value == _ANY:
        return None
    if not isinstance(value, list):
        reader.fail(field, f"{_ANY} or a list is expected")
    entries = reader.entries(value, field, 1, MAX_LISTED)
    return frozenset(read(entry, f"{field}[{index}]") for index, entry in enumerate(entries))
