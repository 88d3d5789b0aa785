"""A chain that a test may kill, rewind, hold up or lie about, and the end that every session must come to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from eth_typing import ChecksumAddress
from eth_utils import keccak

from tcss_chain.chain.deployment import deploy
from tcss_chain.devnet.anvil import AnvilDevnet
from tcss_chain.protocol.session import Fault

from .fleet import Fleet
from .operators import Operator
from .proxy_node import Answer, ProxyNode
from .raw_server import unused_port

STATE_OF = f"0x{keccak(text='stateOf(bytes32)')[:4].hex()}"
_WORD = 64


class FaultyChain:
    """anvil with the contract, on a port that stays the same when it is killed and started again."""

    def __init__(self, binary: Path, folder: Path, *, block_interval: float | None = None) -> None:
        self.state_file = folder / "chain.json"
        self._anvil = AnvilDevnet(
            binary=binary, port=unused_port(), block_interval=block_interval, state_file=self.state_file
        )
        self._anvil.start()
        self.url = self._anvil.rpc_url
        self.funder = self._anvil.accounts[1]
        self.contract, _ = deploy(self.url, self._anvil.accounts[0])

    def fleet(self, folder: Path, rpc_urls: Iterable[str] = (), **options: Any) -> Fleet:
        """Organisations on this chain, by its own URL unless others are given."""
        return Fleet(folder, list(rpc_urls) or [self.url], self.contract, self.funder, **options)

    def rpc(self, method: str, *params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = requests.post(self.url, json=request, timeout=30).json()
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    @property
    def head(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.rpc("evm_mine")

    def move_to(self, moment: int) -> None:
        """Mine a block with this time; the chain's clock goes on from there."""
        self.rpc("evm_setNextBlockTimestamp", moment)
        self.mine()

    def mine_until(self, fleet: Fleet, holds: Callable[[], bool], what: str, seconds: float = 90) -> None:
        """Mine a block every fifth of a second until something holds; no block is mined after that."""

        def holds_or_mined() -> bool:
            if holds():
                return True
            self.mine()
            time.sleep(0.2)
            return False

        fleet.wait_until(holds_or_mined, what, seconds)

    @contextmanager
    def not_mining(self) -> Iterator[None]:
        """Keep transactions in the pool meanwhile, and mine them afterwards."""
        self.rpc("evm_setAutomine", False)
        yield
        self.rpc("evm_setAutomine", True)
        self.mine()

    def rewind_to(self, block: int) -> None:
        """Take all blocks after this one away, with their transactions."""
        while (depth := self.head - block) > 0:
            self.rpc("anvil_rollback", depth)

    def block_of(self, transaction_hash: str) -> int | None:
        receipt = self.rpc("eth_getTransactionReceipt", transaction_hash)
        return None if receipt is None else int(receipt["blockNumber"], 16)

    def transactions(self, start: int = 0) -> list[dict[str, Any]]:
        """All transactions from a block on, in the chain's order."""
        blocks = (
            self.rpc("eth_getBlockByNumber", hex(number), True) for number in range(start, self.head + 1)
        )
        return [each for block in blocks for each in block["transactions"]]

    def raw(self, transaction_hash: str) -> str:
        return str(self.rpc("eth_getRawTransactionByHash", transaction_hash))

    def waiting(self) -> list[dict[str, Any]]:
        """The transactions that are in the pool, whoever sent them."""
        content = self.rpc("txpool_content")
        by_account = [*content["pending"].values(), *content["queued"].values()]
        return [each for by_nonce in by_account for each in by_nonce.values()]

    def kill(self) -> None:
        """SIGKILL, once all blocks there are now are in the state file."""
        head, end = self.head, time.monotonic() + 20
        while (saved := self._saved()) is None or json.loads(saved)["best_block_number"] < head:
            assert time.monotonic() < end, "the chain's state was never written"
            time.sleep(0.02)
        self._anvil.kill()
        if self._saved() is None:  # killed while it wrote
            self.state_file.write_text(saved)

    def start_again(self) -> None:
        """Start from the state file, on the same port."""
        self._anvil.start()

    def stop(self) -> None:
        self._anvil.stop()

    def _saved(self) -> str | None:
        try:
            text = self.state_file.read_text()
            json.loads(text)
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return text


@contextmanager
def faulty_chain(binary: Path, folder: Path, *, block_interval: float | None = None) -> Iterator[FaultyChain]:
    """Run a chain until the end of the block."""
    chain = FaultyChain(binary, folder, block_interval=block_interval)
    try:
        yield chain
    finally:
        chain.stop()


def start_each(fleet: Fleet, operators: Iterable[Operator] | None = None) -> None:
    """Run every operator's service in a process of its own."""
    for operator in fleet.operators if operators is None else operators:
        fleet.start(operator)


def alarms(operator: Operator) -> set[str]:
    """The names of the alarms that ``/health`` shows."""
    try:
        health = requests.get(f"http://{operator.monitor}/health", timeout=5).json()
    except requests.ConnectionError:
        return set()
    return {each["name"] for each in health.get("alarms", [])}


def metric(operator: Operator, name: str) -> float:
    """One figure of ``/metrics``."""
    text = requests.get(f"http://{operator.monitor}/metrics", timeout=5).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} "))


def kinds(operator: Operator) -> list[str]:
    """The kinds of the transactions that an operator signed, in order."""
    signed = (moment.removesuffix(".signed") for moment in operator.reached() if moment.endswith(".signed"))
    return [kind for kind in signed if kind != "acceptance"]


def finish(
    fleet: Fleet,
    sid: bytes,
    *,
    holders: Iterable[Operator] | None = None,
    faults: Mapping[ChecksumAddress, Fault] | None = None,
    bond: int = 1000,
    absent: Iterable[Operator] = (),
    erased: Mapping[ChecksumAddress, int] | None = None,
    seconds: float = 60,
) -> None:
    """
    Wait until the holders have erased all but their shares, stop everybody, check shares, faults and bonds.

    Everybody who is not named has no fault and its whole bond; the absent have paid none. Who erased secrets
    of other sessions before is named in ``erased``, with how often it will have done so.
    """
    holders = list(fleet.operators if holders is None else holders)
    for operator in holders:
        count = (erased or {}).get(operator.address, 1)
        fleet.await_moment(operator, "secrets.erased", count, seconds)
    assert_faults(fleet, sid, faults or {}, bond, absent)
    fleet.stop(fleet.operators)
    fleet.assert_consistent(sid, holders)
    assert_faults(fleet, sid, faults or {}, bond, absent)


def assert_faults(
    fleet: Fleet,
    sid: bytes,
    faults: Mapping[ChecksumAddress, Fault],
    bond: int = 1000,
    absent: Iterable[Operator] = (),
) -> None:
    """Exactly these faults, half of the bond gone for each of them, and nothing else."""
    gone = {each.address for each in absent}
    for member in fleet.reads.members(sid):
        assert member.fault is faults.get(member.account, Fault.NONE), member
        due = 0 if member.account in gone else bond - bond // 2 * (member.account in faults)
        assert fleet.reads.bond(sid, member.account) == due


def lies_about_the_roster(node: ProxyNode) -> None:
    """The node tells of another roster hash, consistently, whenever a session's state is asked for."""

    def change(params: list[Any], truth: Callable[[], Answer]) -> Answer:
        answer = truth()
        data = params[0].get("data") or params[0].get("input") or ""
        if not data.startswith(STATE_OF) or "result" not in answer:
            return answer
        words = _words(answer["result"])
        if int(words[8], 16):
            words[8] = keccak(hexstr=words[8]).hex()
        return {"result": "0x" + "".join(words)}

    node.changes["eth_call"] = change


def lies_about_a_join(node: ProxyNode, joined_topic: str) -> None:
    """In every join that the node tells of, the encryption key is the dealing key."""

    def change(_params: list[Any], truth: Callable[[], Answer]) -> Answer:
        answer = truth()
        for log in answer.get("result", []):
            if log["topics"][0] == joined_topic:
                seat, _, _, *rest = _words(log["data"])
                log["data"] = "0x" + "".join([seat, *rest[:2], *rest])
        return answer

    node.changes["eth_getLogs"] = change


def lags_at(node: ProxyNode, block: int) -> None:
    """The node knows no block after this one, and takes no transactions."""
    newest = hex(block)

    def as_of(method: str, position: int) -> None:
        def change(params: list[Any], _truth: Callable[[], Answer]) -> Answer:
            tag = params[position] if len(params) > position else "latest"
            known = newest if tag in ("latest", "pending") else tag
            changed = [*params[:position], known, *params[position + 1 :]]
            if isinstance(known, str) and known.startswith("0x") and int(known, 16) > block:
                return {"error": {"code": -32000, "message": "header not found"}}
            return node.ask(method, changed)

        node.changes[method] = change

    for method, position in (
        ("eth_call", 1), ("eth_getTransactionCount", 1), ("eth_getBalance", 1), ("eth_getCode", 1),
        ("eth_getBlockByNumber", 0),
    ):  # fmt: skip
        as_of(method, position)
    node.says("eth_blockNumber", newest)

    def receipt(_params: list[Any], truth: Callable[[], Answer]) -> Answer:
        answer = truth()
        mined = answer.get("result")
        return {"result": None} if mined and int(mined["blockNumber"], 16) > block else answer

    node.changes["eth_getTransactionReceipt"] = receipt
    node.refuses("eth_sendRawTransaction", "still syncing")


def _words(data: str) -> list[str]:
    digits = data.removeprefix("0x")
    return [digits[at : at + _WORD] for at in range(0, len(digits), _WORD)]
