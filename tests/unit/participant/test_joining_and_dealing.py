"""A participant joins once and deals once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcss_chain.chain.errors import ContractRefusedError, NodeError
from tcss_chain.participant.agreement import ExactAgreement
from tcss_chain.participant.errors import UnagreedConfigurationError, UnknownSecretsError
from tcss_chain.participant.events import Happening
from tcss_chain.participant.secrets_store import SessionSecrets
from tcss_chain.protocol.dealing import verify_polynomial_proof
from tcss_chain.protocol.roster import keys_hash
from tcss_chain.protocol.session import Phase


def fail_to_send(fellow, monkeypatch, kind):
    """The node fails at this participant's next transaction of a kind, before it is sent."""
    original = fellow.participant._sender.send

    def send(function, value=0, **purpose):
        if function.fn_name == kind:
            monkeypatch.setattr(fellow.participant._sender, "send", original)
            raise NodeError(kind, "ConnectionError")
        return original(function, value, **purpose)

    monkeypatch.setattr(fellow.participant._sender, "send", send)


def posted(crew, fellow):
    return crew.consortium.view.dealings()[fellow.address]


def test_nothing_is_done_before_the_auditor_confirmed(crew):
    crew.consortium.run_to(Phase.CONFIRMING)
    crew.step()
    assert all(fellow.sent == [] and fellow.store.log == [] for fellow in crew.fellows)


def test_everybody_joins_once_with_the_bond_and_fresh_keys(crew):
    crew.consortium.run_to(Phase.JOINING)
    for _ in range(3):
        crew.step(0, 1)
    crew.step(2, 3)
    sid, reads = crew.consortium.sid, crew.consortium.reads
    for fellow in crew.fellows:
        assert fellow.sent == ["join"]
        assert fellow.happened(Happening.JOINED) == [None]
        member = reads.member(sid, fellow.address)
        assert member.posted_hash == keys_hash(sid, fellow.address, fellow.secrets.keys)
        assert reads.bond(sid, fellow.address) == crew.consortium.configuration.bond
    secrets = [secret for fellow in crew.fellows for secret in (fellow.secrets.e, fellow.secrets.d)]
    assert len(set(secrets)) == 8


def test_keys_are_kept_before_they_are_posted(crew, monkeypatch):
    crew.consortium.run_to(Phase.JOINING)
    fellow = crew.fellows[0]
    fail_to_send(fellow, monkeypatch, "join")
    with pytest.raises(NodeError):
        fellow.participant.step()
    kept = fellow.secrets
    fellow = crew.restart(0)
    fellow.participant.step()
    assert (fellow.secrets.e, fellow.secrets.d) == (kept.e, kept.d)
    expected = keys_hash(crew.consortium.sid, fellow.address, kept.keys)
    assert crew.consortium.reads.member(crew.consortium.sid, fellow.address).posted_hash == expected


def test_everybody_deals_once_with_a_valid_proof(joined):
    for _ in range(3):
        joined.step(0, 1)
    assert joined.fellows[0].sent == ["deal"]
    joined.step(2, 3)
    roster = joined.consortium.roster()
    for fellow in joined.fellows:
        assert fellow.sent == ["deal"]
        assert fellow.happened(Happening.DEALT) == [None]
        assert len(fellow.store.drawn) == 1
        assert fellow.secrets.dealt.dealing == posted(joined, fellow)
        assert fellow.secrets.roster_hash == roster.roster_hash
        assert verify_polynomial_proof(roster, fellow.address, posted(joined, fellow))


def test_a_dealing_is_kept_before_it_is_posted_and_posted_as_it_was_kept(joined, monkeypatch):
    fellow = joined.fellows[0]
    fail_to_send(fellow, monkeypatch, "deal")
    with pytest.raises(NodeError):
        fellow.participant.step()
    kept = fellow.secrets
    assert kept.dealt is not None
    fellow = joined.restart(0)
    fellow.participant.step()
    assert fellow.sent == ["deal"]
    assert fellow.secrets == kept
    assert len(fellow.store.drawn) == 1
    assert posted(joined, fellow) == kept.dealt.dealing


def test_a_restart_after_dealing_deals_nothing_more(joined):
    joined.step(0)
    fellow = joined.restart(0)
    fellow.participant.step()
    assert fellow.sent == []
    assert len(fellow.store.drawn) == 1


def join_again_with_other_keys(crew, snapshot):
    """The chain reorganises: the last join never happened, and its member joins with other keys."""
    provider = crew.consortium.connection.w3.provider
    assert provider.make_request("evm_revert", [snapshot])["result"] is True
    assert crew.phase is Phase.JOINING
    last = crew.restart(3, lose_secrets=True)
    last.participant.step()
    assert crew.phase is Phase.DEALING


@pytest.fixture
def reorganised(crew, monkeypatch):
    """The dealer at seat 0 made a dealing for a roster that is no more; also the state of that time."""
    crew.consortium.run_to(Phase.JOINING)
    crew.step(0, 1, 2)
    snapshot = crew.consortium.connection.w3.provider.make_request("evm_snapshot", [])["result"]
    crew.step(3)
    fail_to_send(crew.fellows[0], monkeypatch, "deal")
    with pytest.raises(NodeError):
        crew.step(0)
    stale = crew.state
    join_again_with_other_keys(crew, snapshot)
    assert crew.state.roster_hash != stale.roster_hash
    return crew, stale


def assert_dealt_afresh(crew):
    fellow = crew.fellows[0]
    first, second = fellow.store.drawn
    assert not {*first.a, *first.b} & {*second.a, *second.b}
    roster = crew.consortium.roster()
    assert fellow.secrets.roster_hash == roster.roster_hash
    dealing = posted(crew, fellow)
    assert dealing == fellow.secrets.dealt.dealing
    assert verify_polynomial_proof(roster, fellow.address, dealing)


def test_a_changed_roster_means_fresh_polynomials(reorganised):
    crew, _ = reorganised
    crew.step(0)
    assert_dealt_afresh(crew)


def test_a_roster_that_changes_in_the_middle_of_a_step_refuses_the_old_dealing(reorganised, monkeypatch):
    crew, stale = reorganised
    participant = crew.fellows[0].participant
    with monkeypatch.context() as patched:
        patched.setattr(participant._reads, "state", lambda sid: stale)
        participant.step()
    assert not crew.consortium.reads.member(crew.consortium.sid, participant.address).dealt
    assert crew.fellows[0].happened(Happening.DEALT) == []
    crew.step(0)
    assert_dealt_afresh(crew)


def test_a_dealing_that_exists_for_the_roster_read_last_is_posted_and_not_made_again(
    reorganised, monkeypatch
):
    crew, stale = reorganised
    fellow = crew.fellows[0]
    fail_to_send(fellow, monkeypatch, "deal")
    with pytest.raises(NodeError):
        crew.step(0)
    assert len(fellow.store.drawn) == 2
    # The step begins with the state of a third roster; the second one is back when the roster is read.
    states = [replace(stale, roster_hash=bytes(31) + b"\x01")]
    read = fellow.participant._reads.state
    with monkeypatch.context() as patched:
        patched.setattr(fellow.participant._reads, "state", lambda sid: states.pop() if states else read(sid))
        fellow.participant.step()
    crew.step(0)
    assert len(fellow.store.drawn) == 2
    assert_dealt_afresh(crew)


def test_other_refusals_of_a_dealing_are_not_swallowed(joined, monkeypatch):
    participant = joined.fellows[0].participant
    stale = joined.state
    joined.step(1, 2, 3)
    joined.travel_to(Phase.COMPLAINING)
    monkeypatch.setattr(participant._reads, "state", lambda sid: stale)
    with pytest.raises(ContractRefusedError) as caught:
        participant.step()
    assert caught.value.error == "WrongPhase"


def test_whoever_did_not_join_does_not_deal_and_needs_no_secrets(crew):
    crew.consortium.run_to(Phase.JOINING)
    crew.step(0, 1, 2)
    crew.consortium.travel_to(crew.consortium.configuration.join_by)
    assert crew.phase is Phase.DEALING
    crew.step()
    assert crew.fellows[3].sent == []
    assert crew.phase is Phase.COMPLAINING
    crew.run(2)
    assert crew.phase is Phase.ACTIVE
    crew.step()
    assert crew.fellows[3].participant.final_share is None
    assert all(fellow.participant.is_finished for fellow in crew.fellows[:3])


def test_lost_secrets_are_reported_instead_of_replaced(joined):
    fellow = joined.restart(0, lose_secrets=True)
    with pytest.raises(UnknownSecretsError) as caught:
        fellow.participant.step()
    assert caught.value.sid == joined.consortium.sid
    with pytest.raises(UnknownSecretsError):
        fellow.participant.run(lambda: False)
    assert fellow.sent == []


def test_secrets_that_are_lost_while_joining_are_not_replaced(crew):
    crew.consortium.run_to(Phase.JOINING)
    crew.step(0)
    fellow = crew.restart(0, lose_secrets=True)
    fellow.participant.step()
    assert (fellow.sent, fellow.store.log) == ([], [])


def test_a_dealing_that_is_lost_is_not_made_anew(joined):
    """The proof must never be made twice differently: both together could reveal the polynomials."""
    fellow = joined.fellows[0]
    roster_hash = joined.state.roster_hash
    fellow.store.save(joined.consortium.sid, replace(fellow.secrets, roster_hash=roster_hash))
    with pytest.raises(UnknownSecretsError):
        fellow.participant.step()


def test_what_a_participant_keeps_shows_no_secret(dealt):
    secrets: SessionSecrets = dealt.fellows[0].secrets
    shown = repr(secrets) + repr(dealt.fellows[0].participant) + repr(dealt.fellows[0].events)
    for secret in (secrets.e, secrets.d, *secrets.polynomials.a, *secrets.polynomials.b):
        assert str(secret) not in shown


def test_a_session_that_was_not_agreed_to_is_not_joined(crew):
    crew.consortium.run_to(Phase.JOINING)
    fellow = crew.fellows[0]
    agreed = crew.consortium.configuration
    fellow.participant._joiner._agreement = ExactAgreement(replace(agreed, bond=agreed.bond - 1, threshold=2))
    with pytest.raises(UnagreedConfigurationError) as refused:
        fellow.participant.step()
    assert refused.value.objections == ("threshold", "bond")
    assert (fellow.sent, fellow.store.log) == ([], [])
    fellow.participant._joiner._agreement = ExactAgreement(agreed)
    fellow.participant.step()
    assert fellow.sent == ["join"]
