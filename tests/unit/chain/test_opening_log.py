"""The log of openings: read with checks, and written through the journal like everything else."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils import keccak
from support.consortium import Consortium
from support.independent import opening_hash
from support.mocks import deploy_mock
from support.refusals import refuses

from tcss_chain.chain import session_events
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.errors import (
    ChainContradictionError,
    ContractRefusedError,
    NodeError,
    OpeningLogMissingError,
    TransactionTimeoutError,
)
from tcss_chain.chain.opening_log import OpeningLine, OpeningLog
from tcss_chain.chain.transaction_journal import EntryStatus, MemoryTransactionJournal, Purpose
from tcss_chain.chain.transaction_signing import call_of
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.protocol.session import Phase

CORE, DIGEST, PURPOSE = b"\x11" * 32, b"\x22" * 32, "invoice 17"
NO_TEXT = b"\xff\xfe"
ANCHORED = "0x" + keccak(text="OpeningAnchored(bytes32,bytes32,address,uint256,bytes32,string)").hex()
OPENING_LOG = keccak(text="openingLog()")[:4].hex()


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def active(prepared, connection) -> Consortium:
    return prepared.clone()


@pytest.fixture
def log(active) -> OpeningLog:
    return OpeningLog(active.connection)


@pytest.fixture
def anchor(active, log):
    """A function that anchors an opening as the auditor."""

    def send(core=CORE, digest=DIGEST, purpose=PURPOSE):
        return active.auditor.send(log.anchor(active.sid, core, digest, purpose))

    return send


@pytest.fixture
def proxy(proxies, active):
    """A node that can be made to lie, and a connection through it."""
    (node,) = proxies(1)
    return node, Connection(node.url, active.connection.contract_address)


def post_raw(active, log, purpose: bytes):
    """Anchor a purpose that is no text, which the library would not encode."""
    selector = keccak(text="anchor(bytes32,bytes32,bytes32,string)")[:4]
    encoded = abi_encode(["bytes32", "bytes32", "bytes32", "bytes"], [active.sid, CORE, DIGEST, purpose])
    eth, account = active.connection.w3.eth, active.auditor.account
    signed = account.sign_transaction(
        {
            "to": log.address,
            "data": selector + encoded,
            "value": 0,
            "gas": 300_000,
            "gasPrice": 10**10,
            "nonce": eth.get_transaction_count(account.address),
            "chainId": active.connection.chain_id,
        }
    )
    receipt = eth.wait_for_transaction_receipt(eth.send_raw_transaction(signed.raw_transaction))
    assert receipt["status"] == 1


def test_lines_are_typed_and_numbered(active, log, anchor):
    assert (log.count(active.sid), log.lines(active.sid, 0, 10)) == (0, ())
    times = []
    for word in (b"\1" * 32, b"\2" * 32):
        anchor(core=word)
        times.append(active.connection.chain_time())
    gateway = active.auditor.address
    hashes = [opening_hash(active.sid, bytes([word]) * 32, gateway, DIGEST, PURPOSE) for word in (1, 2)]
    both = tuple(
        OpeningLine(number, request, DIGEST, gateway, time)
        for number, (request, time) in enumerate(zip(hashes, times, strict=True))
    )
    assert log.count(active.sid) == 2
    assert log.lines(active.sid, 0, 10) == both
    assert log.lines(active.sid, 1, 1) == both[1:]
    assert log.lines(active.sid, 2, 1) == log.lines(active.sid, 0, 0) == ()


def test_a_transaction_tells_the_number_of_its_line(active, log, anchor):
    for number in range(2):
        mined = anchor()
        assert mined.kind == "anchor"
        event = log.anchored(mined)
        assert (event.sid, event.number, event.purpose) == (active.sid, number, PURPOSE.encode())
        assert (event.transaction_hash, event.block_number) == (mined.transaction_hash, mined.block_number)
        assert event.belongs_to(log.lines(active.sid, number, 1)[0])


def test_a_transaction_that_anchored_nothing_is_a_contradiction(prepared, log, active):
    active.travel_to(active.configuration.bond_release_time)
    member = active.members[0]
    mined = member.sender.send(active.actions.withdraw_bond(active.sid, member.address))
    with pytest.raises(ChainContradictionError, match="anchored 0 openings"):
        log.anchored(mined)


def test_events_of_all_sessions_and_of_one(active, log, anchor, embedded_devnet):
    other = Consortium(active.connection, embedded_devnet.accounts[7:]).run_to(Phase.ACTIVE)
    mined = anchor(purpose="first")
    other.auditor.send(log.anchor(other.sid, CORE, DIGEST, "second"))
    anchor(purpose="third")
    assert [event.purpose for event in log.events()] == [b"first", b"second", b"third"]
    assert [event.purpose for event in log.events(active.sid)] == [b"first", b"third"]
    assert [event.number for event in log.events(active.sid)] == [0, 1]
    assert [event.purpose for event in log.events(other.sid)] == [b"second"]
    assert log.events(b"\1" * 32) == ()
    later = mined.block_number + 1
    assert [event.purpose for event in log.events(first_block=later)] == [b"second", b"third"]
    assert log.events()[0].gateway == active.auditor.address


@pytest.mark.parametrize("blocks", [1, 2, 10_000])
def test_every_page_size_finds_the_same_events_once(active, log, anchor, monkeypatch, blocks):
    first_block = anchor(purpose="0").block_number
    for word in "1234":
        anchor(purpose=word)
    monkeypatch.setattr(session_events, "BLOCKS_A_REQUEST", blocks)
    found = [event.purpose for event in log.events(first_block=first_block)]
    assert found == [b"0", b"1", b"2", b"3", b"4"]


def test_a_purpose_that_is_no_text_hides_nothing(active, log, anchor):
    anchor(purpose="before")
    post_raw(active, log, NO_TEXT)
    anchor(purpose="after")
    purposes = [b"before", NO_TEXT, b"after"]
    assert [event.purpose for event in log.events(active.sid)] == purposes
    gateway = active.auditor.address
    expected = [opening_hash(active.sid, CORE, gateway, DIGEST, purpose) for purpose in purposes]
    assert [line.request for line in log.lines(active.sid, 0, 9)] == expected


@pytest.mark.parametrize("purpose", ["", "x" * 201])
def test_a_refused_purpose_is_explained(active, log, purpose):
    with pytest.raises(ContractRefusedError, match="A purpose has 1 to 200 bytes") as caught:
        active.auditor.send(log.anchor(active.sid, CORE, DIGEST, purpose))
    assert (caught.value.error, caught.value.arguments) == ("PurposeLength", {"length": len(purpose)})


def test_what_the_log_passes_on_from_the_contract_is_explained_too(active, log, consortium):
    with pytest.raises(ContractRefusedError, match="There is no session with this id") as caught:
        active.auditor.send(log.anchor(b"\1" * 32, CORE, DIGEST, PURPOSE))
    assert (caught.value.action, caught.value.error) == ("anchor", "UnknownSession")
    with pytest.raises(ContractRefusedError, match="Only the session's auditor may do this"):
        active.outsider.send(log.anchor(active.sid, CORE, DIGEST, PURPOSE))
    consortium.run_to(Phase.CONFIRMING)
    with refuses("WrongPhase", current=Phase.CONFIRMING):
        consortium.auditor.send(log.anchor(consortium.sid, CORE, DIGEST, PURPOSE))


def test_an_opening_is_anchored_once_however_often_it_is_asked_for(active, log):
    journal = MemoryTransactionJournal()
    sender = TransactionSender(active.connection, active.auditor.account, journal=journal)
    call, purpose = log.anchor(active.sid, CORE, DIGEST, PURPOSE), Purpose(active.sid, "anchor", "one")
    first = sender.send(call, sid=active.sid, subject="one")
    (entry,) = journal.of_purpose(sender.address, active.connection.chain_id, purpose)
    assert entry.status is EntryStatus.MINED
    again = sender.send(call, sid=active.sid, subject="one")
    assert again.transaction_hash == first.transaction_hash
    assert sender.take_up(purpose).transaction_hash == first.transaction_hash
    assert log.count(active.sid) == 1
    sender.send(call, sid=active.sid, subject="two")
    assert log.count(active.sid) == 2
    sender.tend(0)
    assert journal.unsettled(sender.address, active.connection.chain_id) == ()


def test_a_lost_transaction_is_simulated_for_and_offered_to_the_log(active, log, proxy):
    node, connection = proxy
    journal, sid = MemoryTransactionJournal(), active.sid
    hasty = TransactionSettings(receipt_seconds=0.3, bump_after_seconds=1000, look_seconds=1000)
    sender = TransactionSender(connection, active.auditor.account, journal=journal, settings=hasty)
    node.says("eth_sendRawTransaction", "0x" + "00" * 32)
    with pytest.raises(TransactionTimeoutError):
        sender.send(OpeningLog(connection).anchor(sid, CORE, DIGEST, PURPOSE), sid=sid, subject="one")
    (entry,) = sender.pending()
    assert (entry.purpose.kind, log.count(sid)) == ("anchor", 0)
    call = call_of(entry.variants[-1], sender.address)
    assert bytes(call["to"]) == bytes.fromhex(log.address[2:])
    assert int.from_bytes(connection.w3.eth.call(call), "big") == 0
    node.changes.clear()
    sender.tend(0)
    assert log.count(sid) == 1
    mined = sender.take_up(entry.purpose)
    assert mined is not None
    assert log.anchored(mined).number == 0
    sender.tend(0)
    assert journal.unsettled(sender.address, connection.chain_id) == ()


def test_a_contract_without_a_log_says_what_to_do(embedded_devnet, connection, proxy):
    other = deploy_mock(embedded_devnet.rpc_url, embedded_devnet.accounts[-1], "LibraryHarness")
    with pytest.raises(OpeningLogMissingError, match="tcss deploy") as caught:
        OpeningLog(Connection(embedded_devnet.rpc_url, other.address))
    assert caught.value.contract == other.address
    node, through_proxy = proxy
    node.says("eth_call", "0x" + "00" * 32)
    with pytest.raises(OpeningLogMissingError):
        OpeningLog(through_proxy)


def test_a_log_of_another_contract_is_refused(embedded_devnet, connection, proxy):
    other, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    foreign = OpeningLog(Connection(embedded_devnet.rpc_url, other)).address
    node, through_proxy = proxy
    node.changes["eth_call"] = lambda params, truth: (
        {"result": "0x" + foreign[2:].lower().zfill(64)}
        if params[0]["data"].endswith(OPENING_LOG)
        else truth()
    )
    with pytest.raises(ChainContradictionError, match=f"belongs to {other}"):
        OpeningLog(through_proxy)


def test_an_address_without_a_log_is_a_failure_of_the_node(proxy):
    node, through_proxy = proxy
    node.changes["eth_call"] = lambda params, truth: (
        {"result": "0x" + ("11" * 20).zfill(64)} if params[0]["data"].endswith(OPENING_LOG) else truth()
    )
    with pytest.raises(NodeError):
        OpeningLog(through_proxy)


def test_more_lines_than_were_asked_for_are_refused(active, anchor, proxy):
    anchor()
    anchor()
    node, connection = proxy
    log = OpeningLog(connection)
    limit = (1).to_bytes(32, "big").hex()

    def all_of_them(params, _truth):
        call = params[0] | {"data": params[0]["data"].removesuffix(limit) + (9).to_bytes(32, "big").hex()}
        return node.ask("eth_call", [call, *params[1:]])

    node.changes["eth_call"] = all_of_them
    with pytest.raises(ChainContradictionError, match="2 lines of the opening log came, 1 were asked for"):
        log.lines(active.sid, 0, 1)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda event: event | {"address": "0x" + "11" * 20}, ChainContradictionError),
        (lambda event: event | {"topics": [event["topics"][0], "0x" + "11" * 32, *event["topics"][2:]]},
         ChainContradictionError),
        (lambda event: event | {"topics": ["0x" + "11" * 32, *event["topics"][1:]]}, ChainContradictionError),
        (lambda event: event | {"topics": [*event["topics"][:3], "0x" + "11" * 32]}, ChainContradictionError),
        (lambda event: event | {"topics": event["topics"][:3]}, NodeError),
        (lambda event: event | {"data": event["data"][:100]}, NodeError),
        (lambda event: event | {"blockNumber": None}, NodeError),
        (lambda event: event | {"data": "0x" + abi_encode(
            ["uint256", "bytes32", "bytes"], [0, CORE, b"x" * 201]).hex()}, ChainContradictionError),
        (lambda event: event | {"data": "0x" + abi_encode(
            ["uint256", "bytes32", "bytes"], [0, CORE, b""]).hex()}, ChainContradictionError),
    ],
    ids=["address", "session", "signature", "padding", "topics", "data", "block", "long", "empty"],
)  # fmt: skip
def test_events_that_the_log_cannot_have_emitted_are_refused(active, anchor, proxy, change, error):
    anchor()
    node, connection = proxy
    log = OpeningLog(connection)
    assert len(log.events(active.sid)) == 1
    node.changes["eth_getLogs"] = lambda params, truth: (
        {"result": [change(event) for event in truth()["result"]]}
        if params[0]["topics"][0] == ANCHORED
        else truth()
    )
    with pytest.raises(error):
        log.events(active.sid)
