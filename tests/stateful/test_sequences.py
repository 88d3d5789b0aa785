"""
Random sequences of calls by everybody against model and contract, which must agree after every step.

``TCSS_FUZZ_SEQUENCES`` and ``TCSS_FUZZ_SEED`` choose how many sequences the long run has and with which seed
it begins. A failure tells the seed of its round: to see it again, give that seed and 100 sequences.
"""

from __future__ import annotations

import os
import secrets

import pytest
from support.stateful_run import never, run_sequences, table

from tcss_chain.devnet.fast_precompiles import native_available

pytestmark = pytest.mark.skipif(
    not native_available(), reason="pyrevm has no wheel for this platform, and py-evm would take days"
)

SHORT_SEQUENCES, SHORT_SEED = 60, 21
LONG_SEQUENCES = 5000

CALLS = (
    "create_session",
    "confirm",
    "join",
    "deal",
    "complain_invalid_share",
    "complain_invalid_proof",
    "complain_missing_share",
    "reveal_share",
    "record_fault",
    "activate_unanimously",
    "aggregate",
    "convict",
    "anchor",
    "withdraw_bond",
    "withdraw_forfeits",
)
PHASES = ("REVEALING", "CHALLENGING", "AGGREGATING", "ACTIVE", "ABORTED")
FATES = (
    "INVALID_SHARE",
    "INVALID_PROOF",
    "MISSING_SHARE",
    "NO_DEALING",
    "conviction",
    "misdealer convicted",
    "withdrawal",
    "activation without somebody",
)
REACHED = [
    *((call, "ok") for call in CALLS),
    *(("steps in phase", phase) for phase in PHASES),
    *(("sessions with", fate) for fate in FATES),
]
ERRORS = {
    "create_session": "AuditorIsMember DeadlinesNotAscending MembersNotAscending SessionExists "
    "ThresholdOutOfRange TooManyMembers UnknownParent ZeroAddress no_data",
    "confirm": "AuditorKeyReused CoordinateOutOfRange IdentityNotAllowed InvalidPossession NotAuditor "
    "NotOnCurve ScalarOutOfRange WrongPhase",
    "join": "AlreadyJoined CoordinateOutOfRange IdentityNotAllowed InvalidPossession NotMember NotOnCurve "
    "ScalarOutOfRange WrongBond WrongPhase",
    "deal": "AlreadyDealt CoordinateOutOfRange NotJoined NotOnCurve RosterChanged ScalarOutOfRange "
    "WrongPhase WrongVectorLength",
    "complain_invalid_share": "AlreadyDisqualified CoordinateOutOfRange DealingMismatch InvalidKeyEvidence "
    "KeysMismatch NotDealt NotJoined NotOnCurve ScalarOutOfRange ShareHolds ShareNotInTree VectorMismatch "
    "WrongPhase no_data",
    "complain_invalid_proof": "AlreadyDisqualified DealingMismatch NotDealt ProofHolds WrongPhase",
    "complain_missing_share": "AlreadyDisqualified AlreadyReported NotDealt NotJoined WrongPhase",
    "reveal_share": "AlreadyDisqualified DealingMismatch NotReported ShareNotInTree WrongPhase",
    "activate_unanimously": "QualifiedSetChanged TooFewQualified WrongPhase WrongSignatureCount WrongSigner",
    "aggregate": "DealingMismatch WrongDealingCount WrongPartialAggregate WrongPhase",
    "convict": "AccusedNotAscending AccusedNotJoined AggregateMismatch CoordinateOutOfRange "
    "DroppedOutOfRange InvalidTraceProof NoAccused NotAuditor NotOnCurve NothingNew TooFewUnaccused "
    "TooManyConvicted TooManyDropped WrongPhase no_data",
    "anchor": "NotAuditor PurposeLength WrongPhase",
    "withdraw_bond": "BondLocked FailedCall NothingToWithdraw",
    "withdraw_forfeits": "FailedCall NothingToWithdraw",
    "record_fault": "NoFaultToRecord",
}
"""The errors of each call; those that need a curve or hash to break are not among them."""
REFUSALS = [
    *((call, error.replace("_", " ")) for call, errors in ERRORS.items() for error in errors.split()),
    *((call, "UnknownSession") for call in CALLS if call != "create_session"),
]


def test_model_and_contract_agree_on_short_runs() -> None:
    counts = run_sequences(SHORT_SEQUENCES, SHORT_SEED)
    print(table(counts))  # noqa: T201
    assert not never(counts, REACHED)


@pytest.mark.long_fuzz
@pytest.mark.timeout(0)
def test_model_and_contract_agree_on_long_runs(capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("TCSS_FUZZ_SEQUENCES", LONG_SEQUENCES))
    seed = int(os.environ.get("TCSS_FUZZ_SEED", secrets.randbelow(2**32)))

    def tell(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201

    tell(f"\n{count} sequences from seed {seed} on")
    counts = run_sequences(count, seed, tell=tell)
    tell(table(counts))
    # Rare refusals need the whole length.
    assert not never(counts, REACHED + (REFUSALS if count >= LONG_SEQUENCES else []))
