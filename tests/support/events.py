"""The events of one transaction."""

from __future__ import annotations

from typing import Any

from web3.logs import DISCARD

from tcss_chain.chain.transactions import MinedTransaction

from .consortium import Consortium


def events_of(consortium: Consortium, mined: MinedTransaction, name: str) -> list[dict[str, Any]]:
    """The arguments of the contract's events with this name, in their order."""
    event = consortium.connection.contract.events[name]()
    return [dict(each["args"]) for each in event.process_receipt(mined.receipt, errors=DISCARD)]
