"""The analysis of the contracts finds a planted weakness, and accepts nothing that is not listed."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from support.compiler import load_script, require_compiler

WEAK = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Weak {
    mapping(address => uint256) private _balances;
    function deposit() external payable {
        _balances[msg.sender] += msg.value;
    }
    function withdraw() external {
        (bool success,) = msg.sender.call{value: _balances[msg.sender]}("");
        require(success);
        _balances[msg.sender] = 0;
    }
}
"""


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script(monkeypatch, "analyse_contracts")


@pytest.mark.compiler
def test_a_reentrancy_is_found(analysis: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    require_compiler(monkeypatch)
    request: dict[str, Any] = {
        "language": "Solidity",
        "sources": {"contracts/Weak.sol": {"content": WEAK}},
        "settings": {"optimizer": {"enabled": True}, "evmVersion": "prague", "viaIR": True},
    }
    found = {(finding.check, finding.place, finding.impact) for finding in analysis.findings(request)}
    assert ("reentrancy-eth", "Weak.withdraw", "High") in found


def test_what_is_listed_is_accepted_as_often_as_it_is_listed(analysis: ModuleType) -> None:
    accepted = analysis.read_accepted(
        """
        [[accepted]]
        check = "timestamp"
        places = ["A.f", "A.f", "B.g"]
        reason = "deadlines"
        [[accepted]]
        check = "naming"
        places = ["*.K", "*.Z"]
        reason = "letters"
        """
    )
    kinds = [("timestamp", "A.f")] * 3 + [("timestamp", "C.h"), ("naming", "A.f.K"), ("naming", "B.g.K")]
    found = [analysis.Finding(check, place, "Low", "") for check, place in [*kinds, ("weak", "B.g")]]
    unaccepted, outdated = analysis.compare(found, accepted)
    assert [(finding.check, finding.place) for finding in unaccepted] == [
        ("timestamp", "A.f"),
        ("timestamp", "C.h"),
        ("weak", "B.g"),
    ]
    assert [(entry.check, entry.place) for entry in outdated] == [("timestamp", "B.g"), ("naming", "*.Z")]


def test_accepting_needs_a_reason(analysis: ModuleType) -> None:
    with pytest.raises(ValueError, match="weak"):
        analysis.read_accepted('[[accepted]]\ncheck = "weak"\nplaces = ["A.f"]\nreason = " "')


def test_every_listed_entry_says_why(analysis: ModuleType) -> None:
    assert analysis.read_accepted(analysis.ACCEPTED.read_text(encoding="utf8"))
