"""From a request's body to an answer's body; and where that is computed."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from tcss_chain.strict_json import JsonObject, StrictJsonError, parse_json

from .errors import InputsError, PredictionError
from .runtimes import Runtime

_INPUTS: Final = "inputs"
_NUMBERS: Final = frozenset((int, float))
_FEWEST_THREADS: Final = 2
_MOST_THREADS: Final = 8
"""For each tenant, if there are as many processors."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    An answer.

    Attributes
    ----------
    body : bytes
        JSON; it holds what the model said of the inputs.
    rows : int
        How many inputs there were.
    model_seconds : float
        How long the model itself took, from arrays of numbers to lists of numbers.
    """

    body: bytes
    rows: int
    model_seconds: float

    def __repr__(self) -> str:
        return f"Prediction({self.rows} rows)"


def decode_inputs(body: bytes, width: int, most_rows: int) -> Sequence[Sequence[float]]:
    """
    Check and decode ``{"inputs": [[...], ...]}``.

    Parameters
    ----------
    body : bytes
        From a tenant.
    width : int
        How many numbers each input has.
    most_rows : int
        How many inputs there may be.

    Returns
    -------
    sequence of sequence of float
        At least one row.

    Raises
    ------
    InputsError
        If it is not of this form. The message says what is wrong, and nothing of what the body holds.
    """
    try:
        rows: list[Any] = JsonObject(parse_json(body), (_INPUTS,)).items(_INPUTS)
    except StrictJsonError as error:
        raise InputsError(error.what) from None
    if not 1 <= len(rows) <= most_rows:
        raise InputsError(f"inputs has {len(rows)} rows; 1 to {most_rows} are taken")
    for index, row in enumerate(rows):
        if type(row) is not list or len(row) != width:
            raise InputsError(f"inputs[{index}] is no list of {width} numbers")
        if not _NUMBERS.issuperset(map(type, row)):
            raise InputsError(f"inputs[{index}] holds something that is no number")
    return rows


def predict(body: bytes, runtime: Runtime, digest: str, most_rows: int) -> Prediction:
    """
    Answer a request.

    Parameters
    ----------
    body : bytes
        From a tenant.
    runtime : Runtime
        The model.
    digest : str
        Its digest as the answer shows it.
    most_rows : int
        How many inputs there may be.

    Returns
    -------
    Prediction
        ``{"outputs": {name: [one entry a row]}, "model": digest}``.

    Raises
    ------
    InputsError
        If the body cannot be used.
    PredictionError
        If the model fails.
    """
    rows = decode_inputs(body, runtime.input_width, most_rows)
    started = perf_counter()
    outputs = runtime.predict(rows)
    model_seconds = perf_counter() - started
    try:
        answer = json.dumps({"outputs": outputs, "model": digest}, allow_nan=False).encode()
    except ValueError:
        raise PredictionError("an output that is not finite") from None
    return Prediction(answer, len(rows), model_seconds)


class PredictionRunner:
    """
    Makes predictions in threads, a few for each tenant. Used by one event loop.

    How long a prediction takes depends on the model and on what it is asked, so nothing is foretold, and none
    is made in the event loop, where all others would wait for it. Slow ones of a tenant hold up this tenant
    only; processors are shared by the operating system.

    Parameters
    ----------
    most_rows : int
        How many inputs one request may have.
    """

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._most_threads = max(_FEWEST_THREADS, min(_MOST_THREADS, os.cpu_count() or 1))
        self._threads: dict[str, ThreadPoolExecutor] = {}

    async def run(self, tenant: str, body: bytes, runtime: Runtime, digest: str) -> Prediction:
        """Answer a tenant's request; see `predict`."""
        threads = self._threads.get(tenant)
        if threads is None:
            threads = self._threads[tenant] = ThreadPoolExecutor(
                self._most_threads, thread_name_prefix=f"prediction-{tenant}"
            )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, predict, body, runtime, digest, self._most_rows)

    def close(self) -> None:
        """Begin no more predictions. One that is under way ends by itself; nobody waits for its answer."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
