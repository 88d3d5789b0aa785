"""What every runtime offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class RuntimeName(StrEnum):
    """The runtimes there are."""

    ONNX = "onnx"
    """ONNX models, run by onnxruntime on the processor."""
    LINEAR = "linear"
    """Linear and logistic models in a safetensors file, run by NumPy."""


@dataclass(frozen=True, slots=True)
class Output:
    """
    One output of a model.

    Attributes
    ----------
    name : str
        Its name.
    kind : str
        What each row of it is: ``float``, ``integer``, ``boolean`` or ``text``, with ``[width]`` if it is a
        list.
    """

    name: str
    kind: str


class Runtime(Protocol):
    """
    A model that is ready to be asked; safe to use from several threads.

    It has its own copy of the model, which stays in memory until nothing refers to the runtime any more.
    """

    @property
    def name(self) -> RuntimeName:
        """Which runtime it is."""

    @property
    def input_width(self) -> int:
        """How many numbers each input has."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What it answers."""

    def predict(self, rows: Sequence[Sequence[float]]) -> Mapping[str, list[object]]:
        """
        Predict.

        Parameters
        ----------
        rows : sequence of sequence of float
            One input a row, each `input_width` integers or floats.

        Returns
        -------
        mapping of str to list
            For each output one entry a row: a number, a text, or a list of numbers.

        Raises
        ------
        InputsError
            If a number is not finite, or too large for the model's numbers.
        PredictionError
            If the model fails, or answers what is no finite number.
        """
