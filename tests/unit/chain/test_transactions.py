"""Sending transactions: refused, reverted, late, lost."""

from __future__ import annotations

import threading

import pytest
from eth_account import Account
from support.consortium import Consortium

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import (
    BroadcastRefusedError,
    ContractRefusedError,
    NodeError,
    TransactionFailedError,
)
from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS, TransactionSender, TransactionSettings
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.session import Phase


@pytest.fixture
def confirming(consortium) -> Consortium:
    return consortium.run_to(Phase.CONFIRMING)


def nonce(connection, sender):
    return connection.w3.eth.get_transaction_count(sender.address, "pending")


def confirm_call(consortium):
    """A call that only the auditor may make."""
    address = consortium.auditor.address
    proof = prove_possession(consortium.sid, address, KeyRole.AUDITOR, consortium.alpha, consortium.A)
    return consortium.actions.confirm(consortium.sid, consortium.A, proof)


def test_a_mined_transaction_says_what_it_was_and_what_it_cost(consortium):
    observed = []
    sender = TransactionSender(consortium.connection, consortium.creator.account, observed.append)
    mined = sender.send(consortium.actions.create_session(consortium.salt, consortium.configuration))
    assert observed == [mined]
    assert mined.kind == "createSession"
    receipt = consortium.connection.w3.eth.get_transaction_receipt(mined.transaction_hash)
    assert (mined.block_number, mined.gas_used) == (receipt["blockNumber"], receipt["gasUsed"])
    assert consortium.reads.phase(consortium.sid) is Phase.CONFIRMING
    transaction = consortium.connection.w3.eth.get_transaction(mined.transaction_hash)
    assert transaction["gas"] <= MAX_TRANSACTION_GAS


def test_a_value_is_paid_with_the_call(consortium):
    consortium.run_to(Phase.JOINING)
    member = consortium.members[0]
    consortium.join(member)
    bond = consortium.configuration.bond
    assert consortium.reads.bond(consortium.sid, member.address) == bond > 0
    with pytest.raises(ContractRefusedError):
        consortium.members[1].sender.send(consortium.join_call(consortium.members[1]), bond - 1)


def test_a_refused_call_is_not_sent(confirming):
    before = nonce(confirming.connection, confirming.outsider)
    with pytest.raises(ContractRefusedError) as caught:
        confirming.outsider.send(confirm_call(confirming))
    assert caught.value.error == "NotAuditor"
    assert caught.value.action == "confirm"
    assert nonce(confirming.connection, confirming.outsider) == before


def test_a_simulated_call_is_not_sent_either_way(confirming):
    before = nonce(confirming.connection, confirming.auditor)
    confirming.auditor.simulate(confirm_call(confirming))
    with pytest.raises(ContractRefusedError):
        confirming.outsider.simulate(confirm_call(confirming))
    assert nonce(confirming.connection, confirming.auditor) == before
    assert confirming.reads.phase(confirming.sid) is Phase.CONFIRMING


def test_a_transaction_that_reverts_after_all_is_reported_with_its_hash(confirming, monkeypatch):
    """The state changed between the estimate and the block."""
    call = confirm_call(confirming)
    monkeypatch.setattr(call, "estimate_gas", lambda _transaction: 1_000_000)
    with pytest.raises(TransactionFailedError) as caught:
        confirming.outsider.send(call)
    receipt = confirming.connection.w3.eth.get_transaction_receipt(caught.value.transaction_hash)
    assert receipt["status"] == 0
    assert caught.value.action == "confirm"
    assert caught.value.transaction_hash in str(caught.value)


def test_an_account_that_cannot_pay_sends_nothing(consortium):
    poor = TransactionSender(consortium.connection, Account.from_key(b"\x42" * 32))
    with pytest.raises(NodeError):
        poor.send(consortium.actions.create_session(consortium.salt, consortium.configuration))
    assert nonce(consortium.connection, poor) == 0
    assert consortium.reads.session_ids(0, 1000).count(consortium.sid) == 0


@pytest.mark.parametrize(
    ("estimate", "expected"), [(1_000_000, 1_200_000), (16_000_000, MAX_TRANSACTION_GAS)]
)
def test_gas_has_a_margin_and_a_cap(confirming, monkeypatch, estimate, expected):
    call = confirm_call(confirming)
    monkeypatch.setattr(call, "estimate_gas", lambda _transaction: estimate)
    with pytest.raises(TransactionFailedError) as caught:
        confirming.outsider.send(call)
    sent = confirming.connection.w3.eth.get_transaction(caught.value.transaction_hash)
    assert sent["gas"] == expected


def test_fees_keep_to_the_cap(consortium):
    cap = consortium.connection.w3.eth.get_block("latest")["baseFeePerGas"] + 1
    sender = TransactionSender(
        consortium.connection, consortium.creator.account, settings=TransactionSettings(max_fee_per_gas=cap)
    )
    mined = sender.send(consortium.actions.create_session(consortium.salt, consortium.configuration))
    sent = consortium.connection.w3.eth.get_transaction(mined.transaction_hash)
    assert (sent["maxFeePerGas"], sent["type"]) == (cap, 2)


def test_a_refusal_leaves_nothing_in_the_journal_and_takes_no_nonce(proxies, consortium):
    (node,) = proxies(1)
    connection = Connection(node.url, consortium.connection.contract_address)
    sender = TransactionSender(connection, consortium.creator.account)
    call = consortium.actions.create_session(consortium.salt, consortium.configuration)
    node.refuses("eth_sendRawTransaction", "insufficient funds")
    with pytest.raises(BroadcastRefusedError):
        sender.send(call, sid=consortium.sid)
    assert sender.pending() == ()
    node.changes.clear()
    expected = nonce(connection, sender)
    mined = sender.send(call, sid=consortium.sid)
    assert connection.w3.eth.get_transaction(mined.transaction_hash)["nonce"] == expected


def test_moments_are_told_in_order(consortium):
    moments = []
    sender = TransactionSender(consortium.connection, consortium.creator.account, reached=moments.append)
    sender.send(consortium.actions.create_session(consortium.salt, consortium.configuration))
    names = ("simulated", "signed", "journalled", "broadcast", "mined", "recorded")
    assert moments == [f"createSession.{name}" for name in names]


def test_a_refused_call_reaches_no_moment(confirming):
    moments = []
    sender = TransactionSender(confirming.connection, confirming.outsider.account, reached=moments.append)
    with pytest.raises(ContractRefusedError):
        sender.send(confirm_call(confirming))
    assert moments == []
    assert sender.pending() == ()


def test_one_accounts_transactions_from_many_threads_have_numbers_in_a_row(consortium):
    count, mined, failures = 5, [], []

    def send(number):
        try:
            salt = number.to_bytes(32, "big")
            call = consortium.actions.create_session(salt, consortium.configuration)
            mined.append(consortium.creator.send(call))
        except Exception as failure:  # noqa: BLE001  # shown by the assertion
            failures.append(failure)

    before = nonce(consortium.connection, consortium.creator)
    threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert nonce(consortium.connection, consortium.creator) == before + count
    assert len({each.transaction_hash for each in mined}) == count


def test_a_sender_shows_its_address_and_no_key(consortium):
    shown = repr(consortium.creator)
    assert consortium.creator.address in shown
    assert bytes(consortium.creator.account.key).hex() not in shown
