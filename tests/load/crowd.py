"""One contract with very many sessions, of which a tenth has a record."""

from __future__ import annotations

from collections.abc import Iterator

from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from support.consortium import Consortium
from support.direct_consortium import DirectConsortium
from support.tracing import trace

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import MinedTransaction

EVERY = 10
"""One session in so many has a record."""

_TRANSACTION = 21_000
_ZERO_BYTE, _OTHER_BYTE = 4, 16


class Crowd:
    """
    Brings honest sessions of four to activation, one after the other, by the same accounts.

    Parameters
    ----------
    connection : Connection
        A contract without sessions.
    accounts : tuple of LocalAccount
        Funded accounts, seven at least.

    Attributes
    ----------
    sids : list of bytes
        The sessions, in the order of their creation.
    recorded : list of bytes
        Those that have a record.
    accused : ChecksumAddress
        Who is convicted in each of them.
    execution : dict of str to list of int
        For every kind of transaction what the contract's own work cost, one figure for each session that
        had such a transaction: without the price of the transaction's bytes, which depends on how many of
        them happen to be zero.
    """

    def __init__(self, connection: Connection, accounts: tuple[LocalAccount, ...]) -> None:
        self._connection = connection
        self._accounts = accounts
        self.sids: list[bytes] = []
        self.recorded: list[bytes] = []
        self.execution: dict[str, list[int]] = {}
        self.accused = min((account.address for account in accounts[:4]), key=lambda each: int(each, 16))

    def grow(self, count: int) -> None:
        """Add sessions until there are `count`, the last of every `EVERY` with a record."""
        while len(self.sids) < count:
            consortium = DirectConsortium(self._connection, self._accounts)
            self.sids.append(consortium.sid)
            for kind, mined in _session(consortium):
                self._note(kind, mined)
            if len(self.sids) % EVERY == 0:
                self._note("convict", trace(consortium, [0]).send())
                self.recorded.append(consortium.sid)

    def _note(self, kind: str, mined: MinedTransaction) -> None:
        data = bytes(self._connection.w3.eth.get_transaction(HexStr(mined.transaction_hash))["input"])
        zeros = data.count(0)
        price = _TRANSACTION + _ZERO_BYTE * zeros + _OTHER_BYTE * (len(data) - zeros)
        self.execution.setdefault(kind, []).append(mined.gas_used - price)


def _session(consortium: Consortium) -> Iterator[tuple[str, MinedTransaction]]:
    yield "createSession", consortium.create()
    yield "confirm", consortium.confirm()
    for place, member in enumerate(consortium.members):
        yield f"join, as number {place}", consortium.join(member)
    for place, member in enumerate(consortium.members):
        yield f"deal, as number {place}", consortium.deal(member)
    yield "activateUnanimously", consortium.activate_unanimously()
