"""
``python -m tcss_chain.pirate``: a pirate box in a process of its own.

Reads its settings as one line of JSON from standard input, prints ``{"url": "..."}`` when it is ready, or
``{"error": "..."}``, and stops when standard input closes or on SIGTERM.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from .errors import PirateError, PirateSettingsError
from .server import PirateServer
from .settings import MAX_SETTINGS_BYTES, decode_settings


def main() -> int:
    """Run the box until it is stopped; give the exit status."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    line = sys.stdin.buffer.readline(MAX_SETTINGS_BYTES + 1)
    try:
        if len(line) > MAX_SETTINGS_BYTES:
            raise PirateSettingsError("settings", f"send at most {MAX_SETTINGS_BYTES} bytes")
        server = PirateServer(decode_settings(line))
    except PirateError as error:
        _print_line({"error": str(error)})
        return 2
    with server:
        _print_line({"url": server.url})
        threading.Thread(target=_wait_for_end_of_input, args=(stopping,), daemon=True).start()
        stopping.wait()
    return 0


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    # The raw descriptor: a buffered reader held by a daemon thread would block the interpreter's exit.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stopping.set()


def _print_line(message: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
