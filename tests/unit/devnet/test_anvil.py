"""Start and stop of anvil; its behaviour as a chain is pinned in `test_devnets`."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3

from tcss_chain.devnet.anvil import AnvilDevnet, AnvilMissingError, find_anvil
from tcss_chain.devnet.dev_accounts import DEV_BALANCE
from tcss_chain.devnet.errors import DevnetStartError


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_missing_program_is_reported_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnvilMissingError, match="npm ci") as caught:
        find_anvil(tmp_path)
    assert caught.value.searched


def test_packaged_program_goes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = program(tmp_path / "bin" / "anvil", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_anvil(tmp_path) == on_path
    packaged = program(tmp_path / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil", "#!/bin/sh\n")
    assert find_anvil(tmp_path) == packaged


def test_program_that_exits_at_once_is_reported(tmp_path: Path) -> None:
    devnet = AnvilDevnet(binary=program(tmp_path / "anvil", "#!/bin/sh\nexit 3\n"))
    with pytest.raises(DevnetStartError, match="status 3"):
        devnet.start()
    with pytest.raises(DevnetStartError, match="not running"):
        _ = devnet.rpc_url


@pytest.mark.anvil
def test_stop_ends_the_process(anvil_binary: Path) -> None:
    devnet = AnvilDevnet(binary=anvil_binary, account_count=1).start()
    assert devnet._process is not None
    identifier = devnet._process.pid
    os.kill(identifier, 0)
    with pytest.raises(DevnetStartError, match="already"):
        devnet.start()
    devnet.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(identifier, 0)
    devnet.stop()


@pytest.mark.anvil
def test_state_file_outlives_the_process(anvil_binary: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with AnvilDevnet(binary=anvil_binary, account_count=2, state_file=state) as devnet:
        w3 = Web3(HTTPProvider(devnet.rpc_url))
        sender, recipient = devnet.accounts
        transaction = {
            "chainId": w3.eth.chain_id,
            "nonce": 0,
            "gas": 21_000,
            "gasPrice": 3 * 10**9,
            "to": recipient.address,
            "value": 9,
        }
        raw = sender.sign_transaction(transaction).raw_transaction
        w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(raw), poll_latency=0.01)
    with AnvilDevnet(binary=anvil_binary, account_count=2, state_file=state) as devnet:
        w3 = Web3(HTTPProvider(devnet.rpc_url))
        assert w3.eth.get_balance(devnet.accounts[1].address) == DEV_BALANCE + 9
        assert w3.eth.get_transaction_count(devnet.accounts[0].address) == 1
