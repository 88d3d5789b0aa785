"""Each alarm that is not a single session's business is raised when there is reason, and cleared."""

from __future__ import annotations

import pytest

from tcss_chain.chain.errors import ChainContradictionError, NodeError
from tcss_chain.chain.node_status import MAX_LAG_BLOCKS, NodeStatus
from tcss_chain.chain.session_events import MOST_BLOCKS_A_READING
from tcss_chain.monitoring.alarms import Alarm
from tcss_chain.monitoring.health import Health
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.protocol.session import Phase
from tcss_chain.service import housekeeper, stall_watch
from tcss_chain.service.housekeeper import Housekeeper
from tcss_chain.service.service_settings import ServiceSettings

NOW = 1_800_000_000
ADDRESS = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
SIDS = [bytes([number]) * 32 for number in (1, 2, 3)]
SETTINGS = ServiceSettings(min_balance=5, stalled_seconds=300)


def node(name="node 1", *, current=True, **changes):
    values = {
        "reachable": True, "head_number": 100, "head_time": NOW, "lag_blocks": 0,
        "right_chain": True, "has_contract": True,
    }  # fmt: skip
    return NodeStatus(name, is_current=current, **(values | changes))


class World:
    """Nodes, wallet and sessions as the test wants them."""

    def __init__(self, alarms, monkeypatch):
        self.alarms = alarms
        self.nodes = [node()]
        self.balance = 5
        self.oldest = 0.0
        self.asked = []
        self.tended = []
        self.troubles = {}
        self.contradictions = {}
        self.address = ADDRESS
        self.w3 = self
        self.eth = self
        self.metrics = ParticipantMetrics()
        monkeypatch.setattr(stall_watch.time, "time", lambda: NOW)
        monkeypatch.setattr(housekeeper, "ConfirmedReads", lambda _connection: self)
        self.keeper = Housekeeper(self, self, self.metrics, alarms, SETTINGS, 12, self.check_session)

    def check_nodes(self):
        return tuple(self.nodes)

    def get_balance(self, address):
        assert address == ADDRESS
        return self.balance

    def ask(self, _action, request):
        return request()

    def tend(self, confirmations):
        self.tended.append(confirmations)

    def pending(self):
        return ("entry",) * (self.oldest > 0)

    def oldest_pending_seconds(self):
        return self.oldest

    def check_session(self, sid):
        self.asked.append(sid)
        if sid in self.troubles:
            raise self.troubles[sid]
        return Phase.DEALING

    def state(self, sid, confirmations):
        assert confirmations == 12
        if sid in self.contradictions:
            raise self.contradictions[sid]

    def check(self, *sids):
        """Check, and give what is raised."""
        self.keeper.check(sids)
        return [(each.alarm, each.about) for each in self.alarms.active()]

    def figure(self, name):
        lines = self.metrics.text().decode().splitlines()
        return [line for line in lines if name in line and not line.startswith("#")]


@pytest.fixture
def world(alarms, monkeypatch, logged):
    return World(alarms, monkeypatch)


def test_when_all_is_well_nothing_is_raised_or_logged(world, logged):
    assert world.check(*SIDS) == []
    assert logged.lines == []
    assert world.asked == SIDS
    assert world.tended == [12]


@pytest.mark.parametrize(
    ("trouble", "note"),
    [
        ({"reachable": False, "head_number": None, "head_time": None, "lag_blocks": None}, "does not answer"),
        ({"right_chain": False}, "another chain"),
        ({"has_contract": False}, "does not have the contract"),
    ],
)
def test_a_node_that_cannot_be_used_is_an_alarm_until_it_can(world, alarms, logged, trouble, note):
    world.nodes = [node(), node("node 2", current=False, **trouble)]
    assert world.check() == [(Alarm.NODE_UNREACHABLE, "node 2")]
    assert note in alarms.active()[0].note
    world.check()
    assert [line["event"] for line in logged.lines] == ["alarm"]
    world.nodes = [node(), node("node 2", current=False)]
    assert world.check() == []
    assert [line["event"] for line in logged.lines] == ["alarm", "alarm is over"]


def test_a_node_that_is_far_behind_is_an_alarm_until_it_is_not(world):
    world.nodes = [node(), node("node 2", current=False, lag_blocks=MAX_LAG_BLOCKS + 1)]
    assert world.check() == [(Alarm.NODE_LAGS, "node 2")]
    world.nodes = [node(), node("node 2", current=False, lag_blocks=MAX_LAG_BLOCKS)]
    assert world.check() == []


def test_a_chain_without_new_blocks_is_an_alarm_until_there_is_one(world):
    world.nodes = [node(head_time=NOW - 300)]
    assert world.check() == []
    world.nodes = [node(head_time=NOW - 301)]
    assert world.check() == [(Alarm.CHAIN_STALLED, "")]
    world.nodes = [node()]
    assert world.check() == []


NOWHERE = {"reachable": False, "head_number": None, "head_time": None, "lag_blocks": None}


def test_when_no_node_answers_any_more_the_chain_stalls_when_the_last_block_is_old(
    world, alarms, monkeypatch
):
    now = [NOW]
    monkeypatch.setattr(stall_watch.time, "time", lambda: now[0])
    world.nodes = [node(head_time=NOW - 100)]
    assert world.check() == []
    world.nodes = [node(**NOWHERE)]
    now[0] = NOW + 200
    assert world.check() == [(Alarm.NODE_UNREACHABLE, "node 1")]
    now[0] = NOW + 201
    assert world.check() == [(Alarm.CHAIN_STALLED, ""), (Alarm.NODE_UNREACHABLE, "node 1")]
    assert "301 s" in alarms.active()[0].note
    assert not Health(alarms.active()).is_ok
    assert world.figure('tcss_alarms_active{alarm="chain_stalled"}')[0].endswith(" 1.0")
    world.nodes = [node(head_time=NOW + 201)]
    assert world.check() == []


def test_when_no_node_answered_ever_the_chain_stalls_some_time_after_the_start(world, monkeypatch):
    now = [NOW]
    monkeypatch.setattr(stall_watch.time, "time", lambda: now[0])
    world.nodes = [node(**NOWHERE), node("node 2", current=False, **NOWHERE)]
    raised = [(Alarm.NODE_UNREACHABLE, "node 1"), (Alarm.NODE_UNREACHABLE, "node 2")]
    now[0] = NOW + 300
    assert world.check() == raised
    now[0] = NOW + 301
    assert world.check() == [(Alarm.CHAIN_STALLED, ""), *raised]


def test_an_old_block_stays_one_when_its_node_stops_answering(world):
    world.nodes = [node(head_time=NOW - 301)]
    world.check()
    world.nodes = [node(**NOWHERE)]
    assert (Alarm.CHAIN_STALLED, "") in world.check()


def test_a_block_of_the_future_does_not_put_off_the_alarm(world, monkeypatch):
    now = [NOW]
    monkeypatch.setattr(stall_watch.time, "time", lambda: now[0])
    world.nodes = [node(head_time=NOW + 10**9)]
    assert world.check() == []
    world.nodes = [node(**NOWHERE)]
    now[0] = NOW + 301
    assert (Alarm.CHAIN_STALLED, "") in world.check()


@pytest.mark.parametrize(
    "trouble",
    [{"right_chain": False}, {"has_contract": False}, {"head_number": MOST_BLOCKS_A_READING}],
    ids=str,
)
def test_a_block_of_a_node_that_cannot_be_used_is_none(world, monkeypatch, trouble):
    monkeypatch.setattr(stall_watch.time, "time", lambda: NOW + 301)
    world.nodes = [node(head_time=NOW + 301, **trouble)]
    assert world.check() == [(Alarm.CHAIN_STALLED, ""), (Alarm.NODE_UNREACHABLE, "node 1")]


def test_a_head_that_is_too_high_to_be_read_up_to_is_an_alarm_that_says_so(world, alarms):
    world.nodes = [node(head_number=SETTINGS.first_block + MOST_BLOCKS_A_READING - 1)]
    assert world.check() == []
    world.nodes = [node(head_number=SETTINGS.first_block + MOST_BLOCKS_A_READING)]
    assert world.check() == [(Alarm.NODE_UNREACHABLE, "node 1")]
    assert "first_block" in alarms.active()[0].note


def test_a_node_whose_head_is_not_believed_is_an_alarm_until_it_is(world, alarms):
    doubted = node("node 2", current=False, head_number=10**6, head_doubted=True)
    world.nodes = [node(), doubted, node("node 3", current=False)]
    assert world.check() == [(Alarm.NODE_LAGS, "node 2")]
    assert "1000000" in alarms.active()[0].note
    world.nodes = [node(), node("node 2", current=False), node("node 3", current=False)]
    assert world.check() == []


def test_a_transaction_that_is_not_mined_is_an_alarm_until_it_is(world):
    world.oldest = 300.0
    assert world.check() == []
    world.oldest = 301.0
    assert world.check() == [(Alarm.TRANSACTION_STUCK, "")]
    world.oldest = 0.0
    assert world.check() == []


def test_an_empty_wallet_is_an_alarm_until_it_is_filled(world):
    world.balance = 4
    assert world.check() == [(Alarm.LOW_BALANCE, ADDRESS)]
    world.balance = 5
    assert world.check() == []


def test_nodes_that_disagree_are_an_alarm_until_they_agree(world, alarms):
    world.contradictions[SIDS[1]] = ChainContradictionError("the nodes disagree")
    assert world.check(*SIDS) == [(Alarm.NODES_DISAGREE, f"0x{SIDS[1].hex()}")]
    assert "the nodes disagree" in alarms.active()[0].note
    assert world.asked == SIDS
    world.contradictions.clear()
    assert world.check(*SIDS) == []


def test_what_was_raised_of_a_session_that_ended_meanwhile_ends_with_the_next_check(world, alarms):
    """A session may end in its own thread while it is checked."""
    world.contradictions[SIDS[1]] = ChainContradictionError("the nodes disagree")
    world.check(*SIDS)
    alarms.raise_(Alarm.SESSION_ABORTED, f"0x{SIDS[1].hex()}")
    other = (Alarm.STEP_FAILING, f"0x{b'9'.hex() * 32}")
    alarms.raise_(*other)
    assert world.check(SIDS[0]) == [other, (Alarm.SESSION_ABORTED, f"0x{SIDS[1].hex()}")]
    assert world.asked == [*SIDS, SIDS[0]]


@pytest.mark.parametrize("error", [NodeError("reading", "Timeout"), ChainContradictionError("what it says")])
def test_a_session_that_cannot_be_checked_does_not_hide_the_others(world, logged, error):
    world.troubles[SIDS[0]] = error
    world.contradictions[SIDS[2]] = ChainContradictionError("the nodes disagree")
    assert (Alarm.NODES_DISAGREE, f"0x{SIDS[2].hex()}") in world.check(*SIDS)
    assert world.asked == SIDS
    assert any(str(error) in str(line) for line in logged.lines)
    assert any('phase="dealing"} 2.0' in line for line in world.figure("session"))


def test_a_node_that_fails_during_a_check_neither_raises_nor_clears_that_nodes_disagree(world):
    world.contradictions[SIDS[0]] = ChainContradictionError("the nodes disagree")
    raised = world.check(*SIDS)
    world.contradictions[SIDS[0]] = NodeError("reading", "Timeout")
    assert world.check(*SIDS) == raised


def test_the_alarms_before_a_failing_node_are_raised_all_the_same(world, alarms):
    world.nodes = [node(reachable=False, head_number=None, head_time=None, lag_blocks=None)]

    def fail(_confirmations):
        raise NodeError("reading", "ConnectionError")

    world.tend = fail
    with pytest.raises(NodeError):
        world.check(*SIDS)
    assert [each.alarm for each in alarms.active()] == [Alarm.NODE_UNREACHABLE]


def test_figures_are_told(world):
    world.oldest, world.balance = 7.0, 6 * 10**18
    world.check(*SIDS)
    assert world.figure("tcss_wallet_balance_wei") == ["tcss_wallet_balance_wei 6e+18"]
    assert any(line.endswith(" 7.0") for line in world.figure("pending"))
    assert any(line.endswith(" 3.0") and 'phase="dealing"' in line for line in world.figure("session"))
