"""Sending several calls at once: they wait for the same block instead of one block each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.chain.errors import ContractRefusedError, TransactionFailedError
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.errors import TcssError

CALLS_AT_ONCE: Final = 16
"""How many transactions of one step wait for a block together."""


class ParallelCalls:
    """
    Sends calls of one session, each about one participant.

    Parameters
    ----------
    sender : TransactionSender
        Who sends.
    sid : bytes
        The session.
    """

    def __init__(self, sender: TransactionSender, sid: bytes) -> None:
        self._sender = sender
        self._sid = sid

    def send(
        self,
        calls: Mapping[ChecksumAddress, Callable[[], ContractFunction]],
        others_came_first: Collection[str],
        done: Callable[[ChecksumAddress], None],
    ) -> None:
        """
        Send all calls, and wait until all are mined.

        Parameters
        ----------
        calls : mapping
            Makes the call about each participant.
        others_came_first : collection of str
            The contract's errors that mean that a call is not needed any longer.
        done : callable
            Told about whom a call was mined, in this thread.

        Raises
        ------
        TcssError
            The first failure, when all have been tried.
        """
        if len(calls) <= 1:
            outcomes = [self._send(about, make) for about, make in calls.items()]
        else:
            with ThreadPoolExecutor(min(len(calls), CALLS_AT_ONCE), thread_name_prefix="tcss-call") as pool:
                outcomes = list(pool.map(lambda item: self._send(*item), calls.items()))
        failures: list[TcssError] = []
        for about, failure in zip(calls, outcomes, strict=True):
            if failure is None:
                done(about)
            elif not _is_needless(failure, others_came_first):
                failures.append(failure)
        if failures:
            raise failures[0]

    def _send(self, about: ChecksumAddress, make: Callable[[], ContractFunction]) -> TcssError | None:
        try:
            self._sender.send(make(), sid=self._sid, subject=about)
        except TcssError as failure:
            return failure
        return None


def _is_needless(failure: TcssError, others_came_first: Collection[str]) -> bool:
    # A transaction that reverts although its simulation did not came too late by a block.
    if isinstance(failure, TransactionFailedError):
        return True
    return isinstance(failure, ContractRefusedError) and failure.error in others_came_first
