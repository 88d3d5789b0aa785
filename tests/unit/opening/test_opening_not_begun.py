"""What the gateway does not open, and for whom not: nothing is anchored then, and nobody asked."""

from __future__ import annotations

import pytest
from support.consortium import Consortium
from support.openings import refusing
from support.tracing import trace

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.errors import ContractRefusedError
from tcss_chain.opening import threshold_opener
from tcss_chain.opening.gateway_errors import (
    AnchoringError,
    ConvictedBeyondUseError,
    GatewayAccountError,
    SessionKeyMissingError,
    SessionNotActiveError,
    TooFewParticipantsError,
    WrongDeploymentError,
)
from tcss_chain.opening.opening_settings import ConvictedAnswers
from tcss_chain.protocol.errors import AuditorKeyMismatchError, OpeningRequestError
from tcss_chain.protocol.session import Phase
from tcss_chain.sealed_model.errors import SealedModelError
from tcss_chain.sealed_model.sealed_file import read_header

from .conftest import quick_settings


def test_a_model_of_another_contract_or_chain_is_refused(gateway, embedded_devnet, monkeypatch):
    header = read_header(gateway.sealed)
    opener = gateway.opener()
    for change in ({"chain_id": 1}, {"contract": gateway.consortium.creator.address}):
        fields = {name: getattr(header, name) for name in header.__slots__} | change
        monkeypatch.setattr(threshold_opener, "read_header", lambda _path, f=fields: type(header)(**f))
        with pytest.raises(WrongDeploymentError) as caught:
            opener.open(gateway.sealed, "a test")
        assert (caught.value.chain_id, caught.value.contract) == (fields["chain_id"], fields["contract"])
    gateway.assert_nobody_heard()


def test_a_session_that_the_gateway_has_no_key_of_is_refused(gateway):
    with pytest.raises(SessionKeyMissingError) as caught:
        gateway.opener(key_of=lambda _sid: None).open(gateway.sealed, "a test")
    assert caught.value.sid == gateway.consortium.sid
    gateway.assert_nobody_heard()


def test_the_key_of_another_session_is_refused(gateway):
    with pytest.raises(AuditorKeyMismatchError):
        gateway.opener(key_of=lambda _sid: AuditorKey.draw()).open(gateway.sealed, "a test")
    gateway.assert_nobody_heard()


def test_an_account_that_is_not_the_auditor_is_refused(gateway):
    outsider = gateway.consortium.outsider
    with pytest.raises(GatewayAccountError) as caught:
        gateway.opener(sender=outsider).open(gateway.sealed, "a test")
    assert caught.value.auditor == gateway.consortium.auditor.address
    assert caught.value.account == outsider.address
    gateway.assert_nobody_heard()


def test_a_session_that_is_not_active_is_refused(gateway, embedded_devnet, tmp_path, monkeypatch):
    header = read_header(gateway.sealed)
    waiting = Consortium(gateway.consortium.connection, embedded_devnet.accounts, n=5, t=3)
    waiting.run_to(Phase.DEALING)
    for sid, phase in ((waiting.sid, Phase.DEALING), (b"\x99" * 32, None)):
        capsule = header.signed.capsule
        label = type(capsule.label)(
            **{name: getattr(capsule.label, name) for name in capsule.label.__slots__} | {"sid": sid}
        )
        moved = type(capsule)(label, capsule.c, capsule.challenge, capsule.response)
        signed = type(header.signed)(moved, header.signed.signature)
        fields = {name: getattr(header, name) for name in header.__slots__} | {"signed": signed}
        monkeypatch.setattr(threshold_opener, "read_header", lambda _path, f=fields: type(header)(**f))
        with pytest.raises(SessionNotActiveError) as caught:
            gateway.opener(key_of=lambda _sid: AuditorKey(waiting.alpha)).open(gateway.sealed, "a test")
        assert (caught.value.sid, caught.value.phase) == (sid, phase)
    gateway.assert_nobody_heard()


@pytest.mark.parametrize("position", [0, 9, 40, 120, 300, 500, 700])
def test_an_altered_header_is_refused_before_anything_is_anchored(gateway, position):
    content = bytearray(gateway.sealed.read_bytes())
    content[position] ^= 1
    gateway.sealed.write_bytes(content)
    with pytest.raises(SealedModelError):
        gateway.opener().open(gateway.sealed, "a test")
    gateway.assert_nobody_heard()


def test_a_capsule_cannot_be_moved_to_another_session(gateway):
    """Re-targeted: the proof binds the label, the session among it."""
    content = gateway.sealed.read_bytes()
    sid = gateway.consortium.sid.hex().encode()
    assert content.count(sid) == 1
    gateway.sealed.write_bytes(content.replace(sid, sid[::-1]))
    with pytest.raises(SealedModelError):
        gateway.opener().open(gateway.sealed, "a test")
    gateway.assert_nobody_heard()


@pytest.mark.parametrize("purpose", ["", "a" * 201, "two\nlines", "umläut"])
def test_a_purpose_that_cannot_be_logged_is_refused(gateway, purpose):
    with pytest.raises(OpeningRequestError):
        gateway.opener().open(gateway.sealed, purpose)
    gateway.assert_nobody_heard()


def test_a_contract_that_refuses_the_line_ends_the_opening(gateway, monkeypatch):
    opener = gateway.opener()
    anchor = opener._anchor._log.anchor
    monkeypatch.setattr(opener._anchor._log, "anchor", lambda sid, *more: anchor(b"\x99" * 32, *more))
    with pytest.raises(AnchoringError) as caught:
        opener.open(gateway.sealed, "a test")
    assert isinstance(caught.value.error, ContractRefusedError)
    gateway.assert_nobody_heard()


def convict(gateway, *seats):
    for seat in seats:
        trace(gateway.consortium, [seat]).send()
    return tuple(gateway.consortium.members[seat].address for seat in seats)


def test_answers_of_the_convicted_are_not_asked_for(gateway):
    convicted = convict(gateway, 0, 1)
    gateway.opener(settings=quick_settings(most_convicted=2)).open(gateway.sealed, "a test").wipe()
    (report,) = gateway.reports
    assert report.not_asked == convicted
    assert set(report.used) == {member.address for member in gateway.consortium.members[2:]}
    assert [len(each.bodies) for each in gateway.services[:2]] == [0, 0]


def test_answers_of_the_convicted_are_used_where_the_policy_accepts_them(gateway):
    convicted = convict(gateway, 0)
    gateway.services[3].respond = gateway.services[4].respond = refusing("limit")
    settings = quick_settings(most_convicted=1, convicted_answers=ConvictedAnswers.ACCEPT)
    gateway.opener(settings=settings).open(gateway.sealed, "a test").wipe()
    (report,) = gateway.reports
    assert convicted[0] in report.used
    assert report.not_asked == ()


def test_nothing_is_opened_when_more_are_convicted_than_the_policy_accepts(gateway):
    convicted = convict(gateway, 1, 3)
    for policy in ConvictedAnswers:
        settings = quick_settings(most_convicted=1, convicted_answers=policy)
        with pytest.raises(ConvictedBeyondUseError) as caught:
            gateway.opener(settings=settings).open(gateway.sealed, "a test")
        assert caught.value.convicted == convicted
        assert caught.value.most_convicted == 1
    gateway.assert_nobody_heard()


def test_a_conviction_after_the_session_was_read_counts(gateway):
    opener = gateway.opener()
    opener.open(gateway.sealed, "a test").wipe()
    convict(gateway, 2)
    with pytest.raises(ConvictedBeyondUseError):
        opener.open(gateway.sealed, "a test")
    assert len(gateway.lines()) == 1


def test_nobody_is_asked_when_fewer_than_t_may_be(gateway):
    convicted = convict(gateway, 0, 1)
    urls = gateway.urls
    without = gateway.consortium.members[4].address
    del urls[without]
    with pytest.raises(TooFewParticipantsError) as caught:
        gateway.opener(services=urls, settings=quick_settings(most_convicted=2)).open(
            gateway.sealed, "a test"
        )
    assert caught.value.convicted == convicted
    assert caught.value.without_service == (without,)
    assert len(caught.value.eligible) == 2
    gateway.assert_nobody_heard()
