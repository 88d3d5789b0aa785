"""A small report, measured once for all tests."""

from __future__ import annotations

import pytest

from tcss_chain.benchmarks.run import TracingReport, run_benchmark
from tcss_chain.benchmarks.suite import quick_suite


@pytest.fixture(scope="package")
def report() -> TracingReport:
    return run_benchmark(quick_suite(), quick=True)
