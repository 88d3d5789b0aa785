"""The configuration file of a gateway (YAML)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tcss_chain.opening.opening_settings import ConvictedAnswers
from tcss_chain.operation.node_settings import Endpoint, read_endpoint
from tcss_chain.protocol.printable import is_printable
from tcss_chain.yaml_files import FieldReader, load_yaml

from .policy import GatewayPolicy
from .runtimes import RuntimeName

MAX_MODELS: Final = 64
MAX_TENANTS: Final = 256
DEFAULT_LISTEN: Final = "127.0.0.1:7400"
ALL_TENANTS: Final = "all"

_NEEDED: Final = ("auditor", "audit_trail", "models", "tenants")
_OPTIONAL: Final = ("listen", "operator_key_sha256", "policy", "limits")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MAX_RATE: Final = 1_000_000
_MAX_PARTICIPANTS: Final = 128


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """
    A model that is served.

    Attributes
    ----------
    name : str
        What tenants ask for.
    file : Path
        The sealed model.
    runtime : RuntimeName or None
        What runs it; None for what the end of the owner's name for it tells.
    purpose : str
        What the participants and the chain are told it is opened for.
    tenants : frozenset of str or None
        Who may use it; None for all.
    """

    name: str
    file: Path
    runtime: RuntimeName | None
    purpose: str
    tenants: frozenset[str] | None

    def may_be_used_by(self, tenant: str) -> bool:
        """Say whether a tenant may use it."""
        return self.tenants is None or tenant in self.tenants


@dataclass(frozen=True, slots=True)
class TenantEntry:
    """
    Somebody who may ask for predictions.

    Attributes
    ----------
    name : str
        Its name, in the audit trail too.
    key_sha256 : bytes
        The hash of its key.
    requests_per_minute : int
        How often it may ask in the long run.
    burst : int
        How often at once.
    """

    name: str
    key_sha256: bytes = field(repr=False)
    requests_per_minute: int
    burst: int


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """
    What requests may cost.

    Attributes
    ----------
    body_bytes : int
        Length of a body.
    rows : int
        Inputs in one request.
    in_flight : int
        Requests that are worked on at a time, and as many whose bodies are still coming. One of several
        tenants has no more than half of them.
    connections : int
        Connections that are open at a time.
    request_seconds : float
        From the end of one answer on a connection, or from its beginning, to the end of the next answer.
    """

    body_bytes: int = 1 << 20
    rows: int = 1000
    in_flight: int = 128
    connections: int = 512
    request_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class GatewayFile:
    """
    How a gateway is configured.

    Attributes
    ----------
    path : Path
        The file.
    auditor : Path
        The auditor's configuration file: nodes, wallet, state, consortia, monitor and logs are its.
    listen : Endpoint
        Where tenants and operator are served.
    audit_trail : Path
        Where everything is written down.
    operator_key_sha256 : bytes or None
        The hash of the operator's key; None if nobody may trace through the gateway.
    models : tuple of ModelEntry
        What is served.
    tenants : tuple of TenantEntry
        To whom.
    policy : GatewayPolicy
        When it is not.
    limits : RequestLimits
        What requests may cost.
    """

    path: Path
    auditor: Path
    listen: Endpoint
    audit_trail: Path
    operator_key_sha256: bytes | None = field(repr=False)
    models: tuple[ModelEntry, ...]
    tenants: tuple[TenantEntry, ...]
    policy: GatewayPolicy
    limits: RequestLimits


def load_gateway_file(path: Path) -> GatewayFile:
    """
    Read a gateway's configuration file.

    Parameters
    ----------
    path : Path
        A YAML file; ``tcss gateway init`` writes one with every field explained.

    Returns
    -------
    GatewayFile
        Checked. Nothing that it names was opened.

    Raises
    ------
    ConfigurationFileError
        If the file cannot be read, or a field is missing, unknown or out of range.
    """
    reader = FieldReader(path)
    top = reader.mapping(load_yaml(path), "file", _NEEDED, _OPTIONAL)
    tenants = _tenants(reader, top["tenants"])
    operator = None
    if "operator_key_sha256" in top:
        operator = _hash(reader, top["operator_key_sha256"], "operator_key_sha256")
        if any(tenant.key_sha256 == operator for tenant in tenants):
            reader.fail("operator_key_sha256", "a tenant has this key; the operator needs one of its own")
    return GatewayFile(
        path=path,
        auditor=reader.path(top["auditor"], "auditor"),
        listen=read_endpoint(reader, top.get("listen", DEFAULT_LISTEN), "listen"),
        audit_trail=reader.path(top["audit_trail"], "audit_trail"),
        operator_key_sha256=operator,
        models=_models(reader, top["models"], {tenant.name for tenant in tenants}),
        tenants=tenants,
        policy=_policy(reader, top.get("policy", {})),
        limits=_limits(reader, top.get("limits", {})),
    )


def _tenants(reader: FieldReader, value: Any) -> tuple[TenantEntry, ...]:
    tenants: list[TenantEntry] = []
    for index, each in enumerate(reader.entries(value, "tenants", 0, MAX_TENANTS)):
        place = f"tenants[{index}]"
        entry = reader.mapping(each, place, ("name", "key_sha256"), ("requests_per_minute", "burst"))
        per_minute = _integer(reader, entry, place, "requests_per_minute", 600, _MAX_RATE)
        tenant = TenantEntry(
            name=_name(reader, entry["name"], f"{place}.name"),
            key_sha256=_hash(reader, entry["key_sha256"], f"{place}.key_sha256"),
            requests_per_minute=per_minute,
            burst=_integer(reader, entry, place, "burst", max(1, per_minute // 10), _MAX_RATE),
        )
        if tenant.name == ALL_TENANTS or tenant.name in {other.name for other in tenants}:
            reader.fail(
                f"{place}.name", f"a name other than {ALL_TENANTS}, that no other tenant has, is expected"
            )
        if tenant.key_sha256 in {other.key_sha256 for other in tenants}:
            reader.fail(f"{place}.key_sha256", "another tenant has this key; each needs one of its own")
        tenants.append(tenant)
    return tuple(tenants)


def _models(reader: FieldReader, value: Any, known: set[str]) -> tuple[ModelEntry, ...]:
    models: list[ModelEntry] = []
    for index, each in enumerate(reader.entries(value, "models", 0, MAX_MODELS)):
        place = f"models[{index}]"
        entry = reader.mapping(each, place, ("name", "file", "purpose", "tenants"), ("runtime",))
        runtime = None
        if "runtime" in entry:
            runtime = RuntimeName(reader.choice(entry["runtime"], f"{place}.runtime", tuple(RuntimeName)))
        if not is_printable(entry["purpose"], 1):
            reader.fail(f"{place}.purpose", "a text of 1 to 200 printable ASCII characters is expected")
        model = ModelEntry(
            name=_name(reader, entry["name"], f"{place}.name"),
            file=reader.path(entry["file"], f"{place}.file"),
            runtime=runtime,
            purpose=entry["purpose"],
            tenants=_allowed(reader, entry["tenants"], f"{place}.tenants", known),
        )
        if model.name in {other.name for other in models}:
            reader.fail(f"{place}.name", "another model has this name")
        models.append(model)
    return tuple(models)


def _allowed(reader: FieldReader, value: Any, field: str, known: set[str]) -> frozenset[str] | None:
    if value == ALL_TENANTS:
        return None
    if not isinstance(value, list):
        reader.fail(field, f"{ALL_TENANTS}, or a list of tenants is expected")
    for index, name in enumerate(value):
        if not isinstance(name, str) or name not in known:
            reader.fail(f"{field}[{index}]", "no tenant of this file has this name")
    return frozenset(value)


def _policy(reader: FieldReader, value: Any) -> GatewayPolicy:
    entry = reader.mapping(value, "policy", (), ("convicted_answers", "most_convicted"))
    default = GatewayPolicy()
    answers = entry.get("convicted_answers", default.convicted_answers.value)
    return GatewayPolicy(
        convicted_answers=ConvictedAnswers(
            reader.choice(answers, "policy.convicted_answers", tuple(ConvictedAnswers))
        ),
        most_convicted=reader.integer(
            entry.get("most_convicted", default.most_convicted), "policy.most_convicted", 0, _MAX_PARTICIPANTS
        ),
    )


def _limits(reader: FieldReader, value: Any) -> RequestLimits:
    default = RequestLimits()
    entry = reader.mapping(value, "limits", (), default.__slots__)
    return RequestLimits(
        body_bytes=_integer(reader, entry, "limits", "body_bytes", default.body_bytes, 1 << 26),
        rows=_integer(reader, entry, "limits", "rows", default.rows, 1_000_000),
        in_flight=_integer(reader, entry, "limits", "in_flight", default.in_flight, 10_000),
        connections=_integer(reader, entry, "limits", "connections", default.connections, 10_000),
        request_seconds=reader.number(
            entry.get("request_seconds", default.request_seconds), "limits.request_seconds", 0.1, 3600
        ),
    )


def _integer(
    reader: FieldReader, entry: Mapping[str, Any], place: str, name: str, default: int, highest: int
) -> int:
    return reader.integer(entry.get(name, default), f"{place}.{name}", 1, highest)


def _name(reader: FieldReader, value: Any, field: str) -> str:
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        reader.fail(field, "a name of 1 to 64 letters, digits, dots, dashes and underscores is expected")
    return value


def _hash(reader: FieldReader, value: Any, field: str) -> bytes:
    if not isinstance(value, str) or _HASH.fullmatch(value) is None:
        reader.fail(
            field, "64 hexadecimal digits are expected, in lower case; tcss gateway api-key prints them"
        )
    return bytes.fromhex(value)
