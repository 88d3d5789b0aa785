"""Confirmations are seen once they are mined, with one request a look."""

from __future__ import annotations

import pytest
from support.consortium import Consortium

from tcss_chain.chain.errors import NodeError
from tcss_chain.protocol.session import Phase
from tcss_chain.service import confirmation_watch
from tcss_chain.service.confirmation_watch import (
    FEWEST_BLOCKS,
    MOST_BLOCKS,
    OVERLAP_BLOCKS,
    ConfirmationWatch,
)


@pytest.fixture
def asked(connection, monkeypatch):
    """The block ranges that were asked for; the node fails while the list ``fails`` is not empty."""

    class Event:
        original = connection.contract.events["SessionConfirmed"]
        ranges, fails, is_empty = [], [], False

        def get_logs(self, from_block, to_block):
            self.ranges.append((from_block, to_block))
            if self.fails:
                raise self.fails.pop()
            if self.is_empty:
                return ()
            return self.original().get_logs(from_block=from_block, to_block=to_block)

    class Contract:
        events = {"SessionConfirmed": Event}  # noqa: RUF012

    class Nodes:
        contract = Contract()
        ask = staticmethod(connection.ask)
        block_number = staticmethod(connection.block_number)

    Event.nodes = Nodes()
    return Event


def test_confirmations_are_found_before_and_after_the_first_look(asked, three, connection, embedded_devnet):
    three.run_to(Phase.JOINING)
    watch = ConfirmationWatch(asked.nodes, 0)
    assert watch.look() == (three.sid,)
    other = Consortium(connection, embedded_devnet.accounts, n=3, t=2)
    other.run_to(Phase.CONFIRMING)
    assert other.sid not in watch.look()
    other.confirm()
    assert other.sid in watch.look()
    assert len(asked.ranges) == 3


def test_a_look_goes_back_as_far_as_a_reorganisation_may(asked):
    heads = iter((20_000, 20_003, 30_000, 29_990, 50_000))
    asked.is_empty = True
    asked.nodes.block_number = lambda: next(heads)
    watch = ConfirmationWatch(asked.nodes, 15_000)
    for _ in range(5):
        watch.look()
    assert asked.ranges == [
        (15_000, 20_000),
        (20_000 - OVERLAP_BLOCKS, 20_003),
        (30_000 - MOST_BLOCKS + 1, 30_000),
        (29_990 - OVERLAP_BLOCKS, 29_990),
        (50_000 - MOST_BLOCKS + 1, 50_000),
    ]


def test_a_node_that_finds_it_too_much_is_asked_for_less_and_nothing_is_skipped(asked, monkeypatch, three):
    three.run_to(Phase.JOINING)
    monkeypatch.setattr(confirmation_watch, "MOST_BLOCKS", 4 * FEWEST_BLOCKS)
    watch = ConfirmationWatch(asked.nodes, 0)
    spans = []
    asked.fails += [NodeError("reading", "too much") for _ in range(4)]
    for _ in range(4):
        with pytest.raises(NodeError):
            watch.look()
        spans.append(watch._span)
    assert spans == [2 * FEWEST_BLOCKS, FEWEST_BLOCKS, FEWEST_BLOCKS, FEWEST_BLOCKS]
    assert watch.look() == (three.sid,)
    assert watch._span == 2 * FEWEST_BLOCKS
