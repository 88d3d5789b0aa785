"""Failures of a node, or of the library that asks it, as errors of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import urllib3.exceptions
from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from requests.exceptions import RequestException
from web3.exceptions import ContractCustomError, Web3Exception, Web3RPCError

from tcss_chain.curve.errors import CurveDecodingError

from .artifacts import load_artifact
from .errors import ContractRefusedError, NodeError, RequestRefusedError
from .failover_provider import NoUsableNode

_CONTRACTS: Final = ("OpeningLog", "TCSS")
"""Whose errors are known by name; where both have the same one, the latter explains it."""


_TOO_MUCH: Final = ("HTTPError", "OversizedAnswer")
"""Other reasons of failure than a plain refusal for which a smaller request may succeed."""


@contextmanager
def node_errors(action: str) -> Iterator[None]:
    """
    Turn failures of the node's library into errors of this package.

    Parameters
    ----------
    action : str
        What is asked, for messages.

    Raises
    ------
    NodeError
        If the node fails; `RequestRefusedError` if it answers that it will not.
    ContractRefusedError
        If the contract reverts.
    """
    try:
        yield
    except ContractCustomError as error:
        raise _refusal(action, error) from None
    except Web3RPCError as error:
        raise RequestRefusedError(action, type(error).__name__) from None
    except (
        Web3Exception,
        RequestException,
        urllib3.exceptions.HTTPError,
        NoUsableNode,
        DecodingError,
    ) as error:
        # The library's message may hold the URL and with it a credential.
        raise NodeError(action, type(error).__name__) from None
    except (
        AttributeError,
        CurveDecodingError,
        LookupError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise NodeError(action, f"malformed answer, {type(error).__name__}") from None


def may_be_too_large(error: NodeError) -> bool:
    """Tell whether a smaller request may succeed where this one failed."""
    return isinstance(error, RequestRefusedError) or error.reason.endswith(_TOO_MUCH)


def _refusal(action: str, error: ContractCustomError) -> ContractRefusedError | NodeError:
    data = str(error.data)
    try:
        encoded = bytes.fromhex(data.removeprefix("0x"))
    except ValueError:
        return NodeError(action, "malformed revert data")
    known = _contract_errors().get(encoded[:4])
    if known is None:
        return ContractRefusedError(action, f"0x{encoded[:4].hex()}", {}, "an unknown error")
    name, inputs, notice = known
    try:
        values = abi_decode([_abi_type(item) for item in inputs], encoded[4:])
    except DecodingError:
        return NodeError(action, "malformed revert data")
    names = [item["name"] for item in inputs]
    shown = (f"0x{value.hex()}" if isinstance(value, bytes) else value for value in values)
    return ContractRefusedError(action, name, dict(zip(names, shown, strict=True)), notice)


@cache
def _contract_errors() -> dict[bytes, tuple[str, list[dict[str, Any]], str]]:
    errors = {}
    for artifact in map(load_artifact, _CONTRACTS):
        for item in artifact.abi:
            if item["type"] == "error":
                signature = f"{item['name']}({','.join(_abi_type(each) for each in item['inputs'])})"
                notice = artifact.error_notices.get(signature, "")
                errors[bytes(keccak(text=signature)[:4])] = (item["name"], item["inputs"], notice)
    return errors


def _abi_type(item: dict[str, Any]) -> str:
    return str(item["type"])
