"""
Compiled contracts.

The package ships what the Solidity compiler made of the contracts, so that running needs no compiler. Anybody
can repeat the compilation from `standard_input` and compare the bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tcss_chain.errors import TcssError

_FOLDER: Final = files("tcss_chain") / "artifacts"
_INPUT_NAME: Final = "standard-input.json"


class ArtifactError(TcssError):
    """
    A compiled contract is missing or damaged.

    Parameters
    ----------
    name : str
        Name of the contract.
    reason : str
        What is wrong.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"compiled contract {name}: {reason}; reinstall the package or run `make compile`")


@dataclass(frozen=True, slots=True)
class ContractArtifact:
    """
    A compiled contract.

    Parameters
    ----------
    name : str
        Name of the contract.
    abi : tuple of mappings
        Functions, events and errors.
    error_notices : mapping of str to str
        What each documented error means, by its signature, for example ``WrongPhase(uint8)``.
    bytecode : bytes
        Creation code.
    deployed_bytecode : bytes
        Runtime code, with zeros where immutable values go.
    compiler : str
        Full version of the compiler.
    settings : mapping
        Compiler settings, without the selection of outputs.
    source_hash : bytes
        SHA-256 of the compiler's input as shipped.
    """

    name: str
    abi: tuple[Mapping[str, Any], ...] = field(repr=False)
    error_notices: Mapping[str, str] = field(repr=False)
    bytecode: bytes = field(repr=False)
    deployed_bytecode: bytes = field(repr=False)
    compiler: str
    settings: Mapping[str, Any] = field(repr=False)
    source_hash: bytes


@cache
def load_artifact(name: str = "TCSS") -> ContractArtifact:
    """
    Load a compiled contract from the package.

    Parameters
    ----------
    name : str
        Name of the contract.

    Returns
    -------
    ContractArtifact
        The contract.

    Raises
    ------
    ArtifactError
        If there is none of this name, or it does not belong to the shipped sources.
    """
    try:
        raw = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise ArtifactError(name, "not part of this package") from error
    try:
        artifact = ContractArtifact(
            name=raw["contractName"],
            abi=tuple(raw["abi"]),
            error_notices=raw["errorNotices"],
            bytecode=_bytes(raw["bytecode"]),
            deployed_bytecode=_bytes(raw["deployedBytecode"]),
            compiler=raw["compiler"],
            settings=raw["settings"],
            source_hash=_bytes(raw["sourceHash"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(name, "malformed") from error
    if artifact.source_hash != hashlib.sha256(_input_text().encode()).digest():
        raise ArtifactError(name, "not compiled from the shipped sources")
    return artifact


def standard_input() -> dict[str, Any]:
    """
    Read the compiler's input.

    Returns
    -------
    dict
        Standard-JSON input that yields every artifact of this package.
    """
    request: dict[str, Any] = json.loads(_input_text())
    return request


def _input_text() -> str:
    return (_FOLDER / _INPUT_NAME).read_text(encoding="utf8")


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError("hex string without 0x")
    return bytes.fromhex(value[2:])
