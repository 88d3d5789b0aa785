"""Rows of numbers to arrays and back, without surprises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcss_chain.gateway.errors import InputsError, PredictionError


def array_of(rows: Sequence[Sequence[float]], dtype: type[np.floating[Any]]) -> NDArray[Any]:
    """
    Make an array of rows.

    Raises
    ------
    InputsError
        If a number is not finite in this type.
    """
    try:
        with np.errstate(over="ignore"):
            array = np.array(rows, dtype=dtype)
    except (OverflowError, ValueError, TypeError):
        raise InputsError("a number is too large for the model") from None
    if not np.isfinite(array).all():
        raise InputsError("a number is not finite, or too large for the model")
    return array


def list_of(array: object, rows: int) -> list[object]:
    """
    Make a list of what a model answered.

    Raises
    ------
    PredictionError
        If it is not one entry a row, or not finite.
    """
    if not isinstance(array, np.ndarray) or array.ndim not in (1, 2) or len(array) != rows:
        raise PredictionError("an output of another shape")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PredictionError("an output that is not finite")
    values: list[object] = array.tolist()
    return values
