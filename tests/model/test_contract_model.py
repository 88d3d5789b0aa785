"""The model by itself: what docs/protocol.md says, in examples that need no cryptography."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.model_bench import (
    AUDITOR,
    BENEFICIARY,
    BOND,
    CONTRACT,
    CREATOR,
    GAP,
    LOG,
    MEMBERS,
    SINK,
    START,
    Bench,
    keys_of,
)

from model.contract import ContractModel
from model.ledger import Behaviour, Call, CodeAccount, Ledger
from model.material import Equation, Evidence
from model.session import Fault, Phase
from model.words import ZERO


@pytest.fixture
def bench() -> Bench:
    ledger = Ledger(1, CONTRACT, LOG, START)
    ledger.balances = dict.fromkeys((*MEMBERS, CREATOR, AUDITOR, BENEFICIARY, SINK), 100) | {CONTRACT: 0}
    return Bench(ContractModel(ledger))


# ------------------------------------------------------------------ phases


def test_a_whole_run_activates_and_pays_everything_back(bench: Bench) -> None:
    bench.run_to(Phase.ACTIVE)
    assert bench.phase is Phase.ACTIVE
    for member in MEMBERS:
        assert bench.refused("BondLocked", member, "withdraw_bond", SINK) == (START + 7 * GAP,)
    bench.ledger.now = START + 7 * GAP
    for member in MEMBERS:
        bench.ok(member, "withdraw_bond", SINK)
    assert bench.ledger.balances[CONTRACT] == 0
    assert bench.ledger.balances[SINK] == 100 + 3 * BOND


@pytest.mark.parametrize(
    ("reached", "deadline", "before", "after"),
    [
        (Phase.CONFIRMING, 0, Phase.CONFIRMING, Phase.ABORTED),
        (Phase.JOINING, 1, Phase.JOINING, Phase.ABORTED),
        (Phase.DEALING, 2, Phase.DEALING, Phase.COMPLAINING),
        (Phase.COMPLAINING, 3, Phase.COMPLAINING, Phase.REVEALING),
        (Phase.COMPLAINING, 4, Phase.REVEALING, Phase.CHALLENGING),
        (Phase.COMPLAINING, 5, Phase.CHALLENGING, Phase.AGGREGATING),
    ],
    ids=["confirm", "join", "deal", "complain", "reveal", "challenge"],
)
def test_a_phase_ends_at_its_deadline(
    bench: Bench, reached: Phase, deadline: int, before: Phase, after: Phase
) -> None:
    bench.run_to(reached)
    bench.ledger.now = bench.session.configuration.deadlines[deadline] - 1
    assert bench.phase is before
    bench.ledger.now += 1
    assert bench.phase is after


def test_joining_closes_with_enough_participants_at_the_deadline(bench: Bench) -> None:
    bench.run_to(Phase.JOINING)
    bench.join(MEMBERS[0])
    bench.join(MEMBERS[2])
    assert bench.phase is Phase.JOINING
    assert bench.session.evaluation_point(MEMBERS[0], bench.ledger.now) == 0
    bench.ledger.now = bench.session.configuration.join_by
    assert bench.phase is Phase.DEALING
    assert bench.session.evaluation_point(MEMBERS[0], bench.ledger.now) != 0
    assert bench.session.evaluation_point(MEMBERS[1], bench.ledger.now) == 0


def test_too_few_qualified_abort_when_the_complaints_are_over(bench: Bench) -> None:
    bench.run_to(Phase.DEALING)
    bench.deal(MEMBERS[0])
    times = bench.session.configuration
    for now, phase in (
        (times.deal_by, Phase.COMPLAINING),
        (times.challenge_by - 1, Phase.CHALLENGING),
        (times.challenge_by, Phase.ABORTED),
    ):
        bench.ledger.now = now
        assert bench.phase is phase


# ------------------------------------------------------------------ faults and money


def test_a_true_complaint_forfeits_half_of_the_bond(bench: Bench) -> None:
    bench.run_to(Phase.DEALING)
    dealer = MEMBERS[0]
    bench.deal(dealer, good=frozenset({Equation.C}))
    for member in MEMBERS[1:]:
        bench.deal(member)
    refused = bench.complain(dealer, MEMBERS[1], Equation.C).refused
    assert refused is not None
    assert (refused.name, refused.arguments) == ("ShareHolds", (dealer, MEMBERS[1]))
    outcome = bench.complain(dealer, MEMBERS[1], Equation.B)
    assert [event.name for event in outcome.events] == ["FaultRecorded"]
    assert bench.session.forfeits == BOND // 2
    assert bench.session.bond_left(dealer, bench.ledger.now) == BOND - BOND // 2
    assert dealer not in bench.session.qualified(bench.ledger.now)
    again = bench.complain(dealer, MEMBERS[2], Equation.B).refused
    assert again is not None
    assert again.name == "AlreadyDisqualified"


def test_a_complaint_shows_keys_and_dealing_of_its_sender(bench: Bench) -> None:
    bench.run_to(Phase.COMPLAINING)
    dealer, keys, own_keys, own, digest, share, *rest = bench.complaint(MEMBERS[0], MEMBERS[1], Equation.B)
    wrong = (dealer, keys, keys_of(MEMBERS[2]), own, digest, share, *rest)
    bench.refused("KeysMismatch", MEMBERS[1], "complain_invalid_share", *wrong)
    forgotten = (dealer, keys, own_keys, ZERO, digest, share, *rest)
    bench.refused("KeysMismatch", MEMBERS[1], "complain_invalid_share", *forgotten)
    other = (dealer, keys, own_keys, own, digest, replace(share, c0=2**255), *rest)
    bench.refused("ShareNotInTree", MEMBERS[1], "complain_invalid_share", *other)


def test_a_word_that_is_no_scalar_needs_no_evidence(bench: Bench) -> None:
    bench.run_to(Phase.DEALING)
    for member in MEMBERS:
        bench.deal(member, c0=2**255)
    dealer, keys, _, _, digest, share, *_ = bench.complaint(MEMBERS[0], MEMBERS[1], Equation.B)
    nothing = (keys_of(MEMBERS[2]), ZERO, digest, share, Evidence((1, 2), 0, 0), 0, ())
    bench.refused("DealingMismatch", MEMBERS[1], "complain_invalid_share", dealer, nothing[0], *nothing)
    bench.ok(MEMBERS[1], "complain_invalid_share", dealer, keys, *nothing)
    assert bench.session.fault(dealer, bench.ledger.now) is Fault.INVALID_SHARE


def test_a_missing_share_is_a_fault_from_the_reveal_deadline_on(bench: Bench) -> None:
    bench.run_to(Phase.COMPLAINING)
    dealer, recipient = MEMBERS[:2]
    bench.ok(recipient, "complain_missing_share", dealer)
    bench.ledger.now = bench.session.configuration.reveal_by - 1
    assert bench.session.fault(dealer, bench.ledger.now) is Fault.NONE
    bench.ledger.now += 1
    assert bench.session.fault(dealer, bench.ledger.now) is Fault.MISSING_SHARE
    assert dealer not in bench.session.qualified(bench.ledger.now)
    bench.ok(SINK, "record_fault", dealer)
    assert bench.refused("NoFaultToRecord", SINK, "record_fault", dealer) == (dealer,)


def test_a_share_that_is_revealed_in_time_is_no_fault(bench: Bench) -> None:
    bench.run_to(Phase.COMPLAINING)
    dealer, recipient = MEMBERS[:2]
    bench.ok(recipient, "complain_missing_share", dealer)
    share = bench.dealings[dealer].shares[recipient]
    keys_hash = bench.posted(dealer).keys_hash
    shown = (bench.digest(dealer), share)
    bench.refused("DealingMismatch", SINK, "reveal_share", dealer, recipient, ZERO, *shown)
    bench.ok(SINK, "reveal_share", dealer, recipient, keys_hash, *shown)
    bench.ledger.now = bench.session.configuration.challenge_by
    assert bench.session.fault(dealer, bench.ledger.now) is Fault.NONE


def test_activation_discards_open_complaints(bench: Bench) -> None:
    bench.run_to(Phase.COMPLAINING)
    bench.ok(MEMBERS[1], "complain_missing_share", MEMBERS[0])
    bench.activate()
    bench.ledger.now = bench.session.configuration.challenge_by
    assert bench.session.fault(MEMBERS[0], bench.ledger.now) is Fault.NONE
    assert len(bench.session.qualified(bench.ledger.now)) == 3


def test_who_did_not_deal_is_at_fault_only_where_enough_joined(bench: Bench) -> None:
    bench.run_to(Phase.JOINING)
    bench.join(MEMBERS[0])
    bench.ledger.now = bench.session.configuration.deal_by
    assert bench.phase is Phase.ABORTED
    assert bench.session.fault(MEMBERS[0], bench.ledger.now) is Fault.NONE
    bench.ok(MEMBERS[0], "withdraw_bond", SINK)


def test_withdrawing_half_a_bond_leaves_the_other_half_to_the_beneficiary(bench: Bench) -> None:
    bench.run_to(Phase.DEALING)
    bench.ledger.now = bench.session.configuration.challenge_by
    assert bench.phase is Phase.ABORTED
    outcome = bench.ok(MEMBERS[0], "withdraw_bond", SINK)
    assert [event.name for event in outcome.events] == ["FaultRecorded", "BondWithdrawn"]
    bench.ok(SINK, "withdraw_forfeits")
    assert bench.ledger.balances[BENEFICIARY] == 100 + BOND // 2
    assert bench.refused("NothingToWithdraw", SINK, "withdraw_forfeits") == (BENEFICIARY,)


# ------------------------------------------------------------------ activation and convictions


def test_only_the_set_that_stands_is_accepted(bench: Bench) -> None:
    bench.run_to(Phase.COMPLAINING)
    bitmap, hashed, signatures = bench.acceptance(frozenset(MEMBERS))
    refused = bench.refused("QualifiedSetChanged", SINK, "activate_unanimously", 3, hashed, signatures)
    assert refused == (7, 3)
    exchanged = (signatures[1], signatures[0], signatures[2])
    refused = bench.refused("WrongSigner", SINK, "activate_unanimously", bitmap, hashed, exchanged)
    assert refused == (MEMBERS[0],)  # the second does not come after the first
    bench.refused("WrongSignatureCount", SINK, "activate_unanimously", bitmap, hashed, signatures[1:])


def test_both_ways_lead_to_the_same_aggregate(bench: Bench) -> None:
    bench.run_to(Phase.AGGREGATING)
    _, hashed, _ = bench.acceptance(frozenset(MEMBERS))
    posted, *others = (bench.posted(member) for member in MEMBERS)
    first = posted.dealing
    bench.ok(SINK, "aggregate", 0, (), (), (posted,))
    bench.refused("WrongPartialAggregate", CREATOR, "aggregate", 1, first.B, first.C, others)
    bench.refused("DealingMismatch", SINK, "aggregate", 1, first.B, first.C, others[::-1])
    bench.ok(SINK, "aggregate", 1, first.B, first.C, others)
    assert bench.session.activation is not None
    assert bench.session.activation.aggregate_hash == hashed


def test_convictions_stop_below_the_threshold(bench: Bench) -> None:
    bench.run_to(Phase.ACTIVE)
    outcome = bench.convict(MEMBERS[0])
    assert [event.name for event in outcome.events] == ["TraceRecorded", "Convicted"]
    assert bench.session.forfeits == BOND
    assert bench.session.bond_left(MEMBERS[0], bench.ledger.now) == 0
    bench.refused("NothingNew", AUDITOR, "convict", *bench.trace(MEMBERS[0]))
    refused = bench.refused("TooManyConvicted", AUDITOR, "convict", *bench.trace(MEMBERS[1]))
    assert refused == (2, 2)


def test_a_trace_convicts_nobody_but_whom_it_proves(bench: Bench) -> None:
    bench.run_to(Phase.ACTIVE)
    _, *proven = bench.trace(MEMBERS[0])
    bench.refused("InvalidTraceProof", AUDITOR, "convict", (MEMBERS[1],), *proven)
    assert bench.session.convicted == frozenset()


def test_openings_are_numbered(bench: Bench) -> None:
    bench.run_to(Phase.ACTIVE)
    numbers = [bench.ok(AUDITOR, "anchor", ZERO, ZERO, b"x" * 200).returned for _ in range(2)]
    assert numbers == [0, 1]
    assert bench.refused("PurposeLength", AUDITOR, "anchor", ZERO, ZERO, b"x" * 201) == (201,)


# ------------------------------------------------------------------ accounts with code


def test_a_refused_payment_changes_nothing(bench: Bench) -> None:
    bench.run_to(Phase.ACTIVE)
    bench.ledger.code_accounts[SINK] = CodeAccount(Behaviour.REFUSE)
    bench.ledger.now = START + 7 * GAP
    before = bench.ledger.saved()
    assert bench.refused("FailedCall", MEMBERS[0], "withdraw_bond", SINK) == ()
    assert bench.ledger.saved() == before


def test_an_account_that_calls_back_finds_nothing_left(bench: Bench) -> None:
    bench.run_to(Phase.ACTIVE)
    account = MEMBERS[0]
    again = Call("withdraw_bond", (bench.sid, account))
    bench.ledger.code_accounts[account] = CodeAccount(Behaviour.CALL_BACK, again)
    bench.ledger.now = START + 7 * GAP
    bench.ok(account, "withdraw_bond", account)
    called = bench.ledger.code_accounts[account]
    assert (called.call_backs, called.successes) == (1, 0)
    assert called.last is not None
    refused = called.last[1].refused
    assert refused is not None
    assert refused.name == "NothingToWithdraw"
    assert bench.ledger.balances[account] == 100
