"""The options of commands that read a contract."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

from .parameters import AddressType, UrlType

_Command = TypeVar("_Command", bound=Callable[..., Any])


def chain_options(command: _Command) -> _Command:
    """Add ``rpc_urls``, a tuple of str, ``contract``, an address, and ``first_block``, an integer."""
    options = (
        click.option(
            "--rpc",
            "rpc_urls",
            required=True,
            multiple=True,
            type=UrlType(),
            help="JSON-RPC endpoint of a node. Given several times, the next is asked when one fails.",
        ),
        click.option("--contract", required=True, type=AddressType(), help="Address of the contract."),
        click.option(
            "--first-block",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Where to start looking for events: the contract's block, or any before it.",
        ),
    )
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)
