"""Reading and checking a consortium file (YAML)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml
from eth_typing import ChecksumAddress

from tcss_chain.protocol.session import MAX_MEMBERS, Configuration

from .errors import ConsortiumFileError

MAX_FILE_BYTES: Final = 1 << 16
"""A larger file is not read."""

_MAX_BOND: Final = (1 << 96) - 1
_MAX_SECONDS: Final = 1 << 32
_MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class PhaseSeconds:
    """
    How long each phase lasts at most, in seconds.

    Attributes
    ----------
    confirm, join, deal, complain, reveal, challenge : int
        Positive.
    """

    confirm: int
    join: int
    deal: int
    complain: int
    reveal: int
    challenge: int

    @classmethod
    def equal(cls, seconds: int) -> PhaseSeconds:
        """Make all phases equally long."""
        return cls(*(seconds for _ in fields(cls)))


@dataclass(frozen=True, slots=True)
class Consortium:
    """
    What the organisations agree on before they use the chain.

    Attributes
    ----------
    name : str
        What the consortium is called.
    threshold : int
        ``t``.
    organisations : tuple of str
        The members' names, in the order of the file.
    auditor : str
        The auditor's name.
    bond : int
        Wei.
    phases : PhaseSeconds
        Lengths of the phases.
    bond_release : int
        How long after the last phase bonds stay locked, seconds.
    """

    name: str
    threshold: int
    organisations: tuple[str, ...]
    auditor: str
    bond: int
    phases: PhaseSeconds
    bond_release: int

    def configuration(
        self,
        members: Sequence[ChecksumAddress],
        auditor: ChecksumAddress,
        beneficiary: ChecksumAddress,
        now: int,
    ) -> Configuration:
        """
        Make a session's configuration.

        Parameters
        ----------
        members : sequence of ChecksumAddress
            The members' addresses, in any order.
        auditor : ChecksumAddress
            The auditor's address.
        beneficiary : ChecksumAddress
            Who receives forfeited bonds.
        now : int
            The chain's time, Unix seconds.

        Returns
        -------
        Configuration
            With absolute deadlines.
        """
        lengths = (getattr(self.phases, field.name) for field in fields(self.phases))
        confirm_by, join_by, deal_by, complain_by, reveal_by, challenge_by = (
            now + passed for passed in accumulate(lengths)
        )
        return Configuration(
            threshold=self.threshold,
            members=tuple(sorted(members, key=lambda address: int(address, 16))),
            auditor=auditor,
            confirm_by=confirm_by,
            join_by=join_by,
            deal_by=deal_by,
            complain_by=complain_by,
            reveal_by=reveal_by,
            challenge_by=challenge_by,
            bond_release_time=challenge_by + self.bond_release,
            bond=self.bond,
            beneficiary=beneficiary,
        )


def load_consortium(path: Path) -> Consortium:
    """
    Read a consortium file.

    Parameters
    ----------
    path : Path
        A YAML file; ``examples/healthcare.yaml`` shows the fields.

    Returns
    -------
    Consortium
        Checked.

    Raises
    ------
    ConsortiumFileError
        If the file cannot be read, or a field is missing, unknown or out of range.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConsortiumFileError(str(path), "size", f"at most {MAX_FILE_BYTES} bytes are read")
        content = yaml.safe_load(path.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConsortiumFileError(str(path), "file", f"cannot be read ({type(error).__name__})") from None
    except (yaml.YAMLError, AttributeError, LookupError, RecursionError, ValueError):
        # For a value that does not fit its tag the library raises whatever it stumbles over.
        raise ConsortiumFileError(str(path), "file", "is not YAML") from None
    return _Reader(str(path)).consortium(content)


class _Reader:
    """Checks field by field, and names the field that is wrong."""

    def __init__(self, path: str) -> None:
        self._path = path

    def consortium(self, content: Any) -> Consortium:
        expected = {"consortium", "threshold", "organisations", "auditor", "bond", "phases", "bond_release"}
        top = self._mapping(content, "file", expected)
        organisations = self._organisations(top["organisations"])
        phase_names = {field.name for field in fields(PhaseSeconds)}
        phases = self._mapping(top["phases"], "phases", phase_names)
        return Consortium(
            name=self._name(top["consortium"], "consortium"),
            threshold=self._integer(top["threshold"], "threshold", 2, len(organisations)),
            organisations=organisations,
            auditor=self._name(top["auditor"], "auditor"),
            bond=self._integer(top["bond"], "bond", 0, _MAX_BOND),
            phases=PhaseSeconds(
                **{
                    name: self._integer(value, f"phases.{name}", 1, _MAX_SECONDS)
                    for name, value in phases.items()
                }
            ),
            bond_release=self._integer(top["bond_release"], "bond_release", 0, _MAX_SECONDS),
        )

    def _organisations(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not 2 <= len(value) <= MAX_MEMBERS:
            self._fail("organisations", f"a list of 2 to {MAX_MEMBERS} entries is expected")
        names = []
        for index, entry in enumerate(value):
            place = f"organisations[{index}]"
            names.append(self._name(self._mapping(entry, place, {"name"})["name"], f"{place}.name"))
        if len(set(names)) < len(names):
            self._fail("organisations", "every name must be there once only")
        return tuple(names)

    def _mapping(self, value: Any, field: str, keys: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fail(field, f"the fields {', '.join(sorted(keys))} are expected")
        for key in sorted(keys - value.keys()):
            self._fail(field, f"the field {key} is missing")
        for key in value.keys() - keys:
            self._fail(
                field, f"the field {str(key)[:_MAX_NAME]} is unknown; expected: {', '.join(sorted(keys))}"
            )
        return dict(value)

    def _integer(self, value: Any, field: str, lowest: int, highest: int) -> int:
        if type(value) is not int or not lowest <= value <= highest:
            self._fail(field, f"an integer from {lowest} to {highest} is expected")
        return int(value)

    def _name(self, value: Any, field: str) -> str:
        if not isinstance(value, str) or not 0 < len(value.strip()) <= _MAX_NAME or not value.isprintable():
            self._fail(field, f"a name of 1 to {_MAX_NAME} printable characters is expected")
        return str(value).strip()

    def _fail(self, field: str, problem: str) -> NoReturn:
        raise ConsortiumFileError(self._path, field, problem)
