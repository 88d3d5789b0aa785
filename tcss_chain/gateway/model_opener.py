"""What opens sealed models, as the gateway sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tcss_chain.protocol.model_label import ModelLabel


class OpenedModel(Protocol):
    """A model in the clear, in memory that can be wiped."""

    @property
    def label(self) -> ModelLabel:
        """Its public facts; the content has their digest."""

    @property
    def content(self) -> memoryview:
        """The plain model, until it is wiped."""

    def wipe(self) -> None:
        """Overwrite the content; wiping twice does nothing."""


class ModelOpener(Protocol):
    """Opens sealed models with the answers of the participants. Used by several threads at once."""

    def label(self, path: Path) -> ModelLabel:
        """
        Read the public facts of a sealed model, and check its proof and its owner's signature.

        Raises
        ------
        TcssError
            If the file cannot be read, or is not sound.
        """

    def open(self, path: Path, purpose: str) -> OpenedModel:
        """
        Anchor the opening on the chain, ask the participants, and open the model.

        Whoever made the opener is told of each request that was anchored, before this returns or raises.

        Raises
        ------
        TcssError
            If it cannot be opened.
        """
