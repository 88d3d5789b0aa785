"""Somebody looks for a way to change, stop or replace the contracts."""

from __future__ import annotations

import pytest
from support.attack_bytecode import opcodes_of

from tcss_chain.chain.artifacts import load_artifact

SSTORE, CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, STATICCALL, SELFDESTRUCT = (
    0x55, 0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFA, 0xFF,
)  # fmt: skip

WHO_MAY_DO_WHAT = {
    "createSession": "anybody, under its own address",
    "confirm": "the session's auditor",
    "join": "an admitted member",
    "deal": "a participant",
    "complainInvalidShare": "the recipient",
    "complainInvalidProof": "anybody, with what the dealer posted",
    "complainMissingShare": "a participant",
    "revealShare": "anybody who has the share",
    "recordFault": "anybody, of what a deadline proves",
    "activateUnanimously": "anybody with all signatures",
    "aggregate": "anybody with the dealings",
    "convict": "the session's auditor",
    "withdrawBond": "its owner",
    "withdrawForfeits": "anybody, to the beneficiary",
}


def test_nobody_can_do_anything_but_take_part() -> None:
    """No owner, no pause, no upgrade, no change of a record: these are all calls that change anything."""
    changing = {
        item["name"]
        for item in load_artifact("TCSS").abi
        if item["type"] != "constructor" and item.get("stateMutability") not in (None, "view", "pure")
    }
    assert changing == set(WHO_MAY_DO_WHAT)


def test_nobody_can_replace_the_contracts_code_or_end_it() -> None:
    """It runs no foreign code in its own name, makes no contracts once deployed, and cannot end itself."""
    opcodes = opcodes_of(load_artifact("TCSS").deployed_bytecode)
    assert {SSTORE, STATICCALL, CALL} <= opcodes
    assert not opcodes & {DELEGATECALL, CALLCODE, CREATE, CREATE2, SELFDESTRUCT}


@pytest.mark.parametrize("name", ["TraceVerifier", "DealingVerifier"])
def test_nobody_can_change_what_a_verifier_says(name: str) -> None:
    """It has no state and calls the precompiles alone."""
    opcodes = opcodes_of(load_artifact(name).deployed_bytecode)
    assert STATICCALL in opcodes
    assert not opcodes & {SSTORE, CALL, DELEGATECALL, CALLCODE, CREATE, CREATE2, SELFDESTRUCT}
