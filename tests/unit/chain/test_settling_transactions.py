"""Transactions in blocks: taken out by a reorganisation, and final when the block is deep enough."""

from __future__ import annotations

import pytest
from web3.exceptions import Web3RPCError

from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.errors import NodeError, TransactionTimeoutError
from tcss_chain.chain.transaction_journal import EntryStatus

pytestmark = pytest.mark.anvil


def test_a_reorganised_transaction_is_sent_again_as_it_is(chain, sent):
    entry = chain.begin()
    chain.mine()
    sender = chain.sender()
    sender.tend(100)
    assert chain.entry().status is EntryStatus.MINED
    chain.request("anvil_reorg", [1, []])
    assert chain.count() == entry.nonce
    sent.clear()
    sender.tend(100)
    assert (chain.entry().status, chain.entry().block_hash) == (EntryStatus.PENDING, None)
    assert sent == [entry.variants[0].raw]
    chain.mine()
    sender.tend(0)
    assert chain.entry().status is EntryStatus.SETTLED
    assert chain.entry().variants == entry.variants


def test_send_takes_up_a_reorganised_transaction(chain, sent):
    entry = chain.begin()
    chain.mine()
    chain.sender().tend(100)
    chain.request("anvil_reorg", [1, []])
    sent.clear()
    with pytest.raises(TransactionTimeoutError):
        chain.sender().send(chain.call(3), sid=b"\1" * 32, subject="1")
    assert set(sent) == {entry.variants[0].raw}


def test_a_transaction_in_another_block_than_before_is_written_down_again(chain):
    entry = chain.begin()
    chain.mine()
    sender = chain.sender()
    sender.tend(100)
    before = chain.entry()
    chain.request("anvil_reorg", [1, []])
    chain.connection.broadcast(entry.variants[0].raw)
    chain.mine()
    sender.tend(100)
    after = chain.entry()
    assert after.status is EntryStatus.MINED
    assert (after.block_number, after.block_hash) != (before.block_number, before.block_hash)


@pytest.mark.parametrize(("confirmations", "blocks"), [(0, 0), (3, 3)])
def test_a_transaction_settles_when_its_block_is_deep_enough(chain, confirmations, blocks):
    chain.begin()
    chain.mine()
    sender = chain.sender()
    for _ in range(blocks):
        sender.tend(confirmations)
        assert chain.entry().status is EntryStatus.MINED
        chain.mine()
    sender.tend(confirmations)
    assert chain.entry().status is EntryStatus.SETTLED


def test_a_transaction_settles_when_the_chain_calls_its_block_final(chain, monkeypatch):
    chain.begin()
    chain.mine()
    eth = chain.connection.w3.eth
    get_block, final = eth.get_block, [chain.connection.block_number() - 1]
    monkeypatch.setattr(eth, "get_block", lambda tag: get_block(final[0] if tag == "finalized" else tag))
    chain.sender().tend()
    assert chain.entry().status is EntryStatus.MINED
    final[0] += 1
    chain.sender().tend()
    assert chain.entry().status is EntryStatus.SETTLED


def test_without_a_final_block_pending_transactions_are_seen_to_all_the_same(chain, monkeypatch):
    entry = chain.begin()
    chain.drop(entry)
    eth = chain.connection.w3.eth
    get_block = eth.get_block

    def unknown(tag):
        if tag == "finalized":
            raise Web3RPCError("no such tag")
        return get_block(tag)

    monkeypatch.setattr(eth, "get_block", unknown)
    with pytest.raises(NodeError):
        chain.sender().tend("finalized")
    assert list(chain.pool()) == [entry.nonce]


def test_confirmed_states_follow_a_reorganisation(chain):
    call = chain.consortium.actions.create_session(chain.consortium.salt, chain.consortium.configuration)
    with pytest.raises(TransactionTimeoutError):
        chain.sender().send(call)
    chain.mine(3)
    reads = ConfirmedReads(chain.connection)
    assert reads.state(chain.consortium.sid, 2) is not None
    chain.request("anvil_reorg", [3, []])
    assert reads.state(chain.consortium.sid, 0) is None


def test_calls_without_purpose_are_each_of_their_own(chain):
    sender = chain.sender()
    for number in (1, 2):
        with pytest.raises(TransactionTimeoutError):
            sender.send(chain.call(number))
    assert len(sender.pending()) == 2
    chain.mine()
    sender.tend(100)
    assert chain.journal.unsettled(chain.account.address, chain.connection.chain_id) == ()
