"""The contract under ape: the same code as the shipped artifact, reachable, and with named errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ape

ARTIFACT = Path(__file__).resolve().parents[2] / "tcss_chain" / "artifacts" / "TCSS.json"


def test_ape_compiles_the_shipped_bytes(project: Any) -> None:
    shipped = json.loads(ARTIFACT.read_text(encoding="utf8"))
    contract = project.TCSS.contract_type
    assert contract.deployment_bytecode.bytecode == shipped["bytecode"]
    assert contract.runtime_bytecode.bytecode == shipped["deployedBytecode"]


def test_deployment_stays_below_the_cap_on_a_transactions_gas(tcss: Any) -> None:
    assert 0 < tcss.creation_metadata.receipt.gas_used < 2**24


def test_contract_names_its_signature_domain(tcss: Any) -> None:
    domain = tcss.eip712Domain()
    assert (domain.name, domain.version) == ("TCSS", "1")
    assert domain.verifyingContract == tcss.address


def test_unknown_session_is_refused_by_name(tcss: Any) -> None:
    with ape.reverts(tcss.UnknownSession):
        tcss.phaseOf(b"\x01" * 32)
