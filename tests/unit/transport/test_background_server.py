"""A server that everybody can reach: floods, slow clients, garbage."""

from __future__ import annotations

import gzip
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest
from support.single_exchange import get_json

from tcss_chain.transport import Answer, BackgroundServer, Limits, ServerLimits, ServerStartError

LARGE = 50_000_000
REQUEST = b"GET /here HTTP/1.1\r\nHost: x\r\n\r\n"


class Echo(BackgroundServer):
    """Answers one path, and fails at another."""

    def answer(self, path: str) -> Answer | None:
        if path == "/fails":
            raise ValueError("hunter2")
        if path == "/large":
            return Answer(b"1" * LARGE)
        return Answer(b'{"here": 1}') if path == "/here" else None


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo("127.0.0.1", 0) as running:
        yield running


def serving(seconds: float = 0.5, total: int = 256, per_address: int = 128) -> Echo:
    return Echo("127.0.0.1", 0, ServerLimits(total, per_address, seconds))


def connect(server, source="127.0.0.1"):
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port), 5, (source, 0))


def everything(connection):
    data = b""
    with suppress(ConnectionError):
        while received := connection.recv(65536):
            data += received
    return data


def ask(server, data, source="127.0.0.1"):
    with connect(server, source) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        return everything(connection)


def status(answer):
    return int(answer.split(b" ")[1])


def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def open_files():
    return len(os.listdir("/dev/fd"))


def settle(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_an_answer_has_no_word_too_many(server):
    head, _, body = ask(server, REQUEST).partition(b"\r\n\r\n")
    assert body == b'{"here": 1}'
    names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names == {
        b"server",
        b"cache-control",
        b"content-type",
        b"content-length",
        b"date",
        b"connection",
    }
    assert b"python" not in head.lower()
    assert b"aiohttp" not in head.lower()


def test_the_own_client_understands_it(server):
    assert get_json(f"{server.url}/here", Limits()) == {"here": 1}


def test_a_connection_has_one_answer(server):
    answer = ask(server, REQUEST * 40)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert status(answer) == 200


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET /here HTTP/1.0\r\n\r\n", 200),
        (b"GET /here?a=b HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET http://other/here HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /he%72e HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /there HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"HEAD /here HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /here HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"CONNECT other:80 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET /here HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 413),
        (b"GET /here HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 413),
        (b"GET /here HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 200),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /here HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 5000 + b"\r\n\r\n", 400),
        (b"GET /here HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 400),
        (b"GET /here HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /here\r\n\r\n", 400),
        (b"GET /here HTTP/0.9\r\n\r\n", 400),
        (b"GET /here HTTP/9.9\r\n\r\n", 400),
        (b"hunter2 hunter2\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hunter2\r\n\r\n", 400),
        (b"GET /fails HTTP/1.1\r\nHost: x\r\n\r\n", 500),
    ],
)
def test_every_request_gets_a_bare_status_that_fits_and_nothing_else(server, caplog, data, expected):
    answer = ask(server, data)
    assert status(answer) == expected
    if expected != 200:
        assert answer.endswith(b"\r\n\r\n")
    assert b"hunter2" not in answer
    assert "hunter2" not in caplog.text
    assert status(ask(server, REQUEST)) == 200


def test_garbage_is_not_logged_and_own_faults_are_by_their_kind_only(server, caplog):
    with caplog.at_level(logging.INFO):
        ask(server, b"hunter2\r\n\r\n")
        ask(server, b"GET /here HTTP/9.9\r\n\r\n")
        assert caplog.text == ""
        ask(server, b"GET /fails HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "an answer failed with ValueError" in caplog.text
    assert "hunter2" not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)


def test_a_packed_body_is_not_unpacked(server):
    bomb = gzip.compress(b" " * 20_000_000)
    head = f"GET /here HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    answer = ask(server, head.encode() + bomb)
    assert answer == b"" or status(answer) == 413


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /he",
        b"GET /here HTTP/1.1\r\nX-Slow: 1",
        b"GET /here HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n",
    ],
    ids=["silence", "request line", "headers", "body"],
)
def test_a_client_that_drips_is_cut_off_when_its_time_is_up(beginning):
    with serving(seconds=0.4) as server, connect(server) as connection:
        started = time.monotonic()
        connection.sendall(beginning)
        with suppress(ConnectionError):
            while not is_closed(connection):
                assert time.monotonic() - started < 5
                if beginning:
                    connection.send(b"1")
                time.sleep(0.05)
        assert time.monotonic() - started < 2


def test_a_client_that_does_not_read_is_cut_off_when_its_time_is_up():
    with serving(seconds=0.4) as server, connect(server) as connection:
        before = open_files()
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        # The beginning fills the buffers on the way; the server's end of the connection is open meanwhile.
        assert connection.recv(1) == b"H"
        time.sleep(0.8)
        assert open_files() <= before
        assert len(everything(connection)) < LARGE


def test_a_client_that_never_stops_sending_is_cut_off():
    with serving(seconds=30) as server, connect(server) as connection:
        connection.sendall(b"GET /here HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            connection.sendall(b"x" * 100_000_000)


def test_idle_connections_keep_nobody_from_an_answer_and_files_stay_bounded():
    with serving(seconds=30, total=60, per_address=40) as server, ExitStack() as open_sockets:
        before = open_files()
        idle = [open_sockets.enter_context(connect(server)) for _ in range(200)]
        for connection in idle[::2]:
            with suppress(ConnectionError):
                connection.sendall(b"GET /he")
        started = time.monotonic()
        # The same address as the flood, and another one.
        assert [status(ask(server, REQUEST)) for _ in range(10)] == [200] * 10
        assert [status(ask(server, REQUEST, "127.0.0.2")) for _ in range(10)] == [200] * 10
        assert time.monotonic() - started < 3
        # 200 are the test's own.
        assert settle(lambda: open_files() - before - 200 <= 60)
        assert sum(is_closed(connection) for connection in idle) >= 160


def test_a_flood_from_one_address_pushes_out_nobody_from_another():
    with serving(seconds=30, total=50, per_address=40) as server, ExitStack() as open_sockets:
        patient = open_sockets.enter_context(connect(server, "127.0.0.2"))
        patient.sendall(REQUEST[:10])
        flood = [open_sockets.enter_context(connect(server)) for _ in range(200)]
        assert settle(lambda: sum(is_closed(each) for each in flood) >= 160)
        patient.sendall(REQUEST[10:])
        assert status(everything(patient)) == 200


def test_a_flood_that_goes_on_leaves_room():
    with serving(seconds=30, total=60, per_address=40) as server, ExitStack() as open_sockets:
        over = threading.Event()

        def flood():
            while not over.is_set():
                with suppress(OSError):
                    open_sockets.enter_context(connect(server))
                over.wait(0.002)

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            answers = [get_json(f"{server.url}/here", Limits()) for _ in range(30)]
        finally:
            over.set()
            thread.join(10)
    assert answers == [{"here": 1}] * 30


def test_stopping_closes_all_connections_and_files():
    before = open_files()
    with ExitStack() as open_sockets:
        with serving(seconds=30) as server:
            idle = [open_sockets.enter_context(connect(server)) for _ in range(50)]
            started = time.monotonic()
        assert time.monotonic() - started < 3
        assert settle(lambda: all(is_closed(each) for each in idle))
    assert settle(lambda: open_files() <= before)


def test_starting_twice_changes_nothing_and_a_stopped_server_starts_again():
    server = Echo("127.0.0.1", 0).start()
    url = server.url
    assert server.start().url == url
    server.stop()
    with server:
        assert server.url == url
        assert status(ask(server, REQUEST)) == 200


def test_an_address_of_version_6_is_written_in_brackets():
    assert Echo("::1", 80).url == "http://[::1]:80"


def test_a_port_that_is_taken_is_reported(server):
    port = urlsplit(server.url).port
    with pytest.raises(ServerStartError) as caught:
        Echo("127.0.0.1", port).start()
    assert caught.value.address == f"127.0.0.1:{port}"
