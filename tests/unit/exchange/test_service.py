"""The HTTP service of a participant."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests
from support.known_roster import known_roster

from tcss_chain.chain.confirmed_reads import WITNESS_SECONDS
from tcss_chain.exchange.messages import SignedAcceptance, decode_acceptance, decode_share
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.opening.messages import MAX_REQUEST_BYTES, Refusal, decode_response
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.transport import ServerLimits, ServerStartError

KNOWN = known_roster()
DEALER, RECIPIENT, OTHER, _ = KNOWN.accounts
SHARES = KNOWN.deal(DEALER).shares
SID = KNOWN.roster.sid
ACCEPTANCE = SignedAcceptance(7, b"\1" * 32, CompactSignature(b"\2" * 32, b"\3" * 32))
SHARE_PATH = f"/v1/sessions/{SID.hex()}/shares/{RECIPIENT}"
ACCEPTANCE_PATH = f"/v1/sessions/{SID.hex()}/acceptance"


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def service(outbox) -> Iterator[ShareService]:
    with ShareService(outbox) as running:
        yield running


@pytest.fixture
def filled(service, outbox) -> ShareService:
    outbox.publish_shares(SID, {RECIPIENT: SHARES[RECIPIENT]})
    outbox.publish_acceptance(SID, ACCEPTANCE)
    return service


def get(service, path):
    return requests.get(service.url + path, timeout=5)


def raw(service, data):
    """What comes back to raw bytes, until the service closes or falls silent."""
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        try:
            connection.sendall(data)
            return connection.recv(65536)
        except ConnectionError:
            return b""


@pytest.mark.parametrize("path", [SHARE_PATH, ACCEPTANCE_PATH])
def test_nothing_is_handed_out_before_it_is_published(service, outbox, path):
    assert get(service, path).status_code == 404
    outbox.publish_shares(SID, SHARES)
    outbox.publish_acceptance(SID, ACCEPTANCE)
    assert get(service, path).status_code == 200


def test_published_shares_and_acceptances_are_handed_out(filled):
    answer = get(filled, SHARE_PATH)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert decode_share(answer.json()) == SHARES[RECIPIENT]
    assert decode_acceptance(get(filled, ACCEPTANCE_PATH).json()) == ACCEPTANCE


def test_the_case_of_an_address_does_not_matter(filled):
    for spelling in (RECIPIENT.lower(), "0x" + RECIPIENT[2:].upper()):
        answer = get(filled, f"/v1/sessions/{SID.hex()}/shares/{spelling}")
        assert decode_share(answer.json()) == SHARES[RECIPIENT]


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/sessions/{'00' * 32}/shares/{RECIPIENT}",
        f"/v1/sessions/{SID.hex()[:-1]}/shares/{RECIPIENT}",
        f"/v1/sessions/{SID.hex()}0/shares/{RECIPIENT}",
        f"/v1/sessions/0x{SID.hex()}/shares/{RECIPIENT}",
        f"/v1/sessions/{SID.hex().upper()}/shares/{RECIPIENT}",
        f"/v1/sessions/{'zz' * 32}/shares/{RECIPIENT}",
        f"/v1/sessions/{SID.hex()}/shares/{OTHER}",
        f"/v1/sessions/{SID.hex()}/shares/{RECIPIENT[:-1]}",
        f"/v1/sessions/{SID.hex()}/shares/{RECIPIENT}0",
        f"/v1/sessions/{SID.hex()}/shares/{RECIPIENT[2:]}",
        f"/v1/sessions/{SID.hex()}/shares/0x{'zz' * 20}",
        f"/v1/sessions/{SID.hex()}/shares/{RECIPIENT}%0a",
        f"/v1/sessions/{SID.hex()}/shares/",
        f"/v1/sessions/{SID.hex()}/shares",
        f"/v1/sessions/{SID.hex()}/../{SID.hex()}/secret",
        f"/v1/sessions/{'00' * 32}/acceptance",
        f"/v1/sessions/{SID.hex()}/acceptance/",
        "/v1/sessions//acceptance",
        "/v2/sessions",
        "/",
    ],
)
def test_every_other_path_is_not_found(filled, path):
    assert get(filled, path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_nothing_can_be_written(filled, method):
    answer = requests.request(method, filled.url + SHARE_PATH, data=b"x", timeout=5)
    assert answer.status_code == 405
    assert decode_share(get(filled, SHARE_PATH).json()) == SHARES[RECIPIENT]


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x00\xff\x00\xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ],
    ids=["long path", "long header", "nonsense", "binary", "version"],
)
def test_large_and_malformed_requests_are_refused_and_the_service_goes_on(filled, request_head):
    answer = raw(filled, request_head)
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"414", b"431")
    assert get(filled, SHARE_PATH).status_code == 200


def test_a_request_with_a_body_is_refused(filled):
    answer = requests.get(filled.url + SHARE_PATH, data=b"x" * 1000, timeout=5)
    assert (answer.status_code, answer.content) == (413, b"")
    assert get(filled, ACCEPTANCE_PATH).status_code == 200


def test_a_large_body_is_not_read(filled):
    with suppress(requests.ConnectionError):
        assert requests.get(filled.url + SHARE_PATH, data=b"x" * 5_000_000, timeout=5).status_code == 413
    assert get(filled, ACCEPTANCE_PATH).status_code == 200


def test_a_client_in_the_middle_of_a_request_does_not_hold_up_the_end(outbox):
    service = ShareService(outbox).start()
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
        started = time.monotonic()
        service.stop()
        assert time.monotonic() - started < 3
    with pytest.raises(requests.ConnectionError):
        requests.get(service.url, timeout=2)


def test_clients_that_say_nothing_do_not_block_others(filled):
    parts = urlsplit(filled.url)
    silent = [socket.create_connection((parts.hostname, parts.port)) for _ in range(50)]
    try:
        for connection in silent[:25]:
            connection.sendall(b"GET / HT")
        started = time.monotonic()
        assert get(filled, SHARE_PATH).status_code == 200
        assert time.monotonic() - started < 2
    finally:
        for connection in silent:
            connection.close()


def test_many_clients_are_served_at_once(filled):
    codes = []
    threads = [
        threading.Thread(target=lambda: codes.append(get(filled, SHARE_PATH).status_code)) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert codes == [200] * 10


def test_a_port_that_is_taken_is_reported(service):
    port = urlsplit(service.url).port
    with pytest.raises(ServerStartError) as caught:
        ShareService(Outbox(), port=port).start()
    assert caught.value.address == f"127.0.0.1:{port}"
    assert get(service, "/").status_code == 404


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000), ("host.invalid", 0)])
def test_an_address_that_cannot_be_listened_on_is_reported_at_once(host, port):
    started = time.monotonic()
    with pytest.raises(ServerStartError):
        ShareService(Outbox(), host, port).start()
    assert time.monotonic() - started < 5


def test_a_service_that_could_not_start_can_be_stopped(service):
    failed = ShareService(Outbox(), port=urlsplit(service.url).port)
    with pytest.raises(ServerStartError):
        failed.start()
    failed.stop()
    failed.stop()


def test_a_stopped_service_is_gone_and_can_be_started_again(outbox):
    service = ShareService(outbox).start()
    url = service.url
    service.stop()
    service.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)
    with ShareService(outbox, port=urlsplit(url).port) as again:
        assert again.url == url
        assert get(again, "/").status_code == 404


OPENINGS_PATH = f"/v1/sessions/{SID.hex()}/openings"


class Desk:
    """Says what it is told to, and remembers what it was asked."""

    def __init__(self, says=b"\7" * 240):
        self.says = says
        self.asked = []
        self.turned_away = 0

    def answer(self, sid, body):
        self.asked.append((sid, body))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def turn_away(self):
        self.turned_away += 1
        return Refusal.BUSY


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def offering(outbox, desk) -> Iterator[ShareService]:
    with ShareService(outbox, openings=desk) as running:
        yield running


def post(service, body=b"{}", path=OPENINGS_PATH):
    return requests.post(service.url + path, data=body, timeout=5)


def test_an_opening_request_is_answered(offering, desk):
    answer = post(offering, b"what was asked")
    assert (answer.status_code, answer.json()) == (200, {"answer": "0x" + "07" * 240})
    assert decode_response(answer.json()) == desk.says
    assert desk.asked == [(SID, b"what was asked")]
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_has_its_code_and_a_status(offering, desk, refusal):
    desk.says = refusal
    answer = post(offering)
    expected = {"malformed": 400, "not_offered": 404, "busy": 429, "unavailable": 503}.get(refusal, 403)
    assert (answer.status_code, answer.json()) == (expected, {"refused": refusal.value})


def test_a_participant_without_a_policy_offers_nothing(service):
    answer = post(service)
    assert (answer.status_code, answer.json()) == (404, {"refused": "not_offered"})


def test_a_body_that_is_too_long_is_not_passed_on(offering, desk):
    assert post(offering, b"x" * MAX_REQUEST_BYTES).status_code == 200
    desk.asked.clear()
    assert post(offering, b"x" * (MAX_REQUEST_BYTES + 1)).status_code == 413
    assert desk.asked == []


@pytest.mark.parametrize(
    "path",
    [
        SHARE_PATH,
        ACCEPTANCE_PATH,
        "/",
        f"{OPENINGS_PATH}/",
        f"/v1/sessions/{SID.hex().upper()}/openings",
        f"/v1/sessions/0x{SID.hex()}/openings",
        f"/v1/sessions/{SID.hex()[:-1]}/openings",
        f"/v1/sessions/{SID.hex()}/openings%0a",
    ],
)
def test_nothing_else_can_be_posted(offering, desk, path):
    answer = post(offering, path=path)
    assert (answer.status_code, answer.content) == (405, b"")
    assert desk.asked == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_openings_are_posted_only(offering, desk, method):
    answer = requests.request(method, offering.url + OPENINGS_PATH, timeout=5)
    assert answer.status_code == (404 if method == "GET" else 405)
    assert desk.asked == []


def test_what_fails_unexpectedly_is_a_bare_status(offering, desk, caplog):
    desk.says = ValueError("hunter2")
    answer = post(offering, b"hunter2")
    assert (answer.status_code, answer.content) == (500, b"")
    assert "hunter2" not in caplog.text


def test_when_there_is_no_room_requests_are_told_to_come_again_and_shares_are_handed_out(outbox):
    outbox.publish_shares(SID, {RECIPIENT: SHARES[RECIPIENT]})
    go_on, desk = threading.Event(), Desk()
    desk.answer = lambda _sid, _body: b"\7" * 240 if go_on.wait(20) else Refusal.UNAVAILABLE
    answers = []
    with ShareService(outbox, limits=ServerLimits(post_threads=2, posts_waiting=3), openings=desk) as service:
        threads = [
            threading.Thread(target=lambda: answers.append(post(service).status_code)) for _ in range(9)
        ]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 10
        while desk.turned_away < 4 and time.monotonic() < end:
            time.sleep(0.01)
        assert decode_share(get(service, SHARE_PATH).json()) == SHARES[RECIPIENT]
        refused = post(service)
        assert (refused.status_code, refused.json()) == (429, {"refused": "busy"})
        go_on.set()
        for thread in threads:
            thread.join(10)
    assert sorted(answers) == [200] * 5 + [429] * 4


def test_an_answer_has_the_time_that_nodes_may_take():
    """Twice two questions to all nodes, of which some are silent."""
    assert ServerLimits().post_seconds > 2 * 2 * WITNESS_SECONDS
