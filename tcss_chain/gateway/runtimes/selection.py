"""Which runtime a model needs; a runtime's packages are imported only when a model needs it."""

from __future__ import annotations

from typing import Final

from tcss_chain.gateway.errors import UnknownRuntimeError

from .runtime import Runtime, RuntimeName

_SUFFIXES: Final = {".onnx": RuntimeName.ONNX, ".safetensors": RuntimeName.LINEAR}


def runtime_of(model: str) -> RuntimeName:
    """
    Tell the runtime from what the owner calls a model.

    Parameters
    ----------
    model : str
        As in its label, such as ``churn.onnx``.

    Returns
    -------
    RuntimeName
        The runtime.

    Raises
    ------
    UnknownRuntimeError
        If the end of the name tells none.
    """
    for suffix, name in _SUFFIXES.items():
        if model.lower().endswith(suffix):
            return name
    raise UnknownRuntimeError(model)


def load_runtime(name: RuntimeName, content: memoryview) -> Runtime:
    """
    Make a model ready to be asked.

    Parameters
    ----------
    name : RuntimeName
        The runtime.
    content : memoryview
        The plain model. The runtime has a copy of its own when this returns; the memory may be wiped.

    Returns
    -------
    Runtime
        The model.

    Raises
    ------
    RuntimeMissingError
        If a package is not installed.
    UnsupportedModelError
        If the runtime cannot serve it.
    """
    if name is RuntimeName.ONNX:
        from .onnx_runtime import OnnxRuntime

        return OnnxRuntime(content)
    from .linear_runtime import LinearRuntime

    return LinearRuntime(content)
