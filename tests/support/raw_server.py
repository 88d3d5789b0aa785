"""A server of raw bytes on the loopback interface, for answers that no HTTP library would send."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Respond = Callable[[socket.socket], None]


@dataclass
class RawServer:
    """Where it listens and which requests came; ``hung_up`` is set when a client goes before the end."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)


@contextmanager
def raw_server(respond: Respond | bytes, port: int = 0) -> Iterator[RawServer]:
    """Accept connections one after the other; after a request's end, respond with bytes or by a function."""
    listener = socket.create_server(("127.0.0.1", port))
    server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def answer(connection: socket.socket) -> None:
        connection.settimeout(10)
        server.requests.append(_read_request(connection))
        if isinstance(respond, bytes):
            connection.sendall(respond)
        else:
            respond(connection)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    answer(connection)
                except OSError:
                    server.hung_up.set()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            return data
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def http(
    body: bytes, status: str = "200 OK", headers: Sequence[str] = (), length: int | None = None
) -> bytes:
    """An answer as a polite server writes it."""
    stated = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {stated}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def dripping(head: bytes, drop: bytes = b" ", pause: float = 0.05, seconds: float = 8) -> Respond:
    """Send a head at once, then small pieces slowly."""

    def respond(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            connection.sendall(drop)
            time.sleep(pause)

    return respond


def pouring(head: bytes, piece: bytes, seconds: float = 8) -> Respond:
    """Send a head, then the same piece again and again as fast as it is taken."""

    def respond(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            connection.sendall(piece)

    return respond


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
