"""Convicting: what was signed is sent again as it is, whenever the process dies."""

from __future__ import annotations

import pytest
from support.audit_desk import AuditDesk
from support.consortium import Consortium
from support.moments import of_transaction

from tcss_chain.auditor import CallableBox, Trace, session_auditor
from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.errors import AuditorAccountError
from tcss_chain.auditor.session_auditor import SessionAuditor, require_auditor
from tcss_chain.auditor.session_tracer import SessionTracer
from tcss_chain.chain.errors import ContractRefusedError
from tcss_chain.chain.transaction_journal import EntryStatus, Purpose
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.records.record_evidence import read_evidence
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.records.record_verification import verify_record

CONVICT = of_transaction("convict")


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet) -> Consortium:
    return Consortium(shared_connection, embedded_devnet.accounts).run_to(Phase.ACTIVE)


@pytest.fixture
def active(prepared, connection) -> Consortium:
    return prepared.clone()


@pytest.fixture
def desk(active, tmp_path):
    return AuditDesk(active, tmp_path / "data")


@pytest.fixture
def box_of(active):
    """A function that makes a box that holds the shares of members."""

    def make(*seats):
        leaking = [active.members[seat] for seat in seats]
        roster = active.roster()
        shares = [(roster.participant(each.address).x, active.final_share(each)) for each in leaking]
        return PirateBox(shares, 3)

    return make


@pytest.fixture
def transcript(tmp_path):
    return tmp_path / "box.jsonl"


def work(active, box, transcript):
    """A function that traces with a transcript and convicts, as one run of the command does."""

    def run(desk) -> tuple[Trace, object]:
        key = AuditorKey(active.alpha)
        auditor = SessionAuditor(active.connection, desk.sender(), active.sid, key)
        found = auditor.trace(box, transcript=transcript)
        assert isinstance(found, Trace)
        return found, auditor.convict(found)

    return run


@pytest.fixture
def proofs(monkeypatch):
    """All proofs that were made."""
    made, real = [], session_auditor.prove

    def prove(*arguments, **named):
        made.append(real(*arguments, **named))
        return made[-1]

    monkeypatch.setattr(session_auditor, "prove", prove)
    return made


def purpose(active, *seats):
    return Purpose(active.sid, "convict", f"seats {sum(1 << seat for seat in seats):#x}")


@pytest.mark.parametrize("moment", CONVICT)
def test_after_a_death_the_identical_transaction_is_sent(desk, active, box_of, transcript, proofs, moment):
    box, before = box_of(0, 2), desk.nonce()
    desk.dies(moment, work(active, box, transcript))
    with desk.open() as run:
        earlier = run.entries(purpose(active, 0, 2))
        journalled = moment in CONVICT[2:]
        assert len(earlier) == journalled
        asked = []
        silent = CallableBox(lambda shares: asked.append(shares))
        found, mined = work(active, silent, transcript)(run)
        assert asked == []
        (entry,) = run.entries(purpose(active, 0, 2))
        assert mined.transaction_hash == entry.variants[0].transaction_hash
        if journalled:
            assert entry.variants[0].raw == earlier[0].variants[0].raw
        assert len(proofs) == 2 - journalled
        run.sender().tend(0)
        (entry,) = run.entries(purpose(active, 0, 2))
        assert entry.status is EntryStatus.SETTLED
    (record,) = RecordReads(active.connection).of_session(active.sid)
    assert record.accused == found.accused
    evidence = TraceEvidence(found.challenge, found.claim)
    assert read_evidence(active.connection, record).evidence == evidence
    assert record.evidence_hash == evidence.hash(active.sid, 0)
    assert verify_record(active.connection, record)
    assert desk.nonce() == before + 1


def test_a_conviction_that_is_not_mined_is_waited_for_and_not_proven_anew(
    desk, active, box_of, transcript, proofs
):
    box = box_of(1)
    desk.dies("convict.journalled", work(active, box, transcript))
    with desk.open() as run:
        work(active, box, transcript)(run)
        # Mined, but not settled: a reorganisation could still remove it.
        (entry,) = run.entries(purpose(active, 1))
        assert entry.status is EntryStatus.MINED
        _, again = work(active, box, transcript)(run)
        assert again.transaction_hash == entry.variants[0].transaction_hash
    assert len(proofs) == 1


def test_a_reorganisation_removes_the_record_and_the_same_transaction_brings_it_back(
    desk, active, box_of, transcript, proofs
):
    provider = active.connection.w3.provider
    box = box_of(1)
    with desk.open() as run:
        snapshot = provider.make_request("evm_snapshot", [])["result"]
        _, first = work(active, box, transcript)(run)
        assert provider.make_request("evm_revert", [snapshot])["result"] is True
        assert RecordReads(active.connection).of_session(active.sid) == ()
        _, second = work(active, box, transcript)(run)
        assert second.transaction_hash == first.transaction_hash
    assert len(RecordReads(active.connection).of_session(active.sid)) == 1
    assert len(proofs) == 1


def test_another_accused_set_is_another_conviction(desk, active, box_of, tmp_path, proofs):
    desk.dies("convict.journalled", work(active, box_of(0), tmp_path / "a.jsonl"))
    with desk.open() as run:
        run.sender().tend(0)
        work(active, box_of(1), tmp_path / "b.jsonl")(run)
        assert run.entries(purpose(active, 0))[0].entry_id != run.entries(purpose(active, 1))[0].entry_id
    accused = [record.accused for record in RecordReads(active.connection).of_session(active.sid)]
    assert sorted(accused) == sorted(((active.members[0].address,), (active.members[1].address,)))
    assert len(proofs) == 2


def test_what_is_settled_is_not_waited_for(desk, active, box_of, proofs):
    with desk.open() as run:
        box = box_of(0)
        key = AuditorKey(active.alpha)
        auditor = SessionAuditor(active.connection, run.sender(), active.sid, key)
        found = auditor.trace(box)
        auditor.convict(found)
        run.sender().tend(0)
        # Settled: the same accused again is a new call, which the contract refuses.
        with pytest.raises(ContractRefusedError):
            auditor.convict(found)
        assert len(run.entries(purpose(active, 0))) == 1
    assert len(proofs) == 2


def test_a_tracer_that_has_opened_the_session_is_used_again(active, connection, box_of):
    tracer = SessionTracer(active.connection, active.sid, AuditorKey(active.alpha))
    found = tracer.trace(box_of(3))
    sender = TransactionSender(active.connection, active.auditor.account)
    auditor = SessionAuditor(active.connection, sender, active.sid, AuditorKey(active.alpha), tracer=tracer)
    assert auditor.tracer is tracer
    auditor.require_account()
    auditor.convict(found)
    assert active.reads.member(active.sid, active.members[3].address).convicted


def test_another_account_is_found_out(active):
    tracer = SessionTracer(active.connection, active.sid, AuditorKey(active.alpha))
    require_auditor(tracer, active.auditor.address)
    with pytest.raises(AuditorAccountError, match=active.auditor.address):
        require_auditor(tracer, active.outsider.address)
