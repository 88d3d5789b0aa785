"""A gateway without a chain: fakes for what it works with, and ways to ask it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from eth_utils.address import to_checksum_address

from tcss_chain.chain.session_reads import SessionState
from tcss_chain.errors import TcssError
from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.audit_file import read_trail
from tcss_chain.gateway.audit_lines import AuditLine
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.errors import PredictionError
from tcss_chain.gateway.gateway_file import GatewayFile, ModelEntry, RequestLimits, TenantEntry
from tcss_chain.gateway.gateway_server import GatewayServer
from tcss_chain.gateway.model_shelf import ModelShelf
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.gateway.runtimes import Output, RuntimeName
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.operation.node_settings import Endpoint
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.session import Phase

SID = b"\x07" * 32
OWNER = to_checksum_address("0x" + "a1" * 20)
DIGEST = b"\xd1" * 32
WIDTH = 3


def label(**changes: Any) -> ModelLabel:
    return replace(ModelLabel(SID, "sum.onnx", OWNER, "sums for the group", DIGEST, 100), **changes)


def entry(name: str = "sum", **changes: Any) -> ModelEntry:
    made = ModelEntry(name, Path(f"{name}.tcss"), RuntimeName.LINEAR, "to add numbers", None)
    return replace(made, **changes)


def session_state(**changes: Any) -> SessionState:
    """An active session of five participants."""
    state = SessionState(
        phase=Phase.ACTIVE,
        joined=0b11111,
        dealt=0b11111,
        qualified=0b11111,
        unanswered=0,
        convicted=0,
        activated_at=1,
        forfeits=0,
        roster_hash=bytes(32),
        dealings_hash=bytes(32),
        aggregate_hash=bytes(32),
        A=None,
    )
    return replace(state, **changes)


class SumRuntime:
    """Adds numbers; can be told to wait or to fail."""

    name = RuntimeName.LINEAR
    input_width = WIDTH
    outputs = (Output("sum", "float"),)

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()
        self.entered = threading.Semaphore(0)
        self.error: Exception | None = None
        self.answer: list[object] | None = None
        self.calls = 0

    def predict(self, rows: Sequence[Sequence[float]]) -> Mapping[str, list[object]]:
        self.calls += 1
        self.entered.release()
        assert self.go_on.wait(10)
        if self.error is not None:
            raise self.error
        return {"sum": [sum(row) for row in rows] if self.answer is None else self.answer}


@dataclass
class RunningGateway:
    """A gateway's server with one tenant and an open model."""

    server: GatewayServer
    shelf: ModelShelf
    trail: AuditTrail
    runtime: SumRuntime
    key: str
    metrics: ParticipantMetrics
    path: Path
    tls: threading.local = field(default_factory=threading.local)

    @property
    def session(self) -> requests.Session:
        if not hasattr(self.tls, "session"):
            self.tls.session = requests.Session()
        return self.tls.session

    def ask(
        self, method: str, path: str, body: bytes | None = None, key: str | None = None, **headers: str
    ) -> requests.Response:
        if key != "":
            headers["Authorization"] = f"Bearer {key or self.key}"
        return self.session.request(
            method, f"{self.server.url}{path}", data=body, headers=headers, timeout=20
        )

    def predict(self, inputs: object, name: str = "sum", key: str | None = None) -> requests.Response:
        body = json.dumps({"inputs": inputs}).encode()
        return self.ask("POST", f"/v1/models/{name}/predict", body, key)

    def post(self, body: bytes, name: str = "sum") -> requests.Response:
        return self.ask("POST", f"/v1/models/{name}/predict", body)

    def lines(self, kind: str | None = None) -> list[AuditLine]:
        """All that is in the trail."""
        self.trail.flush()
        return [line for line in read_trail(self.path)[0] if kind in (None, line.kind.value)]


def error_of(response: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    content = response.json()
    assert set(content) == {"error", "message"}
    return response.status_code, content["error"]


def gateway_file(folder: Path, **changes: Any) -> GatewayFile:
    made = GatewayFile(
        path=folder / "gateway.yaml",
        auditor=folder / "auditor.yaml",
        listen=Endpoint("127.0.0.1", 0),
        audit_trail=folder / "audit.jsonl",
        operator_key_sha256=None,
        models=(entry(),),
        tenants=(),
        policy=GatewayPolicy(),
        limits=RequestLimits(),
    )
    return replace(made, **changes)


class GatewayHall:
    """Starts gateways for one test."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self._folder = folder
        self._running = running

    def start(
        self,
        *,
        limits: RequestLimits | None = None,
        rate: int = 1_000_000,
        burst: int = 1_000_000,
        models: Sequence[ModelEntry] | None = None,
        more_tenants: Sequence[TenantEntry] = (),
        operator_key: str | None = None,
        desk: Any = None,
    ) -> RunningGateway:
        key = draw_api_key()
        file = gateway_file(
            self._folder,
            models=tuple(models or (entry(),)),
            tenants=(TenantEntry("billing", api_key_hash(key), rate, burst), *more_tenants),
            limits=limits or RequestLimits(),
            operator_key_sha256=None if operator_key is None else api_key_hash(operator_key),
        )
        shelf, runtime, metrics = ModelShelf(file.models), SumRuntime(), ParticipantMetrics()
        shelf.begin("sum")
        shelf.serve("sum", label(), runtime)
        trail = self._running.enter_context(AuditTrail.open(file.audit_trail))
        server = self._running.enter_context(GatewayServer(file, shelf, trail, metrics, desk))
        return RunningGateway(server, shelf, trail, runtime, key, metrics, file.audit_trail)


class FakeOpened:
    """An opened model that remembers that it was wiped."""

    def __init__(self, content: bytes, made: ModelLabel) -> None:
        self.label = made
        self.memory = bytearray(content)
        self.wiped = 0

    @property
    def content(self) -> memoryview:
        return memoryview(self.memory).toreadonly()

    def wipe(self) -> None:
        self.memory[:] = bytes(len(self.memory))
        self.wiped += 1


class FakeOpener:
    """Opens models of its own, or fails."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.label_now = label(size=len(content))
        self.opened_label: ModelLabel | None = None
        self.error: TcssError | Exception | None = None
        self.before_open: Any = None
        self.opened: list[FakeOpened] = []
        self.purposes: list[str] = []

    def label(self, path: Path) -> ModelLabel:
        return self.label_now

    def open(self, path: Path, purpose: str) -> FakeOpened:
        self.purposes.append(purpose)
        if self.before_open is not None:
            self.before_open()
        if self.error is not None:
            raise self.error
        self.opened.append(FakeOpened(self.content, self.opened_label or self.label_now))
        return self.opened[-1]


class FakeFacts:
    """Sessions as a test wants them."""

    def __init__(self, threshold: int = 3) -> None:
        self.now = session_state()
        self.threshold = threshold
        self.error: TcssError | None = None

    def state(self, sid: bytes) -> SessionState:
        if self.error is not None:
            raise self.error
        return self.now

    def configuration(self, sid: bytes) -> Any:
        class Made:
            threshold = self.threshold

        return Made()


def failing_prediction(text: str) -> PredictionError:
    return PredictionError(text)
