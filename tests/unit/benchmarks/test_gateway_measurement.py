"""Measuring the gateway, in short."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("safetensors")

from tcss_chain.benchmarks.errors import LoadToolError
from tcss_chain.benchmarks.gateway_measurement import RATES, find_load_tool, line_of, measure_gateway
from tcss_chain.benchmarks.gateway_process import TimedRuntime, example_model
from tcss_chain.gateway.runtimes import RuntimeName, load_runtime

TOOL = """
import json, sys, urllib.request
arguments = sys.argv[1:]
key = arguments[arguments.index("-H") + 1].split(": ", 1)
body = arguments[arguments.index("-b") + 1].encode()
with urllib.request.urlopen(urllib.request.Request(arguments[-1], body, dict([key]))) as answer:
    assert json.load(answer)["outputs"]
print(json.dumps({
    "latency": {"p50": 7, "p90": 8, "p99": 9, "average": 7.5},
    "requests": {"average": 500.0}, "non2xx": 1, "errors": 2, "timeouts": 3,
}))
"""


def test_every_load_is_measured(tmp_path):
    tool = tmp_path / "tool.py"
    tool.write_text(TOOL)
    told = []
    measured = measure_gateway(0.5, tool=[sys.executable, str(tool)], tell=told.append)
    fixed = [rate for rate in RATES if rate is not None]
    assert [(each.tool, each.rate) for each in measured] == [
        *(("autocannon", rate) for rate in RATES),
        *(("spread", rate) for rate in fixed),
    ]
    assert told == [line_of(each) for each in measured]
    for each in measured:
        assert each.model_ms > 0
        if each.tool == "autocannon":
            assert (each.p50_ms, each.mean_ms, each.failures) == (7, 7.5, 6)
            assert each.overhead_ms == pytest.approx(7 - each.model_ms)
        else:
            assert each.failures == 0
            assert each.requests_per_second == pytest.approx(each.rate, rel=0.25)
            assert 0 < each.p50_ms <= each.p90_ms <= each.p99_ms
    json.dumps([each.as_json for each in measured])


def test_without_the_load_tool_nothing_is_measured(tmp_path):
    with pytest.raises(LoadToolError, match="npm ci"):
        find_load_tool(tmp_path)


def test_the_time_of_the_model_is_kept_apart():
    timed = TimedRuntime(load_runtime(RuntimeName.LINEAR, memoryview(example_model())))
    assert timed.figures() == {"predictions": 0, "mean_ms": 0.0, "median_ms": 0.0}
    timed.predict([[0.0] * timed.input_width])
    figures = timed.figures()
    assert figures["predictions"] == 1
    assert 0 < figures["mean_ms"] < 1000
    assert timed.figures()["predictions"] == 0
