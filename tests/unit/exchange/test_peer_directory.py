"""Where the other participants' services are."""

from __future__ import annotations

import json

import pytest
from support.known_roster import known_roster

from tcss_chain.exchange.errors import ExchangeError, UnknownPeerError
from tcss_chain.exchange.messages import encode_share
from tcss_chain.exchange.peer_directory import PeerDirectory, acceptance_path, share_path
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.transport import Limits

KNOWN = known_roster()
DEALER, RECIPIENT, *_ = KNOWN.accounts
SID = KNOWN.roster.sid


@pytest.mark.parametrize("slash", ["", "/", "//"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:7100", "https://north.example/prefix"])
def test_a_base_address_has_no_slash_at_its_end(url, slash):
    assert PeerDirectory({DEALER: url + slash}).base(DEALER) == url


def test_somebody_without_address_is_named():
    with pytest.raises(UnknownPeerError) as caught:
        PeerDirectory({RECIPIENT: "http://127.0.0.1:1"}).base(DEALER)
    assert caught.value.account == DEALER
    assert isinstance(caught.value, ExchangeError)


def test_the_paths_are_the_documented_ones():
    assert share_path(SID, RECIPIENT) == f"/v1/sessions/{SID.hex()}/shares/{RECIPIENT}"
    assert acceptance_path(SID) == f"/v1/sessions/{SID.hex()}/acceptance"


def test_the_usual_limits_have_room_for_a_share():
    body = json.dumps(encode_share(EncryptedShare(1, 2, (bytes(32),) * 7))).encode()
    assert len(body) * 10 < Limits().max_bytes
