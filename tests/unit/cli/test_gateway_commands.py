"""``tcss gateway``: from its configuration file to models that are served, traced and closed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import requests
import yaml
from support.auditor_folder import consortium_content, make_auditor_folder
from support.consortium import Consortium
from support.openings import answering_all, honest_members, seal_for
from support.raw_server import http, raw_server
from support.states import PASSPHRASE

pytest.importorskip("safetensors")

from safetensors.numpy import save

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.audit_file import read_trail
from tcss_chain.gateway.audit_lines import LineKind
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.gateway_file import load_gateway_file
from tcss_chain.gateway.run_gateway import run_gateway
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.passphrases import PASSPHRASE_VARIABLE, Passphrase
from tcss_chain.pirate import PirateBox
from tcss_chain.pirate.server import PirateServer
from tcss_chain.protocol.session import Phase
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.state_database import StateDatabase

LEAKED = (0, 2)
MODEL = save({"weight": np.array([[1.0, 2.0]]), "bias": np.array([0.5])}, {"activation": "identity"})
INPUTS = {"inputs": [[3, 4], [0, 0]]}
OUTPUTS = {"output": [[11.5], [0.5]]}


@pytest.fixture(autouse=True)
def passphrase(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)


def test_init_writes_a_file_that_can_be_read_and_explains_itself(tcss, tmp_path):
    folder = tmp_path / "gateway"
    finished = tcss("gateway", "init", folder, "--listen", "127.0.0.1:7777")
    assert finished.status == 0, finished.err
    path, key = folder / "gateway.yaml", (folder / "operator.key").read_text().strip()
    assert key not in finished.out + path.read_text()
    for each in (path, folder / "operator.key"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    file = load_gateway_file(path)
    assert file.operator_key_sha256 == api_key_hash(key)
    assert str(file.listen) == "127.0.0.1:7777"
    assert file.auditor == folder / "auditor.yaml"
    # The example in the comments is right too.
    text = re.sub(r"^(models|tenants): \[\]$", r"\1:", path.read_text(), flags=re.MULTILINE)
    path.write_text(re.sub(r"^#(  [- ] )", r"\1", text, flags=re.MULTILINE))
    example = load_gateway_file(path)
    assert [each.name for each in example.models] == ["churn"]
    assert [each.name for each in example.tenants] == ["billing"]
    again = tcss("gateway", "init", folder)
    assert again.status == 1
    assert "there already" in again.err


def test_a_key_is_printed_with_its_hash(tcss):
    out = tcss("gateway", "api-key").out
    key, digest = re.fullmatch(r"key     (tcss_\S{43})\nsha256  ([0-9a-f]{64})\n", out).groups()
    assert api_key_hash(key).hex() == digest
    assert tcss("gateway", "api-key").out != out


@pytest.fixture
def trail(tmp_path):
    path = tmp_path / "audit.jsonl"
    with AuditTrail.open(path) as made:
        made.add(LineKind.REQUEST, {"tenant": "billing", "rows": 2})
        made.add(LineKind.CLOSING, {"reason": "evil\x1b[2J[red]"})
    return path


def test_an_audit_trail_is_checked_and_shown(tcss, trail):
    finished = tcss("gateway", "audit", trail)
    assert finished.status == 0, finished.err
    assert "tenant=billing  rows=2" in finished.out
    assert "3 lines, the chain is sound" in finished.out
    assert "\x1b" not in finished.out
    assert "[red]" in finished.out
    shown = json.loads(tcss("gateway", "audit", trail, "--json", "--kind", "request").out)
    assert shown["lines"] == 3
    assert [each["kind"] for each in shown["shown"]] == ["request"]
    last = json.loads(tcss("gateway", "audit", trail, "--json", "--last", 1).out)
    assert [each["number"] for each in last["shown"]] == [3]


@pytest.mark.parametrize("shown", ["\x1b[2J", "\u202egnp", "\x7f", "", "\ud800", "\x9b2J"])
def test_nothing_in_an_audit_trail_steers_a_terminal(tcss, tmp_path, shown):
    path = tmp_path / "audit.jsonl"
    with AuditTrail.open(path) as made:
        made.add(LineKind.TRACE, {"reason": shown})
        made.add(LineKind.TRACE, {shown: 1})
        made.add(LineKind.TRACE, {"accused": [shown]})
    finished = tcss("gateway", "audit", path, "--kind", "trace")
    assert finished.status == 0, finished.err
    code = "".join(each if each in "[2Jgnp" else f"\\u{ord(each):04x}" for each in shown)
    lines = finished.out.splitlines()
    assert [line.split("  ", 3)[3] for line in lines[:3]] == [
        f'reason="{code}"',
        f'"{code}"=1',
        f'accused=["{code}"]',
    ]
    assert all(line.isprintable() for line in lines)


def test_an_altered_audit_trail_is_told(tcss, trail):
    trail.write_bytes(trail.read_bytes().replace(b'"rows":2', b'"rows":3'))
    finished = tcss("gateway", "audit", trail)
    assert finished.status == 1
    assert "line 3" in finished.err
    assert finished.out == ""


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet):
    return Consortium(shared_connection, embedded_devnet.accounts, n=4, t=3).run_to(Phase.ACTIVE)


class Site:
    """A gateway's folder for an active session whose participants answer."""

    def __init__(self, folder, session, services, rpc_url):
        self.folder, self.session, self.services = folder, session, services
        self.auditor = make_auditor_folder(folder / "gateway", session, rpc_url)
        consortium = consortium_content(session)
        for organisation, service in zip(consortium["organisations"], services, strict=True):
            organisation["service"] = service.url
        (self.auditor.parent / "consortium.yaml").write_text(yaml.safe_dump(consortium))
        with StateDatabase.open(self.auditor.parent / "data", PASSPHRASE) as database:
            AuditorKeyTable(database).save(session.sid, AuditorKey(session.alpha))
        sealed = seal_for(session, folder, MODEL, "sums.safetensors")
        self.key, self.operator_key = draw_api_key(), draw_api_key()
        self.path = self.auditor.parent / "gateway.yaml"
        self.path.write_text(
            yaml.safe_dump(
                {
                    "auditor": "auditor.yaml",
                    "listen": "127.0.0.1:0",
                    "audit_trail": "audit.jsonl",
                    "operator_key_sha256": api_key_hash(self.operator_key).hex(),
                    "models": [{"name": "sums", "file": str(sealed), "purpose": "a test", "tenants": "all"}],
                    "tenants": [{"name": "billing", "key_sha256": api_key_hash(self.key).hex()}],
                }
            )
        )
        self.operator_key_file = self.auditor.parent / "operator.key"
        self.operator_key_file.write_text(self.operator_key)
        self.operator_key_file.chmod(0o600)
        self.url = ""

    def post(self):
        return requests.post(
            f"{self.url}/v1/models/sums/predict",
            json=INPUTS,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=10,
        )

    def until(self, status, seconds=30):
        end = time.monotonic() + seconds
        while (response := self.post()).status_code != status:
            assert time.monotonic() < end, response.text
            time.sleep(0.05)
        return response

    def lines(self, kind):
        found = read_trail(self.auditor.parent / "audit.jsonl")[0]
        return [dict(line.fields) for line in found if line.kind.value == kind]

    @contextlib.contextmanager
    def running(self, monkeypatch):
        """Run the gateway in a thread."""
        from tcss_chain.gateway import gateway_server

        started, stopping, failures = threading.Event(), threading.Event(), []
        real = gateway_server.GatewayServer.start

        def start(server):
            real(server)
            self.url = server.url
            started.set()
            return server

        monkeypatch.setattr(gateway_server.GatewayServer, "start", start)

        def run():
            try:
                file = load_gateway_file(self.path)
                run_gateway(file, load_auditor_file(file.auditor), Passphrase(PASSPHRASE), stopping)
            except BaseException as error:  # noqa: BLE001
                failures.append(error)
                started.set()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            assert started.wait(20)
            assert failures == []
            yield
        finally:
            stopping.set()
            thread.join(30)
        assert failures == []
        assert not thread.is_alive()


@pytest.fixture
def site(prepared, connection, embedded_devnet, tmp_path):
    session = prepared.clone()
    with answering_all(honest_members(session)) as services:
        yield Site(tmp_path, session, services, embedded_devnet.rpc_url)


@pytest.fixture
def pirate(site):
    roster = site.session.roster()
    members = [site.session.members[seat] for seat in LEAKED]
    shares = [(roster.participant(each.address).x, site.session.final_share(each)) for each in members]
    with PirateServer(PirateBox(shares, 3)) as server:
        yield server


def test_a_model_is_opened_served_traced_and_closed(site, pirate, tcss, monkeypatch):
    leakers = tuple(site.session.members[seat].address for seat in LEAKED)
    with site.running(monkeypatch):
        response = site.until(200)
        assert response.json()["outputs"] == OUTPUTS
        (line,) = OpeningLog(site.session.connection).lines(site.session.sid, 0, 10)
        opening, served = site.lines("opening")
        assert opening["request"] == f"0x{line.request.hex()}"
        assert (opening["opening"], len(opening["used"])) == (0, 3)
        assert served["event"] == "served"

        arguments = (
            "gateway", "trace", "--gateway", site.url, "--operator-key-file", site.operator_key_file,
            "--session", site.session.sid.hex(), "--box", pirate.url,
        )  # fmt: skip
        traced = tcss(*arguments)
        assert traced.status == 0, traced.err
        assert tuple(re.findall(r"^leaked +(0x\w+)$", traced.out, re.MULTILINE)) == leakers
        # Nothing is on the chain yet, and everything goes on.
        assert RecordReads(site.session.connection).of_session(site.session.sid) == ()
        assert site.post().status_code == 200

        asked = pirate_queries(site)
        convicted = tcss(*arguments, "--convict")
        assert convicted.status == 0, convicted.err
        assert "proven       in block" in convicted.out
        assert pirate_queries(site) == asked
        (record,) = RecordReads(site.session.connection).of_session(site.session.sid)
        assert record.accused == leakers

        closed = site.until(503)
        assert closed.json()["error"] == "closed"
        assert "convicted: 2; the policy allows 0" in closed.json()["message"]
        assert tcss(*arguments, "--convict").out.endswith("proven       earlier\n")
    (closing,) = site.lines("closing")
    assert "convicted" in closing["reason"]
    stages = [(each["event"], each.get("stage")) for each in site.lines("trace")]
    ends = ("ended", "traced"), ("ended", "convicted"), ("ended", "convicted")
    assert [each for each in stages if each[0] == "ended"] == list(ends)
    assert len(site.lines("stop")) == 1
    (entry,) = [
        each
        for each in read_public_state(site.auditor.parent / "data").transactions
        if each.purpose.kind == "convict"
    ]
    assert entry.purpose.sid == site.session.sid
    with site.running(monkeypatch):
        end = time.monotonic() + 20
        while "convicted: 2" not in site.post().json()["message"]:
            assert time.monotonic() < end
            time.sleep(0.05)
    # Nothing was opened again.
    assert len(OpeningLog(site.session.connection).lines(site.session.sid, 0, 10)) == 1


def pirate_queries(site):
    (transcript,) = (site.auditor.parent / "data" / "traces").glob("*.jsonl")
    assert stat.S_IMODE(transcript.stat().st_mode) == 0o600
    return transcript.read_bytes().count(b"\n")


def test_a_trail_that_cannot_be_written_ends_everything(site, monkeypatch):
    """The disk fails in the middle of serving: no answer leaves, and the process ends with the error."""
    ends = []
    real = AuditTrail._write

    def write(trail, batch):
        if any(b'"kind":"request"' in line for line, _, _ in batch):
            os.close(trail._descriptor)
        return real(trail, batch)

    monkeypatch.setattr(AuditTrail, "_write", write)
    # The process's end is what `running` fails with.
    with pytest.raises(AssertionError, match="AuditTrailError"):
        serve_until_nobody_listens(site, monkeypatch, ends)
    assert ends == ["nobody listens"]


def serve_until_nobody_listens(site, monkeypatch, ends):
    with site.running(monkeypatch):
        end = time.monotonic() + 30
        while "audit trail" not in (message := site.post().json())["message"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert "outputs" not in message
        while not ends and time.monotonic() < end:
            try:
                site.post()
                time.sleep(0.05)
            except requests.ConnectionError:
                ends.append("nobody listens")


def test_without_enough_answers_nothing_is_served(site, monkeypatch, tcss):
    for service in site.services[:2]:
        service.respond = lambda _body: (403, b'{"refused": "policy"}')
    with site.running(monkeypatch):
        end = time.monotonic() + 30
        while not any(service.bodies for service in site.services) and time.monotonic() < end:
            time.sleep(0.05)
        response = site.post()
        assert (response.status_code, response.json()["error"]) == (503, "closed")
        wrong = tcss("gateway", "trace", "--gateway", site.url, "--operator-key-file", write_key(site),
                     "--session", site.session.sid.hex(), "--box", "http://127.0.0.1:1/")  # fmt: skip
        assert wrong.status == 1
        assert "unauthenticated" in wrong.err


def write_key(site):
    path = site.folder / "wrong.key"
    path.write_text(draw_api_key())
    path.chmod(0o600)
    return path


def test_an_operators_key_that_others_can_read_is_not_used(tcss, tmp_path):
    path = tmp_path / "operator.key"
    path.write_text(draw_api_key())
    path.chmod(0o644)
    finished = tcss("gateway", "trace", "--gateway", "http://127.0.0.1:1", "--operator-key-file", path,
                    "--session", "01" * 32, "--box", "http://127.0.0.1:2")  # fmt: skip
    assert finished.status == 1
    assert "chmod 600" in finished.err


@pytest.fixture
def told(tcss, tmp_path):
    """A function that runs ``tcss gateway trace`` with a server that tells of a trace in these words."""
    path = tmp_path / "operator.key"
    path.write_text(draw_api_key())
    path.chmod(0o600)

    def run(sets):
        report = f'{{"id": "1", "stage": "traced", "ended": true, "queries": 2, "sets": {sets}}}'
        with raw_server(http(report.encode(), "202 Accepted")) as server:
            return tcss("gateway", "trace", "--gateway", server.url, "--operator-key-file", path,
                        "--session", "01" * 32, "--box", "http://127.0.0.1:2")  # fmt: skip

    return run


@pytest.mark.parametrize(
    "sets",
    ["1e999", pytest.param("9" * 400, id="400_digits"), 2**128 + 1, float(2**129), -1, -0.5, "true", '"2"',
     "[2]"],
)  # fmt: skip
def test_a_number_of_sets_that_is_none_is_a_bad_answer(told, sets):
    finished = told(sets)
    assert finished.status == 1
    assert finished.err.startswith("tcss: ")
    assert "candidate sets" in finished.err
    assert finished.out == ""


@pytest.mark.parametrize(
    ("sets", "shown"),
    [("null", ""), (0, ", 0 candidate sets left"), (1234.0, ", 1,234 candidate sets left"),
     (float(2**128), ", about 3e+38 candidate sets left")],
)  # fmt: skip
def test_a_number_of_sets_is_shown(told, sets, shown):
    finished = told(sets)
    assert finished.status == 0
    assert finished.err == f"traced: 2 queries, None answered{shown}\n"


def test_the_command_serves_until_it_gets_a_signal(site):
    environment = {**os.environ, PASSPHRASE_VARIABLE: PASSPHRASE}
    command = [sys.executable, "-m", "tcss_chain", "gateway", "run", str(site.path), "--json-logs"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as process:
        logs = []
        for text in process.stderr:
            logs.append(json.loads(text))
            if logs[-1]["event"] == "model is served":
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(30) == 0, rest
    everything = json.dumps(logs) + rest + (site.auditor.parent / "audit.jsonl").read_text()
    for secret in (site.key, site.operator_key, PASSPHRASE, f"{site.session.alpha:064x}"):
        assert secret not in everything
    assert "gateway stops" in rest
    kinds = [line.kind.value for line in read_trail(site.auditor.parent / "audit.jsonl")[0]]
    assert (kinds[0], kinds[-1]) == ("start", "stop")


def test_the_benchmark_says_that_its_load_tool_is_missing(tcss, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finished = tcss("bench", "gateway")
    assert finished.status == 1
    assert "autocannon was not found" in finished.err
    assert finished.out == ""
