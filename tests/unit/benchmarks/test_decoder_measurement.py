"""The decoder is measured on problems whose solution is known."""

from __future__ import annotations

from tcss_chain.benchmarks import decoder_measurement
from tcss_chain.benchmarks.decoder_measurement import DecoderScenario, measure_decoder, planted_problem
from tcss_chain.curve import evaluate

PROBLEM = DecoderScenario(length=20, dimension=5, agreement=12, repetitions=3)


def test_a_planted_polynomial_passes_through_exactly_the_agreed_number_of_points():
    planted, points = planted_problem(PROBLEM, 0)
    assert len(planted) == 5
    assert len({x for x, _ in points}) == 20
    assert sum(evaluate(planted, x) == y for x, y in points) == 12


def test_problems_repeat_and_differ():
    assert planted_problem(PROBLEM, 0) == planted_problem(PROBLEM, 0) != planted_problem(PROBLEM, 1)


def test_planted_polynomials_are_found():
    measured = measure_decoder(PROBLEM)
    assert measured.found == 3
    assert 0 < measured.seconds.median <= measured.seconds.highest


def test_a_decoder_that_misses_is_noticed(monkeypatch):
    monkeypatch.setattr(decoder_measurement, "decode_list", lambda *_arguments, **_options: ())
    assert measure_decoder(PROBLEM).found == 0
