"""Roster, dealings and aggregate are believed only when they hash to what the contract keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.consortium import Consortium

from tcss_chain.chain.errors import ChainContradictionError, NodeError
from tcss_chain.chain.session_events import CreatedEvent, JoinedEvent
from tcss_chain.chain.session_view import SessionView, qualified_aggregate
from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.errors import NotInRosterError
from tcss_chain.protocol.roster import ParticipantKeys, evaluation_point, keys_hash
from tcss_chain.protocol.session import Phase


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def active(prepared, connection) -> Consortium:
    return prepared.clone()


@pytest.fixture
def view(active) -> SessionView:
    """A view of its own, whose node can be made to lie."""
    return SessionView(active.connection, active.sid)


class Lies:
    """A stand-in for reads or events, in which some answers are changed."""

    def __init__(self, truth, **changes):
        self._truth = truth
        self._changes = changes

    def __getattr__(self, name):
        answer = getattr(self._truth, name)
        if name not in self._changes:
            return answer
        return lambda *arguments: self._changes[name](answer(*arguments))


def contradiction(ask):
    with pytest.raises(ChainContradictionError) as caught:
        ask()
    assert "ask another node" in str(caught.value)
    return caught.value.what


def test_an_honest_node_is_believed(active, view):
    assert view.configuration() == active.configuration
    roster = view.roster()
    assert (roster.sid, roster.threshold, roster.A) == (active.sid, 3, active.A)
    state = view.reads.state(active.sid)
    assert roster.roster_hash == state.roster_hash
    for seat, (member, each) in enumerate(zip(active.members, roster.participants, strict=True)):
        assert (each.account, each.seat, each.keys) == (member.address, seat, member.keys)
        assert each.x == evaluation_point(active.sid, state.roster_hash, member.address)
        assert each.x == view.reads.member(active.sid, member.address).evaluation_point
    dealings = view.dealings()
    assert dealings == {member.address: member.dealt.dealing for member in active.members}
    aggregate = view.aggregate(roster, dealings)
    R, S = aggregate.encryption_at(0)
    secret = sum(member.polynomials.a[0] for member in active.members) % GROUP_ORDER
    assert S - R * active.alpha == G * secret


@pytest.mark.parametrize(
    "change",
    [
        lambda events: [],
        lambda events: [replace(events[0], salt=bytes(32))],
        lambda events: [replace(events[0], creator="0x" + "11" * 20)],
        lambda events: [replace(events[0], configuration=replace(events[0].configuration, threshold=2))],
        lambda events: [replace(events[0], configuration=replace(events[0].configuration, bond=0))],
    ],
)
def test_a_configuration_must_hash_to_the_session_id(view, change):
    view.events = Lies(view.events, created=change)
    assert "configuration" in contradiction(view.configuration)
    assert "configuration" in contradiction(view.roster)


def test_a_true_configuration_is_found_among_false_ones(active, view):
    false = CreatedEvent("0x" + "11" * 20, bytes(32), replace(active.configuration, threshold=2))
    view.events = Lies(view.events, created=lambda events: [false, *events, false])
    assert view.configuration() == active.configuration


def test_a_session_of_another_chain_or_contract_is_not_this_one(active, view, monkeypatch):
    for attribute, value in (("chain_id", 1), ("contract_address", "0x" + "11" * 20)):
        with monkeypatch.context() as patched:
            patched.setattr(active.connection, attribute, value)
            contradiction(view.configuration)


def other_keys(join):
    return replace(join, keys=ParticipantKeys(P=join.keys.P, D=G))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda joins: joins[:-1], "roster hash"),
        (lambda joins: joins[::-1], "roster hash"),
        (lambda joins: [*joins, joins[0]], "roster hash"),
        (lambda joins: [other_keys(joins[0]), *joins[1:]], "roster hash"),
        (lambda joins: [], "roster hash"),
        (lambda joins: [replace(joins[0], seat=3), *joins[1:]], "no seat 3"),
        (lambda joins: [replace(joins[0], seat=200), *joins[1:]], "no seat 200"),
        (lambda joins: [*joins, JoinedEvent("0x" + "11" * 20, 4, joins[0].keys)], "no seat 4"),
    ],
)
def test_joins_must_hash_to_the_roster_hash_and_have_their_seats(view, change, what):
    view.events = Lies(view.events, joined=change)
    assert what in contradiction(view.roster)


@pytest.mark.parametrize(
    "change",
    [lambda state: replace(state, A=state.A + G), lambda state: replace(state, roster_hash=bytes(32))],
)
def test_another_key_or_roster_hash_contradicts_the_joins(view, change):
    view.reads = Lies(view.reads, state=change)
    assert "roster hash" in contradiction(view.roster)


def test_a_session_without_auditor_key_has_no_roster(consortium):
    consortium.run_to(Phase.CONFIRMING)
    assert "auditor key" in contradiction(consortium.view.roster)


def tampered(event):
    return replace(event, dealing=replace(event.dealing, share_root=bytes(32)))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda dealt: dealt[:-1], "missing"),
        (lambda dealt: [], "missing"),
        (lambda dealt: [tampered(dealt[0]), *dealt[1:]], "not the one that was posted"),
        (lambda dealt: [*dealt, replace(dealt[0], dealing=dealt[1].dealing)], "not the one that was posted"),
    ],
)
def test_dealings_must_hash_to_what_the_contract_keeps(view, change, what):
    view.events = Lies(view.events, dealt=change)
    assert what in contradiction(view.dealings)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda joins: joins[1:], "missing, or its joining"),
        (lambda joins: [], "missing, or its joining"),
        (lambda joins: [other_keys(joins[0]), *joins[1:]], "not the one that was posted"),
        (lambda joins: [*joins, other_keys(joins[0])], "not the one that was posted"),
        (
            lambda joins: [replace(joins[0], keys=joins[1].keys), *joins[1:]],
            "not the one that was posted",
        ),
    ],
)
def test_dealings_are_believed_with_the_keys_of_their_dealers_only(active, view, change, what):
    """The contract keeps one hash of both, so whoever checks a dealing needs the keys."""
    view.events = Lies(view.events, joined=change)
    assert what in contradiction(view.dealings)


@pytest.mark.parametrize("kept", [bytes(32), b"\xff" * 32], ids=["zero", "another"])
def test_another_hash_than_the_posted_one_contradicts_the_dealing(view, kept):
    view.reads = Lies(
        view.reads, members=lambda members: [replace(members[0], posted_hash=kept), *members[1:]]
    )
    assert "not the one that was posted" in contradiction(view.dealings)


def test_the_hash_of_the_keys_alone_is_no_dealing(active, view):
    """As the contract keeps it before the dealing; a node that is behind could still give it."""
    keys = keys_hash(active.sid, active.members[0].address, active.members[0].keys)
    view.reads = Lies(
        view.reads, members=lambda members: [replace(members[0], posted_hash=keys), *members[1:]]
    )
    assert "not the one that was posted" in contradiction(view.dealings)


@pytest.mark.parametrize("missing", [slice(1), slice(None)], ids=["one", "all"])
def test_a_qualified_set_beyond_the_dealings_is_a_contradiction(view, missing):
    """A node may say of the same session that somebody qualified and, a moment later, that nobody dealt."""
    dealings = view.dealings()
    for dealer in list(dealings)[missing]:
        del dealings[dealer]
    assert "dealing is not there" in contradiction(lambda: view.aggregate(view.roster(), dealings))


def test_dealings_of_strangers_and_of_those_who_did_not_deal_are_left_out(active, view):
    last = active.members[3].address
    view.events = Lies(view.events, dealt=lambda dealt: [*dealt, replace(dealt[0], dealer="0x" + "11" * 20)])
    assert list(view.dealings()) == [member.address for member in active.members]
    view.reads = Lies(
        view.reads,
        members=lambda members: [replace(each, dealt=each.account != last) for each in members],
    )
    assert list(view.dealings()) == [member.address for member in active.members[:3]]


def test_the_dealings_must_add_up_to_the_aggregate_hash(active, view):
    roster, dealings = view.roster(), view.dealings()
    truth = view.reads
    for change in (
        lambda state: replace(state, aggregate_hash=bytes(32)),
        lambda state: replace(state, qualified=0b0111),
    ):
        view.reads = Lies(truth, state=change)
        assert "add up" in contradiction(lambda: view.aggregate(roster, dealings))
    view.reads = truth
    swapped = dealings | {roster.participants[0].account: dealings[roster.participants[1].account]}
    assert "add up" in contradiction(lambda: view.aggregate(roster, swapped))


def test_the_aggregate_of_a_qualified_set_leaves_out_the_others(active, view):
    roster, dealings = view.roster(), view.dealings()
    only = dealings[roster.participants[2].account]
    assert qualified_aggregate(roster, dealings, 0b0100) == SealedAggregate(only.B, only.C)
    with pytest.raises(NotInRosterError):
        qualified_aggregate(roster, dealings, 0b10000)


def state_words(view, **changes):
    """The raw answer of stateOf with some of its words changed."""
    names = ["phase", "joined", "dealt", "qualified", "unanswered", "convicted", "activated_at", "forfeits"]
    value = list(view.reads._connection.contract.functions.stateOf(view.sid).call())
    for name, word in changes.items():
        value[names.index(name)] = word
    return value


@pytest.mark.parametrize(
    "changes",
    [{"qualified": 0b11111}, {"dealt": 0b11111}, {"joined": 0b0111}, {"joined": 0, "dealt": 0}],
)
def test_sets_of_seats_that_do_not_nest_are_a_contradiction(view, monkeypatch, changes):
    value = state_words(view, **changes)
    monkeypatch.setattr(view.reads, "_read", lambda *arguments: value)
    with pytest.raises(ChainContradictionError):
        view.reads.state(view.sid)


def test_a_phase_that_does_not_exist_is_malformed(view, monkeypatch):
    value = state_words(view, phase=10)
    monkeypatch.setattr(view.reads, "_read", lambda *arguments: value)
    with pytest.raises(NodeError):
        view.reads.state(view.sid)
