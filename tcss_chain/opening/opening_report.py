"""What became of one opening, for the gateway alone (protocol section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.protocol.model_label import ModelLabel

from .answer_check import FalseAnswer
from .messages import Refusal


@dataclass(frozen=True, slots=True)
class OpeningSeconds:
    """
    How long the parts of an opening took, seconds.

    Attributes
    ----------
    anchor : float
        From the request to its line in the log, deep enough in the chain.
    answers : float
        From asking to the last answer that was needed, or to giving up.
    combine : float
        From the answers to the model key.
    """

    anchor: float
    answers: float = 0.0
    combine: float = 0.0

    @property
    def total(self) -> float:
        """All of it; the model itself is decrypted after that."""
        return self.anchor + self.answers + self.combine


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """
    One anchored opening.

    It stays in the gateway: a participant that learns whether an answer was right can test shares.

    Attributes
    ----------
    label : ModelLabel
        The model.
    purpose : str
        What it is opened for.
    request_hash : bytes
        The request.
    number : int
        Its line in the session's opening log.
    transaction : str
        The transaction that anchored it, 0x and 64 digits.
    threshold : int
        How many right answers are needed.
    used : tuple of ChecksumAddress
        Whose answers were right and gave the key.
    false : mapping of ChecksumAddress to FalseAnswer
        Whose answers were wrong, and in what. They had signed them; nobody else can have made them so.
    refused : mapping of ChecksumAddress to Refusal
        Who refused, and why: the last word of each. Refusals are not signed.
    silent : mapping of ChecksumAddress to str
        Who gave nothing that can be used by the end, and what happened, in words of this package: "no usable
        answer: malformed", "unreadable" or "signature", which may be anybody's doing in between. Those who
        were not waited for any longer are among them.
    not_asked : tuple of ChecksumAddress
        Who was left out, as convicted or without a service in the consortium files.
    seconds : OpeningSeconds
        How long it took.
    """

    label: ModelLabel
    purpose: str
    request_hash: bytes
    number: int
    transaction: str
    threshold: int
    used: tuple[ChecksumAddress, ...]
    false: Mapping[ChecksumAddress, FalseAnswer]
    refused: Mapping[ChecksumAddress, Refusal]
    silent: Mapping[ChecksumAddress, str]
    not_asked: tuple[ChecksumAddress, ...]
    seconds: OpeningSeconds

    @property
    def answered(self) -> tuple[ChecksumAddress, ...]:
        """Whose own answers came, right or wrong."""
        return (*self.used, *self.false)

    @property
    def enough(self) -> bool:
        """Whether the right answers give the key."""
        return len(self.used) >= self.threshold
