"""Which tests should notice a fault in which source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tests:
    """
    Files below ``tests/``, those first that are quick and notice most.

    Attributes
    ----------
    of_harness : tuple of str
        Tests of a library through the harness of the libraries: nothing else needs to be compiled for them.
    of_contract : tuple of str
        Tests of the whole contract.
    """

    of_harness: tuple[str, ...] = ()
    of_contract: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return self.of_harness + self.of_contract

    def by_what_they_need(self, harness: str, contract: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Give what must be compiled, and the tests that can run then, in this order."""
        for what, tests in ((harness, self.of_harness), (contract, self.of_contract)):
            if tests:
                yield what, tests


_SHARES: Final = (
    "contract/test_complaints_invalid_share.py",
    "contract/test_complaints_missing_share.py",
    "contract/test_complaints_invalid_proof.py",
)
_TRACES: Final = (
    "contract/test_traces.py",
    "contract/test_trace_forgeries.py",
    "contract/test_records.py",
)
_LIBRARY_FUZZ: Final = "fuzz/test_library_differential.py"
_DEALING_FUZZ: Final = "fuzz/test_dealing_verifier_differential.py"
_TRACE_FUZZ: Final = "fuzz/test_trace_verifier_differential.py"
_SEQUENCES: Final = "stateful/test_sequences.py"

TESTS: Final[Mapping[str, Tests]] = {
    "contracts/TraceVerifier.sol": Tests(of_contract=(*_TRACES, "attacks/test_framing.py", _TRACE_FUZZ)),
    "contracts/libraries/TraceQuery.sol": Tests(
        of_harness=("contract/test_trace_query.py",), of_contract=(*_TRACES, _TRACE_FUZZ)
    ),
    "contracts/sessions/Traces.sol": Tests(
        of_contract=(*_TRACES, "contract/test_bonds.py", "attacks/test_money.py", _SEQUENCES)
    ),
    "contracts/sessions/Records.sol": Tests(
        of_contract=("contract/test_records.py", "contract/test_traces.py", _SEQUENCES)
    ),
    "contracts/DealingVerifier.sol": Tests(of_contract=(*_SHARES, _DEALING_FUZZ)),
    "contracts/sessions/Complaints.sol": Tests(
        of_contract=(
            *_SHARES,
            "contract/test_faults.py",
            "contract/test_qualified_set.py",
            "contract/test_phases.py",
            "attacks/test_misdealers.py",
            "attacks/test_replays.py",
            _SEQUENCES,
        )
    ),
    "contracts/libraries/Schnorr.sol": Tests(
        of_harness=("contract/test_schnorr.py",),
        of_contract=(
            *_SHARES,
            "contract/test_joining.py",
            "contract/test_mauling_dealer.py",
            _DEALING_FUZZ,
        ),
    ),
    "contracts/libraries/ShareTree.sol": Tests(of_harness=("contract/test_hashing.py",), of_contract=_SHARES),
    "contracts/libraries/CommitmentVector.sol": Tests(
        of_harness=("contract/test_vector_refusals.py", _LIBRARY_FUZZ),
        of_contract=(
            *_SHARES,
            "contract/test_traces.py",
            "contract/test_dealings.py",
            "contract/test_aggregation.py",
            _DEALING_FUZZ,
            _TRACE_FUZZ,
        ),
    ),
    "contracts/libraries/BN254.sol": Tests(
        of_harness=("contract/test_bn254.py", _LIBRARY_FUZZ),
        of_contract=("contract/test_traces.py", "contract/test_trace_forgeries.py", _TRACE_FUZZ),
    ),
    "contracts/libraries/Field.sol": Tests(
        of_harness=("contract/test_field.py", _LIBRARY_FUZZ), of_contract=("contract/test_traces.py",)
    ),
}
"""The verifiers and the complaints with all that they stand on."""
