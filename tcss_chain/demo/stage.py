"""Where the demonstration plays: a chain, and an account that pays for everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from web3.types import Nonce, TxParams, Wei

from tcss_chain.chain.connection import connect, node_errors
from tcss_chain.chain.errors import NodeError
from tcss_chain.devnet.anvil import AnvilDevnet
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet

from .errors import FunderError

GAS_ALLOWANCE: Final = 6_000_000
"""How much gas each account of the demonstration can pay for."""

_TRANSFER_GAS: Final = 21_000
_RECEIPT_SECONDS: Final = 120


class ChainKind(StrEnum):
    """Which chain the demonstration starts for itself."""

    EMBEDDED = "embedded"
    ANVIL = "anvil"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    A chain for the demonstration.

    Attributes
    ----------
    description : str
        What it is, for people.
    rpc_url : str
        Its JSON-RPC endpoint.
    funder : LocalAccount
        Who pays.
    can_travel : bool
        Whether its clock can be moved.
    """

    description: str
    rpc_url: str = field(repr=False)
    funder: LocalAccount = field(repr=False)
    can_travel: bool

    def fund(self, accounts: list[ChecksumAddress], bond: int) -> None:
        """
        Give every account the bond and gas for its transactions.

        Raises
        ------
        NodeError
            If the node fails, or the funder has too little.
        """
        w3 = connect(self.rpc_url)
        with node_errors("funding the accounts"):
            fee = 2 * int(w3.eth.get_block("latest").get("baseFeePerGas", 0)) + int(w3.eth.max_priority_fee)
            amount = bond + GAS_ALLOWANCE * fee
            nonce = w3.eth.get_transaction_count(self.funder.address, "pending")
            hashes = []
            for offset, account in enumerate(accounts):
                transfer: TxParams = {
                    "to": account,
                    "value": Wei(amount),
                    "gas": _TRANSFER_GAS,
                    "maxFeePerGas": Wei(fee),
                    "maxPriorityFeePerGas": w3.eth.max_priority_fee,
                    "nonce": Nonce(nonce + offset),
                    "chainId": w3.eth.chain_id,
                    "type": 2,
                }
                signed = self.funder.sign_transaction(cast(dict[str, object], transfer))  # type: ignore[arg-type]
                hashes.append(w3.eth.send_raw_transaction(signed.raw_transaction))
            for transaction_hash in hashes:
                receipt = w3.eth.wait_for_transaction_receipt(transaction_hash, _RECEIPT_SECONDS, 0.02)
                if receipt["status"] != 1:
                    raise NodeError("funding the accounts", "a transfer failed")

    def travel_to(self, timestamp: int) -> None:
        """Move the chain's clock forward and mine a block, where the chain can do that."""
        provider = connect(self.rpc_url).provider
        with node_errors("moving the clock"):
            provider.make_request("evm_setNextBlockTimestamp", [timestamp])  # type: ignore[arg-type]
            provider.make_request("evm_mine", [])  # type: ignore[arg-type]


@contextmanager
def open_stage(kind: ChainKind, rpc_url: str | None, funder_key: str | None) -> Iterator[Stage]:
    """
    Start a chain, or take the one that is named.

    Parameters
    ----------
    kind : ChainKind
        What to start when no URL is given.
    rpc_url : str or None
        A chain that runs already.
    funder_key : str or None
        The private key of an account on that chain that pays.

    Yields
    ------
    Stage
        The chain.

    Raises
    ------
    FunderError
        If a chain is named but no usable key.
    AnvilMissingError
        If anvil is wanted but not installed.
    """
    if rpc_url is not None:
        yield Stage("the chain behind the given URL", rpc_url, _funder(funder_key), can_travel=False)
    elif kind is ChainKind.ANVIL:
        with AnvilDevnet() as anvil:
            yield Stage("anvil, started for this run", anvil.rpc_url, anvil.accounts[0], can_travel=True)
    else:
        with EmbeddedDevnet() as embedded:
            yield Stage(
                "embedded chain (py-evm), started for this run",
                embedded.rpc_url,
                embedded.accounts[0],
                can_travel=True,
            )


def _funder(key: str | None) -> LocalAccount:
    try:
        return cast(LocalAccount, Account.from_key(key or ""))
    except Exception:  # noqa: BLE001  # the library's message may hold the key
        raise FunderError from None
