"""Sessions and lines of their opening logs some blocks ago, compared between nodes."""

from __future__ import annotations

import pytest
from eth_utils import keccak
from support.consortium import Consortium
from support.mocks import deploy_mock

from tcss_chain.chain import block_reads
from tcss_chain.chain.block_reads import BlockReads
from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import (
    ChainContradictionError,
    NodeError,
    OpeningLogMissingError,
    WitnessMissingError,
)
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.protocol.session import Phase

LINES = 5
DIGEST = b"\x22" * 32
CALLS = {
    keccak(text=signature)[:4].hex(): signature.split("(")[0]
    for signature in (
        "stateOf(bytes32)", "auditorOf(bytes32)", "openingLog()", "openings(bytes32,uint256,uint256)",
        "participantOf(bytes32,address)",
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    """An active session with five lines, the last of them in the latest block."""
    active = Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)
    log = OpeningLog(shared_connection)
    for number in range(LINES):
        active.auditor.send(log.anchor(active.sid, bytes([number]) * 32, DIGEST, "purpose"))
    return active


@pytest.fixture
def active(prepared, connection) -> Consortium:
    return prepared.clone()


@pytest.fixture
def several(proxies, active):
    """Three nodes, and reads through them."""
    nodes = proxies(3)
    return nodes, ConfirmedReads(Connection([node.url for node in nodes], active.connection.contract_address))


def mine(consortium, blocks):
    for _ in range(blocks):
        consortium.connection.w3.provider.make_request("evm_mine", [])


def called(params):
    return CALLS.get(params[0]["data"][2:10])


def lie_about(name, change):
    """Change what a node answers to one of the five calls."""
    return lambda params, truth: {"result": change(truth()["result"])} if called(params) == name else truth()


def without_word(words, place):
    """The same words, one of them zero."""
    start = 2 + 64 * place
    assert words[start : start + 64] != "00" * 32
    return words[:start] + "00" * 32 + words[start + 64 :]


def with_bit(words, place):
    """The same words, the lowest bit of one of them flipped."""
    last = 1 + 64 * (place + 1)
    return words[:last] + format(int(words[last], 16) ^ 1, "x") + words[last + 1 :]


def at_other_time(seconds, of=None):
    """What a node answers that moves the times of its blocks, or of one of them."""

    def answer(params, truth):
        said = truth()
        if of is None or params[0] == hex(of):
            said["result"]["timestamp"] = hex(int(said["result"]["timestamp"], 16) + seconds)
        return said

    return answer


def time_of(active, block):
    return active.connection.w3.eth.get_block(block)["timestamp"]


def numbers(found):
    return [line.number for line in found.lines]


def test_the_session_its_auditor_and_its_lines_are_told_together(several, active):
    found = several[1].state_and_lines(active.sid, 4, 10, 0)
    log = OpeningLog(active.connection)
    assert found.state == active.reads.state(active.sid)
    assert (found.auditor, found.log) == (active.auditor.address, log.address)
    assert found.lines == log.lines(active.sid, 0, 10)
    assert len(found.lines) == LINES
    assert found.member is None
    assert found.time == found.latest_time == found.lines[-1].time


def test_the_time_is_that_of_the_block_that_is_deep_enough(several, active):
    mine(active, 1)
    active.travel_to(time_of(active, "latest") + 100)
    mine(active, 2)
    head = active.connection.block_number()
    found = several[1].state_and_lines(active.sid, 4, 10, 3)
    assert found.time == found.latest_time == time_of(active, head - 3) < time_of(active, head)


def test_where_one_member_stood_is_told_too(several, active):
    for member in active.members[:2]:
        found = several[1].state_and_lines(active.sid, 4, 10, 0, member.address)
        assert found.member == active.reads.member(active.sid, member.address)
        assert (found.member.joined, found.member.convicted) == (True, False)
    assert several[1].state_and_lines(active.sid, 4, 10, 0, active.auditor.address).member is None


@pytest.mark.parametrize(
    ("number", "window", "expected"),
    [
        (4, 0, [4]), (4, 2, [2, 3, 4]), (2, 100, [0, 1, 2]), (0, 0, [0]), (0, 5, [0]),
        (5, 2, [3, 4]), (9, 2, []), (2**53, 3, []),
    ],
)  # fmt: skip
def test_the_window_ends_with_the_line_that_matters(several, active, number, window, expected):
    found = several[1].state_and_lines(active.sid, number, window, 0)
    assert numbers(found) == expected
    line = found.line(number)
    assert line == (found.lines[-1] if number in expected else None)


def test_lines_count_when_their_block_is_deep_enough(several, active):
    reads = several[1]
    assert numbers(reads.state_and_lines(active.sid, 4, 9, 2)) == [0, 1, 2]
    mine(active, 1)
    assert numbers(reads.state_and_lines(active.sid, 4, 9, 2)) == [0, 1, 2, 3]
    mine(active, 1)
    assert numbers(reads.state_and_lines(active.sid, 4, 9, 2)) == [0, 1, 2, 3, 4]
    assert numbers(reads.state_and_lines(active.sid, 4, 9, "finalized")) == [0, 1, 2, 3, 4]


def test_all_calls_to_all_nodes_are_about_one_block(several, active):
    nodes, reads = several
    mine(active, 3)
    for node in nodes:
        node.requests.clear()
    reads.state_and_lines(active.sid, 4, 9, 2, active.members[0].address)
    block = hex(active.connection.block_number() - 2)
    names = ("stateOf", "openingLog", "auditorOf", "openings", "participantOf")
    for node in nodes:
        asked = [(called(params), params[1]) for method, params in node.requests if method == "eth_call"]
        assert asked == [(name, block) for name in names]
        times = [params[0] for method, params in node.requests if method == "eth_getBlockByNumber"]
        assert set(times) == {block}


def test_one_node_and_the_latest_block_are_one_block_too(proxies, active):
    (node,) = proxies(1)
    reads = ConfirmedReads(Connection(node.url, active.connection.contract_address))
    node.requests.clear()
    assert len(reads.state_and_lines(active.sid, 4, 9, 0).lines) == LINES
    head = hex(active.connection.block_number())
    assert {params[1] for method, params in node.requests if method == "eth_call"} == {head}


@pytest.mark.parametrize("page", [1, 2, 5, 6])
def test_every_page_size_gives_the_same_lines(several, active, monkeypatch, page):
    expected = several[1].state_and_lines(active.sid, 4, 9, 0)
    monkeypatch.setattr(block_reads, "LINES_A_REQUEST", page)
    assert several[1].state_and_lines(active.sid, 4, 9, 0) == expected
    assert numbers(several[1].state_and_lines(active.sid, 3, 2, 0)) == [1, 2, 3]


def test_what_was_not_there_yet_is_none(several, active):
    reads = several[1]
    head = active.connection.block_number()
    assert reads.state_and_lines(b"\1" * 32, 0, 0, 0) is None
    assert reads.state_and_lines(active.sid, 0, 0, head) is None
    assert reads.state_and_lines(active.sid, 0, 0, head + 1) is None


@pytest.mark.parametrize("liar", range(3))
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("stateOf", lambda words: "0x" + format(int(Phase.ABORTED), "064x") + words[66:]),
        ("auditorOf", lambda _words: "0x" + ("11" * 20).zfill(64)),
        ("openingLog", lambda _words: "0x" + ("11" * 20).zfill(64)),
        ("openingLog", lambda _words: "0x" + "00".zfill(64)),
        ("openings", lambda words: words.replace(DIGEST.hex(), "33" * 32, 1)),
        # Offset and length, then four words a line: the request of the second line.
        ("openings", lambda words: without_word(words, 6)),
        ("openings", lambda _words: "0x" + (32).to_bytes(32, "big").hex() + "00" * 32),
        ("openings", lambda _words: "0x"),
        # Account, seat, joined, dealt, qualified, convicted, ...
        ("participantOf", lambda words: with_bit(words, 5)),
        ("participantOf", lambda words: with_bit(words, 2)),
    ],
    ids=[
        "state",
        "auditor",
        "log",
        "no log",
        "digest",
        "request",
        "fewer",
        "nothing",
        "convicted",
        "joined",
    ],
)
def test_a_node_that_lies_about_anything_is_a_contradiction(several, active, liar, name, change):
    nodes, reads = several
    nodes[liar].changes["eth_call"] = lie_about(name, change)
    with pytest.raises(ChainContradictionError, match="the nodes disagree about session 0x"):
        reads.state_and_lines(active.sid, 4, 9, 0, active.members[0].address)


def test_the_standing_of_another_member_is_a_contradiction(several, active):
    nodes, reads = several
    for node in nodes:
        node.changes["eth_call"] = lie_about("participantOf", lambda words: with_bit(words, 0))
    with pytest.raises(ChainContradictionError, match="asked about one member and told of another"):
        reads.state_and_lines(active.sid, 4, 9, 0, active.members[0].address)


@pytest.mark.parametrize("liar", range(3))
@pytest.mark.parametrize("seconds", [-30 * 86_400, -1, 1])
def test_a_node_that_lies_about_the_time_is_a_contradiction(several, active, liar, seconds):
    nodes, reads = several
    nodes[liar].changes["eth_getBlockByNumber"] = at_other_time(seconds)
    with pytest.raises(ChainContradictionError, match="the nodes disagree about session 0x"):
        reads.state_and_lines(active.sid, 4, 9, 0)


@pytest.mark.parametrize("liar", range(3))
def test_a_node_that_claims_an_old_head_does_not_hide_how_late_it_is(several, active, liar):
    """The block is the old one then, but the others' times are told with it."""
    nodes, reads = several
    active.travel_to(time_of(active, "latest") + 86_400)
    head = active.connection.block_number()
    nodes[liar].changes["eth_blockNumber"] = lambda _params, _truth: {"result": hex(head - 1)}
    found = reads.state_and_lines(active.sid, 4, 9, 0)
    assert found.time == time_of(active, head - 1)
    assert found.latest_time == time_of(active, head) >= found.time + 86_400
    # It cannot make its own time count for less than theirs.
    nodes[liar].changes["eth_getBlockByNumber"] = at_other_time(-86_400, of=head)
    assert reads.state_and_lines(active.sid, 4, 9, 0) == found
    assert reads.state_and_lines(active.sid, 4, 9, 0).latest_time == found.latest_time


def test_a_node_that_is_ahead_changes_nothing_but_the_latest_time(several, active):
    nodes, reads = several
    before = reads.state_and_lines(active.sid, 4, 9, 0)
    head = active.connection.block_number()
    nodes[0].changes["eth_blockNumber"] = lambda _params, _truth: {"result": hex(head + 1)}
    nodes[0].changes["eth_getBlockByNumber"] = lambda params, truth: (
        {"result": {"timestamp": hex(before.time + 999)}} if params[0] == hex(head + 1) else truth()
    )
    found = reads.state_and_lines(active.sid, 4, 9, 0)
    assert (found, found.latest_time) == (before, before.time + 999)


@pytest.mark.parametrize("answer", [None, {}, {"timestamp": None}, {"timestamp": "soon"}, [], "0x1"])
def test_a_node_without_a_time_does_not_count(several, active, answer):
    nodes, reads = several
    nodes[0].changes["eth_getBlockByNumber"] = lambda _params, _truth: {"result": answer}
    found = reads.state_and_lines(active.sid, 4, 9, 0)
    # Who says that there is no such block holds it up; who is broken is left out.
    assert found is None if answer is None else numbers(found) == [0, 1, 2, 3, 4]


def test_more_lines_than_were_asked_for_are_a_contradiction(several, active):
    nodes, reads = several
    more = several[1].state_and_lines(active.sid, 4, 9, 0)
    assert len(more.lines) == LINES
    answers = []
    nodes[0].changes["eth_call"] = lie_about("openings", lambda words: answers.append(words) or words)
    reads.state_and_lines(active.sid, 4, 9, 0)
    nodes[0].changes["eth_call"] = lie_about("openings", lambda _words: answers[0])
    with pytest.raises(ChainContradictionError, match="5 lines of the opening log came, 1 were asked for"):
        reads.state_and_lines(active.sid, 0, 0, 0)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("name", ["stateOf", "auditorOf", "openingLog", "openings"])
def test_of_three_nodes_two_suffice(several, active, place, name):
    nodes, reads = several
    nodes[place].changes["eth_call"] = lie_about(name, lambda _words: "0x1234")
    assert numbers(reads.state_and_lines(active.sid, 4, 9, 0)) == [0, 1, 2, 3, 4]


def test_one_node_of_several_is_not_enough(several, active):
    nodes, reads = several
    for node in nodes[1:]:
        node.failure = 500
    with pytest.raises(WitnessMissingError):
        reads.state_and_lines(active.sid, 4, 9, 0)


@pytest.mark.parametrize("name", ["stateOf", "openings"])
def test_a_node_that_answers_without_the_block_holds_up(several, active, name):
    nodes, reads = several
    refusal = {"error": {"code": -32000, "message": "header not found"}}
    nodes[1].changes["eth_call"] = lambda params, truth: refusal if called(params) == name else truth()
    assert reads.state_and_lines(active.sid, 4, 9, 0) is None
    assert [node.health.lacks_state for node in reads._connection.nodes] == [False, True, False]
    nodes[1].changes.clear()
    assert numbers(reads.state_and_lines(active.sid, 4, 9, 0)) == [0, 1, 2, 3, 4]
    assert not any(node.health.lacks_state for node in reads._connection.nodes)


def reverts(_params, _truth):
    return {"error": {"code": 3, "message": "execution reverted", "data": "0x"}}


def test_an_older_contract_says_what_to_do_when_all_nodes_agree(several, active):
    nodes, reads = several

    def older(params, truth):
        return reverts(params, truth) if called(params) == "openingLog" else truth()

    nodes[0].changes["eth_call"] = older
    with pytest.raises(ChainContradictionError):
        reads.state_and_lines(active.sid, 4, 9, 0)
    for node in nodes[1:]:
        node.changes["eth_call"] = older
    with pytest.raises(OpeningLogMissingError, match="tcss deploy"):
        reads.state_and_lines(active.sid, 4, 9, 0)


def test_a_contract_of_another_kind_is_a_failure(embedded_devnet, connection):
    other = deploy_mock(embedded_devnet.rpc_url, embedded_devnet.accounts[-1], "LibraryHarness")
    reads = ConfirmedReads(Connection(embedded_devnet.rpc_url, other.address))
    with pytest.raises(NodeError):
        reads.state_and_lines(b"\1" * 32, 0, 0, 0)


def test_a_range_that_ends_before_it_begins_has_no_lines(active, connection):
    reads = BlockReads(connection, connection.w3, "latest")
    assert numbers(reads.openings(active.sid, 0, 4)) == [0, 1, 2, 3, 4]
    assert numbers(reads.openings(active.sid, 3, 2)) == []


def test_an_error_of_the_contract_that_cannot_be_is_a_failure_of_the_node(several, active):
    """Only an unknown session is an answer of these calls."""
    nodes, reads = several
    wrong_phase = "0x" + keccak(text="WrongPhase(uint8)")[:4].hex() + "08".zfill(64)
    refusal = {"error": {"code": 3, "message": "execution reverted", "data": wrong_phase}}
    for node in nodes:
        node.changes["eth_call"] = lambda params, truth: refusal if called(params) == "openings" else truth()
    with pytest.raises(NodeError, match="reading openings"):
        reads.state_and_lines(active.sid, 4, 9, 0)
