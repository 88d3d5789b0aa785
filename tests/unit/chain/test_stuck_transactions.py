"""Transactions that are lost, stuck, reorganised away or overtaken, and processes that end in between."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from tcss_chain.chain import transaction_watch
from tcss_chain.chain.errors import (
    NodeError,
    TransactionFailedError,
    TransactionSupersededError,
    TransactionTimeoutError,
)
from tcss_chain.chain.transaction_journal import EntryStatus, Purpose
from tcss_chain.chain.transactions import TransactionSettings

pytestmark = pytest.mark.anvil

HASTY = TransactionSettings(receipt_seconds=0.5, bump_after_seconds=1000, look_seconds=0.05)


class Crash(BaseException):
    """The end of a process."""


def crash_at(moment):
    def reached(name):
        if name == moment:
            raise Crash

    return reached


def in_background(work):
    results = []

    def run():
        try:
            results.append(work())
        except Exception as failure:  # noqa: BLE001  # the caller looks at it
            results.append(failure)

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(20)
        return results[0]

    return result


def eventually(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def content(transaction):
    return tuple(transaction[name] for name in ("nonce", "to", "input", "value", "gas", "chainId", "from"))


def test_what_is_not_mined_in_time_stays_pending_and_is_waited_for_later(chain, sent):
    observed = []
    entry = chain.begin(observer=observed.append)
    assert (entry.status, observed) == (EntryStatus.PENDING, [])
    sender = chain.sender(replace(HASTY, receipt_seconds=10), observer=observed.append)
    assert sender.pending() == (entry,)
    result = in_background(lambda: sender.send(chain.call(2), sid=b"\1" * 32, subject="1"))
    chain.mine()
    mined = result()
    assert mined.transaction_hash == entry.variants[0].transaction_hash
    assert observed == [mined]
    assert set(sent) == {entry.variants[0].raw}
    assert chain.entry().status is EntryStatus.MINED
    assert chain.entry().block_number == mined.block_number
    assert sender.pending() == ()


def test_what_is_mined_already_is_not_sent_again(chain, sent):
    entry = chain.begin()
    chain.mine()
    chain.sender().tend(100)
    assert chain.entry().status is EntryStatus.MINED
    sent.clear()
    mined = chain.sender().send(chain.call(2), sid=b"\1" * 32, subject="1")
    assert mined.transaction_hash == entry.variants[0].transaction_hash
    assert sent == []


@pytest.mark.parametrize("resume", ["send", "tend"])
@pytest.mark.parametrize("moment", ["journalled", "broadcast"])
def test_a_process_that_ends_sends_the_same_bytes_when_it_is_back(chain, sent, moment, resume):
    with pytest.raises(Crash):
        chain.sender(reached=crash_at(f"createSession.{moment}")).send(
            chain.call(), sid=b"\1" * 32, subject="1"
        )
    entry = chain.entry()
    assert sent == ([] if moment == "journalled" else [entry.variants[0].raw])
    again = chain.sender()  # as after a restart
    if resume == "tend":
        again.tend(1)
    else:
        with pytest.raises(TransactionTimeoutError):
            again.send(chain.call(), sid=b"\1" * 32, subject="1")
    assert set(sent) == {entry.variants[0].raw}
    assert [each["hash"] for each in chain.pool().values()] == [entry.variants[0].transaction_hash]
    chain.mine()
    again.tend(0)
    assert chain.entry().status is EntryStatus.SETTLED


@pytest.mark.parametrize("still_holds", [True, False])
def test_what_reveals_a_secret_is_simulated_again_after_a_crash(chain, sent, monkeypatch, still_holds):
    """A complaint that would revert by now publishes its key for nothing."""
    monkeypatch.setattr(transaction_watch, "REVEALING_KINDS", ("createSession",))
    with pytest.raises(Crash):
        chain.sender(reached=crash_at("createSession.journalled")).send(
            chain.call(), sid=b"\1" * 32, subject="1"
        )
    kept = chain.entry().variants[0].raw
    if not still_holds:
        monkeypatch.setattr(transaction_watch, "call_of", lambda signed, sender: refused_call(chain))
    chain.sender().tend(0)
    assert sent == ([kept] if still_holds else [])
    assert chain.entry().status is (EntryStatus.PENDING if still_holds else EntryStatus.FAILED)


def refused_call(chain):
    """A call that the contract refuses."""
    function = chain.consortium.actions.record_fault(bytes(32), chain.account.address)
    return {
        "from": chain.account.address,
        "to": function.address,
        "data": function._encode_transaction_data(),
    }


@pytest.mark.parametrize("moment", ["simulated", "signed"])
def test_a_process_that_ends_before_the_journal_has_sent_nothing(chain, sent, moment):
    with pytest.raises(Crash):
        chain.sender(reached=crash_at(f"createSession.{moment}")).send(chain.call(), sid=b"\1" * 32)
    assert sent == []
    assert chain.sender().pending() == ()


@pytest.mark.parametrize("moment", ["mined", "recorded"])
def test_a_process_that_ends_after_mining_finds_the_receipt(chain, sent, moment):
    chain.request("evm_setAutomine", [True])
    with pytest.raises(Crash):
        chain.sender(reached=crash_at(f"createSession.{moment}")).send(
            chain.call(), sid=b"\1" * 32, subject="1"
        )
    (raw,) = sent
    mined = chain.sender().send(chain.call(2), sid=b"\1" * 32, subject="1")
    assert mined.transaction_hash == chain.entry().variants[0].transaction_hash
    assert sent == [raw]


def test_a_stuck_transaction_is_replaced_with_the_same_content_and_higher_fees(chain):
    settings = TransactionSettings(receipt_seconds=10, bump_after_seconds=0.2, look_seconds=0.05)
    sender = chain.sender(settings)
    result = in_background(lambda: sender.send(chain.call(), sid=b"\1" * 32, subject="1"))
    eventually(chain.pool)
    (first,) = chain.pool().values()
    eventually(lambda: len(chain.entry().variants) >= 2)
    eventually(lambda: [each["hash"] for each in chain.pool().values()] != [first["hash"]])
    (second,) = chain.pool().values()
    assert content(second) == content(first)
    for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(second[fee], 16) >= 1.25 * int(first[fee], 16)
    chain.mine()
    mined = result()
    assert mined.transaction_hash in {variant.transaction_hash for variant in chain.entry().variants[1:]}
    assert chain.count() == int(first["nonce"], 16) + 1


def test_a_replacement_is_written_down_before_it_is_broadcast(chain, sent):
    entry = chain.begin()
    written = []
    settings = replace(HASTY, bump_after_seconds=0)

    def reached(moment):
        if moment.endswith(".journalled"):
            written.append((len(chain.entry().variants), list(sent)))
            raise Crash

    sent.clear()
    with pytest.raises(Crash):
        chain.sender(settings, reached=reached).tend(1)
    assert written == [(2, [])]
    newest = chain.entry().variants[-1]
    chain.drop(entry)
    chain.sender().tend(1)
    assert sent == [newest.raw]


def test_the_cap_ends_replacements(chain):
    cap = 2 * chain.connection.w3.eth.get_block("latest")["baseFeePerGas"]
    settings = replace(HASTY, bump_after_seconds=0.05, max_fee_per_gas=cap)
    entry = chain.begin(settings=settings)
    assert [variant.max_fee_per_gas for variant in entry.variants] == [cap]


def test_only_the_next_transaction_is_replaced(chain):
    first, second = chain.begin(1), chain.begin(2)
    sender = chain.sender(replace(HASTY, bump_after_seconds=0))
    sender.tend(1)
    assert (first.nonce + 1, len(chain.entry(1).variants)) == (second.nonce, 2)
    assert chain.entry(2) == second


def test_an_older_version_that_is_mined_counts(chain):
    entry = chain.begin()
    settings = replace(HASTY, bump_after_seconds=0)
    chain.sender(settings).tend(1)
    assert len(chain.entry().variants) == 2
    chain.request("anvil_dropAllTransactions")
    chain.connection.broadcast(entry.variants[0].raw)
    chain.mine()
    mined = chain.sender().send(chain.call(), sid=b"\1" * 32, subject="1")
    assert mined.transaction_hash == entry.variants[0].transaction_hash


def test_two_threads_get_numbers_in_a_row(chain):
    sender = chain.sender(replace(HASTY, receipt_seconds=30))
    before, mined, failures = chain.count(), [], []

    def send(numbers):
        try:
            for number in numbers:
                mined.append(sender.send(chain.call(number), sid=b"\1" * 32, subject=str(number)))
        except Exception as failure:  # noqa: BLE001  # shown by the assertion
            failures.append(failure)

    threads = [threading.Thread(target=send, args=(range(start, start + 20),)) for start in (100, 200)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        chain.mine()
        time.sleep(0.02)
    assert failures == []
    nonces = [chain.connection.w3.eth.get_transaction(each.transaction_hash)["nonce"] for each in mined]
    assert sorted(nonces) == list(range(before, before + 40))


def test_one_purpose_in_many_threads_is_one_transaction(chain, sent):
    sender = chain.sender(replace(HASTY, receipt_seconds=20))
    send = lambda: sender.send(chain.call(), sid=b"\1" * 32, subject="1")  # noqa: E731
    results = [in_background(send) for _ in range(5)]
    eventually(chain.pool)
    time.sleep(0.1)
    chain.mine()
    assert len({result().transaction_hash for result in results}) == 1
    assert len(set(sent)) == 1


def test_a_dropped_transaction_in_the_middle_does_not_hold_up_the_others(chain):
    entries = [chain.begin(number) for number in (1, 2, 3)]
    assert list(chain.pool()) == [entry.nonce for entry in entries]
    chain.drop(entries[1])
    sender = chain.sender()
    sender.tend(0)
    chain.mine()
    sender.tend(0)
    assert [chain.entry(number).status for number in (1, 2, 3)] == [EntryStatus.SETTLED] * 3


def test_a_transaction_that_the_pool_forgot_keeps_its_nonce(chain):
    first = chain.begin(1)
    chain.drop(first)
    second = chain.begin(2)
    assert second.nonce == first.nonce + 1
    assert list(chain.pool()) == [second.nonce]
    chain.sender().tend(0)
    chain.mine()
    chain.sender().tend(0)
    assert [chain.entry(number).status for number in (1, 2)] == [EntryStatus.SETTLED] * 2


def test_a_dropped_transaction_is_offered_again_while_somebody_waits(chain):
    sender = chain.sender(replace(HASTY, receipt_seconds=10))
    result = in_background(lambda: sender.send(chain.call(), sid=b"\1" * 32, subject="1"))
    eventually(chain.pool)
    chain.drop(chain.entry())
    assert chain.pool() == {}
    eventually(chain.pool)
    chain.mine()
    assert result().transaction_hash == chain.entry().variants[0].transaction_hash


def foreign(chain, nonce):
    """Another transaction of the same account, with fees that replace any other."""
    transaction = {
        "to": "0x" + "11" * 20,
        "value": 1,
        "gas": 21000,
        "maxFeePerGas": 10**12,
        "maxPriorityFeePerGas": 10**11,
        "nonce": nonce,
        "chainId": chain.connection.chain_id,
    }
    chain.connection.broadcast(bytes(chain.account.sign_transaction(transaction).raw_transaction))


@pytest.mark.parametrize("finder", ["send", "tend"])
def test_a_nonce_that_a_foreign_transaction_took_is_told(chain, finder):
    entry = chain.begin()
    foreign(chain, entry.nonce)
    chain.mine()
    chain.sender().tend(0)
    assert chain.entry().status is EntryStatus.PENDING  # the block of the other may go away
    chain.mine(HASTY.superseded_after_blocks)
    if finder == "tend":
        chain.sender().tend(0)
    else:
        with pytest.raises(TransactionSupersededError) as caught:
            chain.sender().send(chain.call(), sid=b"\1" * 32, subject="1")
        assert (caught.value.nonce, caught.value.account) == (entry.nonce, chain.account.address)
    assert chain.entry().status is EntryStatus.SUPERSEDED
    chain.request("evm_setAutomine", [True])
    mined = chain.sender().send(chain.call(), sid=b"\1" * 32, subject="1")
    assert chain.connection.w3.eth.get_transaction(mined.transaction_hash)["nonce"] == entry.nonce + 1


def test_a_transaction_that_reverts_is_written_down_as_failed(chain):
    """Two calls that create the same session: both pass the simulation, one of them reverts."""
    first = chain.begin(1)
    call = chain.call(1)
    with pytest.raises(TransactionTimeoutError):
        chain.sender().send(call, sid=b"\1" * 32, subject="again")
    chain.mine()
    with pytest.raises(TransactionFailedError) as caught:
        chain.sender().send(call, sid=b"\1" * 32, subject="again")
    purpose = Purpose(b"\1" * 32, "createSession", "again")
    (entry,) = chain.journal.of_purpose(first.account, first.chain_id, purpose)
    assert (entry.status, entry.nonce) == (EntryStatus.FAILED, first.nonce + 1)
    assert caught.value.transaction_hash == entry.variants[0].transaction_hash
    assert chain.entry(1).status is EntryStatus.PENDING
    chain.sender().tend(0)
    assert chain.entry(1).status is EntryStatus.SETTLED


def test_one_bad_entry_does_not_keep_the_others_from_being_looked_at(chain, monkeypatch):
    bad = chain.begin(1)
    chain.begin(2)
    chain.mine()
    sender = chain.sender()
    receipt = sender._watch.receipt

    def failing(entry):
        if entry.entry_id == bad.entry_id:
            raise NodeError("reading a receipt", "malformed answer")
        return receipt(entry)

    monkeypatch.setattr(sender._watch, "receipt", failing)
    with pytest.raises(NodeError):
        sender.tend(0)
    assert [chain.entry(number).status for number in (1, 2)] == [EntryStatus.PENDING, EntryStatus.SETTLED]


def test_a_failing_node_does_not_end_the_waiting(chain, monkeypatch):
    sender = chain.sender(replace(HASTY, receipt_seconds=10))
    receipt, failed = sender._watch.receipt, []

    def failing(entry):
        if len(failed) < 3:
            failed.append(entry)
            raise NodeError("reading a receipt", "ConnectionError")
        return receipt(entry)

    monkeypatch.setattr(sender._watch, "receipt", failing)
    result = in_background(lambda: sender.send(chain.call()))
    eventually(chain.pool)
    chain.mine()
    assert result().kind == "createSession"
    assert len(failed) == 3


def test_ages_of_pending_transactions(chain):
    sender = chain.sender()
    assert sender.oldest_pending_seconds() == 0
    chain.begin()
    assert 0 <= sender.oldest_pending_seconds() < 5
    time.sleep(0.1)
    assert sender.oldest_pending_seconds() >= 0.1
    chain.mine()
    sender.tend(0)
    assert sender.oldest_pending_seconds() == 0
