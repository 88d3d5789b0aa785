"""What a participant answers, and what the policy, the chain's clock and convictions change about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.opening_desk import ANY, CONTRACT, NOW, ActiveSession, body_of, policy_of

from tcss_chain.chain.errors import NodeError
from tcss_chain.curve import GROUP_ORDER, G, lagrange_at_zero
from tcss_chain.opening.answer_encryption import ENCRYPTED_BYTES
from tcss_chain.opening.errors import AnswerFormatError
from tcss_chain.opening.messages import Refusal
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.capsule import encapsulate
from tcss_chain.protocol.partial_decryption import combine, verify_partial
from tcss_chain.protocol.typed_signature import SignedKind, signer_of


@pytest.fixture
def session():
    return ActiveSession()


def opened(session, request, answer, seat=0):
    """Check an answer as the gateway would, and give what was decrypted."""
    account = session.accounts[seat].address
    signed = session.key.decrypt(request, account, answer)
    Y = G * session.share(seat).y
    assert verify_partial(request, account, Y, signed.partial)
    digest = signed.partial.hash(request, account)
    assert signer_of(SignedKind.ANSWER, digest, signed.signature, 1337, CONTRACT) == account
    return signed.partial


def test_a_good_request_is_answered_with_a_proven_and_signed_partial_decryption(session):
    signed = session.good()
    answer = session.ask(signed)
    assert len(answer) == ENCRYPTED_BYTES
    partial = opened(session, signed.request, answer)
    assert partial.d == signed.request.capsule.c * session.share(0).y
    (outcome,) = session.outcomes
    assert (outcome.request, outcome.refusal) == (signed.request, None)


def test_the_answers_of_two_participants_give_the_key(session):
    capsule, K = encapsulate(session.label(), session.PK)
    signed = session.good(session.request(capsule))
    partials = {}
    for seat in (0, 2):
        session.store.save_share(session.sid, session.share(seat))
        answer = session.answerer(account=session.accounts[seat]).answer(session.sid, body_of(signed))
        partials[session.share(seat).x] = opened(session, signed.request, answer, seat).d
    assert combine(partials) == K
    assert sum(lagrange_at_zero(list(partials))) % GROUP_ORDER == 1


def test_the_same_request_may_be_answered_again_with_fresh_nonces(session):
    signed = session.good()
    answers = [session.ask(signed) for _ in range(3)]
    partials = [opened(session, signed.request, answer) for answer in answers]
    assert len(set(answers)) == len({each.challenge for each in partials}) == 3
    assert len({each.d for each in partials}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"session": b"\1" * 32},
        {"owners": frozenset({CONTRACT})},
        {"models": frozenset({"diagnosis-2"})},
        {"contexts": frozenset({""})},
        {"gateway": CONTRACT},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_the_policy_does_not_allow_is_refused(session, changes):
    signed = session.good()
    assert session.ask(signed, policy_of(replace(ANY, **changes))) is Refusal.POLICY
    assert session.ask(signed, policy_of(replace(ANY, **changes), ANY)) != Refusal.POLICY


def test_a_request_for_another_session_than_the_path_says_is_malformed(session):
    assert session.ask(session.good(), sid=b"\1" * 32) is Refusal.MALFORMED


def test_a_request_cannot_be_replayed_to_another_session(session):
    """Not even to one with the same people, and a share of this participant in it."""
    signed, other = session.good(), b"\1" * 32
    session.store.save_share(other, session.share(0))
    body = body_of(signed, session=f"0x{other.hex()}")
    assert session.answerer().answer(other, body) is Refusal.GATEWAY
    assert session.answerer().answer(other, body_of(signed)) is Refusal.MALFORMED


def test_an_answer_is_of_no_use_as_that_of_another_participant_or_to_another_request(session):
    signed = session.good()
    answer = session.ask(signed)
    for request, account in (
        (signed.request, session.accounts[1].address),
        (session.request(), session.accounts[0].address),
    ):
        with pytest.raises(AnswerFormatError, match="not encrypted for this request"):
            session.key.decrypt(request, account, answer)


def test_the_identity_and_points_off_the_curve_are_malformed(session):
    signed = session.good()
    zero, word = "0x" + "00" * 32, "0x" + "11" * 32
    for point in ([zero, zero], [word, word], ["0x" + "ff" * 32, zero]):
        body = body_of(signed, c=point)
        assert session.answerer().answer(session.sid, body) is Refusal.MALFORMED


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff" * 50, b"{" * 4000, b"x" * 5000])
def test_garbage_is_malformed_and_nobody_is_asked(session, body):
    assert session.answerer().answer(session.sid, body) is Refusal.MALFORMED
    assert session.chain.asked == []


def test_failing_nodes_are_told_to_the_caller(session):
    signed = session.good()
    session.chain.failure = NodeError("reading", "silence")
    with pytest.raises(NodeError):
        session.ask(signed)


def test_the_participant_itself_may_be_convicted_and_then_refuses(session):
    session.convict(0)
    assert session.ask(session.good(), policy_of(replace(ANY, most_convicted=3))) is Refusal.CONVICTED


def test_who_never_joined_answers_nothing(session):
    signed = session.good()
    session.chain.state = replace(session.chain.state, joined=6, dealt=6, qualified=6)
    assert session.ask(signed) is Refusal.NO_SHARE
    session.chain.state = replace(session.chain.state, joined=7)
    session.chain.members = session.chain.members[1:]
    assert session.ask(signed) is Refusal.NO_SHARE


@pytest.mark.parametrize(("convicted", "accepted"), [((1,), 1), ((1, 2), 2)])
def test_as_many_convicted_as_the_policy_accepts_are_no_reason(session, convicted, accepted):
    session.convict(*convicted)
    signed = session.good()
    assert len(session.ask(signed, policy_of(replace(ANY, most_convicted=accepted)))) == ENCRYPTED_BYTES
    fewer = policy_of(replace(ANY, most_convicted=accepted - 1))
    assert session.ask(signed, fewer) is Refusal.CONVICTED


def test_the_age_of_a_line_is_that_of_the_chain(session):
    request = session.request()
    signed = session.sign(request, session.anchor(request, NOW - 600))
    assert len(session.ask(signed)) == ENCRYPTED_BYTES
    session.chain.now += 1
    assert session.ask(signed) is Refusal.TOO_OLD


def test_one_node_that_says_an_old_time_does_not_make_an_old_line_young(session):
    """The block is that of the node with the lowest head; the others tell how late it is."""
    request = session.request()
    signed = session.sign(request, session.anchor(request, NOW - 30 * 86_400))
    session.chain.now, session.chain.ahead = NOW - 30 * 86_400, 30 * 86_400
    assert session.ask(signed) is Refusal.UNAVAILABLE
    session.chain.ahead = 601
    assert session.ask(signed) is Refusal.UNAVAILABLE
    session.chain.ahead = 600
    assert len(session.ask(signed)) == ENCRYPTED_BYTES


def test_the_only_times_are_those_of_the_blocks_that_the_nodes_agree_on(session):
    session.ask(session.good())
    assert [what for what, _ in session.chain.asked] == ["auditor", "openings"]


def test_the_share_is_checked_and_dropped_for_each_request(session):
    """What the store says now counts, not what it said before."""
    signed = session.good()
    answerer = session.answerer()
    assert len(answerer.answer(session.sid, body_of(signed))) == ENCRYPTED_BYTES
    session.store._shares.clear()
    assert answerer.answer(session.sid, body_of(signed)) is Refusal.NO_SHARE
    session.store.save_share(session.sid, FinalShare(5, 6))
    assert answerer.answer(session.sid, body_of(signed)) is Refusal.NO_SHARE


def test_a_share_that_goes_away_while_the_chain_is_asked_is_none(session, monkeypatch):
    said = [session.share(0), None]
    monkeypatch.setattr(session.store, "load_share", lambda _sid: said.pop(0))
    assert session.ask(session.good()) is Refusal.NO_SHARE
    assert said == []


def test_nothing_secret_is_in_what_is_observed(session):
    signed = session.good()
    answer = session.ask(signed)
    d = opened(session, signed.request, answer).d
    y = session.share(0).y
    shown = repr(session.outcomes) + repr(session.answerer()) + repr(session.share(0))
    for secret in (str(y), f"{y:x}", str(d.words()[0]), f"{d.words()[0]:x}", bytes(session.me.key).hex()):
        assert secret not in shown
