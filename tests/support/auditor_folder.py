"""An auditor's folder as ``tcss auditor init`` makes it, but quick to open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.store.state_database import StateDatabase

from .consortium import PHASE_SECONDS, Consortium
from .states import CHEAP, PASSPHRASE


def make_auditor_folder(folder: Path, consortium: Consortium, rpc_url: str, **changes: Any) -> Path:
    """Write wallet, state, consortium file and configuration of a session's auditor; give the last."""
    folder.mkdir(0o700)
    write_wallet(folder / "wallet.json", consortium.auditor.account, Passphrase(PASSPHRASE), work_factor=2)
    StateDatabase.create(folder / "data", PASSPHRASE, kdf_cost=CHEAP).close()
    (folder / "consortium.yaml").write_text(yaml.safe_dump(consortium_content(consortium)))
    configuration = {
        "rpc": rpc_url,
        "contract": consortium.connection.contract_address,
        "wallet": "wallet.json",
        "consortia": ["consortium.yaml"],
        "confirmations": 0,
        "poll_seconds": 0.05,
        "min_balance_ether": 0,
    }
    path = folder / "auditor.yaml"
    path.write_text(yaml.safe_dump(configuration | changes))
    return path


def consortium_content(consortium: Consortium) -> dict[str, Any]:
    """The consortium file that the session was made from."""
    configuration = consortium.configuration
    phases = ("confirm", "join", "deal", "complain", "reveal", "challenge")
    return {
        "consortium": "Group",
        "threshold": configuration.threshold,
        "organisations": [
            {"name": f"Member {seat}", "address": each.address, "service": f"http://127.0.0.1:{7100 + seat}"}
            for seat, each in enumerate(consortium.members)
        ],
        "auditor": {"name": "Gateway", "address": configuration.auditor},
        "beneficiary": configuration.beneficiary,
        "bond": configuration.bond,
        "phases": dict.fromkeys(phases, PHASE_SECONDS),
        "bond_release": PHASE_SECONDS,
    }
