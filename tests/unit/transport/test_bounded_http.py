"""Requests to friendly and to hostile services."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib

import pytest
from support.raw_server import dripping, http, pouring, raw_server, unused_port
from support.single_exchange import get_json, post_json

from tcss_chain.errors import TcssError
from tcss_chain.transport import Limits, TransportError

QUICK = Limits(connect_seconds=0.5, total_seconds=0.5, max_bytes=1000)
LAZY = Limits(total_seconds=5, max_bytes=1000)
SECRET = "hunter2"


def failure(respond, limits=LAZY, path="/"):
    with raw_server(respond) as server:
        started = time.monotonic()
        with pytest.raises(TransportError) as caught:
            get_json(server.url + path, limits)
        assert time.monotonic() - started < limits.total_seconds + 1
    assert SECRET not in str(caught.value)
    return caught.value


def test_json_comes_through_and_the_request_is_a_plain_get():
    with raw_server(http(b'{"a": [1, null, "x"]}')) as server:
        assert get_json(f"{server.url}/path", LAZY) == {"a": [1, None, "x"]}
    (request,) = server.requests
    assert request.startswith(b"GET /path HTTP/1.1\r\n")
    assert b"Cookie" not in request


def test_a_body_is_posted_as_json():
    with raw_server(http(b"7")) as server:
        assert post_json(server.url, {"question": [1, 2]}, LAZY) == 7
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1")
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body) == {"question": [1, 2]}


def test_an_answer_in_chunks_comes_through():
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"
    with raw_server(chunks) as server:
        assert get_json(server.url, LAZY) == [1, 2]


@pytest.mark.parametrize("length", [999, 1000])
def test_an_answer_up_to_the_limit_comes_through(length):
    with raw_server(http(b"1".rjust(length))) as server:
        assert get_json(server.url, LAZY) == 1


@pytest.mark.parametrize("headers", [[], ["X: y"]])
def test_an_answer_beyond_the_limit_is_refused(headers):
    assert "more than 1000 bytes" in failure(http(b"1".rjust(1001), headers=headers)).reason


def test_a_huge_answer_is_refused_without_being_read_to_its_end():
    body = b" " * 50_000_000
    with raw_server(http(body)) as server:
        started = time.monotonic()
        with pytest.raises(TransportError, match="more than 1000 bytes"):
            get_json(server.url, LAZY)
        assert time.monotonic() - started < 2
        assert server.hung_up.wait(5)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" " * 65536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"100\r\n" + b" " * 256 + b"\r\n"),
    ],
)
def test_an_endless_answer_is_cut_off(head, piece):
    assert "more than 1000 bytes" in failure(pouring(head, piece)).reason


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Header: ", b"v" * 1000),
        (b"HTTP/1.1 200 ", b"O" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["headers", "header value", "reason", "chunk size", "interim answers"],
)
def test_endless_headers_end_at_the_time_limit_or_before(head, piece):
    failure(pouring(head, piece), Limits(total_seconds=1.5, max_bytes=1000))


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b" "),
        (b"HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"1"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["nothing", "headers", "one header", "body", "body of stated length", "chunks"],
)
def test_drops_in_headers_or_body_end_at_the_time_limit(head, drop):
    error = failure(dripping(head, drop), QUICK)
    assert error.status is None


def test_silence_ends_at_the_time_limit():
    assert "Timeout" in failure(lambda connection: time.sleep(1), QUICK).reason


def test_a_server_that_accepts_nothing_ends_at_the_time_limit():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        started = time.monotonic()
        with pytest.raises(TransportError):
            get_json(url, QUICK)
        assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "status",
    ["201 Created", "204 No Content", "206 Partial", "304 Same", "400 Bad", "404 Not Found", "500 Oops"],
)
def test_only_status_200_is_an_answer(status):
    body = b"" if status[:3] in ("204", "304") else b'{"text": "hunter2"}'
    error = failure(http(body, status))
    assert error.status == int(status[:3])
    assert error.reason == f"status {status[:3]}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(status):
    with raw_server(http(b"1")) as elsewhere:
        location = f"Location: {elsewhere.url}/hunter2"
        assert failure(http(b"", status, [location])).status == int(status[:3])
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"hunter2", b"<html>", b"{", b'{"a": 1} x', b"\xff\xfe\xfd", b"[1,]", b"9" * 900 + b"x"],
)
def test_what_is_no_json_is_no_answer(body):
    assert failure(http(body)).reason == "an answer that is not JSON"


def test_a_number_too_long_to_read_is_no_answer():
    failure(http(b"9" * 5000), Limits(max_bytes=10_000))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_refused_before_it_is_parsed(opening):
    body = opening * 65
    assert "brackets" in failure(http(body), Limits(max_bytes=100_000)).reason
    assert "brackets" in failure(http(opening * 10_000), Limits(max_bytes=100_000)).reason


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig"])
def test_deep_nesting_is_refused_in_every_coding_that_json_may_have(coding):
    body = ("[" * 20_000 + "]" * 20_000).encode(coding)
    assert "brackets" in failure(http(body), Limits(max_bytes=1_000_000)).reason


def test_as_many_brackets_as_are_allowed_come_through():
    with raw_server(http(b"[" * 64 + b"]" * 64)) as server:
        value = get_json(server.url, LAZY)
    for _ in range(63):
        (value,) = value
    assert value == []


@pytest.mark.parametrize(("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_answers_are_not_unpacked(coding, compress):
    body = compress(b'{"a": 1}')
    error = failure(http(body, headers=[f"Content-Encoding: {coding}"]))
    assert error.reason == "an answer that is not JSON"


def test_compressed_answers_are_not_asked_for():
    with raw_server(http(b"1")) as server:
        get_json(server.url, LAZY)
        post_json(server.url, {}, LAZY)
    assert len(server.requests) == 2
    for request in server.requests:
        assert b"\r\naccept-encoding: identity\r\n" in request.lower()


def test_a_compressed_bomb_stays_small():
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < 200_000
    limits = Limits(max_bytes=200_000)
    error = failure(http(bomb, headers=["Content-Encoding: gzip"]), limits)
    assert error.reason == "an answer that is not JSON"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hunter2 is no http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n1",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1",
        b"HTTP/1.1 200",
        b"\x00\x01\x02\x03\r\n\r\n",
    ],
)
def test_a_closed_connection_and_what_is_no_http_are_no_answers(raw):
    failure(raw)


def test_a_port_on_which_nobody_listens_is_no_answer():
    with pytest.raises(TransportError) as caught:
        get_json(f"http://127.0.0.1:{unused_port()}/hunter2", LAZY)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "/path",
        "http://",
        "http://[",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1:x/",
        "http://hunter2.invalid/",
        "http://127.0.0.1:99999/",
        "http://\x00/",
    ],
)
def test_what_is_no_address_of_a_service_is_no_answer(url):
    with pytest.raises(TransportError) as caught:
        get_json(url, QUICK)
    assert SECRET not in str(caught.value)
    assert isinstance(caught.value, TcssError)


def test_proxies_and_credentials_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    with raw_server(http(b"1")) as server:
        assert get_json(server.url, LAZY) == 1


def test_no_cookie_survives_an_exchange():
    with raw_server(http(b"1", headers=["Set-Cookie: id=hunter2; Path=/"])) as server:
        get_json(server.url, LAZY)
        get_json(server.url, LAZY)
    assert len(server.requests) == 2
    assert b"hunter2" not in server.requests[1]


def test_a_body_is_never_posted_twice():
    with raw_server(b"") as server:
        with pytest.raises(TransportError):
            post_json(server.url, {}, LAZY)
        assert len(server.requests) == 1


def test_a_look_up_of_a_name_that_hangs_ends_at_the_time_limit(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: released.wait(10) and [])
    try:
        started = time.monotonic()
        with pytest.raises(TransportError):
            get_json("http://slow.example/", QUICK)
        assert time.monotonic() - started < 2
    finally:
        released.set()
