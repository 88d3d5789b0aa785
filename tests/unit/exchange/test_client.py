"""Fetching from the other participants' services."""

from __future__ import annotations

import json

import pytest
from support.known_roster import known_roster
from support.raw_server import http, raw_server, unused_port

from tcss_chain.exchange.client import PeerDirectory
from tcss_chain.exchange.errors import ExchangeError, MalformedMessageError, UnknownPeerError
from tcss_chain.exchange.messages import SignedAcceptance, encode_share
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.transport import Limits, TransportError

KNOWN = known_roster()
DEALER, RECIPIENT, *_ = KNOWN.accounts
SHARES = KNOWN.deal(DEALER).shares
SID = KNOWN.roster.sid
ACCEPTANCE = SignedAcceptance(7, b"\1" * 32, CompactSignature(b"\2" * 32, b"\3" * 32))
FETCHES = [
    lambda directory: directory.fetch_share(SID, DEALER, RECIPIENT),
    lambda directory: directory.fetch_acceptance(SID, DEALER),
]


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_what_the_dealer_published_arrives(slash):
    outbox = Outbox()
    outbox.publish_shares(SID, SHARES)
    outbox.publish_acceptance(SID, ACCEPTANCE)
    with ShareService(outbox) as service:
        directory = PeerDirectory({DEALER: service.url + slash})
        assert directory.fetch_share(SID, DEALER, RECIPIENT) == SHARES[RECIPIENT]
        assert directory.fetch_acceptance(SID, DEALER) == ACCEPTANCE


@pytest.mark.parametrize("fetch", FETCHES)
def test_what_is_not_published_yet_is_a_status(fetch):
    with ShareService(Outbox()) as service:
        with pytest.raises(TransportError) as caught:
            fetch(PeerDirectory({DEALER: service.url}))
        assert caught.value.status == 404


def test_the_paths_are_the_documented_ones():
    with raw_server(http(b"", "404 Not Found")) as server:
        directory = PeerDirectory({DEALER: f"{server.url}/prefix"})
        for fetch in FETCHES:
            with pytest.raises(TransportError):
                fetch(directory)
    lines = [request.split(b"\r\n")[0].decode() for request in server.requests]
    assert lines == [
        f"GET /prefix/v1/sessions/{SID.hex()}/shares/{RECIPIENT} HTTP/1.1",
        f"GET /prefix/v1/sessions/{SID.hex()}/acceptance HTTP/1.1",
    ]


@pytest.mark.parametrize("fetch", FETCHES)
def test_somebody_without_address_is_named(fetch):
    with pytest.raises(UnknownPeerError) as caught:
        fetch(PeerDirectory({RECIPIENT: "http://127.0.0.1:1"}))
    assert caught.value.account == DEALER
    assert isinstance(caught.value, ExchangeError)


@pytest.mark.parametrize("fetch", FETCHES)
@pytest.mark.parametrize("body", [b"null", b"{}", b"[]", b'"0x"', b'{"c0": 1, "c1": 2, "path": []}'])
def test_what_is_no_message_is_malformed(fetch, body):
    with raw_server(http(body)) as server, pytest.raises(MalformedMessageError):
        fetch(PeerDirectory({DEALER: server.url}))


@pytest.mark.parametrize("fetch", FETCHES)
def test_a_peer_that_is_away_is_no_answer(fetch):
    with pytest.raises(TransportError):
        fetch(PeerDirectory({DEALER: f"http://127.0.0.1:{unused_port()}"}))


def test_the_limits_of_the_directory_hold():
    share = EncryptedShare(1, 2, (bytes(32),) * 7)
    body = json.dumps(encode_share(share)).encode()
    with raw_server(http(body)) as server:
        fits = PeerDirectory({DEALER: server.url}, Limits(max_bytes=len(body)))
        assert fits.fetch_share(SID, DEALER, RECIPIENT) == share
        tight = PeerDirectory({DEALER: server.url}, Limits(max_bytes=len(body) - 1))
        with pytest.raises(TransportError):
            tight.fetch_share(SID, DEALER, RECIPIENT)


def test_the_usual_limits_have_room_for_a_share():
    body = json.dumps(encode_share(EncryptedShare(1, 2, (bytes(32),) * 7))).encode()
    assert len(body) * 10 < Limits().max_bytes
