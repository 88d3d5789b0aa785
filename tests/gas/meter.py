"""A chain with the contract on it, on which transactions are repeatable to the unit of gas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from eth_account.signers.local import LocalAccount

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS, MinedTransaction

from .seeded_randomness import SeededRandomness

START = 4_000_000_001
"""The chain's time when a session is created: later than every clock, and every run the same."""

PATIENCE_SECONDS = 300
"""For a chain that executes the largest transactions on a busy machine."""


class GasMeter:
    """
    Deploys the contract, and keeps what transactions cost.

    Parameters
    ----------
    rpc_url : str
        A development chain on which nothing has happened yet.
    accounts : tuple of LocalAccount
        Its funded accounts. The first one deploys, so that their number does not change the contract's
        address.
    randomness : SeededRandomness
        What this process draws.
    """

    def __init__(
        self, rpc_url: str, accounts: tuple[LocalAccount, ...], randomness: SeededRandomness
    ) -> None:
        self.accounts = accounts[1:]
        self.randomness = randomness
        self.figures: dict[str, int] = {}
        address, deployed = deploy(rpc_url, accounts[0])
        self.connection = Connection(rpc_url, address, request_seconds=PATIENCE_SECONDS)
        self.deployment = self.cost(deployed)

    def cost(self, mined: MinedTransaction) -> int:
        """The gas of a transaction, which one transaction may cost."""
        assert mined.gas_used <= MAX_TRANSACTION_GAS, mined.kind
        return mined.gas_used

    def note(self, kind: str, *transactions: MinedTransaction) -> None:
        """Keep the cost of a kind of transaction: the dearest one's, if there are several of the kind."""
        self.note_figure(kind, max(self.cost(mined) for mined in transactions))

    def note_total(self, kind: str, transactions: Iterable[MinedTransaction]) -> None:
        """Keep what several transactions cost together."""
        self.note_figure(kind, sum(mined.gas_used for mined in transactions))

    def note_figure(self, kind: str, figure: int) -> None:
        assert kind not in self.figures, f"{kind} was measured before"
        self.figures[kind] = figure

    @contextmanager
    def session(self, label: str) -> Iterator[dict[str, int]]:
        """
        Start from the bare contract, at the same time and with the same randomness every time.

        The context gives the figures that are noted while it lasts; then all of it is undone.
        """
        self.figures = {}
        with self.undone():
            self._request("evm_setNextBlockTimestamp", [START])
            self._request("evm_mine", [])
            self.randomness.start_again(label)
            yield self.figures

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what happens in the context."""
        snapshot = self._request("evm_snapshot", [])
        yield
        assert self._request("evm_revert", [snapshot]) is True

    @contextmanager
    def apart(self, label: str) -> Iterator[None]:
        """Undo what happens in the context, which draws the same randomness whatever else is measured."""
        with self.undone():
            self.randomness.start_again(label)
            yield

    def _request(self, method: str, arguments: list[Any]) -> Any:
        provider: Any = self.connection.w3.provider
        return provider.make_request(method, arguments)["result"]
