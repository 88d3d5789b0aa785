"""A server that takes POST at one path: long, slow and broken bodies, and too many at once."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from tcss_chain.transport import Answer, BackgroundServer, ServerLimits
from tcss_chain.transport.guarded_server import MAX_CONNECTION_BYTES

MOST = 1000
QUICK = ServerLimits(connection_seconds=0.4, post_threads=2, posts_waiting=2, post_seconds=2)


class Desk(BackgroundServer):
    """Answers with the length of what was posted, when it is told to go on."""

    def __init__(self, limits=None):
        super().__init__("127.0.0.1", 0, limits)
        self.go_on = threading.Event()
        self.go_on.set()
        self.bodies = []
        self.threads = set()

    def answer(self, path: str) -> Answer | None:
        return Answer(b'{"here": 1}') if path == "/here" else None

    def post_bytes(self, path: str) -> int:
        return MOST if path in ("/desk", "/fails") else 0

    def post(self, path: str, body: bytes) -> Answer:
        self.bodies.append(body)
        self.threads.add(threading.get_ident())
        if path == "/fails":
            raise ValueError("hunter2")
        self.go_on.wait(20)
        return Answer(b"%d" % len(body))

    def busy(self, path: str) -> Answer:
        return Answer(path.encode(), status=429)


@pytest.fixture
def server() -> Iterator[Desk]:
    with Desk() as running:
        yield running
        running.go_on.set()


def connect(server, source="127.0.0.1"):
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port), 10, (source, 0))


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


def posting(body, path="/desk", *headers, length=None):
    size = len(body) if length is None else length
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {size}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*parts, end=b"0\r\n\r\n"):
    head = b"POST /desk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def status(answer):
    return int(answer.split(b" ")[1])


def content(answer):
    return answer.partition(b"\r\n\r\n")[2]


def settle(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (posting(b"x" * MOST), MOST),
        (posting(b"x"), 1),
        (posting(b""), 0),
        (b"POST /desk HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        (b"POST /desk HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", 3),
        (posting(b"x", "/desk?a=b"), 1),
        (chunked(b"x" * 500, b"x" * 500), MOST),
    ],
)
def test_a_body_is_passed_on_whole(server, data, length):
    answer = ask(server, data)
    assert (status(answer), content(answer)) == (200, b"%d" % length)
    assert [len(body) for body in server.bodies] == [length]


def test_it_is_answered_in_another_thread_than_the_servers(server):
    ask(server, posting(b"x"))
    assert server.threads
    assert server._thread.ident not in server.threads


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (posting(b"x" * (MOST + 1)), 413),
        (posting(b"x", length=10**9), 413),
        (chunked(b"x" * 600, b"x" * 600), 413),
        (chunked(*[b"x"] * (MOST + 1)), 413),
        (posting(b"x", "/here"), 405),
        (posting(b"x", "/there"), 405),
        (posting(b"x", "/des%6b"), 405),
        (b"PUT /desk HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 405),
        (b"GET /desk HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (posting(b"x", "/desk", "Content-Length: 5"), 400),
        (posting(b"hunter2", length=-1), 400),
        (posting(b"hunter2", "/desk", "Transfer-Encoding: chunked"), 400),
        (chunked(end=b"hunter2\r\n\r\n"), 400),
        (chunked(b"abc", end=b"-1\r\n\r\n"), 400),
    ],
)
def test_a_body_that_is_not_taken_gets_a_bare_status(server, caplog, data, expected):
    answer = ask(server, data)
    assert (status(answer), content(answer)) == (expected, b"")
    assert server.bodies == []
    assert b"hunter2" not in answer
    assert "hunter2" not in caplog.text
    assert status(ask(server, posting(b"x"))) == 200


def test_a_packed_body_is_passed_on_packed(server):
    bomb = gzip.compress(b" " * 500_000)
    assert len(bomb) < MOST
    ask(server, posting(bomb, "/desk", "Content-Encoding: gzip"))
    assert server.bodies == [bomb]


def test_an_answer_that_fails_is_logged_by_its_kind_only(server, caplog):
    with caplog.at_level(logging.INFO):
        answer = ask(server, posting(b"hunter2", "/fails"))
    assert (status(answer), content(answer)) == (500, b"")
    assert "an answer failed with ValueError" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_body_that_drips_is_cut_off_when_its_time_is_up():
    with Desk(QUICK) as server, connect(server) as connection:
        started = time.monotonic()
        connection.sendall(posting(b"", length=900))
        with suppress(ConnectionError):
            while time.monotonic() - started < 5:
                connection.sendall(b"x")
                time.sleep(0.03)
        assert 0.2 < time.monotonic() - started < 2
        assert server.bodies == []


def test_a_client_that_goes_away_in_the_middle_of_a_body_leaves_nothing(server, caplog):
    with connect(server) as connection:
        connection.sendall(posting(b"hunter2", length=900))
    assert status(ask(server, posting(b"x"))) == 200
    assert server.bodies == [b"x"]
    assert caplog.text == ""


def test_an_endless_body_is_cut_off(server):
    with connect(server) as connection, suppress(ConnectionError):
        connection.sendall(b"POST /desk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(10_000):
            connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        pytest.fail(f"more than {MAX_CONNECTION_BYTES} bytes were taken")


def test_an_answer_may_take_longer_than_a_connection_that_says_nothing():
    with Desk(QUICK) as server, connect(server) as silent, connect(server) as connection:
        server.go_on.clear()
        connection.sendall(posting(b"abc"))
        assert everything(silent) == b""
        time.sleep(0.4)
        server.go_on.set()
        assert content(everything(connection)) == b"3"


def test_an_answer_that_takes_too_long_is_cut_off():
    with Desk(ServerLimits(post_seconds=0.4)) as server, connect(server) as connection:
        server.go_on.clear()
        started = time.monotonic()
        connection.sendall(posting(b"abc"))
        assert everything(connection) == b""
        assert time.monotonic() - started < 3
        server.go_on.set()


def test_too_many_at_once_are_told_so_and_pages_are_answered_meanwhile():
    with Desk(ServerLimits(post_threads=2, posts_waiting=3)) as server, ExitStack() as connections:
        server.go_on.clear()
        clients = [connections.enter_context(connect(server)) for _ in range(5)]
        for client in clients:
            client.sendall(posting(b"abc"))
        assert settle(lambda: status(ask(server, posting(b"more"))) == 429)
        assert content(ask(server, posting(b"more"))) == b"/desk"
        assert len(server.bodies) == 2
        started = time.monotonic()
        page = b"GET /here HTTP/1.1\r\nHost: x\r\n\r\n"
        assert [status(ask(server, page)) for _ in range(5)] == [200] * 5
        assert time.monotonic() - started < 2
        server.go_on.set()
        assert [content(everything(client)) for client in clients] == [b"3"] * 5
        assert len(server.threads) <= 2


def test_those_that_go_away_make_room_for_others(caplog):
    with Desk(ServerLimits(post_threads=1, posts_waiting=2)) as server, connect(server) as first:
        server.go_on.clear()
        first.sendall(posting(b"first"))
        assert settle(lambda: server.bodies == [b"first"])
        for _ in range(20):
            with connect(server) as one, connect(server) as other:
                one.sendall(posting(b"gone"))
                other.sendall(posting(b"gone"))
        with ExitStack() as connections:

            def is_taken():
                client = connections.enter_context(connect(server))
                client.sendall(posting(b"later"))
                client.settimeout(0.3)
                # One that there is no room for is answered at once.
                try:
                    return client.recv(1) == b""
                except TimeoutError:
                    client.settimeout(10)
                    waiting.append(client)
                    return True

            waiting = []
            assert settle(is_taken)
            server.go_on.set()
            assert content(everything(waiting[0])) == b"5"
        assert content(everything(first)) == b"5"
    assert b"gone" not in server.bodies
    assert caplog.text == ""


def test_it_stops_at_once_while_answers_are_worked_on():
    server = Desk().start()
    server.go_on.clear()
    with ExitStack() as connections:
        clients = [connections.enter_context(connect(server)) for _ in range(8)]
        for client in clients:
            client.sendall(posting(b"abc"))
        assert settle(lambda: len(server.bodies) == 4)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 4
        server.go_on.set()
    time.sleep(0.1)
    assert len(server.bodies) == 4
    with server:
        assert status(ask(server, posting(b"abc"))) == 200


def test_a_flood_of_posts_from_one_address_pushes_out_nobody_from_another():
    limits = ServerLimits(connections=50, connections_per_address=40, connection_seconds=30)
    with Desk(limits) as server, ExitStack() as connections:
        patient = connections.enter_context(connect(server, "127.0.0.2"))
        data = posting(b"abcdef")
        patient.sendall(data[:-3])
        for _ in range(200):
            slow = connections.enter_context(connect(server))
            with suppress(ConnectionError):
                slow.sendall(posting(b"x", length=900))
        patient.sendall(data[-3:])
        assert content(everything(patient)) == b"6"
