"""Linear models in safetensors files: ``weight [k, d]``, ``bias [k]``, maybe ``mean [d]``, ``scale [d]``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tcss_chain.gateway.errors import RuntimeMissingError, UnsupportedModelError

from .runtime import Output, RuntimeName

try:
    import numpy as np
    from numpy.typing import NDArray
    from safetensors import SafetensorError
    from safetensors.numpy import load
except ModuleNotFoundError as missing:
    raise RuntimeMissingError(str(missing.name)) from None

from .arrays import array_of, list_of

MAX_WIDTH: Final = 1 << 20

_NAME: Final = RuntimeName.LINEAR
_NEEDED: Final = {"weight", "bias"}
_SCALING: Final = {"mean", "scale"}
_OUTPUT: Final = "output"
_LENGTH_BYTES: Final = 8
_KINDS: Final = ("float16", "float32", "float64")


def _identity(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values


def _logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # Both sides are finite for every finite argument.
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-values)))


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    grown = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


_ACTIVATIONS: Final[Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "identity": _identity,
    "logistic": _logistic,
    "softmax": _softmax,
}


class LinearRuntime:
    """
    ``activation(weight @ ((input - mean) / scale) + bias)``, in double precision.

    The activation stands in the file's metadata: ``{"activation": "identity" | "logistic" | "softmax"}``.

    Parameters
    ----------
    content : memoryview
        The safetensors file; it is copied.

    Raises
    ------
    UnsupportedModelError
        If it is none, or has other tensors or shapes.
    """

    name = _NAME

    def __init__(self, content: memoryview) -> None:
        tensors = _tensors(content)
        weight, bias = tensors["weight"], tensors["bias"]
        if weight.ndim != 2 or bias.shape != weight.shape[:1] or 0 in weight.shape:
            raise UnsupportedModelError(_NAME, "weight [k, d] and bias [k] do not fit")
        self.input_width = int(weight.shape[1])
        if self.input_width > MAX_WIDTH:
            raise UnsupportedModelError(_NAME, f"it takes more than {MAX_WIDTH} numbers")
        self.outputs = (Output(_OUTPUT, f"float[{len(bias)}]"),)
        self._weight = np.ascontiguousarray(weight.T)
        self._bias = bias
        self._mean = tensors.get("mean", np.zeros(self.input_width))
        self._scale = tensors.get("scale", np.ones(self.input_width))
        if self._mean.shape != (self.input_width,) or self._scale.shape != (self.input_width,):
            raise UnsupportedModelError(_NAME, "mean [d] and scale [d] do not fit weight [k, d]")
        if not self._scale.all():
            raise UnsupportedModelError(_NAME, "a scale is 0")
        self._activation = _ACTIVATIONS[_activation(content)]

    def __repr__(self) -> str:
        return f"LinearRuntime({self.input_width})"

    def predict(self, rows: Sequence[Sequence[float]]) -> Mapping[str, list[object]]:
        """Predict; see `Runtime.predict`."""
        array = array_of(rows, np.float64)
        with np.errstate(all="ignore"):
            values = self._activation(((array - self._mean) / self._scale) @ self._weight + self._bias)
        return {_OUTPUT: list_of(values, len(rows))}


def _tensors(content: memoryview) -> dict[str, NDArray[np.float64]]:
    try:
        loaded: dict[str, Any] = load(bytes(content))
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError):
        raise UnsupportedModelError(_NAME, "it is no safetensors file with tensors that NumPy has") from None
    names = set(loaded)
    if not _NEEDED <= names <= _NEEDED | _SCALING:
        raise UnsupportedModelError(_NAME, "its tensors are not weight, bias, and maybe mean and scale")
    tensors = {}
    for name, tensor in loaded.items():
        if tensor.dtype.name not in _KINDS or not np.isfinite(tensor).all():
            raise UnsupportedModelError(_NAME, f"{name} does not hold finite floating-point numbers")
        tensors[name] = np.array(tensor, dtype=np.float64)
    return tensors


def _activation(content: memoryview) -> str:
    """Read the metadata, which the library gives for files on the disk only."""
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    header = json.loads(bytes(content[_LENGTH_BYTES : _LENGTH_BYTES + length]))
    # The library takes null for no metadata.
    metadata = header.get("__metadata__") or {}
    activation = metadata.get("activation")
    if activation not in _ACTIVATIONS:
        raise UnsupportedModelError(_NAME, f"its metadata has no activation of {', '.join(_ACTIVATIONS)}")
    return str(activation)
