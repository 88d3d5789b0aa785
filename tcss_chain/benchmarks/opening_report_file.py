"""A measurement of openings as lines to read, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .figures import Summary
from .machine import Machine
from .opening_measurement import MODEL_BYTES, OpeningMeasurement
from .writing import write_text

_PARTS: Final = ("checks", "anchor", "answers", "combine", "model", "total")
_DIGITS: Final = 6


def report_lines(measured: OpeningMeasurement) -> tuple[str, ...]:
    """
    Tell about a measurement.

    Parameters
    ----------
    measured : OpeningMeasurement
        The measurement.

    Returns
    -------
    tuple of str
        A line for each part, times in milliseconds.
    """
    return (
        f"{measured.t} of {measured.n} participants, a model of {MODEL_BYTES:,} bytes; milliseconds",
        f"{'first':<9}{_milliseconds(measured.first)}, which also reads the session",
        *(f"{part:<9}{_figures(getattr(measured, part))}" for part in _PARTS),
    )


def write_opening_report(measured: OpeningMeasurement, path: Path) -> None:
    """
    Write a measurement as JSON.

    Parameters
    ----------
    measured : OpeningMeasurement
        The measurement.
    path : Path
        Where; a file that is there already is replaced.

    Raises
    ------
    BenchmarkWriteError
        If it cannot be written.
    """
    content = {
        "benchmark": "opening",
        "machine": asdict(Machine.this()),
        "n": measured.n,
        "t": measured.t,
        "model_bytes": MODEL_BYTES,
        "first_seconds": round(measured.first, _DIGITS),
        "seconds": {
            part: {name: round(value, _DIGITS) for name, value in asdict(getattr(measured, part)).items()}
            for part in _PARTS
        },
    }
    write_text(path, json.dumps(content, indent=1) + "\n")


def _figures(summary: Summary) -> str:
    median, highest = _milliseconds(summary.median), _milliseconds(summary.highest)
    return f"{median} median, {highest} highest"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:8.1f}"
