"""Writing down an opening in the log of its session before anybody is asked (protocol section 11)."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, ChainError
from tcss_chain.chain.opening_log import OpeningLine, OpeningLog
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.protocol.opening import OpeningRequest

from .gateway_errors import AnchoringError, NotConfirmedError
from .opening_settings import OpeningSettings

_SEARCHED: Final = 50
"""How many lines before and after its first number one is looked for, when a reorganisation moved it."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    Where an opening is written down.

    Attributes
    ----------
    number : int
        The line's number in the session's log.
    transaction : str
        The transaction, 0x and 64 digits.
    """

    number: int
    transaction: str


class RequestAnchor:
    """
    Anchors requests with the gateway's account. May be used by several threads.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        Of the gateway's account. Its journal keeps the transaction under the request's hash, so one of an
        earlier request is never taken for it.
    settings : OpeningSettings
        How deep the line must be, and how long that is waited for.

    Raises
    ------
    ChainError
        If the contract has no opening log, or the nodes do not answer.
    """

    def __init__(self, connection: Connection, sender: TransactionSender, settings: OpeningSettings) -> None:
        self._sender = sender
        self._settings = settings
        self._log: Final = OpeningLog(connection)
        self._reads: Final = ConfirmedReads(connection)

    def anchor(self, request: OpeningRequest) -> Anchor:
        """
        Anchor a request, and find out its line.

        Parameters
        ----------
        request : OpeningRequest
            A new one.

        Returns
        -------
        Anchor
            The line is mined; `confirmed` waits until it is deep enough.

        Raises
        ------
        AnchoringError
            If the transaction was not mined, or the log does not show the line.
        """
        request_hash = request.hash()
        call = self._log.anchor(request.sid, request.core(), request.model_digest, request.purpose)
        with suppress(ChainError):
            # What an earlier opening left behind has lower nonces, and is settled some time.
            self._sender.tend(self._settings.confirmations)
        try:
            mined = self._sender.send(call, sid=request.sid, subject=request_hash.hex())
            event = self._log.anchored(mined)
            line = OpeningLine(event.number, event.request, event.model_digest, event.gateway, 0)
            if event.sid != request.sid or not _is_of(line, request):
                raise ChainContradictionError("the receipt tells of another opening")
        except ChainError as error:
            raise AnchoringError(request_hash, error) from error
        return Anchor(event.number, mined.transaction_hash)

    def confirmed(self, anchor: Anchor, request: OpeningRequest) -> Anchor:
        """
        Wait until a line is as deep in the chain as the settings say, as all nodes say.

        Parameters
        ----------
        anchor : Anchor
            What `anchor` gave.
        request : OpeningRequest
            Its request.

        Returns
        -------
        Anchor
            With another number, if a reorganisation moved the line.

        Raises
        ------
        NotConfirmedError
            If that takes too long.
        """
        started = time.monotonic()
        number = anchor.number
        while True:
            # Nodes that fail or disagree for a moment are asked again; the time limit counts.
            with suppress(ChainError):
                found = self._confirmed_line(request, number)
                if found is not None:
                    return Anchor(found.number, anchor.transaction)
                number = self._moved(request, number)
            if time.monotonic() - started >= self._settings.confirm_seconds:
                raise NotConfirmedError(
                    request.hash(), anchor.transaction, number, self._settings.confirm_seconds
                )
            with suppress(ChainError):
                # A reorganisation may have taken it out of its block: it is offered again as it is.
                self._sender.tend(self._settings.confirmations)
            time.sleep(self._settings.poll_seconds)

    def _confirmed_line(self, request: OpeningRequest, number: int) -> OpeningLine | None:
        found = self._reads.state_and_lines(request.sid, number, 0, self._settings.confirmations)
        line = None if found is None else found.line(number)
        return line if line is not None and _is_of(line, request) else None

    def _moved(self, request: OpeningRequest, number: int) -> int:
        """Give the line's number as of the latest block; the same while it is not to be seen."""
        nearby = self._log.lines(request.sid, max(0, number - _SEARCHED), 2 * _SEARCHED)
        return next((line.number for line in nearby if _is_of(line, request)), number)


def _is_of(line: OpeningLine, request: OpeningRequest) -> bool:
    said = (line.request, line.model_digest, line.gateway)
    return said == (request.hash(), request.model_digest, request.gateway)
