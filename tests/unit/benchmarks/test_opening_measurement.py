"""Measuring openings: real participants, a real log, and figures that add up."""

from __future__ import annotations

import pytest

from tcss_chain.benchmarks import opening_measurement
from tcss_chain.benchmarks.known_session import make_known_session
from tcss_chain.benchmarks.opening_measurement import measure_openings
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.curve import GROUP_ORDER, G, interpolate_at_zero
from tcss_chain.opening.gateway_errors import TooFewAnswersError
from tcss_chain.opening.messages import Refusal
from tcss_chain.protocol.session import Phase


def test_the_session_is_active_and_its_shares_give_the_sealed_secret(embedded_devnet):
    session = make_known_session(embedded_devnet.rpc_url, embedded_devnet.accounts, 4, 3)
    assert SessionReads(session.connection).phase(session.sid) is Phase.ACTIVE
    for chosen in (session.shares[:3], session.shares[1:]):
        secret = interpolate_at_zero([share.x for share in chosen], [share.y for share in chosen])
        assert G * (secret % GROUP_ORDER) == session.sealing_key.PK
    shown = repr(session)
    assert not any(str(share.y) in shown for share in session.shares)
    assert str(session.key.alpha) not in shown


def test_every_part_of_an_opening_is_measured(embedded_devnet):
    told = []
    measured = measure_openings(
        embedded_devnet.rpc_url, embedded_devnet.accounts, n=3, t=2, count=2, tell=told.append
    )
    assert (measured.n, measured.t) == (3, 2)
    parts = (measured.checks, measured.anchor, measured.answers, measured.combine, measured.model)
    assert all(part.median > 0 for part in parts)
    assert sum(part.mean for part in parts) == pytest.approx(measured.total.mean, rel=0.01)
    assert told


def test_openings_that_fail_are_not_measured(embedded_devnet, monkeypatch):
    monkeypatch.setattr(opening_measurement._Participant, "answer", lambda *_: Refusal.POLICY)
    with pytest.raises(TooFewAnswersError):
        measure_openings(embedded_devnet.rpc_url, embedded_devnet.accounts, n=2, t=2, count=1)
