"""What the full benchmark and the quick one contain."""

from __future__ import annotations

from collections import Counter

import pytest

from tcss_chain.auditor import StrategyName
from tcss_chain.benchmarks.errors import UnknownSectionError
from tcss_chain.benchmarks.run import chosen_sections, describe, run_benchmark
from tcss_chain.benchmarks.suite import Section, Suite, full_suite, quick_suite
from tcss_chain.bestiary import BESTIARY

TRACED_SECTIONS = set(Section) - {Section.TARGETS, Section.DECODER}


@pytest.mark.parametrize("suite", [full_suite(), quick_suite()])
def test_every_section_has_something_to_measure(suite):
    assert set(suite.traces) == TRACED_SECTIONS
    assert all(suite.traces.values())
    assert suite.targets
    assert suite.decoder
    scenarios = [each for section in suite.traces.values() for each in section]
    assert all(each.repetitions >= 1 and 1 <= each.f < each.t <= each.n for each in scenarios)


def test_the_full_suite_covers_sizes_rates_and_boxes():
    traces = full_suite().traces
    sizes = {(each.n, each.answer_rate) for each in traces[Section.SIZES]}
    assert {(n, rate) for n in (4, 7, 10, 20, 31, 40, 64, 100) for rate in (1, 0.8, 0.6, 0.4, 0.2)} < sizes
    assert (128, 0.8) in sizes
    assert Counter((each.box, each.n) for each in traces[Section.BESTIARY]) == {
        (box, n): 1 for box in BESTIARY for n in (10, 31)
    }
    alone = {name for each in traces[Section.STRATEGIES] for name in each.strategies}
    assert alone == {
        StrategyName.EXPONENT_CHECK,
        StrategyName.SUBSET_PRODUCT,
        StrategyName.LATTICE,
        StrategyName.LIST_DECODING,
    }
    assert {(p.length, p.dimension, p.agreement) for p in full_suite().decoder} == {
        (31, 11, 20),
        (31, 11, 19),
        (31, 11, 18),
        (64, 11, 30),
        (128, 33, 75),
        (256, 65, 150),
    }


def test_the_threshold_is_the_majority():
    assert all(each.t == each.n // 2 + 1 for each in full_suite().traces[Section.MAJORITY])


def test_a_scenario_in_two_sections_is_measured_once():
    quick = quick_suite()
    suite = Suite(
        traces=dict.fromkeys(TRACED_SECTIONS, quick.traces[Section.SIZES][:1]), targets=[], decoder=[]
    )
    told: list[str] = []
    report = run_benchmark(suite, quick=True, tell=told.append)
    assert len(told) == 1
    assert len({id(rows[0]) for rows in report.traces.values()}) == 1


def test_only_the_chosen_sections_are_measured():
    report = run_benchmark(quick_suite(), quick=True, sections=chosen_sections(["decoder", "majority"]))
    assert report.decoder
    assert set(report.traces) == {Section.MAJORITY}
    assert not report.targets


def test_no_names_stand_for_all_sections():
    assert chosen_sections(()) == tuple(Section)


def test_an_unknown_section_is_refused():
    with pytest.raises(UnknownSectionError, match="targets, sizes") as caught:
        chosen_sections(["sizes", "gas"])
    assert caught.value.name == "gas"


def test_a_description_names_what_is_special():
    unknown = full_suite().traces[Section.UNKNOWN_ARITY][0]
    assert describe(unknown) == "perfect, n=10 t=7 f=3 rate=1.0, unknown number of shares"
