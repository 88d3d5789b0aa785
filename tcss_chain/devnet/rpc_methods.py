"""Development node, JSON-RPC side.

Answers the part of Ethereum's JSON-RPC interface that web3 clients need, and anvil's methods for time travel
and snapshots, from an `EmbeddedChain`. Errors have the shape that geth and anvil give them: code 3 and the
revert data for a revert.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

from eth.abc import BlockHeaderAPI

from . import rpc_values as wire
from .embedded_chain import EmbeddedChain, MinedBlock
from .errors import (
    EmbeddedChainError,
    ExecutionRevertedError,
    RpcError,
    TimestampRefusedError,
)
from .rpc_values import INVALID_PARAMS, Json

_LOG = logging.getLogger(__name__)
_INVALID_REQUEST: Final = -32600
_METHOD_NOT_FOUND: Final = -32601
_INTERNAL_ERROR: Final = -32603
_SERVER_ERROR: Final = -32000
_REVERTED: Final = 3
_MAX_BATCH: Final = 100
_MAX_FEE_HISTORY: Final = 1024
_PRIORITY_FEE: Final = 10**9  # wei; the chain takes any, clients want a suggestion


class DevnetRpc:
    """
    JSON-RPC front of a development chain.

    Parameters
    ----------
    chain : EmbeddedChain
        The chain; this object is as little thread-safe as it is.
    finality_depth : int
        How many blocks the ``safe`` and ``finalized`` blocks lie behind the latest.
    """

    def __init__(self, chain: EmbeddedChain, *, finality_depth: int = 0) -> None:
        self._chain = chain
        self._finality_depth = finality_depth
        self._methods: dict[str, Callable[..., Json]] = {
            "web3_clientVersion": lambda: "tcss-devnet",
            "net_version": lambda: str(chain.chain_id),
            "eth_chainId": lambda: wire.quantity(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_accounts": self._no_accounts,
            "eth_blockNumber": lambda: wire.quantity(chain.height),
            "eth_gasPrice": self._gas_price,
            "eth_maxPriorityFeePerGas": lambda: wire.quantity(_PRIORITY_FEE),
            "eth_feeHistory": self._fee_history,
            "eth_getBalance": self._balance,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate_gas,
            "eth_sendRawTransaction": self._send_raw_transaction,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getLogs": self._logs,
            "evm_mine": self._mine,
            "evm_increaseTime": lambda seconds: chain.increase_time(wire.read_quantity(seconds, bits=63)),
            "evm_setNextBlockTimestamp": self._set_next_timestamp,
            "evm_snapshot": lambda: wire.quantity(chain.snapshot()),
            "evm_revert": lambda snapshot: chain.revert(wire.read_quantity(snapshot)),
        }

    def respond(self, payload: Json) -> Json:
        """
        Answer a request or a batch of requests.

        Parameters
        ----------
        payload : Json
            The decoded body of the request.

        Returns
        -------
        Json
            The response object, or a list of them for a batch.
        """
        if not isinstance(payload, list):
            return self._respond_one(payload)
        if not 0 < len(payload) <= _MAX_BATCH:
            return _error(None, _INVALID_REQUEST, f"a batch holds 1 to {_MAX_BATCH} requests")
        return [self._respond_one(request) for request in payload]

    def _respond_one(self, request: Json) -> Json:
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _error(None, _INVALID_REQUEST, "expected a JSON-RPC request object")
        identity, params = request.get("id"), request.get("params", [])
        if not isinstance(params, list):
            return _error(identity, INVALID_PARAMS, "expected an array of parameters")
        try:
            return {"jsonrpc": "2.0", "id": identity, "result": self._dispatch(request["method"], params)}
        except RpcError as error:
            return _error(identity, error.code, error.message, error.data)
        except ExecutionRevertedError as error:
            return _error(identity, _REVERTED, "execution reverted", wire.data(error.data))
        except TimestampRefusedError as error:
            return _error(identity, INVALID_PARAMS, str(error))
        except EmbeddedChainError as error:
            return _error(identity, _SERVER_ERROR, str(error))
        except Exception:  # noqa: BLE001 - the server goes on; the log tells its operator why
            _LOG.exception("request %s failed", request["method"][:64])
            return _error(identity, _INTERNAL_ERROR, "internal error of the development chain; see its log")

    def _dispatch(self, method: str, params: list[Json]) -> Json:
        handler = self._methods.get(method)
        if handler is None:
            raise RpcError(_METHOD_NOT_FOUND, f"method {method[:64]} not found")
        try:
            inspect.signature(handler).bind(*params)
        except TypeError as error:
            raise RpcError(INVALID_PARAMS, f"wrong number of parameters for {method}") from error
        return handler(*params)

    # ------------------------------------------------------------------ blocks

    def _number(self, tag: Json) -> int:
        if tag == "latest":
            return self._chain.height
        if tag in ("safe", "finalized"):
            return max(0, self._chain.height - self._finality_depth)
        if tag == "earliest":
            return 0
        return wire.read_quantity(tag, bits=64)

    def _found(self, tag: Json) -> MinedBlock | None:
        if isinstance(tag, dict):  # EIP-1898
            if "blockHash" in tag:
                return self._chain.block_by_hash(wire.read_hash(tag["blockHash"]))
            tag = tag.get("blockNumber")
        return self._chain.block(self._number(tag))

    def _header(self, tag: Json) -> BlockHeaderAPI:
        if tag == "pending":
            return self._chain.pending_header()
        block = self._found(tag)
        if block is None:
            raise RpcError(_SERVER_ERROR, "header not found")
        return block.header

    def _block_by_number(self, tag: Json, full: Json = False) -> Json:
        if tag == "pending":
            pending = MinedBlock(self._chain.pending_header(), (), (), 0)
            return wire.block_json(pending, full=False) | {"hash": None, "nonce": None}
        block = self._found(tag)
        return None if block is None else wire.block_json(block, full=full is True)

    def _block_by_hash(self, block_hash: Json, full: Json = False) -> Json:
        block = self._chain.block_by_hash(wire.read_hash(block_hash))
        return None if block is None else wire.block_json(block, full=full is True)

    # ------------------------------------------------------------------ accounts

    def _no_accounts(self) -> Json:
        return []  # this node signs for nobody

    def _balance(self, address: Json, tag: Json = "latest") -> Json:
        return wire.quantity(self._chain.balance(wire.read_address(address), self._header(tag)))

    def _transaction_count(self, address: Json, tag: Json = "latest") -> Json:
        return wire.quantity(self._chain.nonce(wire.read_address(address), self._header(tag)))

    def _code(self, address: Json, tag: Json = "latest") -> Json:
        return wire.data(self._chain.code(wire.read_address(address), self._header(tag)))

    def _storage(self, address: Json, slot: Json, tag: Json = "latest") -> Json:
        word = self._chain.storage(wire.read_address(address), wire.read_quantity(slot), self._header(tag))
        return wire.data(word.to_bytes(32, "big"))

    # ------------------------------------------------------------------ transactions

    def _call(self, request: Json, tag: Json = "latest") -> Json:
        return wire.data(self._chain.call(wire.read_call(request), self._header(tag)))

    def _estimate_gas(self, request: Json, tag: Json = "latest") -> Json:
        return wire.quantity(self._chain.estimate_gas(wire.read_call(request), self._header(tag)))

    def _send_raw_transaction(self, raw: Json) -> Json:
        return wire.data(self._chain.send_raw_transaction(wire.read_data(raw)))

    def _transaction(self, transaction_hash: Json) -> Json:
        place = self._chain.transaction(wire.read_hash(transaction_hash))
        return None if place is None else wire.transaction_json(*place)

    def _receipt(self, transaction_hash: Json) -> Json:
        place = self._chain.transaction(wire.read_hash(transaction_hash))
        return None if place is None else wire.receipt_json(*place)

    # ------------------------------------------------------------------ fees

    def _gas_price(self) -> Json:
        return wire.quantity(self._next_base_fee() + _PRIORITY_FEE)

    def _next_base_fee(self) -> int:
        return wire.base_fee(self._chain.pending_header())

    def _fee_history(self, count: Json, newest: Json, percentiles: Json = None) -> Json:
        last = self._chain.height if newest == "pending" else self._number(newest)
        if self._chain.block(last) is None:
            raise RpcError(_SERVER_ERROR, "header not found")
        wanted = min(wire.read_quantity(count), _MAX_FEE_HISTORY, last + 1)
        if not wanted:
            return {"oldestBlock": wire.quantity(0), "baseFeePerGas": [], "gasUsedRatio": []}
        blocks = [block for block in map(self._chain.block, range(last - wanted + 1, last + 1)) if block]
        following = self._chain.block(last + 1)
        fee_after = self._next_base_fee() if following is None else wire.base_fee(following.header)
        history: dict[str, Json] = {
            "oldestBlock": wire.quantity(last - wanted + 1),
            "baseFeePerGas": [wire.quantity(wire.base_fee(block.header)) for block in blocks]
            + [wire.quantity(fee_after)],
            "gasUsedRatio": [block.header.gas_used / block.header.gas_limit for block in blocks],
        }
        if isinstance(percentiles, list) and percentiles:
            history["reward"] = [[wire.quantity(_PRIORITY_FEE)] * len(percentiles) for _ in blocks]
        return history

    # ------------------------------------------------------------------ logs

    def _logs(self, criteria: Json) -> Json:
        if not isinstance(criteria, dict):
            raise RpcError(INVALID_PARAMS, "expected a filter object")
        addresses = _address_choice(criteria.get("address"))
        topics = _topic_choices(criteria.get("topics"))
        return [
            log
            for block in self._filtered_blocks(criteria)
            for index in range(len(block.transactions))
            for log in wire.logs_json(block, index)
            if _matches(log, addresses, topics)
        ]

    def _filtered_blocks(self, criteria: dict[str, Json]) -> Iterator[MinedBlock]:
        if "blockHash" in criteria:
            block = self._chain.block_by_hash(wire.read_hash(criteria["blockHash"]))
            if block is None:
                raise RpcError(_SERVER_ERROR, "unknown block")
            yield block
            return
        first, last = (
            self._chain.height if tag in (None, "pending") else self._number(tag)
            for tag in (criteria.get("fromBlock"), criteria.get("toBlock"))
        )
        if first > last:
            raise RpcError(INVALID_PARAMS, "invalid block range: fromBlock lies after toBlock")
        for number in range(first, min(last, self._chain.height) + 1):
            block = self._chain.block(number)
            if block is not None:
                yield block

    # ------------------------------------------------------------------ time travel

    def _mine(self, options: Json = None) -> Json:
        timestamp = options.get("timestamp") if isinstance(options, dict) else options
        self._chain.mine(None if timestamp is None else wire.read_quantity(timestamp, bits=63))
        return wire.quantity(0)

    def _set_next_timestamp(self, timestamp: Json) -> Json:
        self._chain.set_next_timestamp(wire.read_quantity(timestamp, bits=63))
        return None


def _error(identity: Json, code: int, message: str, data: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": identity, "error": error}


def _address_choice(value: Json) -> frozenset[bytes] | None:
    if value is None:
        return None
    return frozenset(map(wire.read_address, value if isinstance(value, list) else [value]))


def _topic_choices(value: Json) -> list[frozenset[bytes] | None]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RpcError(INVALID_PARAMS, "expected an array of topics")
    return [
        None
        if choice is None or choice == []
        else frozenset(map(wire.read_hash, choice if isinstance(choice, list) else [choice]))
        for choice in value
    ]


def _matches(
    log: dict[str, Json], addresses: frozenset[bytes] | None, topics: list[frozenset[bytes] | None]
) -> bool:
    if addresses and bytes.fromhex(log["address"][2:]) not in addresses:
        return False
    if len(topics) > len(log["topics"]):
        return False
    return all(
        choice is None or bytes.fromhex(topic[2:]) in choice
        for choice, topic in zip(topics, log["topics"], strict=False)
    )
