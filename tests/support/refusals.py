"""Asserting that the contract refuses something, by the name and the arguments of its error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tcss_chain.chain.errors import ContractRefusedError, NodeError


@contextmanager
def refuses(error: str, **arguments: Any) -> Iterator[None]:
    """The contract must revert with this error, and with these values of the arguments that are named."""
    with pytest.raises(ContractRefusedError) as caught:
        yield
    assert caught.value.error == error, str(caught.value)
    shown = {name: _as_shown(value) for name, value in arguments.items()}
    assert {name: _as_shown(caught.value.arguments[name]) for name in shown} == shown


@contextmanager
def reverts_unnamed() -> Iterator[None]:
    """The call must revert, with none of the contract's own errors: a panic, or calldata that is no value."""
    with pytest.raises(NodeError) as caught:
        yield
    assert caught.value.reason in {"ContractLogicError", "ContractPanicError"}, str(caught.value)


def _as_shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    return value.lower() if isinstance(value, str) else value
