"""What kind of machine measured: enough to judge times, nothing that tells whose it is."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Self

import flint

from tcss_chain.curve import active_backend_name


@dataclass(frozen=True, slots=True)
class Machine:
    """
    The kind of machine.

    Attributes
    ----------
    system : str
        Operating system and processor family.
    processors : int
        How many logical processors it has; the measurements use one.
    python : str
        Interpreter and version.
    flint : str
        Version of python-flint.
    curve : str
        The backend of the curve.
    """

    system: str
    processors: int
    python: str
    flint: str
    curve: str

    @classmethod
    def this(cls) -> Self:
        """Describe the machine that this runs on."""
        return cls(
            system=f"{platform.system()} {platform.machine()}",
            processors=os.cpu_count() or 1,
            python=f"{platform.python_implementation()} {platform.python_version()}",
            flint=flint.__version__,
            curve=active_backend_name(),
        )
