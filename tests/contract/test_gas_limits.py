"""The largest sessions that the contract admits stay below the cap on a transaction's gas (EIP-7825)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from support.consortium import Consortium

from tcss_chain.chain.artifacts import load_artifact
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS
from tcss_chain.curve import G
from tcss_chain.protocol.complaint import make_key_evidence
from tcss_chain.protocol.roster import Participant, ParticipantKeys

MOST = 128
VECTOR = [(G * (m + 1)).words() for m in range(MOST)]
SID = b"\x21" * 32
MEMBERS: list[Any] = [to_checksum_address((10**6 + index).to_bytes(20, "big")) for index in range(MOST)]
# Around a verifier that judges a complaint: calldata of two vectors at 40 gas a byte, their hashes, storage.
AROUND = 2 * MOST * 64 * 40 + 1_000_000
HALF = MAX_TRANSACTION_GAS // 2
PAIRING_GAS_CAP = 1_000_000


def verifier(connection: Connection, name: str) -> Any:
    getter = connection.contract.get_function_by_name(name[0].lower() + name[1:])
    return connection.w3.eth.contract(getter().call(), abi=list(load_artifact(name).abi))


def test_creating_the_largest_session(fresh: Consortium) -> None:
    configuration = replace(fresh.configuration, members=tuple(MEMBERS), threshold=MOST)
    function = fresh.actions.create_session(fresh.salt, configuration)
    assert function.estimate_gas({"from": fresh.creator.address}) < HALF


def test_judging_the_longest_proof_of_knowledge(connection: Connection) -> None:
    dealing = (VECTOR, VECTOR, bytes(32), (1, 2, 3))
    digest = (bytes(32), bytes(32), bytes(32), (1, 2, 3))
    function = verifier(connection, "DealingVerifier").functions.proofHolds(
        SID, MEMBERS[0], (1, 2), digest, dealing
    )
    assert function.call({"gas": HALF - AROUND}) is False


def test_judging_the_longest_share(connection: Connection) -> None:
    dealer, recipient = (Participant(MEMBERS[seat], seat, ParticipantKeys(G, G), 5) for seat in (0, 1))
    evidence = make_key_evidence(SID, dealer, recipient, 1)
    context = (
        SID, dealer.account, recipient.account, (1, 2), (1, 2), (1, 2), 2**253, bytes(32), bytes(32), 0, 0,
    )  # fmt: skip
    function = verifier(connection, "DealingVerifier").functions.shareHolds(
        context,
        (evidence.K.words(), evidence.challenge, evidence.response),
        1,
        VECTOR,
    )
    assert function.call({"gas": HALF - AROUND}) is False


@pytest.mark.parametrize(
    ("mode", "threshold", "accused", "dropped"),
    [
        (0, MOST, 1, 8),
        (0, MOST, 64, 8),
        (0, MOST, MOST - 1, 8),
        (1, 120, 1, 7),
        (1, 120, 60, 8),
        (1, 65, 57, 0),
    ],
)
def test_judging_the_largest_trace(
    connection: Connection, mode: int, threshold: int, accused: int, dropped: int
) -> None:
    challenge = (mode, bytes(32), 2**dropped - 1)
    claim = (bytes(32), bytes(32), 0, 0, 0)
    statement = (SID, MEMBERS[0], 0, challenge, claim, SID, (1, 2))
    vector = VECTOR[:threshold]
    function = verifier(connection, "TraceVerifier").functions.verify(
        statement, SID, MEMBERS[:accused], MEMBERS[accused:], vector, vector, ((0,) * 4, (0,) * 4, (0, 0))
    )
    # With too little gas a precompile fails and the call reverts, but the pairing, the last of all, answers
    # no: a million is left to it. The other half of the cap is for calldata, faults, bonds and events.
    assert function.call({"gas": HALF - PAIRING_GAS_CAP}) is False


def test_adding_up_dealings_in_chunks(make_consortium: Callable[..., Consortium]) -> None:
    """What a commitment costs bounds how many dealings fit into one transaction at the largest threshold."""
    costs = {}
    for t in (2, 6):
        consortium = make_consortium(n=6, t=t)
        consortium.create()
        consortium.confirm()
        for member in consortium.members:
            consortium.join(member)
        for member in consortium.members:
            consortium.deal(member)
        consortium.travel_to(consortium.configuration.challenge_by)
        costs[t] = consortium.activate_computed().gas_used
    a_commitment = (costs[6] - costs[2]) / (6 * (6 - 2) * 2)
    assert a_commitment * 2 * MOST < MAX_TRANSACTION_GAS / 16
