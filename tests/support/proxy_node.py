"""A node that can be made to fail or to lie, in front of one that works."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

Answer = dict[str, Any]
"""What stands beside the id in an answer: a result or an error."""


@dataclass
class ProxyNode:
    """
    Where it listens, what was asked, and what is changed.

    ``changes`` gives answers by method, from the parameters and a function that asks the real node. With a
    ``failure`` every answer is an HTTP status or a raw body instead; ``resume`` ends the silence of a
    silent one.
    """

    url: str
    upstream: str
    changes: dict[str, Callable[[list[Any], Callable[[], Answer]], Answer]] = field(default_factory=dict)
    failure: int | bytes | None = None
    silent: bool = False
    is_gone: bool = False
    resume: threading.Event = field(default_factory=threading.Event)
    requests: list[tuple[str, list[Any]]] = field(default_factory=list)

    def asked(self, method: str) -> int:
        """How often a method was asked for."""
        return sum(1 for each, _ in self.requests if each == method)

    def says(self, method: str, result: Any) -> None:
        """Answer a method with a fixed result."""
        self.changes[method] = lambda _params, _truth: {"result": result}

    def refuses(self, method: str, message: str, code: int = -32000) -> None:
        """Answer a method with an error."""
        self.changes[method] = lambda _params, _truth: {"error": {"code": code, "message": message}}

    def ask(self, method: str, params: list[Any]) -> Answer:
        """Ask the real node."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = requests.post(self.upstream, json=request, timeout=30).json()
        return {key: answer[key] for key in ("result", "error") if key in answer}

    def answer(self, body: bytes) -> tuple[int, bytes]:
        request = json.loads(body)
        method, params = request["method"], request.get("params", [])
        self.requests.append((method, params))
        if self.silent:
            self.resume.wait(30)
        if isinstance(self.failure, int):
            return self.failure, b""
        if isinstance(self.failure, bytes):
            return 200, self.failure

        def truth() -> Answer:
            return self.ask(method, params)

        change = self.changes.get(method)
        answer = truth() if change is None else change(params, truth)
        return 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}).encode()


@contextmanager
def proxy_node(upstream: str, host: str = "127.0.0.1") -> Iterator[ProxyNode]:
    """Serve a proxy until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if node.is_gone:
                self.close_connection = True
                return
            status, body = node.answer(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # clients are killed in tests
                super().handle_error(request, client_address)

    server = Server((host, 0), Handler)
    server.daemon_threads = True
    node = ProxyNode(f"http://{host}:{server.server_port}", upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        node.is_gone = True
        node.resume.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
