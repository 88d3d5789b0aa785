"""Asking many peers at once, among them bad ones."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from contextlib import ExitStack

import pytest
from support.known_roster import known_roster
from support.raw_server import dripping, http, raw_server, unused_port

from tcss_chain.exchange import peer_fetcher
from tcss_chain.exchange.back_off import BackOff
from tcss_chain.exchange.exchange_turns import ExchangeTurns
from tcss_chain.exchange.messages import SignedAcceptance, encode_share
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.peer_directory import PeerDirectory
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.exchange.service import ShareService
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.transport import Limits

KNOWN = known_roster()
DEALER, RECIPIENT, OTHER, THIRD = KNOWN.accounts
SHARES = KNOWN.deal(DEALER).shares
SID = KNOWN.roster.sid
ACCEPTANCE = SignedAcceptance(7, b"\1" * 32, CompactSignature(b"\2" * 32, b"\3" * 32))
SHARE = json.dumps(encode_share(SHARES[RECIPIENT])).encode()
LAZY = Limits(total_seconds=5)
QUICK = Limits(connect_seconds=0.5, total_seconds=0.5)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Failures(list):
    def __call__(self, account, reason):
        self.append((account, reason))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def failures():
    return Failures()


@pytest.fixture
def fetcher(clock, failures):
    def make(urls, limits=LAZY, **options):
        settings = BackOff(first_seconds=1, factor=2, highest_seconds=10, not_yet_seconds=0.5, jitter=0)
        return PeerFetcher(
            PeerDirectory(urls, limits), back_off=settings, on_failure=failures, clock=clock, **options
        )

    return make


def published():
    outbox = Outbox()
    outbox.publish_shares(SID, SHARES)
    outbox.publish_acceptance(SID, ACCEPTANCE)
    return outbox


def test_shares_and_acceptances_arrive_from_everybody(fetcher, failures):
    with ShareService(published()) as one, ShareService(published()) as other:
        fetch = fetcher({DEALER: one.url, OTHER: other.url + "/"})
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER, OTHER, DEALER]) == {
            DEALER: SHARES[RECIPIENT],
            OTHER: SHARES[RECIPIENT],
        }
        assert fetch.fetch_acceptances(SID, [OTHER]) == {OTHER: ACCEPTANCE}
        assert fetch.fetch_shares(SID, RECIPIENT, []) == {}
    assert failures == []


def test_nobody_is_asked_twice_in_one_call(fetcher):
    with raw_server(http(SHARE)) as server:
        fetcher({DEALER: server.url}).fetch_shares(SID, RECIPIENT, [DEALER, DEALER])
        assert len(server.requests) == 1


def test_shares_and_acceptances_are_asked_for_below_the_base_address(fetcher):
    with raw_server(http(b"", "404 Not Found")) as server:
        fetch = fetcher({DEALER: f"{server.url}/prefix/"})
        fetch.fetch_shares(SID, RECIPIENT, [DEALER])
        fetch.fetch_acceptances(SID, [DEALER])
    assert [request.split(b"\r\n")[0].decode() for request in server.requests] == [
        f"GET /prefix/v1/sessions/{SID.hex()}/shares/{RECIPIENT} HTTP/1.1",
        f"GET /prefix/v1/sessions/{SID.hex()}/acceptance HTTP/1.1",
    ]


def test_not_yet_is_no_failure_and_holds_for_one_question(fetcher, clock, failures):
    outbox = Outbox()
    with ShareService(outbox) as service:
        fetch = fetcher({DEALER: service.url})
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER]) == {}
        outbox.publish_shares(SID, SHARES)
        outbox.publish_acceptance(SID, ACCEPTANCE)
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER]) == {}
        assert fetch.fetch_acceptances(SID, [DEALER]) == {DEALER: ACCEPTANCE}
        clock.now += 0.5
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER]) == {DEALER: SHARES[RECIPIENT]}
    assert failures == []


BAD = {
    "closes": b"",
    "no http": b"hunter2\r\n\r\n",
    "error": http(b'{"hunter2": 1}', "500 Oops"),
    "redirect": http(b"", "302 Found", ["Location: /hunter2"]),
    "no json": http(b"hunter2"),
    "no share": http(b'{"c0": "hunter2", "c1": 2, "path": []}'),
    "deep": http(b"[" * 10_000),
    "large": http(b" " * 100_000),
    "packed": http(b"\x1f\x8b\x08", headers=["Content-Encoding: gzip"]),
    "surrogate": http(b'"\\ud800"'),
    "bad header": b"HTTP/1.1 200 OK\r\nContent-Length: hunter2\r\n\r\n",
    "drips": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", seconds=3),
}


@pytest.mark.parametrize("respond", BAD.values(), ids=BAD.keys())
def test_a_bad_peer_is_reported_and_left_alone_and_harms_nobody(fetcher, clock, failures, respond):
    with ShareService(published()) as service, raw_server(respond) as bad:
        fetch = fetcher({DEALER: bad.url, OTHER: service.url}, QUICK)
        started = time.monotonic()
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER, OTHER]) == {OTHER: SHARES[RECIPIENT]}
        assert time.monotonic() - started < 1.5
        ((account, reason),) = failures
        assert account == DEALER
        assert reason
        assert "hunter2" not in reason
        asked = len(bad.requests)
        assert asked >= 1
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER, OTHER]) == {OTHER: SHARES[RECIPIENT]}
        assert fetch.fetch_acceptances(SID, [DEALER]) == {}
        assert (len(bad.requests), len(failures)) == (asked, 1)


@pytest.mark.parametrize("body", [b"null", b"{}", b"[]", b'"0x"', b'{"c0": 1, "c1": 2, "path": []}'])
def test_what_is_no_message_is_reported(fetcher, failures, body):
    with raw_server(http(body)) as one, raw_server(http(body)) as other:
        fetch = fetcher({DEALER: one.url, OTHER: other.url})
        assert fetch.fetch_shares(SID, RECIPIENT, [DEALER]) == {}
        assert fetch.fetch_acceptances(SID, [OTHER]) == {}
    (share, acceptance) = failures
    assert share[0] == DEALER
    assert "the peer's share has a malformed" in share[1]
    assert acceptance[0] == OTHER
    assert "the peer's acceptance has a malformed" in acceptance[1]


def test_the_limits_of_the_directory_hold(fetcher, failures):
    with raw_server(http(SHARE)) as server:
        fits = fetcher({DEALER: server.url}, Limits(max_bytes=len(SHARE)))
        assert fits.fetch_shares(SID, RECIPIENT, [DEALER]) == {DEALER: SHARES[RECIPIENT]}
        assert failures == []
        tight = fetcher({DEALER: server.url}, Limits(max_bytes=len(SHARE) - 1))
        assert tight.fetch_shares(SID, RECIPIENT, [DEALER]) == {}
    ((account, reason),) = failures
    assert account == DEALER
    assert f"more than {len(SHARE) - 1} bytes" in reason


@pytest.mark.parametrize(
    "url", ["", "x", "http://[", "http://127.0.0.1:99999/", "http://\x00/", "file:///etc"]
)
def test_a_peer_with_an_address_that_is_none_is_reported(fetcher, failures, url):
    assert fetcher({DEALER: url}, QUICK).fetch_shares(SID, RECIPIENT, [DEALER]) == {}
    assert [account for account, _ in failures] == [DEALER]


def test_a_peer_without_address_is_reported(fetcher, failures):
    assert fetcher({}).fetch_acceptances(SID, [DEALER]) == {}
    ((account, reason),) = failures
    assert account == DEALER
    assert "no service address" in reason


def test_the_pause_grows_and_ends_with_an_answer(fetcher, clock, failures):
    outbox, port = published(), unused_port()
    fetch = fetcher({DEALER: f"http://127.0.0.1:{port}"})

    def seconds_until_asked_again():
        count, start = len(failures), clock.now
        while len(failures) == count:
            clock.now += 0.5
            if fetch.fetch_acceptances(SID, [DEALER]):
                return None
        return clock.now - start

    fetch.fetch_acceptances(SID, [DEALER])
    assert [seconds_until_asked_again() for _ in range(5)] == [1, 2, 4, 8, 10]
    with ShareService(outbox, port=port):
        assert seconds_until_asked_again() is None
    fetch.fetch_acceptances(SID, [DEALER])
    assert seconds_until_asked_again() == 1


def test_a_forgotten_peer_is_asked_at_once(fetcher, failures):
    fetch = fetcher({DEALER: f"http://127.0.0.1:{unused_port()}"})
    for _ in range(3):
        fetch.fetch_acceptances(SID, [DEALER])
    assert len(failures) == 1
    fetch.forget(DEALER)
    fetch.fetch_acceptances(SID, [DEALER])
    assert len(failures) == 2


def test_a_distrusted_peer_is_left_alone(fetcher, clock, failures):
    with ShareService(published()) as service:
        fetch = fetcher({DEALER: service.url})
        fetch.distrust(DEALER, "its share is not the committed one")
        assert fetch.fetch_acceptances(SID, [DEALER]) == {}
        assert failures == [(DEALER, "its share is not the committed one")]
        clock.now += 1
        assert fetch.fetch_acceptances(SID, [DEALER]) == {DEALER: ACCEPTANCE}


def test_many_silent_peers_cost_no_more_time_than_one(fetcher, failures):
    accounts = [f"0x{number:040x}" for number in range(100)]
    with socket.create_server(("127.0.0.1", 0), backlog=200) as silent, ShareService(published()) as service:
        urls = dict.fromkeys(accounts, f"http://127.0.0.1:{silent.getsockname()[1]}")
        fetch = fetcher(urls | {OTHER: service.url}, QUICK)
        started = time.monotonic()
        assert fetch.fetch_shares(SID, RECIPIENT, [*accounts, OTHER]) == {OTHER: SHARES[RECIPIENT]}
        assert time.monotonic() - started < 2
    assert sorted(account for account, _ in failures) == accounts


def test_with_few_turns_nobody_is_blamed_who_got_no_turn(fetcher, clock, failures):
    accounts = [f"0x{number:040x}" for number in range(6)]
    with socket.create_server(("127.0.0.1", 0)) as silent, ShareService(published()) as service:
        urls = dict.fromkeys(accounts, f"http://127.0.0.1:{silent.getsockname()[1]}")
        fetch = fetcher(urls | {OTHER: service.url}, QUICK, turns=ExchangeTurns(6))
        started = time.monotonic()
        assert fetch.fetch_shares(SID, RECIPIENT, [*accounts, OTHER]) in ({}, {OTHER: SHARES[RECIPIENT]})
        assert time.monotonic() - started < 1.5
        assert {account for account, _ in failures} <= set(accounts)
        assert fetch.fetch_shares(SID, RECIPIENT, [*accounts, OTHER]) == {OTHER: SHARES[RECIPIENT]}


def test_a_look_up_of_a_name_that_hangs_does_not_hold_up_the_end(fetcher, failures, monkeypatch):
    released = threading.Event()
    look_up = socket.getaddrinfo

    def hang(host, *args, **options):
        if host == "slow.example":
            released.wait(10)
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        started = time.monotonic()
        fetcher({DEALER: "http://slow.example:1"}, QUICK).fetch_acceptances(SID, [DEALER])
        assert time.monotonic() - started < 2
    finally:
        released.set()
    assert [account for account, _ in failures] == [DEALER]


def test_an_error_of_our_own_is_reported_and_does_not_escape(fetcher, failures, monkeypatch):
    def broken(_message):
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr("tcss_chain.exchange.peer_fetcher.decode_share", broken)
    with ShareService(published()) as service:
        assert fetcher({DEALER: service.url}).fetch_shares(SID, RECIPIENT, [DEALER]) == {}
    assert failures == [(DEALER, "unexpected ZeroDivisionError")]


def test_nothing_is_left_behind(fetcher):
    with ShareService(published()) as service:
        fetch = fetcher({DEALER: service.url})
        fetch.fetch_shares(SID, RECIPIENT, [DEALER])
        threads = threading.active_count()
        for _ in range(5):
            fetch.fetch_shares(SID, RECIPIENT, [DEALER])
        assert threading.active_count() == threads
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_a_crew_on_one_machine_gets_everything():
    outbox = published()
    accounts = [f"0x{number:040x}" for number in range(31)]
    with ExitStack() as services:
        urls = {each: services.enter_context(ShareService(outbox)).url for each in accounts}
        fetchers = [PeerFetcher(PeerDirectory(urls)) for _ in range(8)]
        results = []
        threads = [
            threading.Thread(target=lambda each=each: results.append(each.fetch_acceptances(SID, accounts)))
            for each in fetchers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert results == [dict.fromkeys(accounts, ACCEPTANCE)] * 8


def test_fetchers_that_share_their_turns_make_no_more_exchanges_than_these(monkeypatch):
    accounts = [f"0x{number:040x}" for number in range(40)]
    lock, under_way, counts = threading.Lock(), [], []

    async def silence(*_arguments):
        with lock:
            under_way.append(None)
            counts.append(len(under_way))
        try:
            await asyncio.sleep(10)
        finally:
            with lock:
                under_way.pop()

    monkeypatch.setattr(peer_fetcher, "exchange_json", silence)
    turns, limits = ExchangeTurns(20), Limits(connect_seconds=1, total_seconds=1)
    directory = PeerDirectory(dict.fromkeys(accounts, "http://127.0.0.1:1"), limits)
    fetchers = [PeerFetcher(directory, turns=turns) for _ in range(4)]
    threads = [
        threading.Thread(target=each.fetch_shares, args=(SID, RECIPIENT, accounts)) for each in fetchers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(counts) == 20
