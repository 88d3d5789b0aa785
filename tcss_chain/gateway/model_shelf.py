"""The models of a gateway, and which of them are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock

from tcss_chain.protocol.model_label import ModelLabel

from .gateway_file import ModelEntry
from .runtimes import Runtime


class Standing(StrEnum):
    """Where a model stands."""

    WAITING = "waiting"
    """It was not opened yet, or could not be; it is going to be tried again."""
    OPENING = "opening"
    """It is being opened."""
    OPEN = "open"
    """It is served."""
    CLOSED = "closed"
    """The policy does not let it be served."""


@dataclass(frozen=True, slots=True)
class ShelvedModel:
    """
    A model at one moment.

    Attributes
    ----------
    entry : ModelEntry
        What the configuration says of it.
    standing : Standing
        Where it stands.
    label : ModelLabel or None
        Its public facts; None while its file was not read.
    runtime : Runtime or None
        What answers; only of an open model.
    reason : str
        Why it is closed or waits, in words for tenants.
    """

    entry: ModelEntry
    standing: Standing = Standing.WAITING
    label: ModelLabel | None = None
    runtime: Runtime | None = field(default=None, repr=False)
    reason: str = ""


class ModelShelf:
    """
    Has all models by name; safe to use from several threads.

    Parameters
    ----------
    entries : sequence of ModelEntry
        The models of the configuration, all waiting.
    """

    def __init__(self, entries: Sequence[ModelEntry]) -> None:
        self._lock = Lock()
        self._models = {entry.name: ShelvedModel(entry) for entry in entries}

    def __iter__(self) -> Iterator[ShelvedModel]:
        return iter(tuple(self._models.values()))

    def get(self, name: str) -> ShelvedModel | None:
        """Give a model as it is now."""
        return self._models.get(name)

    def begin(self, name: str) -> bool:
        """Mark a model as being opened; False if it does not wait."""
        with self._lock:
            model = self._models[name]
            if model.standing is not Standing.WAITING:
                return False
            self._models[name] = replace(model, standing=Standing.OPENING)
            return True

    def identify(self, name: str, label: ModelLabel) -> None:
        """Note the public facts of a model."""
        with self._lock:
            self._models[name] = replace(self._models[name], label=label)

    def serve(self, name: str, label: ModelLabel, runtime: Runtime) -> bool:
        """Serve a model that was opened; False if it was closed meanwhile."""
        with self._lock:
            model = self._models[name]
            if model.standing is not Standing.OPENING:
                return False
            self._models[name] = ShelvedModel(model.entry, Standing.OPEN, label, runtime)
            return True

    def wait(self, name: str, reason: str) -> None:
        """Let a model wait that could not be opened, or may be opened again; a closed one stays closed."""
        with self._lock:
            model = self._models[name]
            if model.standing is not Standing.CLOSED:
                self._models[name] = replace(model, standing=Standing.WAITING, runtime=None, reason=reason)

    def close(self, name: str, reason: str) -> bool:
        """Serve a model no more, and drop its runtime; False if it was closed before."""
        with self._lock:
            model = self._models[name]
            if model.standing is Standing.CLOSED:
                return False
            self._models[name] = replace(model, standing=Standing.CLOSED, runtime=None, reason=reason)
            return True
