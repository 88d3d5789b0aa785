"""A session's package in place of the logs that a node has dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.pruned_node import pruned_node as serve_pruned_node
from support.tracing import trace

from tcss_chain.auditor import Trace
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.auditor.session_tracer import SessionTracer
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, ChainError, NodeError
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.session import Phase
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.records.record_verification import (
    RecordHistoryError,
    RecordMismatchError,
    verify_record,
)
from tcss_chain.session_package import (
    PackagedEvents,
    check_against_chain,
    collect_package,
    decode_package,
    encode_package,
    session_view,
)
from tcss_chain.session_package.errors import NotInPackageError, PackageSessionError, PackageTooEarlyError

LEAKED = (0, 3)


@pytest.fixture
def box(active):
    points = [active.roster().participant(active.members[seat].address).x for seat in LEAKED[:1]]
    return PirateBox([(points[0], active.final_share(active.members[0]))], 2)


def test_two_clients_export_the_same_bytes(active, package, embedded_devnet):
    address = active.connection.contract_address
    exports = set()
    for first_block in (0, 1):
        client = Connection(embedded_devnet.rpc_url, address)
        exports.add(encode_package(collect_package(SessionView(client, active.sid, first_block))))
    assert exports == {encode_package(package)}


def test_the_package_has_joins_in_the_order_of_the_chain_and_dealings_by_seat(active, package):
    seats = {member.address: seat for seat, member in enumerate(active.members)}
    assert [join.seat for join in package.joins] == [2, 0, 3, 1]
    events = active.view.events.dealt(active.sid)
    assert [seats[each.dealer] for each in events] == [3, 1, 0, 2]
    assert [seats[each.dealer] for each in package.dealings] == [0, 1, 2, 3]
    assert package.qualified == 0b1101
    assert package.configuration == active.configuration
    assert (package.creator, package.salt) == (active.creator.address, active.salt)
    assert package.A == active.A


def test_there_is_no_package_before_activation(consortium):
    consortium.run_to(Phase.COMPLAINING)
    with pytest.raises(PackageTooEarlyError, match="complaining"):
        collect_package(consortium.view)


def test_a_node_that_lies_gives_no_package(active, monkeypatch):
    events = active.view.events
    dealt = events.dealt(active.sid)
    view = SessionView(active.connection, active.sid)
    monkeypatch.setattr(view.events, "dealt", lambda _sid: dealt[1:])
    with pytest.raises(ChainContradictionError, match="missing"):
        collect_package(view)
    monkeypatch.undo()
    state = active.reads.state(active.sid)
    monkeypatch.setattr(view.reads, "state", lambda _sid: replace(state, dealings_hash=bytes(32)))
    with pytest.raises(ChainContradictionError, match="dealings hash"):
        collect_package(view)


def test_a_node_that_tells_the_dealings_in_another_order_changes_nothing(active, package, monkeypatch):
    """The contract has no order of them any more, so a package must not depend on it."""
    view = SessionView(active.connection, active.sid)
    dealt = active.view.events.dealt(active.sid)
    monkeypatch.setattr(view.events, "dealt", lambda _sid: dealt[::-1])
    assert encode_package(collect_package(view)) == encode_package(package)


def test_without_logs_and_without_a_package_nothing_is_known(active, pruned, pruned_node):
    view = SessionView(pruned, active.sid)
    for ask in (view.configuration, view.roster, view.dealings, lambda: collect_package(view)):
        with pytest.raises(NodeError if not pruned_node.silent else ChainContradictionError):
            ask()
    with pytest.raises(ChainError):
        _ = SessionTracer(pruned, active.sid, AuditorKey(active.alpha)).session


def test_a_view_of_a_node_without_logs_gives_the_same_from_a_package(active, package, pruned, pruned_node):
    check_against_chain(package, pruned)
    view = session_view(pruned, active.sid, package=decode_package(encode_package(package)))
    truth = active.view
    roster, dealings = truth.roster(), truth.dealings()
    assert view.created() == replace(truth.created(), block_number=None)
    assert view.configuration() == active.configuration
    assert view.roster() == roster
    assert list(view.dealings().items()) == list(dealings.items())
    assert view.aggregate(roster, dealings) == truth.aggregate(roster, dealings)
    assert encode_package(collect_package(view)) == encode_package(package)
    assert pruned_node.refused == []


def test_a_box_is_traced_and_convicted_at_a_node_without_logs(active, package, pruned, pruned_node, box):
    sender = TransactionSender(pruned, active.auditor.account)
    auditor = SessionAuditor(pruned, sender, active.sid, AuditorKey(active.alpha), package=package)
    auditor.require_account()
    found = auditor.trace(box)
    assert isinstance(found, Trace)
    assert found.accused == (active.members[0].address,)
    auditor.convict(found)
    assert active.reads.member(active.sid, active.members[0].address).convicted
    assert pruned_node.refused == []


@pytest.mark.parametrize(
    "forge",
    [
        lambda package: replace(package, joins=package.joins[::-1]),
        lambda package: replace(package, dealings=()),
        lambda package: replace(package, dealings=package.dealings[1:]),
        lambda package: replace(package, configuration=replace(package.configuration, threshold=3)),
    ],
)
def test_a_forged_package_traces_nothing(active, package, pruned, forge):
    forged = forge(package)
    tracer = SessionTracer(pruned, active.sid, AuditorKey(active.alpha), package=forged)
    with pytest.raises(ChainContradictionError):
        _ = tracer.session


def test_a_package_of_another_session_is_refused_at_once(active, package, connection):
    sid = bytes(32)
    for use in (
        lambda: session_view(connection, sid, package=package),
        lambda: SessionTracer(connection, sid, AuditorKey(active.alpha), package=package),
    ):
        with pytest.raises(PackageSessionError, match="name the file"):
            use()
    events = PackagedEvents(package)
    assert events.created(sid) == events.joined(sid) == events.dealt(sid) == ()


def test_a_package_holds_no_revealed_shares(package):
    with pytest.raises(NotInPackageError, match="revealed shares"):
        PackagedEvents(package).revealed(package.sid)


@pytest.fixture
def record(active):
    # A sender remembers its nonces, but the chain goes back after every test.
    active.auditor = TransactionSender(active.connection, active.auditor.account)
    trace(active, [0]).send()
    (found,) = RecordReads(active.connection).of_session(active.sid)
    return found


def later_node(active, embedded_devnet, *, silent):
    """A node that dropped everything but the last block."""
    latest = active.connection.block_number()
    return serve_pruned_node(embedded_devnet.rpc_url, latest, silent=silent), latest


@pytest.mark.parametrize("silent", [False, True])
def test_a_record_verifies_at_a_node_that_dropped_the_sessions_logs(
    active, package, record, embedded_devnet, silent
):
    serving, latest = later_node(active, embedded_devnet, silent=silent)
    with serving as node:
        pruned = Connection(node.rpc_url, active.connection.contract_address)
        assert verify_record(pruned, record, latest, package) is True
        assert node.refused == []
        with pytest.raises(ChainError):
            verify_record(pruned, record, latest)


@pytest.mark.parametrize("silent", [False, True])
def test_a_record_whose_own_history_was_dropped_has_no_verdict(
    active, package, record, embedded_devnet, silent
):
    serving, latest = later_node(active, embedded_devnet, silent=silent)
    with serving as node:
        pruned = Connection(node.rpc_url, active.connection.contract_address)
        node.without_transactions = True
        with pytest.raises(RecordHistoryError, match="dropped its old history") as caught:
            verify_record(pruned, record, latest, package)
        assert (caught.value.sid, caught.value.number) == (active.sid, record.number)
        assert caught.value.missing == "transaction"
        # The event alone is enough to read the evidence.
        assert read_evidence(pruned, record, latest).evidence.hash(active.sid, 0) == record.evidence_hash
        node.first_kept = latest + 1
        error = RecordMismatchError if silent else RecordHistoryError
        for read in (
            lambda: verify_record(pruned, record, latest, package),
            lambda: read_evidence(pruned, record, latest),
        ):
            with pytest.raises(error, match="dropped its old") as caught:
                read()
            assert (caught.value.sid, caught.value.number) == (active.sid, record.number)
            assert silent or caught.value.missing == "event"
        # The verdict itself is in the contract's state.
        (found,) = RecordReads(pruned).of_session(active.sid)
        assert found == record


def test_a_package_does_not_make_a_false_record_true(active, package, record):
    with pytest.raises(RecordMismatchError):
        verify_record(active.connection, replace(record, accused=(active.members[2].address,)), 0, package)
    with pytest.raises(PackageSessionError):
        verify_record(active.connection, record, 0, replace(package, sid=bytes(32)))
