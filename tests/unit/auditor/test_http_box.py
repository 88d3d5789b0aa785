"""A box behind HTTP, friendly and hostile."""

import gzip
import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from tcss_chain.auditor.box import AnswerProblem
from tcss_chain.auditor.box_messages import decode_request, encode_answer
from tcss_chain.auditor.errors import BoxAddressError
from tcss_chain.auditor.http_box import HttpBox
from tcss_chain.curve import GROUP_ORDER

SHARES = [(3, 4), (5, 6)]


@contextmanager
def raw_server(respond):
    """Accept connections and hand the socket, after the request's end, to `respond`."""
    listener = socket.create_server(("127.0.0.1", 0))
    received = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    received.append(read_request(connection))
                    respond(connection)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", received
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(4096)
    return head, body


def http(body, status="200 OK", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(raw):
    return lambda connection: connection.sendall(raw)


def asked(raw, **kwargs):
    with raw_server(answering(raw)) as (url, _):
        box = HttpBox(url, **kwargs)
        return box.query(SHARES), box.last_problem


def test_a_canonical_answer_comes_through_and_the_request_has_the_format():
    with raw_server(answering(http(encode_answer(77)))) as (url, received):
        box = HttpBox(url)
        assert box.query(SHARES) == 77
        assert box.last_problem is None
    head, body = received[0]
    assert head.startswith(b"POST / HTTP/1.1")
    assert decode_request(body) == tuple(SHARES)


def test_null_is_silence():
    assert asked(http(b'{"secret": null}')) == (None, AnswerProblem.SILENT)


def test_a_scalar_beyond_the_field_is_not_canonical():
    raw = http(json.dumps({"secret": f"0x{GROUP_ORDER:064x}"}).encode())
    assert asked(raw) == (None, AnswerProblem.NOT_CANONICAL)


def test_malformed_answers_are_no_answers():
    assert asked(http(b"<html>")) == (None, AnswerProblem.MALFORMED)


@pytest.mark.parametrize("status", ["201 Created", "404 Not Found", "500 Oops"])
def test_other_statuses_are_refusals(status):
    assert asked(http(encode_answer(77), status)) == (None, AnswerProblem.REFUSED)


def test_redirects_are_not_followed():
    with raw_server(answering(http(encode_answer(77)))) as (elsewhere, visited):
        raw = http(b"", "307 Temporary Redirect", [f"Location: {elsewhere}"])
        assert asked(raw) == (None, AnswerProblem.REFUSED)
        assert visited == []


def test_long_answers_are_cut_off_with_and_without_a_stated_length():
    body = b'{"secret": null}' + b" " * 100_000
    assert asked(http(body)) == (None, AnswerProblem.TOO_LONG)
    unstated = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body
    assert asked(unstated) == (None, AnswerProblem.TOO_LONG)


def test_an_endless_answer_is_cut_off():
    def pour(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    with raw_server(pour) as (url, _):
        box = HttpBox(url, timeout=5)
        assert box.query(SHARES) is None
        assert box.last_problem is AnswerProblem.TOO_LONG


def test_compressed_answers_are_not_unpacked():
    bomb = gzip.compress(encode_answer(77))
    assert asked(http(bomb, headers=["Content-Encoding: gzip"])) == (None, AnswerProblem.MALFORMED)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_an_answer_in_drops_ends_at_the_time_limit(head):
    def drip(connection):
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)

    with raw_server(drip) as (url, _):
        box = HttpBox(url, timeout=0.4)
        started = time.monotonic()
        assert box.query(SHARES) is None
        assert time.monotonic() - started < 3
        assert box.last_problem is AnswerProblem.TIMED_OUT


def test_a_connection_cut_in_the_middle_is_no_answer():
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"
    assert asked(raw) == (None, AnswerProblem.UNREACHABLE)


@pytest.mark.parametrize("raw", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_no_answer(raw):
    assert asked(raw) == (None, AnswerProblem.UNREACHABLE)


def test_a_closed_port_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    box = HttpBox(f"http://127.0.0.1:{port}/")
    assert box.query(SHARES) is None
    assert box.last_problem is AnswerProblem.UNREACHABLE


def test_a_request_that_was_sent_is_never_repeated():
    with raw_server(lambda connection: None) as (url, received):
        HttpBox(url, attempts=5).query(SHARES)
        assert len(received) == 1


def test_a_look_up_of_a_name_that_hangs_ends_at_the_time_limit(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: released.wait(3) and [])
    box = HttpBox("http://slow.example/", timeout=0.2)
    try:
        started = time.monotonic()
        assert box.query(SHARES) is None
        assert time.monotonic() - started < 1.5
        assert box.last_problem is AnswerProblem.TIMED_OUT
    finally:
        released.set()


@pytest.mark.parametrize(
    "url",
    ["", "box", "ftp://box/", "file:///etc/passwd", "http://", "http://[", 5, "http://xn--a/", "http://a:x/",
     "http://a:99999/"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(url):
    with pytest.raises(BoxAddressError) as caught:
        HttpBox(url)
    assert "passwd" not in str(caught.value)
