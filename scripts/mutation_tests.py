"""Which tests should notice a fault in which source, and what must be compiled for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CONTRACT: Final = "contracts/TCSS.sol"
TRACE_VERIFIER: Final = "contracts/TraceVerifier.sol"
DEALING_VERIFIER: Final = "contracts/DealingVerifier.sol"
HARNESS: Final = "contracts/mocks/LibraryHarness.sol"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    Tests that need one contract.

    Attributes
    ----------
    root : str
        The source of the contract: one of the constants of this module.
    tests : tuple of str
        Files below ``tests/``, those first that are quick and notice most.
    """

    root: str
    tests: tuple[str, ...]


_LIBRARY_FUZZ: Final = "fuzz/test_library_differential.py"
_BY_TRACE_FUZZ: Final = Stage(TRACE_VERIFIER, ("fuzz/test_trace_verifier_differential.py",))
_BY_DEALING_FUZZ: Final = Stage(DEALING_VERIFIER, ("fuzz/test_dealing_verifier_differential.py",))
_SEQUENCES: Final = "stateful/test_sequences.py"
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

STAGES: Final[Mapping[str, tuple[Stage, ...]]] = {
    "contracts/TraceVerifier.sol": (
        _BY_TRACE_FUZZ,
        Stage(CONTRACT, (*_TRACES, "attacks/test_framing.py")),
    ),
    "contracts/libraries/TraceQuery.sol": (
        Stage(HARNESS, ("contract/test_trace_query.py",)),
        _BY_TRACE_FUZZ,
        Stage(CONTRACT, _TRACES),
    ),
    "contracts/sessions/Traces.sol": (
        Stage(CONTRACT, (*_TRACES, "contract/test_bonds.py", "attacks/test_money.py", _SEQUENCES)),
    ),
    "contracts/sessions/Records.sol": (
        Stage(CONTRACT, ("contract/test_records.py", "contract/test_traces.py", _SEQUENCES)),
    ),
    "contracts/DealingVerifier.sol": (_BY_DEALING_FUZZ, Stage(CONTRACT, _SHARES)),
    "contracts/sessions/Complaints.sol": (
        Stage(
            CONTRACT,
            (
                *_SHARES,
                "contract/test_faults.py",
                "contract/test_qualified_set.py",
                "contract/test_phases.py",
                "attacks/test_misdealers.py",
                "attacks/test_replays.py",
                _SEQUENCES,
            ),
        ),
    ),
    "contracts/sessions/Dealings.sol": (
        Stage(
            CONTRACT,
            (
                "contract/test_dealings.py",
                *_SHARES,
                "contract/test_activation.py",
                "attacks/test_replays.py",
                _SEQUENCES,
            ),
        ),
    ),
    "contracts/sessions/SessionStore.sol": (
        Stage(
            CONTRACT,
            (
                "contract/test_phases.py",
                "contract/test_faults.py",
                "contract/test_bonds.py",
                "contract/test_qualified_set.py",
                "contract/test_complaints_missing_share.py",
                "contract/test_sessions.py",
                "contract/test_activation.py",
                "contract/test_traces.py",
                "contract/test_records.py",
                "attacks/test_money.py",
                _SEQUENCES,
            ),
        ),
    ),
    "contracts/types/SeatSet.sol": (
        Stage(HARNESS, ("contract/test_field.py",)),
        Stage(CONTRACT, ("contract/test_phases.py", "contract/test_traces.py")),
    ),
    "contracts/libraries/Hashing.sol": (
        Stage(HARNESS, ("contract/test_hashing.py", "contract/test_trace_query.py", _LIBRARY_FUZZ)),
        _BY_TRACE_FUZZ,
        _BY_DEALING_FUZZ,
        Stage(
            CONTRACT,
            (
                "contract/test_hashing.py",
                "contract/test_joining.py",
                "contract/test_aggregation.py",
                "contract/test_records.py",
                *_SHARES,
            ),
        ),
    ),
    "contracts/libraries/Schnorr.sol": (
        Stage(HARNESS, ("contract/test_schnorr.py", _LIBRARY_FUZZ)),
        _BY_DEALING_FUZZ,
        Stage(CONTRACT, (*_SHARES, "contract/test_joining.py", "contract/test_mauling_dealer.py")),
    ),
    "contracts/libraries/ShareTree.sol": (
        Stage(HARNESS, ("contract/test_hashing.py", _LIBRARY_FUZZ)),
        Stage(CONTRACT, _SHARES),
    ),
    "contracts/libraries/CommitmentVector.sol": (
        Stage(HARNESS, ("contract/test_vector_refusals.py", _LIBRARY_FUZZ)),
        _BY_DEALING_FUZZ,
        _BY_TRACE_FUZZ,
        Stage(
            CONTRACT,
            (
                *_SHARES,
                "contract/test_traces.py",
                "contract/test_dealings.py",
                "contract/test_aggregation.py",
                "attacks/test_gas_griefing.py",
            ),
        ),
    ),
    "contracts/libraries/BN254.sol": (
        Stage(HARNESS, ("contract/test_bn254.py", _LIBRARY_FUZZ)),
        _BY_TRACE_FUZZ,
        _BY_DEALING_FUZZ,
        Stage(
            CONTRACT,
            ("contract/test_traces.py", "contract/test_trace_forgeries.py", "attacks/test_gas_griefing.py"),
        ),
    ),
    "contracts/libraries/Field.sol": (
        Stage(HARNESS, ("contract/test_field.py", _LIBRARY_FUZZ)),
        _BY_TRACE_FUZZ,
        Stage(CONTRACT, ("contract/test_traces.py",)),
    ),
}
"""The verifiers and the complaints, with all that they stand on."""
