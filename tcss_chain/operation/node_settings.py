"""What the configuration files of participants and auditors have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_typing import ChecksumAddress

from tcss_chain.chain.confirmed_reads import Confirmations
from tcss_chain.yaml_files import FieldReader

MAX_NODES: Final = 10
"""How many nodes are asked at most."""

MAX_CONSORTIA: Final = 32
"""How many consortium files there are at most."""

NEEDED_FIELDS: Final = ("rpc", "contract", "wallet", "consortia")
OPTIONAL_FIELDS: Final = (
    "chain_id",
    "first_block",
    "data",
    "monitor",
    "confirmations",
    "poll_seconds",
    "max_fee_gwei",
    "min_balance_ether",
    "log",
)

_FINALIZED: Final = "finalized"
_MAX_CONFIRMATIONS: Final = 10_000
_MAX_BLOCK: Final = 1 << 53
_MAX_CHAIN_ID: Final = 1 << 63
_MAX_GWEI: Final = 1_000_000
_MAX_ETHER: Final = 1_000_000
_LOG_FORMATS: Final = ("text", "json")
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    Where a server listens.

    Attributes
    ----------
    host : str
        A name or an address, an IPv6 address without brackets.
    port : int
        The port; 0 stands for any free one.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """
    How a service logs.

    Attributes
    ----------
    format : str
        ``text`` or ``json``.
    level : str
        ``debug``, ``info``, ``warning`` or ``error``.
    """

    format: str = "text"
    level: str = "info"


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """
    What every service needs to know: the chain, its account, its place on the disk, whom it works with.

    Attributes
    ----------
    rpc_urls : tuple of str
        The nodes, the preferred one first. They may hold credentials, so they are never shown.
    contract : ChecksumAddress
        The contract.
    chain_id : int or None
        The chain that the nodes must be on; None for the one that they agree on.
    first_block : int
        From which block on events are read.
    confirmations : int or "finalized"
        How deep a block must be before what cannot be undone follows from it.
    wallet : Path
        The keystore file.
    data : Path
        The folder of the service's state.
    consortia : tuple of Path
        The consortium files; `load_consortia` reads them.
    monitor : Endpoint or None
        Where health and metrics are told, None for nowhere.
    poll_seconds : float
        Pause between two looks at the chain.
    max_fee : int or None
        The most that is paid for a unit of gas, wei; None for no limit of its own.
    min_balance : int
        Below how much there is an alarm, wei.
    log : LogSettings
        How it logs.
    """

    rpc_urls: tuple[str, ...] = field(repr=False)
    contract: ChecksumAddress
    chain_id: int | None
    first_block: int
    confirmations: Confirmations
    wallet: Path
    data: Path
    consortia: tuple[Path, ...]
    monitor: Endpoint | None
    poll_seconds: float
    max_fee: int | None
    min_balance: int
    log: LogSettings


def read_node_settings(
    reader: FieldReader, top: Mapping[str, Any], *, monitor: str, poll_seconds: float
) -> NodeSettings:
    """
    Check the fields that every service has.

    Parameters
    ----------
    reader : FieldReader
        Of the file.
    top : mapping of str to Any
        Its fields.
    monitor : str
        Where health and metrics are told unless the file says something else, or ``off``.
    poll_seconds : float
        The pause unless the file says something else.

    Returns
    -------
    NodeSettings
        Checked.

    Raises
    ------
    ConfigurationFileError
        If a field is out of range.
    """
    rpc = top["rpc"]
    several = isinstance(rpc, list)
    nodes = _by_place(reader.entries(rpc, "rpc", 1, MAX_NODES), "rpc") if several else {"rpc": rpc}
    paths = _by_place(reader.entries(top["consortia"], "consortia", 0, MAX_CONSORTIA), "consortia")
    given = top.get("monitor", monitor)
    return NodeSettings(
        rpc_urls=tuple(reader.node_url(url, place) for place, url in nodes.items()),
        contract=reader.address(top["contract"], "contract"),
        chain_id=reader.integer(top["chain_id"], "chain_id", 1, _MAX_CHAIN_ID) if "chain_id" in top else None,
        first_block=reader.integer(top.get("first_block", 0), "first_block", 0, _MAX_BLOCK),
        confirmations=_confirmations(reader, top.get("confirmations", 12)),
        wallet=reader.path(top["wallet"], "wallet"),
        data=reader.path(top.get("data", "data"), "data"),
        consortia=tuple(reader.path(path, place) for place, path in paths.items()),
        monitor=None if given == "off" else read_endpoint(reader, given, "monitor", " or off"),
        poll_seconds=reader.number(top.get("poll_seconds", poll_seconds), "poll_seconds", 0.01, 3600),
        max_fee=_optional_fee(reader, top),
        min_balance=reader.amount(top.get("min_balance_ether", 0.05), "min_balance_ether", _MAX_ETHER, 18),
        log=_log(reader, top.get("log", {})),
    )


def read_endpoint(reader: FieldReader, value: Any, field_name: str, otherwise: str = "") -> Endpoint:
    """Check where a server listens."""
    return Endpoint(*reader.endpoint(value, field_name, otherwise))


def _by_place(entries: list[Any], name: str) -> dict[str, Any]:
    return {f"{name}[{index}]": entry for index, entry in enumerate(entries)}


def _confirmations(reader: FieldReader, value: Any) -> Confirmations:
    if value == _FINALIZED:
        return "finalized"
    if type(value) is not int or not 0 <= value <= _MAX_CONFIRMATIONS:
        reader.fail("confirmations", f"{_FINALIZED} or an integer from 0 to {_MAX_CONFIRMATIONS} is expected")
    return value


def _optional_fee(reader: FieldReader, top: Mapping[str, Any]) -> int | None:
    if "max_fee_gwei" not in top:
        return None
    fee = reader.amount(top["max_fee_gwei"], "max_fee_gwei", _MAX_GWEI, 9)
    if not fee:
        reader.fail("max_fee_gwei", "more than 0 is expected; without the field there is no limit")
    return fee


def _log(reader: FieldReader, value: Any) -> LogSettings:
    entry = reader.mapping(value, "log", (), ("format", "level"))
    default = LogSettings()
    return LogSettings(
        format=reader.choice(entry.get("format", default.format), "log.format", _LOG_FORMATS),
        level=reader.choice(entry.get("level", default.level), "log.level", _LOG_LEVELS),
    )
