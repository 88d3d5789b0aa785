"""A connection to a node: every failure of the node or of its library becomes an error of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, TypeVar

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from eth_utils import keccak
from requests.exceptions import RequestException
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractCustomError, Web3Exception

from tcss_chain.curve.errors import CurveDecodingError

from .artifacts import load_artifact
from .bounded_provider import BoundedProvider
from .errors import ContractRefusedError, NoContractError, NodeError

REQUEST_SECONDS: Final = 60
"""How long one request to a node may take."""

_Result = TypeVar("_Result")


class Connection:
    """
    One node and one contract on its chain.

    Parameters
    ----------
    rpc_url : str
        The node's JSON-RPC endpoint. It may hold a credential, so it is never shown.
    contract : ChecksumAddress
        Where the contract is.

    Raises
    ------
    NodeError
        If the node does not answer.
    NoContractError
        If there is no code at the address.
    """

    def __init__(self, rpc_url: str, contract: ChecksumAddress) -> None:
        self.w3 = connect(rpc_url)
        self.contract_address = contract
        with node_errors("connecting"):
            self.chain_id: Final = int(self.w3.eth.chain_id)
            if not self.w3.eth.get_code(contract):
                raise NoContractError(contract)
        self.contract: Final[Contract] = self.w3.eth.contract(contract, abi=load_artifact("TCSS").abi)

    def __repr__(self) -> str:
        return f"Connection(contract={self.contract_address}, chain_id={self.chain_id})"

    def ask(self, action: str, request: Callable[[], _Result]) -> _Result:
        """
        Run a request of the library, with its failures turned into errors of this package.

        Parameters
        ----------
        action : str
            What is asked, for messages.
        request : callable
            The request.

        Returns
        -------
        Any
            What the request returns.

        Raises
        ------
        NodeError
            If the node fails.
        ContractRefusedError
            If the contract reverts.
        """
        with node_errors(action):
            return request()

    def chain_time(self) -> int:
        """Read the timestamp of the latest block, Unix seconds."""
        return self.ask("reading the latest block", lambda: int(self.w3.eth.get_block("latest")["timestamp"]))

    def block_number(self) -> int:
        """Read the number of the latest block."""
        return self.ask("reading the block number", lambda: int(self.w3.eth.block_number))


def connect(rpc_url: str) -> Web3:
    """
    Make a client for a node; nothing is sent yet.

    Parameters
    ----------
    rpc_url : str
        The node's JSON-RPC endpoint, http or https.

    Returns
    -------
    Web3
        The client, which retries nothing by itself, follows no redirect, and bounds every answer.
    """
    kwargs = {"timeout": REQUEST_SECONDS, "allow_redirects": False}
    return Web3(BoundedProvider(rpc_url, request_kwargs=kwargs, exception_retry_configuration=None))


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
        If the node fails.
    ContractRefusedError
        If the contract reverts.
    """
    try:
        yield
    except ContractCustomError as error:
        raise _refusal(action, error) from None
    except (Web3Exception, RequestException, DecodingError) as error:
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
    artifact = load_artifact("TCSS")
    errors = {}
    for item in artifact.abi:
        if item["type"] == "error":
            signature = f"{item['name']}({','.join(_abi_type(each) for each in item['inputs'])})"
            notice = artifact.error_notices.get(signature, "")
            errors[bytes(keccak(text=signature)[:4])] = (item["name"], item["inputs"], notice)
    return errors


def _abi_type(item: dict[str, Any]) -> str:
    return str(item["type"])
