"""Transactions with too little gas, and proofs that burn it."""

from __future__ import annotations

from typing import Any

import pytest
from support.attack_transactions import mine_with_gas, succeeds_with_gas
from support.complaints import posted, share_complaint
from support.consortium import Consortium, TestMember
from support.tracing import trace

from tcss_chain.chain.abi_values import (
    encode_dealing,
    encode_digest,
    encode_evidence,
    encode_trace_proof,
    encode_vector,
)
from tcss_chain.chain.artifacts import load_artifact
from tcss_chain.chain.errors import ChainError
from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS
from tcss_chain.curve import G
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.session import Fault, Phase

PAIRING_GAS_CAP = 1_000_000
STEPS = 8
GAS_STEP = 1000


def test_a_proof_that_breaks_the_pairing_cannot_burn_more_than_its_cap(active: Consortium) -> None:
    """A point off the twist: the precompile fails and takes all gas that it was given."""
    each = trace(active, [0])
    proof = each.prove()
    _, d2, pi = encode_trace_proof(proof)
    broken = each.function(((1, 2, 3, 4), d2, pi))
    succeeded, burnt = mine_with_gas(active, active.auditor, broken, MAX_TRANSACTION_GAS)
    assert not succeeded
    assert active.reads.state(active.sid).convicted == 0
    usual = each.send(proof).gas_used
    assert burnt < usual + PAIRING_GAS_CAP < MAX_TRANSACTION_GAS // 4


def test_too_little_gas_can_neither_convict_nor_spoil_a_proof(active: Consortium) -> None:
    """At some amount it begins to succeed; below that nothing is left behind, and the proof stays good."""
    valid, forged = trace(active, [0]), trace(active, [1])
    proof = valid.prove()
    call, wrong = valid.function(proof), forged.function(proof)
    needed = call.estimate_gas({"from": active.auditor.address})
    amounts = [needed * step // STEPS for step in range(1, STEPS)] + [2 * needed]
    outcomes = [succeeds_with_gas(active, active.auditor, call, gas) for gas in amounts]
    assert outcomes == sorted(outcomes)
    assert outcomes[-1]
    assert not outcomes[0]
    assert not any(succeeds_with_gas(active, active.auditor, wrong, gas) for gas in amounts[-3:])
    for gas in (needed // 2, needed * 3 // 4):
        succeeded, _ = mine_with_gas(active, active.auditor, call, gas)
        assert not succeeded
    state = active.reads.state(active.sid)
    assert (state.convicted, state.forfeits) == (0, 0)
    assert active.connection.contract.functions.recordsOfSession(active.sid).call() == []
    valid.send(proof)
    assert active.reads.state(active.sid).convicted == 0b0001


@pytest.mark.parametrize("kind", ["B", "C", "proof"])
def test_a_verifier_that_runs_out_of_gas_says_nothing_about_an_honest_dealer(
    complaining: Consortium, kind: str
) -> None:
    """A curve operation that runs out of gas is no equation that fails: the answer is yes, or none."""
    call = verification(complaining, complaining.members[1], complaining.members[0], kind)
    needed = call.estimate_gas()
    answers = {answer_with_gas(complaining, call, gas) for gas in range(needed // 10, 2 * needed, GAS_STEP)}
    assert answers == {True, None}


def verification(consortium: Consortium, dealer: TestMember, recipient: TestMember, kind: str) -> Any:
    """What the contract would ask its verifier in a complaint."""
    functions = consortium.connection.contract.functions
    verifier = consortium.connection.w3.eth.contract(
        functions.dealingVerifier().call(), abi=list(load_artifact("DealingVerifier").abi)
    )
    assert dealer.dealt is not None
    dealing = dealer.dealt.dealing
    digest = dealing.digest(consortium.sid)
    if kind == "proof":
        return verifier.functions.proofHolds(
            consortium.sid,
            dealer.address,
            consortium.A.words(),
            encode_digest(digest),
            encode_dealing(dealing),
        )
    complaint = share_complaint(consortium, dealer, recipient, ShareEquation[kind])
    context = (
        consortium.sid,
        dealer.address,
        recipient.address,
        dealer.keys.D.words(),
        recipient.keys.P.words(),
        consortium.A.words() if kind == "C" else G.words(),
        consortium.roster().participant(recipient.address).x,
        digest.hash_B,
        digest.hash_C,
        complaint.share.c0,
        complaint.share.c1,
    )
    return verifier.functions.shareHolds(
        context, encode_evidence(complaint.evidence), complaint.equation, encode_vector(complaint.vector)
    )


def answer_with_gas(consortium: Consortium, call: Any, gas: int) -> bool | None:
    try:
        return bool(consortium.connection.ask("a call", lambda: call.call({"gas": gas})))
    except ChainError:
        return None


@pytest.mark.parametrize("kind", ["share", "proof"])
def test_too_little_gas_cannot_make_an_honest_dealer_look_guilty(complaining: Consortium, kind: str) -> None:
    """Whatever the verifier is left with, the contract takes no failure of it for a verdict."""
    dealer, recipient = complaining.members[1], complaining.members[0]
    if kind == "share":
        call = share_complaint(complaining, dealer, recipient, ShareEquation.C).function
    else:
        call = complaining.actions.complain_invalid_proof(
            complaining.sid, dealer.address, posted(complaining, dealer)
        )
    assert complaining.reads.phase(complaining.sid) is Phase.COMPLAINING
    for gas in range(60_000, 400_000, 20_000):
        assert not succeeds_with_gas(complaining, recipient.sender, call, gas), gas
    succeeded, _ = mine_with_gas(complaining, recipient.sender, call, 200_000)
    assert not succeeded
    assert complaining.reads.fault(complaining.sid, dealer.address) is Fault.NONE
