"""The pirate box as an HTTP service on the loopback interface."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from tcss_chain.auditor.box_messages import MAX_REQUEST_BYTES, decode_request, encode_answer

from .pirate_box import PirateBox

_HOST: Final = "127.0.0.1"
_READ_SECONDS: Final = 10.0


class PirateServer:
    """
    Serves one box on a free loopback port while the ``with`` statement lasts.

    Parameters
    ----------
    box : PirateBox
        The box.
    """

    def __init__(self, box: PirateBox) -> None:
        self._server = ThreadingHTTPServer((_HOST, 0), _handler_for(box))
        self._thread = threading.Thread(target=self._server.serve_forever, name="pirate-box", daemon=True)

    @property
    def url(self) -> str:
        """Where the box answers POST requests."""
        return f"http://{_HOST}:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler_for(box: PirateBox) -> type[BaseHTTPRequestHandler]:
    # One query after another: the sequence of the errors belongs to the seed.
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        timeout = _READ_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit() and int(length) <= MAX_REQUEST_BYTES):
                self._reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"")
                return
            shares = decode_request(self.rfile.read(int(length)))
            if shares is None:
                self._reply(HTTPStatus.BAD_REQUEST, b"")
                return
            with turn:
                secret = box.query(shares)
            self._reply(HTTPStatus.OK, encode_answer(secret))

        def _reply(self, status: HTTPStatus, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: requests and answers are combinations of leaked shares."""

    return Handler
