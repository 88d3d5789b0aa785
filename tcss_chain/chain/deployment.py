"""Deploying the contract."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils import to_checksum_address

from .artifacts import load_artifact
from .connection import connect
from .errors import NodeError
from .mined_transaction import MinedTransaction
from .single_transaction import send_transaction


def deploy(rpc_urls: str | Sequence[str], account: LocalAccount) -> tuple[ChecksumAddress, MinedTransaction]:
    """
    Deploy the contract; it deploys its two verifiers and its opening log itself.

    Parameters
    ----------
    rpc_urls : str or sequence of str
        The JSON-RPC endpoints of one or several nodes of the same chain.
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
    w3 = connect(rpc_urls)
    artifact = load_artifact("TCSS")
    constructor = w3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode).constructor()
    mined = send_transaction(w3, account, constructor, "deploy", 0, Lock())
    address = mined.receipt["contractAddress"]
    if address is None:
        raise NodeError("deploy", "a receipt without contract address")
    return to_checksum_address(address), mined
