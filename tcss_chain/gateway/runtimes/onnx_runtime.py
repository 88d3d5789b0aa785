"""ONNX models with one input: a tensor of floating-point numbers, one input a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tcss_chain.gateway.errors import PredictionError, RuntimeMissingError, UnsupportedModelError

from .runtime import Output, RuntimeName

try:
    import numpy as np
    import onnxruntime
except ModuleNotFoundError as missing:
    raise RuntimeMissingError(str(missing.name)) from None

from .arrays import array_of, list_of

_NAME: Final = RuntimeName.ONNX
_INPUTS: Final[Mapping[str, type[np.floating[Any]]]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
}
_KINDS: Final = {
    "tensor(float)": "float",
    "tensor(double)": "float",
    "tensor(int64)": "integer",
    "tensor(int32)": "integer",
    "tensor(bool)": "boolean",
    "tensor(string)": "text",
}
_TENSOR: Final = re.compile(r"tensor\([a-z0-9]+\)")
_FOLDER_SETTING: Final = "session.model_external_initializers_file_folder_path"
_NO_FOLDER: Final = "/dev/null/none"
_SILENT: Final = 4
_MOST_OUTPUTS: Final = 16


class OnnxRuntime:
    """
    An ONNX model on the processor, one thread a request.

    Classifiers answer a label and probabilities; convert them without ``ZipMap``.

    Parameters
    ----------
    content : memoryview
        The ONNX file; the library parses it into structures of its own.

    Raises
    ------
    UnsupportedModelError
        If it is none, or has other inputs or outputs.
    """

    name = _NAME

    def __init__(self, content: memoryview) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # What the library says of a failure may hold parts of the model.
        options.log_severity_level = _SILENT
        # The owner must not make this machine's files part of the model.
        options.add_session_config_entry(_FOLDER_SETTING, _NO_FOLDER)
        try:
            self._session = onnxruntime.InferenceSession(
                bytes(content), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001  # the library's errors have no common class
            raise UnsupportedModelError(
                _NAME, f"onnxruntime does not load it ({type(error).__name__})"
            ) from None
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in _INPUTS:
            raise UnsupportedModelError(_NAME, "it has several inputs, or one of another type than float")
        self.input_width = _width(inputs[0].shape)
        self._input = str(inputs[0].name)
        self._dtype = _INPUTS[inputs[0].type]
        self.outputs = tuple(_output(each) for each in self._session.get_outputs())
        if len(self.outputs) > _MOST_OUTPUTS:
            raise UnsupportedModelError(_NAME, f"it has more than {_MOST_OUTPUTS} outputs")
        self._names = [each.name for each in self.outputs]
        self._options = onnxruntime.RunOptions()
        self._options.log_severity_level = _SILENT

    def __repr__(self) -> str:
        return f"OnnxRuntime({self.input_width})"

    def predict(self, rows: Sequence[Sequence[float]]) -> Mapping[str, list[object]]:
        """Predict; see `Runtime.predict`."""
        feed = {self._input: array_of(rows, self._dtype)}
        try:
            answers = self._session.run(self._names, feed, self._options)
        except Exception as error:  # noqa: BLE001  # its text may hold the input
            raise PredictionError(type(error).__name__) from None
        return {name: list_of(answer, len(rows)) for name, answer in zip(self._names, answers, strict=True)}


def _width(shape: Sequence[object]) -> int:
    match shape:
        case [None | str(), int(width)] if width > 0:
            return width
    raise UnsupportedModelError(_NAME, "its input is not of shape [any number of rows, width]")


def _output(described: Any) -> Output:
    kind = _KINDS.get(described.type)
    if kind is None:
        what = "of a type that is not served" if _TENSOR.fullmatch(described.type) else "no tensor (ZipMap?)"
        raise UnsupportedModelError(_NAME, f"an output is {what}")
    shape = described.shape
    if len(shape) > 1 and isinstance(shape[1], int):
        kind = f"{kind}[{shape[1]}]"
    return Output(str(described.name), kind)
