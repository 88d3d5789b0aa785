"""What a call did, what it had to do, and whether the two agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from eth_utils.crypto import keccak

from tcss_chain.chain.artifacts import load_artifact

from .mocks import ARTIFACTS

MALFORMED: Final = "no value"
"""A revert without data: what Solidity answers to calldata that encodes no value of the types."""
OVERFLOW: Final = "Panic(0x11)"
NO_ELEMENT: Final = "Panic(0x32)"


class Target(Enum):
    """Which contract is called."""

    LIBRARY = "LibraryHarness"
    TRACE = "TraceVerifier"
    DEALING = "DealingVerifier"


class Ended(Enum):
    """How an execution ended; FAILED is without gas, or by an invalid instruction."""

    RETURNED = "returned"
    REVERTED = "reverted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a virtual machine did with a call."""

    ended: Ended
    data: bytes = b""

    def __str__(self) -> str:
        if self.ended is Ended.REVERTED:
            return f"reverted: {reason_of(self.data)}"
        return f"{self.ended.value} {self.data.hex()}"


@dataclass(frozen=True, slots=True)
class Expected:
    """
    What the reference says of a call.

    Parameters
    ----------
    answer : bytes
        The data that it must return, if there is no ground to refuse it.
    grounds : frozenset of str
        Names of errors. If there are any the call must revert, with one of them: which of several defects is
        seen first is the contract's business.
    pairings : int
        How many full pairing products the reference computed to decide.
    """

    answer: bytes = b""
    grounds: frozenset[str] = frozenset()
    pairings: int = 0

    def fits(self, outcome: Outcome) -> bool:
        if self.grounds:
            return outcome.ended is Ended.REVERTED and reason_of(outcome.data) in self.grounds
        return outcome.ended is Ended.RETURNED and outcome.data == self.answer

    def __str__(self) -> str:
        if self.grounds:
            return f"refused for {' or '.join(sorted(self.grounds))}"
        return f"returned {self.answer.hex()}"


@dataclass(frozen=True, slots=True)
class Case:
    """One input: a call, and what the reference says of it."""

    label: str
    target: Target
    calldata: bytes
    expected: Expected


def returns(*words: int, pairings: int = 0) -> Expected:
    return Expected(b"".join(word.to_bytes(32, "big") for word in words), pairings=pairings)


def refused(*grounds: str) -> Expected:
    return Expected(grounds=frozenset(grounds))


def reason_of(data: bytes) -> str:
    """The name of the error that revert data encode."""
    if not data:
        return MALFORMED
    if data[:4] == bytes(keccak(b"Panic(uint256)"))[:4] and len(data) == 36:
        return f"Panic({int.from_bytes(data[4:], 'big'):#x})"
    return _error_names().get(data[:4], f"unknown error 0x{data.hex()}")


@cache
def _error_names() -> dict[bytes, str]:
    harness = json.loads((ARTIFACTS / "LibraryHarness.json").read_text(encoding="utf8"))["abi"]
    abis = [harness, load_artifact("TraceVerifier").abi, load_artifact("DealingVerifier").abi]
    return {
        bytes(keccak(f"{entry['name']}({','.join(each['type'] for each in entry['inputs'])})".encode()))[
            :4
        ]: str(entry["name"])
        for abi in abis
        for entry in abi
        if entry["type"] == "error"
    }


class Tally:
    """Counts of one class of inputs, and its disagreements."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self.disagreements: list[str] = []
        self._seen: set[tuple[Target, bytes]] = set()

    def add(self, case: Case, outcomes: Iterable[tuple[str, Outcome]]) -> None:
        """Count an input; every machine must have done what the reference says."""
        self.counts["inputs"] += 1
        self.counts["distinct"] += (case.target, case.calldata) not in self._seen
        self._seen.add((case.target, case.calldata))
        self.counts["pairings"] += case.expected.pairings
        self.counts[_kind(case.expected)] += 1
        for machine, outcome in outcomes:
            self.counts[machine] += 1
            if not case.expected.fits(outcome):
                self.disagreements.append(
                    f"{self.name}, {case.label}: {machine} {outcome}; reference: {case.expected}\n"
                    f"  {case.target.value} 0x{case.calldata.hex()}"
                )


def _kind(expected: Expected) -> str:
    if expected.grounds:
        return "reverted"
    return "false" if expected.answer == bytes(32) else "answered"
