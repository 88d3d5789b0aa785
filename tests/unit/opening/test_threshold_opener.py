"""Opening a sealed model with the answers of the participants, from the gateway's side."""

from __future__ import annotations

import threading

import pytest
from support.audit_desk import Died
from support.consortium import Consortium
from support.openings import honest, honest_members, in_turn, refusing, saying, seal_for
from support.pruned_node import pruned_node

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import RequestRefusedError
from tcss_chain.chain.transaction_journal import MemoryTransactionJournal
from tcss_chain.opening.answer_check import FalseAnswer
from tcss_chain.opening.gateway_errors import (
    ModelDamagedError,
    TooFewAnswersError,
)
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.threshold_opener import ThresholdOpener
from tcss_chain.protocol.capsule import verify_capsule
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.typed_signature import SignedKind, signer_of
from tcss_chain.sealed_model.errors import ChunkError, TargetExistsError, WrongModelKeyError
from tcss_chain.sealed_model.sealed_file import DATA_OFFSET, read_header
from tcss_chain.session_package import collect_package

from .conftest import CONTENT, damage, quick_settings


def test_t_answers_open_the_model(gateway):
    with gateway.opener().open(gateway.sealed, "a test") as model:
        assert bytes(model.content) == CONTENT
        assert model.label == read_header(gateway.sealed).label
    (report,) = gateway.reports
    assert report.enough
    assert len(report.used) == 3
    assert not report.false
    assert not report.refused
    assert gateway.moments == [
        "opening.anchored",
        "opening.confirmed",
        "opening.answered",
        "opening.combined",
    ]


def test_every_opening_is_anchored_before_anybody_is_asked(gateway):
    seen = []

    def looking(respond):
        def answer(body):
            seen.append(len(gateway.lines()))
            return respond(body)

        return answer

    for service in gateway.services:
        service.respond = looking(service.respond)
    for purpose in ("first", "second"):
        gateway.opener().open(gateway.sealed, purpose).wipe()
    assert set(seen) == {1, 2}
    first, second = gateway.reports
    lines = gateway.lines()
    assert [line.request for line in lines] == [first.request_hash, second.request_hash]
    assert [line.number for line in lines] == [first.number, second.number] == [0, 1]
    digest = read_header(gateway.sealed).label.digest
    assert {(line.model_digest, line.gateway) for line in lines} == {
        (digest, gateway.consortium.auditor.address)
    }
    events = gateway.log.events(gateway.consortium.sid)
    assert [event.purpose for event in events] == [b"first", b"second"]
    assert [event.transaction_hash for event in events] == [first.transaction, second.transaction]


def test_the_request_is_signed_by_the_gateway_and_fresh_every_time(gateway):
    opener = gateway.opener()
    for _ in range(2):
        opener.open(gateway.sealed, "a test").wipe()
    connection = gateway.consortium.connection
    domain = connection.chain_id, connection.contract_address
    requests = {signed.request.hash(): signed for each in gateway.services for signed in each.requests}
    assert len(requests) == 2
    assert len({signed.request.recipient_key for signed in requests.values()}) == 2
    assert len({signed.request.nonce for signed in requests.values()}) == 2
    for request_hash, signed in requests.items():
        signer = signer_of(SignedKind.REQUEST, request_hash, signed.signature, *domain)
        assert signer == gateway.consortium.auditor.address
        assert verify_capsule(signed.request.capsule)


def test_a_model_is_opened_into_a_private_file(gateway, tmp_path):
    target = tmp_path / "opened"
    gateway.opener().open_to_file(gateway.sealed, target, "a test")
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o777 == 0o600


def test_nothing_is_anchored_for_a_file_that_could_not_be_written(gateway, tmp_path):
    target = tmp_path / "opened"
    target.write_bytes(b"something else")
    with pytest.raises(TargetExistsError):
        gateway.opener().open_to_file(gateway.sealed, target, "a test")
    gateway.assert_nobody_heard()
    gateway.opener().open_to_file(gateway.sealed, target, "a test", overwrite=True)
    assert target.read_bytes() == CONTENT


def test_wrong_missing_and_late_answers_are_skipped_and_named(gateway):
    members = gateway.consortium.members
    gateway.services[1].respond = in_turn(refusing("not_anchored"), gateway.services[1].respond)
    gateway.services[0].respond = refusing("limit")
    gateway.services[4].respond = honest(members[4].account, 99)
    settings = quick_settings(patience_seconds=10)
    gateway.opener(settings=settings).open(gateway.sealed, "a test").wipe()
    (report,) = gateway.reports
    assert set(report.used) == {member.address for member in members[1:4]}
    assert report.refused == {members[0].address: Refusal.LIMIT}
    assert report.false == {}
    # Signed for another chain; it may not have been read when the others had answered.
    wanted = ("no usable answer: signature", "not waited for any longer")
    assert report.silent[members[4].address] in wanted


def test_with_t_minus_one_right_answers_the_error_says_what_everybody_did(gateway):
    members = gateway.consortium.members
    connection = gateway.consortium.connection
    domain = connection.chain_id, connection.contract_address
    gateway.services[0].respond = refusing("policy")
    gateway.services[1].respond = honest(members[1].account, 99, *domain)
    gateway.services[2].respond = saying(b"", 500)
    with pytest.raises(TooFewAnswersError) as caught:
        gateway.opener().open(gateway.sealed, "a test")
    (report,) = gateway.reports
    assert caught.value.report == report
    assert not report.enough
    assert set(report.used) == {members[3].address, members[4].address}
    assert report.refused == {members[0].address: Refusal.POLICY}
    assert report.false == {members[1].address: FalseAnswer.PROOF}
    assert report.silent == {members[2].address: "status 500"}
    assert set(report.answered) == {members[seat].address for seat in (1, 3, 4)}
    assert "2 right answers came, and 3 are needed" in str(caught.value)
    for member in members:
        assert member.address not in str(caught.value)


def test_participants_that_want_more_confirmations_are_waited_for(gateway):
    for service in gateway.services:
        service.respond = in_turn(refusing("not_anchored"), refusing("not_anchored"), service.respond)
    settings = quick_settings(patience_seconds=10)
    gateway.opener(settings=settings).open(gateway.sealed, "a test").wipe()
    assert len(gateway.lines()) == 1
    (report,) = gateway.reports
    assert not report.refused or report.enough


def test_a_session_is_read_once_and_its_key_asked_for_once(gateway):
    asked = []

    def key_of(sid):
        asked.append(sid)
        return gateway.key_of(sid)

    opener = gateway.opener(key_of=key_of)
    for _ in range(2):
        opener.open(gateway.sealed, "a test").wipe()
    assert asked == [gateway.consortium.sid]


def test_several_models_are_opened_at_the_same_time(gateway, tmp_path):
    models = [seal_for(gateway.consortium, tmp_path, bytes([each]) * 5000, f"m{each}") for each in range(4)]
    opener, opened = gateway.opener(settings=quick_settings(patience_seconds=20)), {}

    def work(index):
        with opener.open(models[index], f"model {index}") as model:
            opened[index] = bytes(model.content)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert opened == {index: bytes([index]) * 5000 for index in range(4)}
    assert sorted(report.number for report in gateway.reports) == [0, 1, 2, 3]
    assert {line.request for line in gateway.lines()} == {each.request_hash for each in gateway.reports}


def test_a_package_takes_the_place_of_old_logs(gateway, embedded_devnet):
    package = collect_package(gateway.consortium.view)
    with pruned_node(embedded_devnet.rpc_url) as pruned:
        connection = Connection(pruned.rpc_url, gateway.consortium.connection.contract_address)
        gateway.consortium.connection = connection
        with pytest.raises(RequestRefusedError):
            gateway.opener().open(gateway.sealed, "a test")
        opener = gateway.opener(packages={package.sid: package})
        opener.open(gateway.sealed, "a test").wipe()
    assert len(gateway.reports) == 1


def test_a_damaged_model_is_told_from_wrong_answers(gateway, tmp_path):
    damage(gateway)
    target = tmp_path / "opened"
    with pytest.raises(ModelDamagedError):
        gateway.opener().open(gateway.sealed, "a test")
    with pytest.raises(ModelDamagedError):
        gateway.opener().open_to_file(gateway.sealed, target, "a test")
    assert [report.enough for report in gateway.reports] == [True, True]
    assert not target.exists()
    assert {each.name for each in tmp_path.iterdir()} == {"model.plain", "model.tcss"}


def alter_wrapped_key(gateway):
    content = bytearray(gateway.sealed.read_bytes())
    place = content.index(b'"wrapped_key":"0x') + 17
    content[place] = ord("1" if content[place] == ord("0") else "0")
    gateway.sealed.write_bytes(content)


@pytest.mark.parametrize(("alter", "kind"), [(damage, ChunkError), (alter_wrapped_key, WrongModelKeyError)])
def test_what_is_wrong_with_a_damaged_model_is_told(gateway, alter, kind):
    alter(gateway)
    with pytest.raises(ModelDamagedError) as caught:
        gateway.opener().open(gateway.sealed, "a test")
    assert type(caught.value.error) is kind


@pytest.mark.parametrize("moment", ["anchor.journalled", "anchor.broadcast", "anchor.mined"])
def test_an_opening_that_died_is_never_taken_for_the_next_one(gateway, moment):
    def die(reached):
        if reached == moment:
            raise Died(reached)

    journal = MemoryTransactionJournal()
    with pytest.raises(Died):
        gateway.opener(sender=gateway.sender(journal=journal, reached=die)).open(gateway.sealed, "a test")
    assert gateway.asked == 0
    gateway.opener(sender=gateway.sender(journal=journal)).open(gateway.sealed, "a test").wipe()
    (report,) = gateway.reports
    lines = gateway.lines()
    # The line of the one that died is there, and was never used.
    assert len(lines) == 2
    assert [line.request == report.request_hash for line in lines] == [False, True]
    assert report.number == 1
    asked = {signed.request.hash() for each in gateway.services for signed in each.requests}
    assert asked == {report.request_hash}


def test_two_models_of_one_session_have_keys_of_their_own(gateway, tmp_path):
    """Exchanged bodies: the header of one with the chunks of the other does not open."""
    first = seal_for(gateway.consortium, tmp_path, b"A" * 4000, "one")
    other = seal_for(gateway.consortium, tmp_path, b"B" * 4000, "two")
    opener = gateway.opener()
    for path, expected in ((first, b"A" * 4000), (other, b"B" * 4000)):
        with opener.open(path, "a test") as model:
            assert bytes(model.content) == expected
    mixed = tmp_path / "mixed.tcss"
    mixed.write_bytes(first.read_bytes()[:DATA_OFFSET] + other.read_bytes()[DATA_OFFSET:])
    with pytest.raises(ModelDamagedError):
        opener.open(mixed, "a test")


def test_it_tells_what_a_model_says_of_itself_without_asking_anybody(gateway):
    assert gateway.opener().label(gateway.sealed) == read_header(gateway.sealed).label
    gateway.assert_nobody_heard()


def test_members_of_another_session_cannot_open_its_models(gateway, embedded_devnet):
    """The same organisations with the shares of another session: every answer is told by its proof."""
    other = Consortium(gateway.consortium.connection, embedded_devnet.accounts, n=5, t=3).run_to(Phase.ACTIVE)
    for service, respond in zip(gateway.services, honest_members(other), strict=True):
        service.respond = respond
    with pytest.raises(TooFewAnswersError) as caught:
        gateway.opener().open(gateway.sealed, "a test")
    assert set(caught.value.report.false.values()) == {FalseAnswer.PROOF}
    assert len(caught.value.report.false) == 5


def test_it_is_what_the_gateway_calls_an_opener(gateway):
    assert isinstance(gateway.opener(), ThresholdOpener)
    assert repr(gateway.opener()) == f"ThresholdOpener({gateway.consortium.auditor.address})"
