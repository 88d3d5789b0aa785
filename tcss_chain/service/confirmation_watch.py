"""Which sessions were confirmed lately, by the contract's events."""

from __future__ import annotations

from typing import Final

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainError

MOST_BLOCKS: Final = 10_000
"""How many blocks one request spans; public nodes refuse more, some of them less."""

FEWEST_BLOCKS: Final = 128
"""It is not asked for less than that."""

OVERLAP_BLOCKS: Final = 64
"""So many blocks are looked at again: a reorganisation may put other events there."""


class ConfirmationWatch:
    """
    Asks for the confirmations since the last look, with one request.

    It only tells where to look first: nothing is done or left because of what it says.

    Parameters
    ----------
    connection : Connection
        The nodes.
    first_block : int
        The contract's block, or any before it.
    """

    def __init__(self, connection: Connection, first_block: int) -> None:
        self._connection = connection
        self._first_block = first_block
        self._seen_to: int | None = None
        self._span = MOST_BLOCKS

    def look(self) -> tuple[bytes, ...]:
        """
        List the sessions that were confirmed.

        Returns
        -------
        tuple of bytes
            In the order of the chain; some of them again, because blocks are looked at twice.

        Raises
        ------
        ChainError
            If the node fails, or finds that too much; the next look asks for fewer blocks.
        """
        head = self._connection.block_number()
        # What is older is found by looking at each session, as if there were no events.
        first = max(self._first_block, head - self._span + 1, 0)
        if self._seen_to is not None:
            first = max(first, min(self._seen_to, head) - OVERLAP_BLOCKS)
        event = self._connection.contract.events["SessionConfirmed"]()
        try:
            logs = self._connection.ask(
                "reading confirmations", lambda: event.get_logs(from_block=first, to_block=head)
            )
        except ChainError:
            self._span = max(FEWEST_BLOCKS, self._span // 2)
            raise
        self._span = min(MOST_BLOCKS, self._span * 2)
        found = self._connection.ask(
            "decoding confirmations", lambda: tuple(bytes(log["args"]["sid"]) for log in logs)
        )
        self._seen_to = head
        return found
