"""Time and memory of a whole trace, in a process of its own."""

from __future__ import annotations

import multiprocessing
import re
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .figures import Summary
from .scenario import TraceScenario
from .trace_measurement import measure_one

_KIBIBYTE: Final = 1024
_PEAK: Final = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)
_PROCESS_STATUS: Final = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class MemoryMeasurement:
    """
    What traces took that ran in a fresh process each.

    Attributes
    ----------
    scenario : TraceScenario
        What was traced.
    traced : int
        How many traces accused somebody, and only some of those who leaked.
    seconds : Summary
        The tracer's own processor time, in seconds.
    peak_bytes : Summary
        The most memory that the process had resident at once, with the interpreter and all libraries.
    """

    scenario: TraceScenario
    traced: int
    seconds: Summary
    peak_bytes: Summary


def measure_memory(scenario: TraceScenario) -> MemoryMeasurement:
    """
    Trace a scenario in fresh processes, one after the other.

    Parameters
    ----------
    scenario : TraceScenario
        What to trace.

    Returns
    -------
    MemoryMeasurement
        Times and peaks.
    """
    runs = [_in_fresh_process(scenario, seed) for seed in range(scenario.repetitions)]
    return MemoryMeasurement(
        scenario,
        traced=sum(traced for traced, _, _ in runs),
        seconds=Summary.of([seconds for _, seconds, _ in runs]),
        peak_bytes=Summary.of([peak for _, _, peak in runs]),
    )


def peak_memory() -> int:
    """
    Tell the most memory that this process had resident at once.

    Returns
    -------
    int
        Bytes.
    """
    # On Linux, the figure of getrusage begins with the memory of the parent; this one does not.
    if _PROCESS_STATUS.exists():
        found = _PEAK.search(_PROCESS_STATUS.read_text(encoding="ascii", errors="replace"))
        if found:
            return int(found[1]) * _KIBIBYTE
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIBIBYTE


def _in_fresh_process(scenario: TraceScenario, seed: int) -> tuple[bool, float, int]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_trace_and_report, scenario, seed).result()


def _trace_and_report(scenario: TraceScenario, seed: int) -> tuple[bool, float, int]:
    trace = measure_one(scenario, seed)
    return trace.queries is not None and not trace.framed, trace.seconds, peak_memory()
