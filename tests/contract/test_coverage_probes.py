"""The measurement of the contracts' coverage sees what runs and what does not, and changes no result."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from support.compiler import load_script, require_compiler
from support.probe_recorder import record_probes
from support.replaced_contracts import lift_size_limits
from web3 import Web3
from web3.exceptions import Web3Exception

from tcss_chain.chain.connection import connect
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet

NAME = "contracts/Sample.sol"
# Line numbers matter here.
SAMPLE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Sample {
    error Odd(uint256 x);
    function run(uint256 x, bool careful) external pure returns (uint256 sum) {
        if (careful && x % 2 == 1) revert Odd(x);
        if (x > 100)
            sum = 1;
        else if (x > 50) sum = 2;
        else {
            sum = x == 7 || x == 9 ? 3 : 4;
        }
        for (uint256 i = 0; i < x; ++i) sum += i;
        while (x != 0) --x;
        assembly ("memory-safe") {
            if iszero(careful) { sum := add(sum, 1) }
            for { let i := 0 } lt(i, 3) { i := add(i, 1) } {
                sum := add(sum, i)
                if gt(sum, 1000) { break }
            }
        }
        if (!(careful || sum == 0)) return sum;
        unchecked {
            ++sum;
        }
    }
}
"""


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    return load_script(monkeypatch, "contract_coverage"), load_script(monkeypatch, "contract_probes")


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    require_compiler(monkeypatch)


def request(source: str) -> dict[str, Any]:
    return {
        "language": "Solidity",
        "sources": {NAME: {"content": source}},
        "settings": {
            "optimizer": {"enabled": True, "runs": 50},
            "evmVersion": "prague",
            "viaIR": True,
            "outputSelection": {NAME: {"*": ["abi", "evm.bytecode.object"]}},
        },
    }


def deploy(devnet: EmbeddedDevnet, output: dict[str, Any]) -> Any:
    w3 = connect(devnet.rpc_url)
    compiled = output["contracts"][NAME]["Sample"]
    factory = w3.eth.contract(abi=compiled["abi"], bytecode=compiled["evm"]["bytecode"]["object"])
    deployer = devnet.accounts[0]
    transaction = factory.constructor().build_transaction(
        {"from": deployer.address, "nonce": w3.eth.get_transaction_count(deployer.address)}
    )
    receipt = w3.eth.wait_for_transaction_receipt(
        w3.eth.send_raw_transaction(deployer.sign_transaction(transaction).raw_transaction)
    )
    return w3.eth.contract(receipt["contractAddress"], abi=compiled["abi"])


def outcome(contract: Any, x: int, careful: bool) -> object:
    try:
        return contract.functions.run(x, careful).call()
    except Web3Exception as error:
        return type(error).__name__, getattr(error, "data", None)


@pytest.mark.compiler
def test_what_ran_is_told_from_what_did_not(
    scripts: tuple[ModuleType, ModuleType],
    compiler: None,
    embedded_devnet: EmbeddedDevnet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    coverage, probes = scripts
    plain = request(SAMPLE)
    plan = probes.instrument({NAME: SAMPLE}, coverage.syntax_trees(plain))
    probed = deploy(embedded_devnet, coverage.compile_request(coverage.with_probes(plain, plan)))
    original = deploy(embedded_devnet, coverage.compile_request(plain))
    lift_size_limits(monkeypatch)
    ran = record_probes(monkeypatch)

    assert probed.functions.run(4, True).call() == 4 + 6 + 3 + 1
    (file,) = coverage.coverage_of(plan.statements, plan.conditions, ran)
    assert file.source == NAME
    # On lines 6, 9, 19 and 22 one of two statements ran; 13, 14 and 17 ran whole.
    assert file.missing_lines == (6, 8, 9, 16, 19, 22)
    assert file.lines == 14
    assert file.branches == 2 * len(plan.conditions) == 26
    assert set(file.missing_branches) == {
        (6, "careful", False),
        (6, "x % 2 == 1", True),
        (7, "x > 100", True),
        (9, "x > 50", True),
        (11, "x == 7", True),
        (11, "x == 9", True),
        (16, "iszero(careful)", True),
        (19, "gt(sum, 1000)", True),
        (22, "careful", False),
        (22, "sum == 0", False),
        (22, "sum == 0", True),
    }

    cases = [(x, careful) for x in (0, 1, 7, 8, 9, 60, 101) for careful in (False, True)]
    assert [outcome(probed, *case) for case in cases] == [outcome(original, *case) for case in cases]
    (file,) = coverage.coverage_of(plan.statements, plan.conditions, ran)
    assert file.missing_lines == ()
    assert file.missing_branches == ((22, "sum == 0", True),)


@pytest.mark.compiler
def test_what_cannot_be_counted_is_refused(scripts: tuple[ModuleType, ModuleType], compiler: None) -> None:
    coverage, probes = scripts
    source = SAMPLE.replace("if iszero(careful) { sum", "switch careful case 0 { sum")
    with pytest.raises(probes.UnknownConstructError, match="16: YulSwitch"):
        probes.instrument({NAME: source}, coverage.syntax_trees(request(source)))


def test_code_that_ran_in_a_mock_alone_is_told(scripts: tuple[ModuleType, ModuleType]) -> None:
    coverage, probes = scripts
    statements = [probes.Statement(NAME, line, probe) for line, probe in ((3, 0), (4, 1), (4, 2), (5, 3))]
    conditions = [probes.Condition(NAME, 5, "x", 4)]
    ran = {0, 1, coverage.MOCK_OFFSET + 2, coverage.MOCK_OFFSET + 5}
    (file,) = coverage.coverage_of(statements, conditions, ran)
    assert (file.lines, file.missing_lines, file.harness_only) == (3, (5,), (4,))
    assert (file.branches, file.missing_branches) == (2, ((5, "x", False),))


def test_probes_are_no_real_copies(monkeypatch: pytest.MonkeyPatch, embedded_devnet: EmbeddedDevnet) -> None:
    lift_size_limits(monkeypatch)
    ran = record_probes(monkeypatch)
    w3 = connect(embedded_devnet.rpc_url)
    copy_word = "0x60206301000000600037"  # calldatacopy(0, 2**24, 32)
    copy_nothing = "0x5f63010000005f37"  # calldatacopy(0, 2**24, 0)
    probe = "0x5f63fe0000115f37"
    for code in (copy_word, copy_nothing):
        w3.eth.call({"data": Web3.to_hex(hexstr=code), "gas": 100_000})
    assert ran == set()
    w3.eth.call({"data": Web3.to_hex(hexstr=probe), "gas": 100_000})
    assert ran == {0x11}
