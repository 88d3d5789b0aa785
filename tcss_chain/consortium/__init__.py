"""The consortium's own configuration file: what the organisations agree on before they use the chain."""

from .consortium_file import Consortium, PhaseSeconds, load_consortium
from .errors import ConsortiumFileError

__all__ = ["Consortium", "ConsortiumFileError", "PhaseSeconds", "load_consortium"]
