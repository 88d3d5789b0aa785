"""Nonces: never with a gap before them, and holes that transactions left are filled."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from support.proxy_node import proxy_node

from tcss_chain.chain import transaction_watch
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import AccountInUseError, TransactionFailedError, TransactionTimeoutError
from tcss_chain.chain.nonce_holes import FILL_KIND, MAX_HOLES
from tcss_chain.chain.nonces import MAX_PENDING_ELSEWHERE
from tcss_chain.chain.transaction_journal import EntryStatus, MemoryTransactionJournal, Purpose, SignedVariant
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings

pytestmark = pytest.mark.anvil

HASTY = TransactionSettings(receipt_seconds=0.5, bump_after_seconds=1000, look_seconds=0.05)
SID = b"\1" * 32


class Crash(BaseException):
    """The end of a process."""


class LastingJournal:
    """Keeps what it is given as a journal does that survives."""

    def __init__(self):
        self._entries = MemoryTransactionJournal()

    def __getattr__(self, name):
        return getattr(self._entries, name)


@pytest.fixture
def liar(anvil):
    with proxy_node(anvil.rpc_url) as node:
        yield node


def counts(node, change, tags=("latest", "pending")):
    """Make a node say something else of the account's count."""

    def answer(params, truth):
        honest = truth()
        return {"result": hex(change(int(honest["result"], 16)))} if params[1] in tags else honest

    node.changes["eth_getTransactionCount"] = answer


def through(chain, *nodes, **options):
    connection = Connection([*(node.url for node in nodes)], chain.connection.contract_address)
    return TransactionSender(connection, chain.account, **{"settings": HASTY, **options})


def fillers(chain, nonce):
    purpose = Purpose(b"", FILL_KIND, str(nonce))
    return chain.journal.of_purpose(chain.account.address, chain.connection.chain_id, purpose)


def crash_when_journalled(name):
    if name == "createSession.journalled":
        raise Crash


def journalled(chain, number):
    """Write down a transaction that never leaves."""
    with pytest.raises(Crash):
        chain.sender(reached=crash_when_journalled).send(chain.call(number), sid=SID, subject=str(number))
    return chain.entry(number)


def give_up(chain, entry):
    chain.journal.update(entry.entry_id, EntryStatus.FAILED)


@pytest.mark.parametrize("journal", [MemoryTransactionJournal, LastingJournal])
@pytest.mark.parametrize("liar_is_first", [True, False])
def test_a_node_that_counts_too_many_makes_no_gap(chain, anvil, liar, journal, liar_is_first):
    chain.request("evm_setAutomine", [True])
    before = chain.count()
    with proxy_node(anvil.rpc_url) as honest:
        nodes = (liar, honest) if liar_is_first else (honest, liar)
        counts(liar, lambda count: count + 500)
        mined = through(chain, *nodes, journal=journal()).send(chain.call(), sid=SID)
    assert chain.connection.w3.eth.get_transaction(mined.transaction_hash)["nonce"] == before


def test_a_node_that_is_behind_gives_no_nonce_that_this_process_saw_mined(chain, anvil, liar):
    chain.request("evm_setAutomine", [True])
    before = chain.count()
    with proxy_node(anvil.rpc_url) as honest:
        sender = through(chain, honest, liar, journal=LastingJournal())
        sender.send(chain.call(1))  # without a purpose, so the journal is done with it at once
        counts(liar, lambda count: count - 1)
        mined = sender.send(chain.call(2))
    assert chain.connection.w3.eth.get_transaction(mined.transaction_hash)["nonce"] == before + 1


def test_a_node_that_cannot_count_rests_and_is_left_out(chain, anvil, liar):
    chain.request("evm_setAutomine", [True])
    with proxy_node(anvil.rpc_url) as honest:
        sender = through(chain, honest, liar)
        liar.refuses("eth_getTransactionCount", "not today")
        sender.send(chain.call(1))
        sender.send(chain.call(2))
    # latest and pending of the first transaction, nothing of the second
    assert liar.asked("eth_getTransactionCount") <= 2


def test_a_second_command_leaves_what_the_first_one_has_pending_alone(chain):
    first = chain.begin(1)
    chain.journal = MemoryTransactionJournal()
    second = chain.begin(2)
    assert second.nonce == first.nonce + 1
    assert list(chain.pool()) == [first.nonce, second.nonce]


@pytest.mark.parametrize("more", [MAX_PENDING_ELSEWHERE, MAX_PENDING_ELSEWHERE + 1])
def test_a_command_refuses_when_much_is_pending_that_it_did_not_send(chain, liar, more):
    counts(liar, lambda count: count + more, tags=("pending",))
    journal = MemoryTransactionJournal()
    sender = through(chain, liar, journal=journal)
    expected = TransactionTimeoutError if more == MAX_PENDING_ELSEWHERE else AccountInUseError
    with pytest.raises(expected) as caught:
        sender.send(chain.call(), sid=SID)
    if expected is AccountInUseError:
        assert (caught.value.account, caught.value.waiting) == (chain.account.address, more)
        assert sender.pending() == ()


def test_who_has_a_journal_that_survives_does_not_ask_what_is_pending(chain, liar):
    chain.request("evm_setAutomine", [True])
    counts(liar, lambda count: count + 5, tags=("pending",))
    through(chain, liar, journal=LastingJournal()).send(chain.call(), sid=SID)
    asked = [params[1] for method, params in liar.requests if method == "eth_getTransactionCount"]
    assert set(asked) == {"latest"}


def test_what_waits_behind_a_transaction_that_was_given_up_is_mined(chain, monkeypatch):
    """A complaint that was never sent is refused by the time the process is back."""
    complaint = journalled(chain, 1)
    later = chain.begin(2)
    assert later.nonce == complaint.nonce + 1
    monkeypatch.setattr(transaction_watch.TransactionWatch, "_may_leave", lambda _self, entry: entry == later)
    sender = chain.sender()
    sender.tend(0)
    assert chain.entry(1).status is EntryStatus.FAILED
    (filler,) = fillers(chain, complaint.nonce)
    (_, transaction), *_ = chain.pool().items()
    assert transaction["hash"] == filler.variants[0].transaction_hash
    assert (transaction["to"], transaction["from"]) == (chain.account.address.lower(),) * 2
    assert (int(transaction["value"], 16), transaction["input"]) == (0, "0x")
    sender.tend(0)  # nothing is filled twice
    chain.mine()
    sender.tend(0)
    assert chain.entry(2).status is EntryStatus.SETTLED
    assert [each.status for each in fillers(chain, complaint.nonce)] == [EntryStatus.SETTLED]


def test_a_filler_is_written_down_before_it_leaves(chain):
    hole = journalled(chain, 1)
    chain.begin(2)
    give_up(chain, hole)
    moments = []

    def reached(moment):
        moments.append(moment)
        if moment == f"{FILL_KIND}.journalled":
            assert len(fillers(chain, hole.nonce)) == 1
            assert hole.nonce not in chain.pool()

    chain.sender(reached=reached).tend(100)
    assert moments == [f"{FILL_KIND}.{moment}" for moment in ("signed", "journalled", "broadcast")]


def test_a_hole_with_nothing_behind_it_is_left_to_the_next_transaction(chain):
    hole = journalled(chain, 1)
    give_up(chain, hole)
    chain.sender().tend(0)
    assert fillers(chain, hole.nonce) == ()
    assert chain.begin(2).nonce == hole.nonce


def test_a_filler_that_is_refused_stays_and_no_other_is_made(chain):
    """Somebody's pool has a transaction with the nonce all the same, which pays more."""
    hole = journalled(chain, 1)
    later = chain.begin(2)
    give_up(chain, hole)
    transaction = {"to": "0x" + "11" * 20, "value": 1, "gas": 21000, "nonce": hole.nonce}
    fees = {"maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**11, "chainId": later.chain_id}
    raw = chain.account.sign_transaction(transaction | fees).raw_transaction
    chain.connection.broadcast(bytes(raw))
    sender = chain.sender()
    for _ in range(3):
        sender.tend(0)
    assert [each.status for each in fillers(chain, hole.nonce)] == [EntryStatus.PENDING]
    chain.mine(1 + HASTY.superseded_after_blocks)
    sender.tend(0)
    assert [each.status for each in fillers(chain, hole.nonce)] == [EntryStatus.SUPERSEDED]
    assert chain.entry(2).status is EntryStatus.SETTLED


def journalled_at(chain, nonce):
    """Write down something that nobody has, at a nonce of one's choice."""
    variant = SignedVariant("0x" + "12" * 32, b"\2", 1, 1)
    chain_id = chain.connection.chain_id
    return chain.journal.add(chain.account.address, chain_id, nonce, Purpose(SID, "deal"), variant)


@pytest.mark.parametrize("missing", [1, MAX_HOLES, MAX_HOLES + 2])
def test_a_limited_number_of_nonces_is_filled(chain, missing):
    count = chain.count()
    journalled_at(chain, count + missing)
    chain.sender().tend(100)
    filled = [nonce for nonce in range(count, count + missing) if fillers(chain, nonce)]
    assert filled == (list(range(count, count + missing)) if missing <= MAX_HOLES else [])


def test_a_reverted_transaction_whose_block_goes_away_holds_up_nobody(chain):
    sender = chain.sender(replace(HASTY, receipt_seconds=10))
    failures = []

    def send(call, subject):
        try:
            sender.send(call, sid=SID, subject=subject)
        except TransactionFailedError as failure:
            failures.append(failure)

    snapshot = chain.request("evm_snapshot")
    first = chain.begin(1)
    thread = threading.Thread(target=send, args=(chain.call(1), "again"))  # reverts: it exists by then
    thread.start()
    while len(chain.pool()) < 2:
        time.sleep(0.02)
    chain.mine()
    thread.join(20)
    assert len(failures) == 1
    third = chain.begin(3)
    assert third.nonce == first.nonce + 2
    chain.request("evm_revert", [snapshot])
    chain.request("anvil_dropAllTransactions")
    chain.request("evm_setAutomine", [False])
    for _ in range(3):
        sender.tend(0)
        chain.mine()
    sender.tend(0)
    assert chain.count() == third.nonce + 1
    assert [chain.entry(number).status for number in (1, 3)] == [EntryStatus.SETTLED] * 2
    assert [each.status for each in fillers(chain, first.nonce + 1)] == [EntryStatus.SETTLED]
