"""
What the gateway adds to a prediction, measured from outside.

The gateway runs in a process of its own with one small model, the clients in another. Latency is what the
clients see. The time of the model itself is measured where it runs; what is left is the gateway's and the
network's.

The load tool autocannon (npm) keeps a rate by letting each connection send its share of a second at once, one
request after the other, and then pause: all connections are busy at the same time, as at saturation. So there
are also clients that send at even intervals and take turns.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import IO, Any, Final
from urllib.parse import urlsplit

from .errors import LoadToolError
from .gateway_process import MODEL

TARGET_MS: Final = 5.0
"""What the gateway may add to a prediction at the median, with `CONNECTIONS` clients at once."""
CONNECTIONS: Final = 50
RATES: Final = (500, 1000, None)
"""Requests a second, all connections together; None for as many as there is room for."""

_TOOL: Final = Path("node_modules/autocannon/autocannon.js")
_START_SECONDS: Final = 30.0
_MILLISECONDS: Final = 1000.0
_RIGHT: Final = b"HTTP/1.1 200 "
_PERCENTILES: Final = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class LoadMeasurement:
    """
    One load.

    Attributes
    ----------
    tool : str
        ``autocannon``, or ``spread``: clients of this program that send at even intervals and take turns.
    rate : int or None
        Requests a second that were wanted; None for as many as possible.
    connections : int
        Clients at once.
    requests_per_second : float
        What was served.
    failures : int
        Answers of another status than 200, errors and timeouts.
    p50_ms, p90_ms, p99_ms, mean_ms : float
        Latency; autocannon tells percentiles in whole milliseconds.
    model_ms : float
        Mean time of the model itself.
    overhead_ms : float
        Median latency without the model.
    """

    tool: str
    rate: int | None
    connections: int
    requests_per_second: float
    failures: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    mean_ms: float
    model_ms: float
    overhead_ms: float

    @property
    def as_json(self) -> dict[str, Any]:
        """Give all figures."""
        return asdict(self)


def find_load_tool(project: Path | None = None) -> tuple[str, ...]:
    """
    Find autocannon.

    Parameters
    ----------
    project : Path, optional
        Folder that holds ``node_modules``; the current one by default.

    Returns
    -------
    tuple of str
        The command.

    Raises
    ------
    LoadToolError
        If it or node is not there.
    """
    node = shutil.which("node")
    script = (project or Path.cwd()) / _TOOL
    if node is None or not script.is_file():
        raise LoadToolError(str(_TOOL))
    return node, str(script)


def measure_gateway(
    seconds: float, *, tool: Sequence[str], model: Path | None = None, tell: Callable[[str], None] = print
) -> list[LoadMeasurement]:
    """
    Measure the gateway under several loads.

    Parameters
    ----------
    seconds : float
        How long each load lasts.
    tool : sequence of str
        The command of autocannon.
    model : Path, optional
        An ONNX or safetensors file in place of the example.
    tell : callable
        Told of every load.

    Returns
    -------
    list of LoadMeasurement
        For each of `RATES` with autocannon, and for the fixed rates with clients that take turns.
    """
    found = []
    with _gateway(model) as served:
        served.load_with(tool, None, min(2.0, seconds))  # what is learnt and cached at first does not count
        for rate in RATES:
            found.append(served.load_with(tool, rate, seconds))
            tell(line_of(found[-1]))
        for rate in filter(None, RATES):
            found.append(served.load_evenly(rate, seconds))
            tell(line_of(found[-1]))
    return found


def line_of(measured: LoadMeasurement) -> str:
    """Tell of one load in a line."""
    wanted = "saturation" if measured.rate is None else f"{measured.rate}/s"
    return (
        f"{measured.tool:<10} {wanted:>10}: {measured.requests_per_second:7.0f} requests/s,"
        f" p50 {measured.p50_ms:6.2f} ms, p90 {measured.p90_ms:6.2f} ms, p99 {measured.p99_ms:6.2f} ms,"
        f" mean {measured.mean_ms:6.2f} ms, model {measured.model_ms:.3f} ms,"
        f" overhead {measured.overhead_ms:6.2f} ms, {measured.failures} failures"
    )


class _Served:
    """A gateway in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], told: IO[str], asked: IO[str]) -> None:
        self._told, self._asked = told, asked
        described = json.loads(told.readline())
        self._url, self._key = str(described["url"]), str(described["key"])
        row = [round(math.sin(place), 4) for place in range(int(described["width"]))]
        self._body = json.dumps({"inputs": [row]})
        self._path = f"/v1/models/{MODEL}/predict"
        self._process = process

    def load_with(self, tool: Sequence[str], rate: int | None, seconds: float) -> LoadMeasurement:
        """Let autocannon make a load."""
        self._model_figures()
        command = [
            *tool,
            *("-c", str(CONNECTIONS), "-d", str(math.ceil(seconds)), "-m", "POST", "-j"),
            *("-H", f"Authorization: Bearer {self._key}", "-b", self._body),
            *(() if rate is None else ("-R", str(rate))),
            f"{self._url}{self._path}",
        ]
        finished = subprocess.run(command, capture_output=True, text=True, check=True)
        report = json.loads(finished.stdout)
        latency, model_ms = report["latency"], self._model_figures()
        return LoadMeasurement(
            "autocannon",
            rate,
            CONNECTIONS,
            report["requests"]["average"],
            report["non2xx"] + report["errors"] + report["timeouts"],
            latency["p50"],
            latency["p90"],
            latency["p99"],
            latency["average"],
            model_ms,
            latency["p50"] - model_ms,
        )

    def load_evenly(self, rate: int, seconds: float) -> LoadMeasurement:
        """Make a load with clients that take turns."""
        self._model_figures()
        latencies = sorted(asyncio.run(self._take_turns(rate, seconds)))
        model_ms = self._model_figures()
        answered = [each for each in latencies if each < math.inf]
        p50, p90, p99 = (answered[int(part * (len(answered) - 1))] for part in _PERCENTILES)
        return LoadMeasurement(
            "spread",
            rate,
            CONNECTIONS,
            len(answered) / seconds,
            len(latencies) - len(answered),
            p50,
            p90,
            p99,
            fmean(answered),
            model_ms,
            p50 - model_ms,
        )

    async def _take_turns(self, rate: int, seconds: float) -> list[float]:
        start, latencies = time.perf_counter() + 0.2, list[float]()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Length: {len(self._body)}\r\n\r\n"
        )
        request, place, pause = (head + self._body).encode(), urlsplit(self._url), CONNECTIONS / rate

        async def client(number: int) -> None:
            reading, writing = await asyncio.open_connection(place.hostname, place.port)
            due = start + pause * number / CONNECTIONS
            while due < start + seconds:
                await asyncio.sleep(due - time.perf_counter())
                sent = time.perf_counter()
                writing.write(request)
                answered = await reading.readuntil(b"\r\n\r\n")
                await reading.readexactly(_length_of(answered))
                taken = _MILLISECONDS * (time.perf_counter() - sent)
                latencies.append(taken if answered.startswith(_RIGHT) else math.inf)
                due += pause
            writing.close()

        await asyncio.gather(*map(client, range(CONNECTIONS)))
        return latencies

    def _model_figures(self) -> float:
        self._asked.write("\n")
        self._asked.flush()
        figures: Mapping[str, float] = json.loads(self._told.readline())
        return figures["mean_ms"]


def _length_of(head: bytes) -> int:
    (line,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(line.partition(b":")[2])


@contextmanager
def _gateway(model: Path | None) -> Iterator[_Served]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tcss_chain.benchmarks.gateway_process", folder]
        command += [] if model is None else [str(model.absolute())]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        ) as process:
            assert process.stdin is not None  # noqa: S101
            assert process.stdout is not None  # noqa: S101
            try:
                yield _Served(process, process.stdout, process.stdin)
                process.stdin.close()
                process.wait(_START_SECONDS)
            finally:
                process.kill()
