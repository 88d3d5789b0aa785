"""Everything that a participant refuses, each for one deviation from a good request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.opening_desk import ANY, NOW, ActiveSession, policy_of

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.opening.messages import Refusal
from tcss_chain.protocol.session import Phase

OTHER_DIGEST = b"\x44" * 32


@pytest.fixture
def session():
    return ActiveSession()


# One deviation each. What the gateway signs is right unless the deviation is about that.


def resigned(session, request, number=None, **how):
    """A request that a dishonest gateway has anchored and signed."""
    return session.sign(request, session.anchor(request) if number is None else number, **how)


def other_point(session):
    """A point that the gateway chose, with the proof of an honest capsule."""
    capsule = session.capsule()
    return resigned(session, session.request(replace(capsule, c=capsule.c + G)))


def multiple_of_a_point(session):
    """The point of an honest capsule doubled, with what the gateway can do to the proof."""
    capsule = session.capsule()
    return resigned(
        session,
        session.request(replace(capsule, c=capsule.c * 2, response=capsule.response * 2 % GROUP_ORDER)),
    )


def proof_of_another_label(session):
    capsule = session.capsule(model="diagnosis-2")
    return resigned(session, session.request(replace(capsule, label=session.label())))


def proof_of_another_session(session):
    capsule = session.capsule(sid=b"\1" * 32)
    return resigned(session, session.request(replace(capsule, label=session.label())))


def sealed_by_the_gateway(session):
    """A capsule whose key the gateway knows, under the owner's name."""
    return resigned(session, session.request(), owner=session.gateway)


def sealed_on_another_contract(session):
    request = session.request()
    good, foreign = resigned(session, request), session.sign(request, 0, contract=session.stranger.address)
    return replace(good, owner_signature=foreign.owner_signature)


def owner_signature_of_another_model(session):
    good = session.good()
    return replace(good, owner_signature=session.sign(session.request(), 0).owner_signature)


def signed_by_a_stranger(session):
    return resigned(session, session.request(), gateway=session.stranger)


def asked_by_a_stranger(session):
    """Everything in order, but the gateway is not the session's auditor."""
    request = session.request(gateway=session.stranger.address)
    return resigned(session, request, gateway=session.stranger)


def asked_by_the_owner(session):
    request = session.request(gateway=session.owner.address)
    return resigned(session, request, gateway=session.owner)


def signed_for_another_contract(session):
    good = session.good()
    foreign = session.sign(good.request, 0, contract=session.stranger.address)
    return replace(good, signature=foreign.signature)


def signed_for_another_chain(session):
    good = session.good()
    return replace(good, signature=session.sign(good.request, 0, chain_id=1).signature)


def never_anchored(session):
    session.good()
    return session.sign(session.request(), 1)


def anchored_under_another_number(session):
    good = session.good()
    session.good()
    return replace(good, number=1)


def anchored_in_the_future(session):
    return replace(session.good(), number=2**53)


def anchored_with_another_digest(session):
    request = session.request()
    return session.sign(request, session.anchor(request, digest=OTHER_DIGEST))


def anchored_by_somebody_else(session):
    request = session.request()
    return session.sign(request, session.anchor(request, gateway=session.stranger.address))


def anchored_for_another_purpose(session):
    request = session.request()
    number = session.anchor(request)
    return session.sign(replace(request, purpose="something else"), number)


def too_old(session):
    request = session.request()
    return session.sign(request, session.anchor(request, NOW - 601))


def over_the_limit(session):
    for _ in range(10):
        session.good()
    return session.good()


def not_active(session):
    session.chain.state = replace(session.chain.state, phase=Phase.AGGREGATING)
    return session.good()


def gateway_not_auditor_as_confirmed(session):
    """One node says who is who first; what all nodes say counts."""
    signed = session.good()
    session.chain.is_auditor = lambda _sid, _account: True
    session.chain.auditor = session.stranger.address
    return signed


def somebody_convicted(session):
    session.convict(2)
    return session.good()


def no_share(session):
    session.store = type(session.store)()
    return session.good()


def share_of_another_point(session):
    session.store.save_share(session.sid, replace(session.share(0), x=session.share(1).x))
    return session.good()


def share_of_another_roster(session):
    session.chain.state = replace(session.chain.state, roster_hash=b"\x55" * 32)
    return session.good()


def key_of_small_order(session):
    request = session.request(recipient_key=bytes(32))
    return session.good(request)


def nodes_do_not_tell(session):
    session.chain.is_told = False
    return session.good()


DEVIATIONS = {
    other_point: Refusal.PROOF,
    multiple_of_a_point: Refusal.PROOF,
    proof_of_another_label: Refusal.PROOF,
    proof_of_another_session: Refusal.PROOF,
    sealed_by_the_gateway: Refusal.OWNER,
    sealed_on_another_contract: Refusal.OWNER,
    owner_signature_of_another_model: Refusal.OWNER,
    signed_by_a_stranger: Refusal.GATEWAY,
    asked_by_a_stranger: Refusal.GATEWAY,
    asked_by_the_owner: Refusal.GATEWAY,
    signed_for_another_contract: Refusal.GATEWAY,
    signed_for_another_chain: Refusal.GATEWAY,
    gateway_not_auditor_as_confirmed: Refusal.GATEWAY,
    never_anchored: Refusal.NOT_ANCHORED,
    anchored_under_another_number: Refusal.NOT_ANCHORED,
    anchored_in_the_future: Refusal.NOT_ANCHORED,
    anchored_with_another_digest: Refusal.NOT_ANCHORED,
    anchored_by_somebody_else: Refusal.NOT_ANCHORED,
    anchored_for_another_purpose: Refusal.NOT_ANCHORED,
    too_old: Refusal.TOO_OLD,
    over_the_limit: Refusal.LIMIT,
    not_active: Refusal.NOT_ACTIVE,
    somebody_convicted: Refusal.CONVICTED,
    no_share: Refusal.NO_SHARE,
    share_of_another_point: Refusal.NO_SHARE,
    share_of_another_roster: Refusal.NO_SHARE,
    key_of_small_order: Refusal.MALFORMED,
    nodes_do_not_tell: Refusal.UNAVAILABLE,
}
BEFORE_WHO_ASKS_IS_KNOWN = {
    signed_by_a_stranger,
    asked_by_a_stranger,
    asked_by_the_owner,
    signed_for_another_contract,
    signed_for_another_chain,
    no_share,
}


@pytest.mark.parametrize("deviate", DEVIATIONS, ids=lambda deviate: deviate.__name__)
def test_one_deviation_is_refused_by_its_name(session, deviate):
    signed = deviate(session)
    assert session.ask(signed) is DEVIATIONS[deviate]
    if deviate in BEFORE_WHO_ASKS_IS_KNOWN:
        assert session.outcomes == []
    else:
        assert [each.refusal for each in session.outcomes] == [DEVIATIONS[deviate]]


def test_a_stranger_makes_nobody_look_at_the_chain_state(session):
    """Only the session's auditor is read, which is remembered."""
    for deviate in (signed_by_a_stranger, asked_by_a_stranger, no_share):
        session.ask(deviate(session))
    assert {what for what, _ in session.chain.asked} <= {"auditor"}
    assert session.outcomes == []


def test_a_stranger_learns_nothing_of_the_policy(session):
    """The same is said whether or not it allows what he asks for."""
    request = session.request(gateway=session.stranger.address)
    as_himself = session.good(request)
    as_himself = session.sign(request, as_himself.number, gateway=session.stranger)
    as_the_gateway = signed_by_a_stranger(session)
    nothing = policy_of(replace(ANY, models=frozenset({"none"})))
    for signed in (as_himself, as_the_gateway):
        assert session.ask(signed) is session.ask(signed, nothing) is Refusal.GATEWAY
