"""What strangers may cost the gateway's server, over raw sockets."""

from __future__ import annotations

import socket
import time

import pytest

from tcss_chain.gateway.gateway_file import RequestLimits
from tcss_chain.transport import ServerStartError

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(gateway.server.url.rpartition(":")[2])), 10)


def read_all(wire: socket.socket) -> bytes:
    content = b""
    try:
        while part := wire.recv(65536):
            content += part
    except ConnectionResetError:
        pass
    return content


def ask(wire: socket.socket) -> bytes:
    wire.sendall(HEALTH)
    return wire.recv(65536)


def test_a_connection_is_used_again(gateway):
    with connect(gateway) as wire:
        for _ in range(5):
            assert ask(wire).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent", [b"", b"GET /heal", HEALTH[:-2], b"POST /v1/models/sum/predict HTTP/1.1\r\n"]
)
def test_a_slow_client_is_cut_off(hall, sent):
    gateway = hall.start(limits=RequestLimits(request_seconds=0.3))
    with connect(gateway) as wire:
        wire.sendall(sent)
        started = time.monotonic()
        read_all(wire)
        assert time.monotonic() - started < 3


def test_a_body_that_never_comes_is_given_up_and_written_down(hall):
    gateway = hall.start(limits=RequestLimits(request_seconds=0.3))
    with connect(gateway) as wire:
        head = f"POST /v1/models/sum/predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.key}\r\n"
        wire.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        assert b"200 OK" not in read_all(wire)
    end = time.monotonic() + 5
    while not gateway.lines("refusal") and time.monotonic() < end:
        time.sleep(0.02)
    (line,) = gateway.lines("refusal")
    assert line.fields["error"] == "malformed"
    assert gateway.runtime.calls == 0


def test_time_begins_anew_with_every_answer(hall):
    gateway = hall.start(limits=RequestLimits(request_seconds=0.5))
    with connect(gateway) as wire:
        for _ in range(4):
            assert ask(wire).startswith(b"HTTP/1.1 200 ")
            time.sleep(0.3)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense secret-word\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nsecret-word\r\n\r\n",
        b"GET /secret-word HTTP/1.1\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % each for each in range(200)) + b"\r\n",
    ],
)
def test_garbage_is_answered_briefly_and_not_repeated(gateway, sent):
    with connect(gateway) as wire:
        wire.sendall(sent)
        answer = read_all(wire)
    assert b"200 OK" not in answer
    assert b"secret-word" not in answer
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert gateway.predict([[1, 2, 3]]).status_code == 200


def test_the_connection_that_was_idle_for_longest_makes_room(hall):
    gateway = hall.start(limits=RequestLimits(connections=3))
    wires = [connect(gateway) for _ in range(3)]
    for wire in wires:
        ask(wire)
    ask(wires[0])
    with connect(gateway) as fourth:
        assert ask(fourth).startswith(b"HTTP/1.1 200 ")
    assert ask(wires[0]).startswith(b"HTTP/1.1 200 ")
    assert read_all(wires[1]) == b""
    for wire in wires:
        wire.close()


def test_a_connection_at_work_is_not_pushed_out(hall):
    gateway = hall.start(limits=RequestLimits(connections=1))
    gateway.runtime.go_on.clear()
    body = b'{"inputs": [[1, 2, 3]]}'
    with connect(gateway) as busy:
        head = f"POST /v1/models/sum/predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.key}\r\n"
        busy.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert gateway.runtime.entered.acquire(timeout=10)
        with connect(gateway) as refused:
            assert read_all(refused) == b""
        gateway.runtime.go_on.set()
        assert busy.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_an_address_in_use_is_told(gateway, hall, tmp_path):
    from support.gateways import gateway_file

    from tcss_chain.gateway.gateway_server import GatewayServer
    from tcss_chain.operation.node_settings import Endpoint

    port = int(gateway.server.url.rpartition(":")[2])
    file = gateway_file(tmp_path, listen=Endpoint("127.0.0.1", port))
    with pytest.raises(ServerStartError):
        GatewayServer(file, gateway.shelf, gateway.trail, gateway.metrics).start()
