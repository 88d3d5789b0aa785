"""Sealed models: files that nobody opens without the participants of a session (protocol section 11)."""

from .opened_model import OpenedModel
from .opening import open_to_file, open_to_memory
from .sealed_file import SealedHeader, read_header
from .sealing import seal_file
from .sealing_key_check import check_sealing_key, session_sealing_key
from .sealing_key_file import KeptSealingKey, read_sealing_key, write_sealing_key

__all__ = [
    "KeptSealingKey",
    "OpenedModel",
    "SealedHeader",
    "check_sealing_key",
    "open_to_file",
    "open_to_memory",
    "read_header",
    "read_sealing_key",
    "seal_file",
    "session_sealing_key",
    "write_sealing_key",
]
