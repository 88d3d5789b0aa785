"""What a demonstration ends with, as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress

from .errors import ReportFileError


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
    accuracy : float
        Which part of the gateway's predictions for the patients that were held out is right.
    trained_accuracy : float
        The same where the model was trained.
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
    refuses : bool
        Whether the gateway refuses to serve after the conviction, and takes no convicted member's answer.
    record : mapping
        The record as a fresh reader read it from the chain, or empty.
    verified : bool
        Whether that reader could verify the record's proof by itself.
    """

    contract: ChecksumAddress
    session: str
    accuracy: float
    trained_accuracy: float
    leaked: tuple[ChecksumAddress, ...]
    accused: tuple[ChecksumAddress, ...]
    faults: Mapping[ChecksumAddress, str]
    queries: int
    gas: Mapping[str, list[int]]
    seconds: Mapping[str, float]
    refuses: bool
    record: Mapping[str, Any]
    verified: bool

    @property
    def equal(self) -> bool:
        """Whether exactly those who leaked were convicted, and the record says so."""
        return self.leaked == self.accused == tuple(self.record.get("accused", ()))

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """What the demonstration claims and did not show, in sentences, but for who was convicted."""
        claims = {
            "The gateway's predictions were not those of the trained model.": self.accuracy
            == self.trained_accuracy,
            "The gateway went on serving after the conviction.": self.refuses,
            "The record was not verified.": self.verified,
        }
        return tuple(sentence for sentence, holds in claims.items() if not holds)

    @property
    def succeeded(self) -> bool:
        """Whether the demonstration showed what it claims."""
        return self.equal and not self.shortcomings

    def write(self, path: Path) -> None:
        """
        Write the report as JSON.

        Raises
        ------
        ReportFileError
            If it cannot be written.
        """
        content = {
            "contract": self.contract,
            "session": self.session,
            "accuracy": self.accuracy,
            "trained_accuracy": self.trained_accuracy,
            "leaked": list(self.leaked),
            "accused": list(self.accused),
            "equal": self.equal,
            "faults": dict(self.faults),
            "queries": self.queries,
            "gas": dict(self.gas),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "refuses": self.refuses,
            "record": dict(self.record),
            "verified": self.verified,
        }
        try:
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf8")
        except OSError as error:
            raise ReportFileError(str(path), error.strerror or type(error).__name__) from None
