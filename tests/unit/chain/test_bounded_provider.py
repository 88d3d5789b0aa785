"""Answers of a node are bounded in size, depth and time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.raw_server import dripping, http, pouring, raw_server

from tcss_chain.chain import bounded_provider
from tcss_chain.chain.bounded_provider import MAX_DEPTH, _depth
from tcss_chain.chain.connection import connect, node_errors
from tcss_chain.chain.errors import NodeError

GOOD = b'{"jsonrpc": "2.0", "id": 0, "result": "0x2a"}'


def chain_id(answer):
    with raw_server(answer) as server, node_errors("asking"):
        return connect(server.url).eth.chain_id


def failure(answer):
    with pytest.raises(NodeError) as caught:
        chain_id(answer)
    return caught.value.reason


def test_an_answer_comes_through_also_compressed_and_in_chunks():
    assert chain_id(http(GOOD)) == 42
    assert chain_id(http(gzip.compress(GOOD), headers=["Content-Encoding: gzip"])) == 42
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
        len(GOOD),
        GOOD,
    )
    assert chain_id(chunked) == 42


def test_a_large_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(bounded_provider, "MAX_ANSWER_BYTES", 100_000)
    assert chain_id(http(GOOD.rjust(100_000))) == 42
    assert "OversizedAnswer" in failure(http(GOOD.rjust(100_001)))
    assert "OversizedAnswer" in failure(
        pouring(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" " * 65536)
    )


def test_a_compressed_bomb_is_cut_off(monkeypatch):
    monkeypatch.setattr(bounded_provider, "MAX_ANSWER_BYTES", 1_000_000)
    bomb = gzip.compress(b" " * 50_000_000)
    assert "OversizedAnswer" in failure(http(bomb, headers=["Content-Encoding: gzip"]))


def test_an_answer_in_drops_ends_at_the_time_limit(monkeypatch):
    monkeypatch.setattr(bounded_provider, "ANSWER_SECONDS", 0.5)
    started = time.monotonic()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert failure(dripping(head, b"1\r\n \r\n")) == "ReadTimeout"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'["]]]]",', b'["\\"]]]",', b'{"}":[1],"b":'])
def test_deep_nesting_is_refused_before_it_is_parsed(opening):
    assert "DeeplyNestedAnswer" in failure(http(opening * 100_000))


def test_usual_nesting_comes_through():
    nested: object = "0x2a"
    for _ in range(MAX_DEPTH - 1):
        nested = [nested]
    body = json.dumps({"jsonrpc": "2.0", "id": 0, "result": nested}).encode()
    with raw_server(http(body)) as server:
        assert connect(server.url).provider.make_request("x", [])["result"] == nested


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(
    value=st.recursive(
        st.none() | st.text(alphabet='[]{}"\\,:x', max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(alphabet='[]{}"\\', max_size=4), inner, max_size=3)
        ),
    )
)
def test_brackets_in_strings_do_not_count(value):
    assert _depth(json.dumps(value).encode()) == depth_of(value)


def test_measuring_a_long_string_needs_no_memory_of_its_own():
    """The engine of the patterns keeps its way back outside of what Python's own tracing sees."""
    script = (
        "import resource, sys\n"
        "from tcss_chain.chain.bounded_provider import _depth\n"
        "answer = b'{\"result\":\"' + (b'a' * 4096 + b'\\\\n') * 2048 + b'\"}'\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert _depth(answer) == 1\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 // len(answer))"
    )
    shown = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)
    assert int(shown.stdout) < 8


def test_redirects_are_not_followed():
    with raw_server(http(GOOD)) as elsewhere:
        failure(http(b"", "307 Temporary Redirect", [f"Location: {elsewhere.url}"]))
    assert elsewhere.requests == []


@pytest.mark.parametrize("status", ["401 No", "404 Not Found", "429 Too Many", "500 Oops", "503 Later"])
def test_other_statuses_are_failures(status):
    assert failure(http(GOOD, status)) == "HTTPError"
