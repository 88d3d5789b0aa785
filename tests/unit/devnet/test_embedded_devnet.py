"""The embedded chain's server: its life, what it refuses, and blocks that come by themselves."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.devnet.errors import DevnetStartError


def post(url: str, body: Any, **options: Any) -> requests.Response:
    return requests.post(url, json=body, timeout=10, **options)


def request(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 5, "method": method, "params": list(params)}


def result(url: str, method: str, *params: Any) -> Any:
    return post(url, request(method, *params)).json()["result"]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def url(embedded_devnet: EmbeddedDevnet) -> str:
    return embedded_devnet.rpc_url


def test_answer_repeats_the_id(url: str) -> None:
    assert post(url, request("eth_chainId")).json() == {"jsonrpc": "2.0", "id": 5, "result": "0x7a69"}


def test_quantities_have_no_leading_zeros_and_data_has_whole_bytes(url: str) -> None:
    block = result(url, "eth_getBlockByNumber", "0x0", False)
    assert block["number"] == "0x0"
    assert block["nonce"] == "0x" + "00" * 8
    assert len(block["logsBloom"]) == 2 + 512
    assert result(url, "eth_getStorageAt", "0x" + "11" * 20, "0x0", "latest") == "0x" + "00" * 32
    assert result(url, "eth_getCode", "0x" + "11" * 20, "latest") == "0x"
    assert result(url, "eth_getBalance", "0x" + "11" * 20, "latest") == "0x0"


def test_batch_is_answered_in_order(url: str) -> None:
    answers = post(url, [request("eth_chainId"), request("eth_nonsense"), 7]).json()
    assert answers[0]["result"] == "0x7a69"
    assert [answer["error"]["code"] for answer in answers[1:]] == [-32601, -32600]


@pytest.mark.parametrize("count", [0, 101])
def test_empty_and_oversized_batches_are_refused(url: str, count: int) -> None:
    assert post(url, [request("eth_chainId")] * count).json()["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBalance", []),
        ("eth_getBalance", ["0x11", "latest"]),
        ("eth_getBalance", [7, "latest"]),
        ("eth_getBalance", ["0x" + "zz" * 20, "latest"]),
        ("eth_getBlockByNumber", ["newest", False]),
        ("eth_getBlockByNumber", ["12", False]),
        ("eth_getBlockByNumber", [True, False]),
        ("eth_getBlockByNumber", ["0x-1", False]),
        ("eth_getBlockByNumber", ["0x" + "f" * 64, False]),
        ("eth_call", ["0x"]),
        ("eth_call", [{"to": "0x11"}]),
        ("eth_call", [{"to": "0x" + "11" * 20, "value": "0x1" + "0" * 64}]),
        ("eth_getLogs", [{"topics": "0x"}]),
        ("eth_getLogs", [{"fromBlock": "latest", "toBlock": "0x0", "address": "0x11"}]),
        ("evm_increaseTime", [-5]),
        ("evm_increaseTime", ["soon"]),
        ("eth_chainId", ["surplus"]),
    ],
)
def test_malformed_parameters_are_refused(url: str, method: str, params: list[Any]) -> None:
    assert post(url, request(method, *params)).json()["error"]["code"] == -32602


def test_named_parameters_are_refused(url: str) -> None:
    assert post(url, request("eth_chainId") | {"params": {}}).json()["error"]["code"] == -32602


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000],
    ids=["empty", "cut off", "not text", "nested lists", "nested objects"],
)
def test_body_that_is_not_json_is_refused(url: str, body: bytes) -> None:
    answer = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert answer.json()["error"]["code"] == -32700


def test_other_content_types_are_refused(url: str) -> None:
    body = json.dumps(request("evm_mine"))
    height = result(url, "eth_blockNumber")
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = requests.post(url, data=body, headers={"Content-Type": kind}, timeout=10)
        assert answer.status_code == 415
    assert result(url, "eth_blockNumber") == height


def test_oversized_body_is_refused(url: str) -> None:
    body = json.dumps(request("eth_call", {"data": "0x" + "00" * 2**20}))
    answer = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert answer.status_code == 413


def test_taken_port_is_reported(url: str) -> None:
    port = int(url.rsplit(":", 1)[1])
    devnet = EmbeddedDevnet(port=port)
    with pytest.raises(DevnetStartError, match="choose another port"):
        devnet.start()
    with pytest.raises(DevnetStartError, match="not running"):
        _ = devnet.rpc_url


def test_devnet_can_be_stopped_and_started_anew() -> None:
    devnet = EmbeddedDevnet(account_count=1)
    for _ in range(2):
        with devnet:
            port = int(devnet.rpc_url.rsplit(":", 1)[1])
            assert result(devnet.rpc_url, "eth_blockNumber") == "0x0"
            result(devnet.rpc_url, "evm_mine")
            with pytest.raises(DevnetStartError, match="already"):
                devnet.start()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    devnet.stop()


def test_blocks_come_by_themselves_at_the_interval() -> None:
    with EmbeddedDevnet(account_count=1, block_interval=0.05) as devnet:
        wait_until(lambda: int(result(devnet.rpc_url, "eth_blockNumber"), 16) >= 3)


def test_finalized_block_lags_by_the_finality_depth() -> None:
    with EmbeddedDevnet(account_count=1, finality_depth=2) as devnet:
        numbers = []
        for _ in range(4):
            result(devnet.rpc_url, "evm_mine")
            numbers.append(result(devnet.rpc_url, "eth_getBlockByNumber", "finalized", False)["number"])
    assert numbers == ["0x0", "0x0", "0x1", "0x2"]


def test_run_devnet_serves_until_sigterm() -> None:
    program = (
        "from tcss_chain.devnet.embedded_devnet import run_devnet\n"
        "run_devnet(port=0, on_ready=lambda devnet: print(devnet.rpc_url, flush=True))\n"
        "print('ended', flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert result(url, "eth_chainId") == "0x7a69"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "ended\n"
    assert process.returncode == 0
