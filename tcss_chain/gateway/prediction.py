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
_SMALL_BODY: Final = 1 << 16
"""What is decoded without delaying other requests."""
_QUICK_SECONDS: Final = 0.001
"""A model that is expected to take longer runs in another thread; that has a price of its own."""
_WEIGHT: Final = 0.1
_MOST_THREADS: Final = 8


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
    Decides where each prediction is made: in the event loop when it is quick, otherwise in a thread.

    Used by one event loop. How quick a model is, is learnt from its answers.

    Parameters
    ----------
    most_rows : int
        How many inputs one request may have.
    """

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        threads = min(_MOST_THREADS, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="prediction")
        self._seconds_per_byte: dict[str, float] = {}

    async def run(self, body: bytes, runtime: Runtime, digest: str) -> Prediction:
        """Answer a request; see `predict`."""
        expected = self._seconds_per_byte.get(digest, float("inf")) * len(body)
        if len(body) <= _SMALL_BODY and expected <= _QUICK_SECONDS:
            made = predict(body, runtime, digest, self._most_rows)
        else:
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._threads, predict, body, runtime, digest, self._most_rows)
        self._learn(digest, made.model_seconds / len(body))
        return made

    def close(self) -> None:
        """Begin no more predictions. One that is under way ends by itself; nobody waits for its answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _learn(self, digest: str, seconds_per_byte: float) -> None:
        known = self._seconds_per_byte.get(digest, seconds_per_byte)
        self._seconds_per_byte[digest] = known + _WEIGHT * (seconds_per_byte - known)
