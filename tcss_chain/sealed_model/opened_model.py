"""A model in memory, for as long as it is in use."""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn, Self

from tcss_chain.protocol.model_label import ModelLabel

from .errors import ModelWipedError
from .private_memory import PrivateMemory


class OpenedModel:
    """
    A verified plain model. Use it in a ``with`` block, or call `wipe` when it is no longer in use.

    Parameters
    ----------
    label : ModelLabel
        What the model is.
    memory : PrivateMemory
        Its bytes.

    Attributes
    ----------
    label : ModelLabel
        What the model is; its digest is that of the content.
    """

    def __init__(self, label: ModelLabel, memory: PrivateMemory) -> None:
        self.label = label
        self._memory = memory
        self._content: memoryview | None = memory.view().toreadonly()

    @property
    def content(self) -> memoryview:
        """
        The plain model, read-only. Whoever copies it has to wipe the copy; views are zeros after `wipe`.

        Raises
        ------
        ModelWipedError
            If it was wiped.
        """
        if self._content is None:
            raise ModelWipedError
        return self._content

    @property
    def is_locked(self) -> bool:
        """Whether the system promised never to write the model to a swap area."""
        return self._memory.is_locked

    @property
    def is_kept_out_of_dumps(self) -> bool:
        """Whether the model is left out when the process crashes and its memory is written to a file."""
        return self._memory.is_kept_out_of_dumps

    @property
    def is_wiped(self) -> bool:
        """Whether it was wiped."""
        return self._content is None

    def wipe(self) -> None:
        """Overwrite the model with zeros; again, nothing happens."""
        self._content = None
        self._memory.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return f"OpenedModel({self.label.model!r}, {self.label.size} bytes)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an opened model is not copied or written anywhere")
