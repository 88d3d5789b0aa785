"""A dealer's address where something hostile answers: it costs time and complaints, and nobody's bond."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
from support.chain_faults import faulty_chain, finish, start_each
from support.fleet import free_ports
from support.raw_server import Respond, dripping, http, pouring, raw_server

from tcss_chain.protocol.session import Phase

pytestmark = [pytest.mark.anvil, pytest.mark.long_faults]

WORD = "0x" + "05" * 32
UNCOMMITTED = http(json.dumps({"c0": WORD, "c1": WORD, "path": [WORD] * 7}).encode())
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
STATED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"

ANSWERS: dict[str, bytes | Respond] = {
    "a share that it did not commit to": UNCOMMITTED,
    "garbage": b"\x00\xff" * 3000,
    "json that is no share": http(b'{"c0": [[[[[]]]]], "c1": 1e999}'),
    "an endless answer": pouring(HEAD, b"4000\r\n" + b"[" * 0x4000 + b"\r\n", seconds=20),
    "a slow drip": dripping(STATED, seconds=20),
    "nothing at all": dripping(b"", drop=b"", pause=0.1, seconds=20),
    "404 for ever": http(b"{}", "404 Not Found"),
    "a failure": http(b"{}", "500 Internal Server Error"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_hostile_answer_costs_only_time_and_complaints(
    anvil_binary: Path, tmp_path: Path, answer: str
) -> None:
    with (
        faulty_chain(anvil_binary, tmp_path) as chain,
        chain.fleet(tmp_path) as fleet,
        raw_server(ANSWERS[answer], int(fleet.operators[0].listen.rpartition(":")[2])) as hostile,
    ):
        move_aside(fleet.operators[0].configuration)
        start_each(fleet)
        sid = fleet.create_session()
        # The first one's acceptance reaches nobody, but the first activates before all others.
        fleet.await_phase(sid, Phase.ACTIVE, 90)

        finish(fleet, sid)
        assert hostile.requests
        assert fleet.operators[0].reached().count("revealShare.mined") == 3


def test_a_redirect_is_not_followed(anvil_binary: Path, tmp_path: Path) -> None:
    with faulty_chain(anvil_binary, tmp_path) as chain, chain.fleet(tmp_path) as fleet:
        first, listen = fleet.operators[0], fleet.operators[0].listen
        elsewhere = move_aside(first.configuration)

        def redirect(connection: socket.socket) -> None:
            path = hostile.requests[-1].split()[1].decode()
            location = f"Location: http://127.0.0.1:{elsewhere}{path}"
            connection.sendall(http(b"", "307 Temporary Redirect", [location]))

        with raw_server(redirect, int(listen.rpartition(":")[2])) as hostile:
            start_each(fleet)
            sid = fleet.create_session()
            fleet.await_phase(sid, Phase.ACTIVE, 90)
            finish(fleet, sid)
            assert hostile.requests
            assert first.reached().count("revealShare.mined") == 3


def move_aside(configuration: Path) -> int:
    """Let a service listen somewhere else than where its consortium says."""
    (port,) = free_ports(1)
    text = configuration.read_text()
    moved = re.sub(r"(?m)^listen: .*$", f"listen: 127.0.0.1:{port}", text)
    assert moved != text
    configuration.write_text(moved)
    return port
