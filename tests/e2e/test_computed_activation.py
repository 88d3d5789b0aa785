"""When somebody never signs, the others reach the same aggregate by adding up on chain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from support.consortium import Consortium
from support.crew import Crew, crew_of
from support.events import events_of

from tcss_chain.auditor import CallableBox
from tcss_chain.auditor.session_auditor import AuditorKey, SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.curve import interpolate_at_zero
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.participant.events import Happening
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.protocol.session import Phase
from tcss_chain.records.record_reads import RecordReads
from tcss_chain.records.record_verification import verify_record

SETTINGS = ParticipantSettings(
    confirmations=0, share_patience_seconds=30, activation_stagger_seconds=1.0, poll_seconds=0.05
)


class Unsigning(Participant):
    """Does everything but accept."""

    def _accept(self, settlement, qualified):
        """Stay silent."""


@pytest.fixture
def crew(embedded_devnet: EmbeddedDevnet) -> Iterator[Crew]:
    """Four members on a contract of their own; the one at seat 2 never signs."""
    address, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    connection = Connection(embedded_devnet.rpc_url, address)
    snapshot = connection.w3.provider.make_request("evm_snapshot", [])["result"]
    consortium = Consortium(connection, embedded_devnet.accounts)
    with crew_of(consortium, kinds={2: Unsigning}, settings=SETTINGS) as made:
        yield made
    connection.w3.provider.make_request("evm_revert", [snapshot])


def wait_until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_participants_add_up_when_somebody_never_signs_and_the_leak_is_still_traced(crew):
    consortium = crew.consortium
    consortium.create()
    stopping, failures = threading.Event(), []

    def run(participant):
        try:
            participant.run(lambda: participant.is_finished or stopping.is_set())
        except BaseException as failure:  # noqa: BLE001  # shown by the assertion
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(each.participant,), daemon=True) for each in crew.fellows]
    for thread in threads:
        thread.start()
    try:
        consortium.confirm()
        others = [fellow for seat, fellow in enumerate(crew.fellows) if seat != 2]
        wait_until(lambda: all(fellow.happened(Happening.ACCEPTED) for fellow in others))
        time.sleep(1)
        assert crew.phase is Phase.COMPLAINING
        expected = consortium.aggregate()
        consortium.travel_to(consortium.configuration.challenge_by)
        for thread in threads:
            thread.join(60)
    finally:
        stopping.set()
    assert failures == []
    assert crew.phase is Phase.ACTIVE
    assert sum(len(fellow.happened(Happening.AGGREGATED)) for fellow in crew.fellows) == 1
    (last,) = [mined for each in crew.fellows for mined in each.transactions if mined.kind == "aggregate"]
    (activated,) = events_of(consortium, last, "Activated")
    assert activated["unanimous"] is False

    state, roster = crew.state, consortium.roster()
    assert state.qualified == 0b1111
    assert consortium.view.aggregate(roster, consortium.view.dealings()) == expected
    signed = crew.fellows[0].outbox.acceptance(consortium.sid)
    assert state.aggregate_hash == signed.aggregate_hash
    for seat, fellow in enumerate(crew.fellows):
        assert fellow.participant.is_finished
        assert fellow.participant.final_share.y == crew.expected_share(seat)

    leaked = [crew.fellows[seat].participant.final_share for seat in (0, 2)]

    def box(shares):
        points = [(share.x, share.y) for share in leaked] + list(shares)
        return interpolate_at_zero([x for x, _ in points], [y for _, y in points])

    auditor = SessionAuditor(
        consortium.connection, consortium.auditor, consortium.sid, AuditorKey(consortium.alpha)
    )
    found = auditor.trace(CallableBox(box))
    assert found.accused == (crew.fellows[0].address, crew.fellows[2].address)
    auditor.convict(found)
    (record,) = RecordReads(consortium.connection).of_session(consortium.sid)
    assert record.accused == found.accused
    assert verify_record(consortium.connection, record)
