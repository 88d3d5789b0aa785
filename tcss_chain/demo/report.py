"""What a demonstration ends with, as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress


@dataclass(frozen=True, slots=True)
class DemoReport:
    """
    The outcome of a demonstration.

    Attributes
    ----------
    contract : ChecksumAddress
        Where the contract is.
    session : str
        The session id, hexadecimal.
    leaked : tuple of ChecksumAddress
        Who leaked, ascending; the auditor was never told.
    accused : tuple of ChecksumAddress
        Who was convicted, ascending.
    faults : mapping of ChecksumAddress to str
        Faults that the contract recorded, by participant.
    queries : int
        How many queries the trace took.
    gas : mapping of str to list of int
        Gas of every transaction, by kind.
    seconds : mapping of str to float
        Duration of every stage.
    record : mapping
        The record as a fresh reader read it from the chain, or empty.
    verified : bool
        Whether that reader could verify the record's proof by itself.
    """

    contract: ChecksumAddress
    session: str
    leaked: tuple[ChecksumAddress, ...]
    accused: tuple[ChecksumAddress, ...]
    faults: Mapping[ChecksumAddress, str]
    queries: int
    gas: Mapping[str, list[int]]
    seconds: Mapping[str, float]
    record: Mapping[str, Any]
    verified: bool

    @property
    def equal(self) -> bool:
        """Whether exactly those who leaked were convicted, and the record says so."""
        return self.leaked == self.accused == tuple(self.record.get("accused", ()))

    @property
    def succeeded(self) -> bool:
        """Whether the demonstration showed what it claims."""
        return self.equal and self.verified

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        content = {
            "contract": self.contract,
            "session": self.session,
            "leaked": list(self.leaked),
            "accused": list(self.accused),
            "equal": self.equal,
            "faults": dict(self.faults),
            "queries": self.queries,
            "gas": dict(self.gas),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "record": dict(self.record),
            "verified": self.verified,
        }
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf8")
