"""Openings of a session that was really activated, anchored in the contract's opening log."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from support.consortium import Consortium
from support.opening_desk import ANY, policy_of
from support.opening_desk import body_of as encoded

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, ContractRefusedError
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.curve import G
from tcss_chain.opening import opening_chain
from tcss_chain.opening.answer_encryption import ENCRYPTED_BYTES, RecipientKey
from tcss_chain.opening.answerer import OpeningAnswerer
from tcss_chain.opening.messages import Refusal, SignedRequest
from tcss_chain.opening.opening_chain import ConfirmedOpeningChain
from tcss_chain.participant.secrets_store import FinalShare, MemorySecretsStore
from tcss_chain.protocol.capsule import encapsulate
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import combine, verify_partial
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed, signer_of

OWNER = Account.from_key(b"\x21" * 32)


@pytest.fixture(scope="module")
def active(shared_connection, embedded_devnet):
    """Three members with threshold two and an active session, made once."""
    return Consortium(shared_connection, embedded_devnet.accounts, n=3, t=2).run_to(Phase.ACTIVE)


@pytest.fixture
def desk(active, connection):
    return Desk(active)


class Desk:
    """The gateway and the participants of one session."""

    def __init__(self, session: Consortium, confirmations: int = 0) -> None:
        self.session = session
        self.connection = session.connection
        self.log = OpeningLog(session.connection)
        self.gateway = TransactionSender(session.connection, session.auditor.account)
        self.key = RecipientKey()
        roster = session.roster()
        self.shares = {
            member.address: FinalShare(roster.participant(member.address).x, session.final_share(member))
            for member in session.members
        }
        qualified = [member.polynomials for member in session.members]
        self.PK = G * sum(polynomials.a[0] for polynomials in qualified)
        self.reads = ConfirmedOpeningChain(session.connection, confirmations)

    def request(self, **changes: Any) -> OpeningRequest:
        label = ModelLabel(self.session.sid, "diagnosis-1", OWNER.address, "", b"\x33" * 32, 1000)
        capsule, self.K = encapsulate(label, self.PK)
        facts = {
            "capsule": capsule,
            "gateway": self.gateway.address,
            "recipient_key": self.key.public,
            "purpose": "consultation 12",
            "nonce": secrets.token_bytes(32),
        }
        return OpeningRequest(**(facts | changes))

    def anchor(self, request: OpeningRequest, **changes: Any) -> int:
        said = {"model_digest": request.model_digest, "purpose": request.purpose} | changes
        call = self.log.anchor(request.sid, request.core(), **said)
        return self.log.anchored(self.gateway.send(call)).number

    def sign(self, request: OpeningRequest, number: int) -> SignedRequest:
        domain = (self.connection.chain_id, self.connection.contract_address)
        return SignedRequest(
            request,
            sign_typed(OWNER, SignedKind.CAPSULE, request.capsule.hash(), *domain),
            sign_typed(self.gateway.account, SignedKind.REQUEST, request.hash(), *domain),
            number,
        )

    def good(self) -> SignedRequest:
        request = self.request()
        return self.sign(request, self.anchor(request))

    def ask(self, signed: SignedRequest, seat: int = 0, *, reads=None, **rule: Any) -> bytes | Refusal:
        member, store = self.session.members[seat], MemorySecretsStore()
        store.save_share(self.session.sid, self.shares[member.address])
        policy = policy_of(replace(ANY, **rule))
        answerer = OpeningAnswerer(policy, member.account, store, reads or self.reads, lambda _outcome: None)
        return answerer.answer(self.session.sid, encoded(signed))

    def opened(self, signed: SignedRequest, seat: int, answer: bytes):
        account = self.session.members[seat].address
        found = self.key.decrypt(signed.request, account, answer)
        assert verify_partial(signed.request, account, G * self.shares[account].y, found.partial)
        domain = (self.connection.chain_id, self.connection.contract_address)
        digest = found.partial.hash(signed.request, account)
        assert signer_of(SignedKind.ANSWER, digest, found.signature, *domain) == account
        return found.partial.d


def mine(connection: Connection, blocks: int) -> None:
    for _ in range(blocks):
        connection.w3.provider.make_request("evm_mine", [])


def test_the_answers_of_any_two_give_the_key(desk):
    signed = desk.good()
    points = {}
    for seat in (2, 0):
        answer = desk.ask(signed, seat)
        assert len(answer) == ENCRYPTED_BYTES
        share = desk.shares[desk.session.members[seat].address]
        points[share.x] = desk.opened(signed, seat, answer)
    assert combine(points) == desk.K


def test_a_line_that_is_not_deep_enough_is_not_answered_yet(desk):
    mine(desk.connection, 3)
    signed = desk.good()
    deep = ConfirmedOpeningChain(desk.connection, 3)
    assert desk.ask(signed, reads=deep) is Refusal.NOT_ANCHORED
    mine(desk.connection, 2)
    assert desk.ask(signed, reads=deep) is Refusal.NOT_ANCHORED
    mine(desk.connection, 1)
    assert len(desk.ask(signed, reads=deep)) == ENCRYPTED_BYTES


def test_a_line_that_a_reorganisation_takes_away_is_answered_no_more(desk):
    provider = desk.connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    signed = desk.good()
    assert len(desk.ask(signed)) == ENCRYPTED_BYTES
    provider.make_request("evm_revert", [snapshot])
    assert desk.ask(signed) is Refusal.NOT_ANCHORED


def test_nobody_else_can_anchor_for_the_gateway(desk):
    request = desk.request()
    member = TransactionSender(desk.connection, desk.session.members[1].account)
    call = desk.log.anchor(request.sid, request.core(), request.model_digest, request.purpose)
    with pytest.raises(ContractRefusedError, match="NotAuditor"):
        member.send(call)
    assert desk.ask(desk.sign(request, 0)) is Refusal.NOT_ANCHORED


def test_a_line_of_another_session_of_the_same_people_does_not_count(desk, embedded_devnet):
    other = Consortium(desk.connection, embedded_devnet.accounts, n=3, t=2).run_to(Phase.ACTIVE)
    request = desk.request()
    call = desk.log.anchor(other.sid, request.core(), request.model_digest, request.purpose)
    assert desk.log.anchored(desk.gateway.send(call)).number == 0
    assert desk.ask(desk.sign(request, 0)) is Refusal.NOT_ANCHORED


def test_a_session_that_is_not_active_is_not_answered(desk, embedded_devnet):
    other = Consortium(desk.connection, embedded_devnet.accounts, n=3, t=2).run_to(Phase.COMPLAINING)
    there = Desk.__new__(Desk)
    there.__dict__ |= desk.__dict__ | {"session": other}
    assert there.ask(there.sign(there.request(), 0)) is Refusal.NOT_ACTIVE


def test_a_line_with_another_digest_does_not_count(desk):
    request = desk.request()
    assert (
        desk.ask(desk.sign(request, desk.anchor(request, model_digest=b"\x44" * 32))) is Refusal.NOT_ANCHORED
    )


def test_a_purpose_that_the_public_was_not_told_is_not_answered(desk):
    told = desk.request(purpose="consultation 12")
    number = desk.anchor(told)
    asked = replace(told, purpose="training a competitor")
    assert desk.ask(desk.sign(asked, number)) is Refusal.NOT_ANCHORED
    # The hash of the other request, given in place of the core, makes another line again.
    call = desk.log.anchor(asked.sid, asked.hash(), asked.model_digest, told.purpose)
    number = desk.log.anchored(desk.gateway.send(call)).number
    assert desk.ask(desk.sign(asked, number)) is Refusal.NOT_ANCHORED
    assert len(desk.ask(desk.sign(told, 0))) == ENCRYPTED_BYTES


def test_a_line_under_another_number_does_not_count(desk):
    first, second = desk.good(), desk.good()
    assert (first.number, second.number) == (0, 1)
    assert desk.ask(replace(second, number=0)) is Refusal.NOT_ANCHORED
    assert desk.ask(replace(second, number=2)) is Refusal.NOT_ANCHORED
    assert len(desk.ask(second)) == ENCRYPTED_BYTES


def test_the_age_is_measured_by_the_blocks(desk):
    signed = desk.good()
    written = desk.log.lines(desk.session.sid, signed.number, 1)[0].time
    desk.session.travel_to(written + 600)
    assert len(desk.ask(signed)) == ENCRYPTED_BYTES
    desk.session.travel_to(written + 601)
    assert desk.ask(signed) is Refusal.TOO_OLD


def test_lines_are_counted_up_to_the_limit(desk):
    signed = [desk.good() for _ in range(3)]
    answers = [desk.ask(each, limit=2) for each in signed]
    assert [isinstance(answer, bytes) for answer in answers] == [True, True, False]
    assert answers[2] is Refusal.LIMIT
    written = desk.log.lines(desk.session.sid, 0, 3)[2].time
    desk.session.travel_to(written + 86_400)
    assert len(desk.ask(desk.good(), limit=2)) == ENCRYPTED_BYTES


def test_a_share_of_another_session_is_none_of_this_one(desk, embedded_devnet):
    other = Consortium(desk.connection, embedded_devnet.accounts, n=3, t=2).run_to(Phase.ACTIVE)
    me = desk.session.members[0]
    twin = next(each for each in other.members if each.address == me.address)
    x = other.roster().participant(twin.address).x
    desk.shares[me.address] = FinalShare(x, other.final_share(twin))
    assert desk.ask(desk.good()) is Refusal.NO_SHARE


def test_nodes_that_contradict_each_other_are_told(desk, monkeypatch):
    signed = desk.good()

    def contradict(*_arguments):
        raise ChainContradictionError("the nodes disagree")

    monkeypatch.setattr(desk.reads._confirmed, "state_and_lines", contradict)
    with pytest.raises(ChainContradictionError):
        desk.ask(signed)


class Clock:
    """Reads of a chain whose configurations a test may falsify, at times that it sets."""

    def __init__(self, desk, monkeypatch):
        self.now, self.asked = 0.0, 0
        self.reads = ConfirmedOpeningChain(desk.connection, 0, clock=lambda: self.now)
        self.auditor = desk.gateway.address
        configuration = desk.session.configuration

        def read(_sid):
            self.asked += 1
            return replace(configuration, auditor=self.auditor)

        monkeypatch.setattr(self.reads._reads, "configuration", read)


def test_the_auditor_is_read_once_and_again_after_a_while(desk, monkeypatch):
    clock = Clock(desk, monkeypatch)
    sid, auditor = desk.session.sid, desk.gateway.address
    for _ in range(3):
        assert clock.reads.is_auditor(sid, auditor)
    assert clock.asked == 1
    clock.now += opening_chain.MEMORY_SECONDS
    assert clock.reads.is_auditor(sid, auditor)
    assert clock.asked == 2


def test_a_lie_about_the_auditor_is_forgotten_within_seconds(desk, monkeypatch):
    clock = Clock(desk, monkeypatch)
    sid, auditor = desk.session.sid, desk.gateway.address
    clock.auditor = OWNER.address
    assert not clock.reads.is_auditor(sid, auditor)
    clock.auditor = auditor
    clock.now += opening_chain.RETRY_SECONDS
    assert clock.reads.is_auditor(sid, auditor)
    assert opening_chain.RETRY_SECONDS <= 10


def test_strangers_do_not_cost_a_request_each(desk, monkeypatch):
    clock = Clock(desk, monkeypatch)
    for _ in range(50):
        assert not clock.reads.is_auditor(desk.session.sid, OWNER.address)
        clock.now += opening_chain.RETRY_SECONDS / 10
    assert clock.asked == 5


def test_who_was_convicted_is_told_by_all_nodes_not_by_the_order_of_seats_that_one_tells(desk, monkeypatch):
    """The participant's own standing is read as of the block that all nodes agree on."""
    signed, me = desk.good(), desk.session.members[0].address
    configuration = desk.session.configuration
    swapped = replace(configuration, members=tuple(reversed(configuration.members)))
    monkeypatch.setattr(desk.reads._reads, "configuration", lambda _sid: swapped)
    original, asked = desk.reads._confirmed.state_and_lines, []

    def convicted(*arguments):
        asked.append(arguments[-1])
        found = original(*arguments)
        state = replace(found.state, convicted=1 << found.member.seat)
        return replace(found, state=state, member=replace(found.member, convicted=True))

    monkeypatch.setattr(desk.reads._confirmed, "state_and_lines", convicted)
    assert desk.ask(signed, most_convicted=3) is Refusal.CONVICTED
    assert asked == [me]


def test_what_is_remembered_of_sessions_is_bounded(desk, monkeypatch):
    monkeypatch.setattr(opening_chain, "_MAX_REMEMBERED", 3)
    configuration = desk.session.configuration
    monkeypatch.setattr(desk.reads._reads, "configuration", lambda _sid: configuration)
    for number in range(10):
        desk.reads.is_auditor(bytes([number]) * 32, desk.gateway.address)
    assert list(desk.reads._remembered) == [bytes([number]) * 32 for number in (7, 8, 9)]


def test_an_answer_takes_a_fraction_of_a_second(desk):
    signed = desk.good()
    desk.ask(signed)
    started = time.perf_counter()
    for _ in range(5):
        desk.ask(signed)
    assert (time.perf_counter() - started) / 5 < 1
