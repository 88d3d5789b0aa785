"""
A gateway with one small model and no chain, in a process of its own, for measurements.

``python -m tcss_chain.benchmarks.gateway_process FOLDER [MODEL]`` prints a line of JSON with URL, key and
input width, answers each line on its standard input with the figures of the predictions since the line
before, and ends with its input. Requests take the whole way: key, rate, audit trail, model.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from time import perf_counter
from typing import Final

from eth_utils.address import to_checksum_address

from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.gateway_file import GatewayFile, ModelEntry, RequestLimits, TenantEntry
from tcss_chain.gateway.gateway_server import GatewayServer
from tcss_chain.gateway.model_shelf import ModelShelf
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.gateway.runtimes import Output, Runtime, RuntimeName, load_runtime, runtime_of
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.operation.node_settings import Endpoint
from tcss_chain.protocol.model_label import ModelLabel

MODEL: Final = "model"

_WIDTH: Final = 30
_CLASSES: Final = 2
_NO_LIMIT: Final = 1_000_000


class TimedRuntime:
    """
    Passes everything on to a runtime, and keeps how long each prediction took.

    Parameters
    ----------
    runtime : Runtime
        The model.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.name: RuntimeName = runtime.name
        self.input_width: int = runtime.input_width
        self.outputs: tuple[Output, ...] = runtime.outputs
        self._seconds: list[float] = []

    def predict(self, rows: Sequence[Sequence[float]]) -> Mapping[str, list[object]]:
        """Predict, and keep how long it took."""
        started = perf_counter()
        answer = self._runtime.predict(rows)
        self._seconds.append(perf_counter() - started)
        return answer

    def figures(self) -> dict[str, float]:
        """Give number, mean and median of the times since the last call."""
        seconds, self._seconds = self._seconds, []
        return {
            "predictions": len(seconds),
            "mean_ms": 1000 * fmean(seconds) if seconds else 0.0,
            "median_ms": 1000 * median(seconds) if seconds else 0.0,
        }


def example_model() -> bytes:
    """Make a classifier of 30 numbers, as a safetensors file."""
    import numpy as np
    from safetensors.numpy import save

    places = np.arange(_CLASSES * _WIDTH, dtype=np.float32).reshape(_CLASSES, _WIDTH)
    tensors = {"weight": np.sin(places), "bias": np.zeros(_CLASSES, dtype=np.float32)}
    return save(tensors, {"activation": "softmax"})


def main() -> None:
    """Serve until the standard input ends."""
    folder = Path(sys.argv[1])
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    content = example_model() if path is None else path.read_bytes()
    kind = RuntimeName.LINEAR if path is None else runtime_of(path.name)
    runtime = TimedRuntime(load_runtime(kind, memoryview(content)))
    key = draw_api_key()
    entry = ModelEntry(MODEL, folder / "model.tcss", kind, "measurement", None)
    file = GatewayFile(
        path=folder / "gateway.yaml",
        auditor=folder / "auditor.yaml",
        listen=Endpoint("127.0.0.1", 0),
        audit_trail=folder / "audit.jsonl",
        operator_key_sha256=None,
        models=(entry,),
        tenants=(TenantEntry("load", api_key_hash(key), _NO_LIMIT, _NO_LIMIT),),
        policy=GatewayPolicy(),
        limits=RequestLimits(),
    )
    shelf = ModelShelf(file.models)
    owner = to_checksum_address("0x" + "11" * 20)
    shelf.begin(MODEL)
    shelf.serve(MODEL, ModelLabel(bytes(32), MODEL, owner, "", bytes(32), len(content)), runtime)
    with (
        AuditTrail.open(file.audit_trail) as trail,
        GatewayServer(file, shelf, trail, ParticipantMetrics()) as server,
    ):
        _tell({"url": server.url, "key": key, "width": runtime.input_width, "runtime": kind.value})
        for _ in sys.stdin:
            _tell(runtime.figures())


def _tell(content: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
