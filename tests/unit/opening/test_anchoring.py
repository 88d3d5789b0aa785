"""Writing an opening down, and waiting until it stays."""

from __future__ import annotations

import secrets
import threading
import time

import pytest
from support.openings import seal_for

from tcss_chain.chain.errors import NodeError, TransactionTimeoutError
from tcss_chain.chain.transaction_settings import TransactionSettings
from tcss_chain.opening import anchoring
from tcss_chain.opening.anchoring import Anchor, RequestAnchor
from tcss_chain.opening.answer_encryption import RecipientKey
from tcss_chain.opening.gateway_errors import AnchoringError, NotConfirmedError
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.sealed_model.sealed_file import read_header

from .conftest import quick_settings


@pytest.fixture
def request_for(gateway):
    capsule = read_header(gateway.sealed).signed.capsule
    sender = gateway.consortium.auditor.address
    return lambda: OpeningRequest(capsule, sender, RecipientKey().public, "a test", secrets.token_bytes(32))


@pytest.fixture
def made(gateway):
    def make(sender=None, **settings):
        return RequestAnchor(
            gateway.consortium.connection, sender or gateway.sender(), quick_settings(**settings)
        )

    return make


@pytest.fixture
def provider(gateway):
    return gateway.consortium.connection.w3.provider


def mine(provider, blocks=1):
    for _ in range(blocks):
        provider.make_request("evm_mine", [])


def test_lines_are_numbered_in_the_order_of_the_chain(gateway, made, request_for):
    anchor, requests = made(), [request_for() for _ in range(3)]
    anchors = [anchor.anchor(request) for request in requests]
    assert [each.number for each in anchors] == [0, 1, 2]
    assert [line.request for line in gateway.lines()] == [request.hash() for request in requests]
    for each, request in zip(anchors, requests, strict=True):
        assert anchor.confirmed(each, request) == each


def test_a_line_is_waited_for_until_it_is_deep_enough(made, request_for, provider):
    anchor, request = made(confirmations=3), request_for()
    placed = anchor.anchor(request)
    found = []
    thread = threading.Thread(target=lambda: found.append(anchor.confirmed(placed, request)))
    thread.start()
    mine(provider, 2)
    time.sleep(0.2)
    assert found == []
    mine(provider)
    thread.join(5)
    assert found == [placed]


def test_waiting_for_depth_ends(made, request_for):
    anchor, request = made(confirmations=3, confirm_seconds=0.2), request_for()
    placed = anchor.anchor(request)
    with pytest.raises(NotConfirmedError) as caught:
        anchor.confirmed(placed, request)
    error = caught.value
    assert (error.request_hash, error.transaction, error.number) == (
        request.hash(),
        placed.transaction,
        placed.number,
    )


def test_nobody_is_asked_when_the_line_does_not_get_deep_enough(gateway):
    settings = quick_settings(confirmations=50, confirm_seconds=0.2)
    with pytest.raises(NotConfirmedError):
        gateway.opener(settings=settings).open(gateway.sealed, "a test")
    assert gateway.asked == 0
    (report,) = gateway.reports
    assert not report.enough
    assert set(report.silent) == {member.address for member in gateway.consortium.members}


def test_a_line_that_a_reorganisation_moved_is_found_at_its_new_number(gateway, made, request_for, provider):
    anchor, first, second = made(), request_for(), request_for()
    before = provider.make_request("evm_snapshot", [])["result"]
    assert anchor.anchor(first).number == 0
    # The block is gone. Another line is there first, and this one comes after it.
    provider.make_request("evm_revert", [before])
    sent = [
        gateway.sender().send(gateway.log.anchor(each.sid, each.core(), each.model_digest, each.purpose))
        for each in (second, first)
    ]
    placed = Anchor(0, sent[1].transaction_hash)
    assert anchor.confirmed(placed, first) == Anchor(1, placed.transaction)
    assert [line.request for line in gateway.lines()] == [second.hash(), first.hash()]


def test_a_line_that_vanished_is_sent_again_as_it_was(gateway, made, request_for, provider):
    sender = gateway.sender()
    anchor, request = made(sender, confirmations=1, confirm_seconds=8), request_for()
    before = provider.make_request("evm_snapshot", [])["result"]
    placed = anchor.anchor(request)
    provider.make_request("evm_revert", [before])
    assert gateway.lines() == ()
    stop = threading.Event()

    def mining():
        while not stop.wait(0.2):
            mine(provider)

    miner = threading.Thread(target=mining)
    miner.start()
    try:
        assert anchor.confirmed(placed, request) == placed
    finally:
        stop.set()
        miner.join()
    (line,) = gateway.lines()
    assert line.request == request.hash()


def test_nodes_that_fail_for_a_moment_are_asked_again(made, request_for, monkeypatch):
    anchor, request = made(), request_for()
    placed = anchor.anchor(request)
    real, failures = anchor._reads.state_and_lines, [2]

    def failing(*arguments):
        if failures[0]:
            failures[0] -= 1
            raise NodeError("reading", "it hangs")
        return real(*arguments)

    monkeypatch.setattr(anchor._reads, "state_and_lines", failing)
    assert anchor.confirmed(placed, request) == placed


def test_a_receipt_of_another_opening_is_not_believed(gateway, made, request_for, monkeypatch):
    anchor, request, other = made(), request_for(), request_for()
    earlier = gateway.sender().send(
        gateway.log.anchor(other.sid, other.core(), other.model_digest, other.purpose)
    )
    monkeypatch.setattr(anchor._sender, "send", lambda *_, **__: earlier)
    with pytest.raises(AnchoringError, match="another opening"):
        anchor.anchor(request)


def test_a_transaction_that_is_not_mined_in_time_is_told(gateway, made, request_for, provider, monkeypatch):
    sender = gateway.sender(settings=TransactionSettings(receipt_seconds=0.2))
    anchor, request = made(sender), request_for()
    monkeypatch.setattr(gateway.consortium.connection, "broadcast", lambda _raw: None)
    with pytest.raises(AnchoringError) as caught:
        anchor.anchor(request)
    assert isinstance(caught.value.error, TransactionTimeoutError)
    assert caught.value.request_hash == request.hash()
    monkeypatch.undo()
    # The next opening sends it too, for it has the lower nonce; both lines are there.
    sender._settings = TransactionSettings(receipt_seconds=10)
    following = request_for()
    placed = anchor.anchor(following)
    assert [line.request for line in gateway.lines()][placed.number] == following.hash()


def test_how_far_a_moved_line_is_looked_for_fits_one_request():
    assert 2 * anchoring._SEARCHED <= 100


def test_another_model_of_the_same_gateway_is_another_line(gateway, made, request_for, tmp_path):
    other = read_header(seal_for(gateway.consortium, tmp_path, b"other", "other")).signed.capsule
    anchor, request = made(), request_for()
    second = OpeningRequest(other, request.gateway, request.recipient_key, request.purpose, request.nonce)
    anchors = [anchor.anchor(each) for each in (request, second)]
    with pytest.raises(NotConfirmedError):
        made(confirm_seconds=0.05).confirmed(Anchor(99, anchors[1].transaction), wrong_digest(second))
    assert [line.model_digest for line in gateway.lines()] == [request.model_digest, other.label.digest]


def wrong_digest(request):
    return OpeningRequest(
        request.capsule, request.gateway, request.recipient_key, "another purpose", request.nonce
    )
