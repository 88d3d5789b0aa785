"""The consortium's own configuration file: what the organisations agree on before they use the chain."""

from .agreement import Auditor, Consortium, Organisation, PhaseSeconds
from .consortium_file import load_consortium
from .errors import ConsortiumFileError
from .terms import Terms

__all__ = [
    "Auditor",
    "Consortium",
    "ConsortiumFileError",
    "Organisation",
    "PhaseSeconds",
    "Terms",
    "load_consortium",
]
