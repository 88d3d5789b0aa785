"""The pirate box as a service and as a process of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tcss_chain.auditor import AnswerProblem, HttpBox, trace_box
from tcss_chain.pirate import Accepts, PirateBox, PirateProcess
from tcss_chain.pirate.errors import PirateStartError
from tcss_chain.pirate.server import PirateServer
from tcss_chain.pirate.settings import encode_settings


@pytest.fixture
def server(sealed_session):
    session = sealed_session(6, 4)
    with PirateServer(PirateBox(session.shares((0, 2)), 4)) as running:
        yield running


def post(url, body, headers=None):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("POST", "/", body, headers or {})
    response = connection.getresponse()
    return response.status, response.read()


def test_the_service_answers_in_the_boxes_format(sealed_session, server):
    session = sealed_session(6, 4)
    box = HttpBox(server.url)
    assert box.query(session.shares((1, 5))) == session.secret
    assert box.query(session.shares((1, 3, 5))) is None
    assert box.last_problem is AnswerProblem.SILENT


def test_the_service_listens_on_the_loopback_interface_only(server):
    assert urlsplit(server.url).hostname == "127.0.0.1"


def test_the_service_refuses_what_is_malformed_or_too_long(server):
    assert post(server.url, b"{}")[0] == 400
    assert post(server.url, b"{")[0] == 400
    assert post(server.url, b"x" * 70_000)[0] == 413
    assert post(server.url, b"", {"Content-Length": "-1"})[0] == 413
    assert post(server.url, b"", {"Content-Length": "many"})[0] == 413


def test_a_process_knows_the_leaked_shares_and_is_traced(sealed_session, traced_session):
    session = sealed_session(4, 3)
    with PirateProcess(session.shares((0, 2)), 3, success_rate=0.6, seed=4) as process:
        pid = process.pid
        trace = trace_box(HttpBox(process.url), traced_session(session))
        arguments = Path(f"/proc/{pid}/cmdline").read_text() if sys.platform == "linux" else None
    assert trace.accused == session.accounts((0, 2))
    x, y = session.share(0)
    if arguments is not None:
        assert "tcss_chain.pirate" in arguments
        assert f"{x:x}" not in arguments
        assert f"{y:x}" not in arguments
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_process_is_gone_after_an_exception(sealed_session):
    session = sealed_session(4, 3)
    process = PirateProcess(session.shares((0, 2)), 3)
    pids = []

    def leave_by_exception():
        with process:
            pids.append(process.pid)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        leave_by_exception()
    (pid,) = pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(PirateStartError):
        _ = process.url


def test_a_process_can_be_started_again_but_not_twice(sealed_session):
    session = sealed_session(4, 3)
    process = PirateProcess(session.shares((0, 2)), 3)
    for _ in range(2):
        with process:
            assert HttpBox(process.url).query([session.share(1)]) == session.secret
            with pytest.raises(PirateStartError):
                process.start()
    process.stop()


def test_settings_that_the_box_refuses_end_the_start_with_its_reason():
    with pytest.raises(PirateStartError, match="leaked shares"):
        PirateProcess([(1, 987654321)], 1).start()


@pytest.mark.parametrize("how", ["signal", "input"])
def test_the_process_stops_on_sigterm_and_on_the_end_of_its_input(sealed_session, how):
    session = sealed_session(4, 3)
    settings = encode_settings(
        session.shares((0,)),
        3,
        success_rate=1.0,
        accepts=Accepts.ANYTHING,
        registered_points=(),
        unused_supplied=0,
        seed=None,
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tcss_chain.pirate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        process.stdin.write(settings)
        process.stdin.flush()
        url = json.loads(process.stdout.readline())["url"]
        assert HttpBox(url).query(session.shares((1, 2))) == session.secret
        if how == "signal":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        assert process.wait(10) == 0
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
