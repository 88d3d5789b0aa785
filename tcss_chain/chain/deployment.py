"""Deploying the contract."""

from __future__ import annotations

from threading import Lock

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils import to_checksum_address

from .artifacts import load_artifact
from .connection import connect
from .errors import NodeError
from .transactions import MinedTransaction, send_transaction


def deploy(rpc_url: str, account: LocalAccount) -> tuple[ChecksumAddress, MinedTransaction]:
    """
    Deploy the contract; it deploys its two verifiers itself.

    Parameters
    ----------
    rpc_url : str
        The node's JSON-RPC endpoint.
    account : LocalAccount
        Who pays. The contract has no owner.

    Returns
    -------
    address : ChecksumAddress
        Where the contract is.
    transaction : MinedTransaction
        The transaction that made it.

    Raises
    ------
    NodeError
        If the node fails.
    """
    w3 = connect(rpc_url)
    artifact = load_artifact("TCSS")
    constructor = w3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode).constructor()
    mined = send_transaction(w3, account, constructor, "deploy", 0, Lock())
    address = mined.receipt["contractAddress"]
    if address is None:
        raise NodeError("deploy", "a receipt without contract address")
    return to_checksum_address(address), mined
