"""JSON-RPC values.

Decoding of the parameters and encoding of the results of Ethereum's JSON-RPC interface: quantities without
leading zeros, data with two hex digits a byte, camel-case objects.
"""

from __future__ import annotations

from typing import Any, Final, cast

from eth._utils.address import generate_contract_address
from eth.abc import BlockHeaderAPI, SignedTransactionAPI
from eth_utils import to_checksum_address

from .embedded_chain import MinedBlock
from .embedded_execution import CallRequest
from .errors import RpcError

INVALID_PARAMS: Final = -32602
Json = Any

# --------------------------------------------------------------------------- parameters


def read_quantity(value: Json, *, bits: int = 256) -> int:
    """
    Decode an unsigned integer.

    Parameters
    ----------
    value : Json
        Hex string with ``0x``, or a JSON integer as anvil accepts it.
    bits : int
        Largest bit length.

    Returns
    -------
    int
        The number.

    Raises
    ------
    RpcError
        If it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RpcError(INVALID_PARAMS, "expected a quantity")
    if isinstance(value, str):
        if not value.startswith("0x") or not 2 < len(value) <= 66:
            raise RpcError(INVALID_PARAMS, "expected a quantity as a hex string with 0x")
        try:
            value = int(value[2:], 16)
        except ValueError as error:
            raise RpcError(INVALID_PARAMS, "expected a quantity as a hex string with 0x") from error
    if not 0 <= value < 1 << bits:
        raise RpcError(INVALID_PARAMS, f"quantity does not fit in {bits} bits")
    return int(value)


def read_data(value: Json, *, length: int | None = None) -> bytes:
    """
    Decode a byte string.

    Parameters
    ----------
    value : Json
        Hex string with ``0x``.
    length : int, optional
        Required number of bytes.

    Returns
    -------
    bytes
        The bytes.

    Raises
    ------
    RpcError
        If it is no such string.
    """
    if not isinstance(value, str) or not value.startswith("0x"):
        raise RpcError(INVALID_PARAMS, "expected data as a hex string with 0x")
    try:
        data = bytes.fromhex(value[2:])
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, "expected data as a hex string with 0x") from error
    if length is not None and len(data) != length:
        raise RpcError(INVALID_PARAMS, f"expected {length} bytes, not {len(data)}")
    return data


def read_address(value: Json) -> bytes:
    """Decode a 20-byte address; `RpcError` if it is none."""
    return read_data(value, length=20)


def read_hash(value: Json) -> bytes:
    """Decode a 32-byte hash; `RpcError` if it is none."""
    return read_data(value, length=32)


def read_call(value: Json) -> CallRequest:
    """
    Decode the call object of ``eth_call`` and ``eth_estimateGas``.

    Parameters
    ----------
    value : Json
        Its fields ``from``, ``to``, ``gas``, ``value``, ``input`` or ``data`` count; fees and nonce are
        ignored.

    Returns
    -------
    CallRequest
        The message.

    Raises
    ------
    RpcError
        If a field is malformed.
    """
    if not isinstance(value, dict):
        raise RpcError(INVALID_PARAMS, "expected a call object")
    data = value.get("input", value.get("data"))
    to, gas = value.get("to"), value.get("gas")
    return CallRequest(
        sender=read_address(value.get("from", "0x" + "00" * 20)),
        to=b"" if to in (None, "", "0x") else read_address(to),
        data=b"" if data is None else read_data(data),
        value=read_quantity(value.get("value", 0)),
        gas=None if gas is None else read_quantity(gas, bits=64),
    )


# --------------------------------------------------------------------------- results


def quantity(value: int) -> str:
    """Encode an unsigned integer."""
    return hex(value)


def data(value: bytes) -> str:
    """Encode a byte string."""
    return "0x" + value.hex()


def address_or_none(value: bytes) -> str | None:
    """Encode an address; py-evm's empty recipient of a contract creation becomes null."""
    return to_checksum_address(value) if value else None


def block_json(block: MinedBlock, *, full: bool) -> dict[str, Json]:
    """
    Encode a block.

    Parameters
    ----------
    block : MinedBlock
        The block.
    full : bool
        Whether to include whole transactions rather than their hashes.

    Returns
    -------
    dict
        The object that ``eth_getBlockByNumber`` returns.
    """
    header: Any = block.header
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": to_checksum_address(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "totalDifficulty": quantity(0),
        "extraData": data(header.extra_data),
        "size": quantity(block.size),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "mixHash": data(header.mix_hash),
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "withdrawals": [],
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),
        "uncles": [],
        "transactions": [
            transaction_json(block, index) if full else data(transaction.hash)
            for index, transaction in enumerate(block.transactions)
        ],
    }


def transaction_json(block: MinedBlock, index: int) -> dict[str, Json]:
    """
    Encode a mined transaction.

    Parameters
    ----------
    block : MinedBlock
        Its block.
    index : int
        Its place there.

    Returns
    -------
    dict
        The object that ``eth_getTransactionByHash`` returns.
    """
    transaction: Any = block.transactions[index]
    kind = _type_of(transaction)
    encoded: dict[str, Json] = {
        **_position(block, index),
        "hash": encoded_hash(transaction),
        "type": quantity(kind),
        "chainId": quantity(transaction.chain_id),
        "nonce": quantity(transaction.nonce),
        "from": to_checksum_address(transaction.sender),
        "to": address_or_none(transaction.to),
        "value": quantity(transaction.value),
        "gas": quantity(transaction.gas),
        "gasPrice": quantity(_paid_price(transaction, block.header)),
        "input": data(transaction.data),
        "r": quantity(transaction.r),
        "s": quantity(transaction.s),
    }
    if kind == 0:
        return encoded | {"v": quantity(transaction.v)}
    encoded |= {
        "v": quantity(transaction.y_parity),
        "yParity": quantity(transaction.y_parity),
        "accessList": [
            {
                "address": to_checksum_address(account),
                "storageKeys": [data(slot.to_bytes(32, "big")) for slot in slots],
            }
            for account, slots in transaction.access_list
        ],
    }
    if kind == 2:
        encoded |= {
            "maxFeePerGas": quantity(transaction.max_fee_per_gas),
            "maxPriorityFeePerGas": quantity(transaction.max_priority_fee_per_gas),
        }
    return encoded


def receipt_json(block: MinedBlock, index: int) -> dict[str, Json]:
    """
    Encode a receipt.

    Parameters
    ----------
    block : MinedBlock
        Block of the transaction.
    index : int
        Its place there.

    Returns
    -------
    dict
        The object that ``eth_getTransactionReceipt`` returns.
    """
    transaction, receipt = block.transactions[index], block.receipts[index]
    earlier = block.receipts[index - 1].gas_used if index else 0
    created = generate_contract_address(transaction.sender, transaction.nonce) if not transaction.to else b""
    return {
        **_position(block, index),
        "transactionHash": encoded_hash(transaction),
        "type": quantity(_type_of(transaction)),
        "from": to_checksum_address(transaction.sender),
        "to": address_or_none(transaction.to),
        "contractAddress": address_or_none(created),
        "cumulativeGasUsed": quantity(receipt.gas_used),
        "gasUsed": quantity(receipt.gas_used - earlier),
        "effectiveGasPrice": quantity(_paid_price(transaction, block.header)),
        "status": quantity(int.from_bytes(receipt.state_root, "big")),
        "logsBloom": data(receipt.bloom.to_bytes(256, "big")),
        "logs": logs_json(block, index),
    }


def logs_json(block: MinedBlock, index: int) -> list[dict[str, Json]]:
    """
    Encode the logs of one transaction.

    Parameters
    ----------
    block : MinedBlock
        Its block.
    index : int
        Its place there.

    Returns
    -------
    list of dict
        Log objects in order of emission, with indices counted from the start of the block.
    """
    first = sum(len(receipt.logs) for receipt in block.receipts[:index])
    return [
        {
            **_position(block, index),
            "transactionHash": encoded_hash(block.transactions[index]),
            "logIndex": quantity(first + place),
            "address": to_checksum_address(log.address),
            "topics": [data(topic.to_bytes(32, "big")) for topic in log.topics],
            "data": data(log.data),
            "removed": False,
        }
        for place, log in enumerate(block.receipts[index].logs)
    ]


def base_fee(header: BlockHeaderAPI) -> int:
    """Read the base fee of a block in wei per gas; every header of this chain has one."""
    return cast(int, header.base_fee_per_gas)


def encoded_hash(transaction: SignedTransactionAPI) -> str:
    """Encode a transaction's hash."""
    return data(transaction.hash)


def _position(block: MinedBlock, index: int) -> dict[str, Json]:
    return {
        "blockHash": data(block.header.hash),
        "blockNumber": quantity(block.header.block_number),
        "transactionIndex": quantity(index),
    }


def _type_of(transaction: SignedTransactionAPI) -> int:
    return getattr(transaction, "type_id", None) or 0


def _paid_price(transaction: SignedTransactionAPI, header: BlockHeaderAPI) -> int:
    # Older transaction types report their one price under both names.
    return min(transaction.max_fee_per_gas, base_fee(header) + transaction.max_priority_fee_per_gas)
