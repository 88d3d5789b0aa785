"""Errors of the chain binding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tcss_chain.errors import TcssError


class ChainError(TcssError):
    """Base class: the chain, or the node that speaks for it, did not do what was asked."""


class NodeError(ChainError):
    """
    The node cannot be reached, or answers something that is no answer.

    Attributes
    ----------
    action : str
        What was asked.
    reason : str
        The kind of failure.
    """

    def __init__(self, action: str, reason: str) -> None:
        self.action = action
        self.reason = reason
        super().__init__(f"the node failed at {action} ({reason}); check the RPC URL and try again")


class RequestRefusedError(NodeError):
    """The node answers, but will not do what was asked; asking for less may help."""


class WitnessMissingError(ChainError):
    """
    Several nodes are configured, but fewer than two answer, so nobody confirms what one says.

    Attributes
    ----------
    answering : int
        How many answer.
    configured : int
        How many there are.
    """

    def __init__(self, answering: int, configured: int) -> None:
        self.answering = answering
        self.configured = configured
        super().__init__(
            f"only {answering} of {configured} nodes answers; nothing that cannot be undone is done until "
            "two say the same, look at the nodes that are down or configure another one"
        )


class AccountInUseError(ChainError):
    """
    Transactions of the account wait to be mined that this program did not send.

    Attributes
    ----------
    account : str
        The account.
    waiting : int
        How many.
    """

    def __init__(self, account: str, waiting: int) -> None:
        self.account = account
        self.waiting = waiting
        super().__init__(
            f"{waiting} transactions of {account} that were sent elsewhere are not mined yet; wait for them "
            "or replace them, and use this account nowhere else"
        )


class BroadcastRefusedError(NodeError):
    """
    Every node answers that it will not take a transaction, so none of them has it.

    Attributes
    ----------
    reason : str
        Why, as far as it is known.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("broadcasting a transaction", reason)


class NonceConsumedError(ChainError):
    """No node takes a transaction since its nonce is consumed: by the transaction itself, or by another."""

    def __init__(self) -> None:
        super().__init__("the nonce is consumed; look for the receipt before building anything anew")


class WrongChainError(ChainError):
    """
    A node is on another chain than the others, or than the one that is expected.

    Attributes
    ----------
    node : str
        Which node.
    chain_id : int
        The chain that it is on.
    expected : int
        The chain that it should be on.
    """

    def __init__(self, node: str, chain_id: int, expected: int) -> None:
        self.node = node
        self.chain_id = chain_id
        self.expected = expected
        super().__init__(
            f"{node} is on chain {chain_id} instead of chain {expected}; correct the RPC URLs or the chain id"
        )


class NoContractError(ChainError):
    """
    There is no contract at the address.

    Attributes
    ----------
    address : str
        Where it was looked for.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"no contract at {address} on this chain; check the address and the RPC URL")


class OpeningLogMissingError(ChainError):
    """
    The contract has no log of openings: it was deployed before there was one.

    Attributes
    ----------
    contract : str
        The contract.
    """

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(
            f"the contract {contract} has no opening log: it was deployed by an older version; deploy a new "
            "one with `tcss deploy`, and create the sessions there whose models are to be opened"
        )


class ContractRefusedError(ChainError):
    """
    The contract reverted with one of its errors.

    Attributes
    ----------
    action : str
        What was asked.
    error : str
        The error's name in the contract.
    arguments : mapping of str to Any
        Its arguments by name.
    """

    def __init__(self, action: str, error: str, arguments: Mapping[str, Any], notice: str = "") -> None:
        self.action = action
        self.error = error
        self.arguments = dict(arguments)
        listed = ", ".join(f"{name}={value}" for name, value in arguments.items())
        explanation = f": {notice}" if notice else ""
        super().__init__(f"the contract refuses {action} with {error}({listed}){explanation}")


class TransactionFailedError(ChainError):
    """
    A transaction was mined but reverted.

    Attributes
    ----------
    action : str
        What was asked.
    transaction_hash : str
        Which transaction.
    """

    def __init__(self, action: str, transaction_hash: str) -> None:
        self.action = action
        self.transaction_hash = transaction_hash
        super().__init__(
            f"{action} reverted in transaction {transaction_hash}; the state changed since it was simulated, "
            "look at the session and try again if it still applies"
        )


class TransactionTimeoutError(ChainError):
    """
    A transaction was not mined in time.

    Attributes
    ----------
    action : str
        What was asked.
    transaction_hash : str
        Which transaction.
    """

    def __init__(self, action: str, transaction_hash: str) -> None:
        self.action = action
        self.transaction_hash = transaction_hash
        super().__init__(
            f"{action}: transaction {transaction_hash} is not mined yet; wait, do not build it anew"
        )


class TransactionSupersededError(ChainError):
    """
    A transaction's nonce was consumed by another transaction that is not in the journal.

    Attributes
    ----------
    action : str
        What was asked.
    nonce : int
        The nonce.
    account : str
        The account.
    """

    def __init__(self, action: str, account: str, nonce: int) -> None:
        self.action = action
        self.nonce = nonce
        self.account = account
        super().__init__(
            f"{action}: another transaction of {account} took nonce {nonce}; use this account nowhere else, "
            "look at the session and try again if it still applies"
        )


class ChainContradictionError(ChainError):
    """
    The answers of a node contradict each other, the protocol, or those of another node.

    Attributes
    ----------
    what : str
        What does not fit.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"the chain contradicts itself: {what}; do not act on it, ask another node")
