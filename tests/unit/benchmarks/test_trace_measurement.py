"""Measured traces: repeatable counts, outcomes told from each other, nobody forgotten."""

from __future__ import annotations

import time
from dataclasses import replace

from tcss_chain.auditor import StrategyName
from tcss_chain.benchmarks import trace_measurement
from tcss_chain.benchmarks.memory_measurement import measure_memory, peak_memory
from tcss_chain.benchmarks.scenario import TraceScenario
from tcss_chain.benchmarks.trace_measurement import MeasuredTrace, measure, measure_one

SMALL = TraceScenario(n=4, t=3, f=1, answer_rate=0.6, repetitions=4)


def test_counts_repeat_exactly():
    first, second = measure(SMALL), measure(SMALL)
    assert first.queries == second.queries
    assert first.found_by == second.found_by
    assert len(first.queries) == 4
    assert first.all_traced


def test_a_single_trace_can_be_repeated_by_its_seed():
    assert measure_one(SMALL, 2).queries == measure(SMALL).queries[2]


def test_without_errors_two_queries_are_enough():
    assert measure(replace(SMALL, answer_rate=1.0)).queries == (2, 2, 2, 2)


def test_errors_cost_queries():
    assert sum(measure(replace(SMALL, answer_rate=0.3)).counts) > sum(measure(SMALL).counts) > 8


def test_only_the_strategy_that_is_asked_for_is_used():
    alone = measure(replace(SMALL, strategies=(StrategyName.SUBSET_PRODUCT,)))
    assert alone.found_by == {"subset-product": 4}


def test_an_unknown_number_of_shares_costs_queries():
    known = replace(SMALL, box="perfect", answer_rate=1.0, t=4, n=5, repetitions=1)
    assert measure(replace(known, arity_known=False)).counts > measure(known).counts


def test_a_box_without_answers_is_not_traced_and_leaves_no_figures():
    silent = measure(replace(SMALL, box="silent", answer_rate=1.0, repetitions=1, query_budget=10))
    assert silent.queries == (None,)
    assert silent.query_figures is None
    assert not silent.all_traced
    assert silent.as_expected
    assert sum(silent.not_traced.values()) == 1
    assert silent.found_by == {}


def test_a_box_that_should_be_traced_and_is_not_is_no_success():
    starved = measure(replace(SMALL, query_budget=1, repetitions=1))
    assert starved.queries == (None,)
    assert starved.as_expected is False


def test_framing_is_never_a_success(monkeypatch):
    monkeypatch.setattr(
        trace_measurement,
        "measure_one",
        lambda _scenario, _seed: MeasuredTrace(2, 0.1, "lattice", framed=True),
    )
    measured = measure(SMALL)
    assert measured.framed == 4
    assert not measured.all_traced
    assert measured.as_expected is False


def test_accusing_somebody_else_counts_as_framing(monkeypatch):
    simulate = trace_measurement.simulate_session

    class OtherCulprits:
        """A session in which others are said to have leaked."""

        def __init__(self, session):
            self._session = session

        def __getattr__(self, name):
            return getattr(self._session, name)

        def accounts_at(self, places):
            return self._session.accounts_at([(place + 1) % 4 for place in places])

    monkeypatch.setattr(
        trace_measurement, "simulate_session", lambda n, t, seed: OtherCulprits(simulate(n, t, seed))
    )
    measured = measure_one(SMALL, 0)
    assert measured.queries is not None
    assert measured.framed


def test_the_time_of_the_box_is_not_the_tracers(monkeypatch):
    class Busy:
        asks_for = 2

        def __init__(self, box):
            self._box = box

        def query(self, shares):
            until = time.process_time() + 0.2
            while time.process_time() < until:
                pass
            return self._box.query(shares)

    class Entry:
        def __init__(self, entry):
            self._entry = entry

        def make(self, *arguments, **options):
            return Busy(self._entry.make(*arguments, **options))

    quiet = replace(SMALL, box="perfect", answer_rate=1.0)
    real = trace_measurement.BESTIARY["perfect"]
    monkeypatch.setattr(trace_measurement, "BESTIARY", {"perfect": Entry(real)})
    assert 0 < measure_one(quiet, 0).seconds < 0.2


def test_memory_is_measured_in_a_process_of_its_own():
    ballast = bytearray(300_000_000)
    ballast[::4096] = b"1" * len(ballast[::4096])
    assert peak_memory() > 300_000_000
    measured = measure_memory(replace(SMALL, repetitions=2))
    assert measured.traced == 2
    assert 10_000_000 < measured.peak_bytes.highest < 250_000_000
