"""Session packages: the public data of a session, for nodes that have dropped their old logs."""

from .collection import collect_package
from .package import PackagedDealing, SessionPackage
from .package_check import check_against_chain, check_package
from .package_file import read_package, write_package
from .package_format import decode_package, encode_package
from .packaged_events import PackagedEvents, session_view

__all__ = [
    "PackagedDealing",
    "PackagedEvents",
    "SessionPackage",
    "check_against_chain",
    "check_package",
    "collect_package",
    "decode_package",
    "encode_package",
    "read_package",
    "session_view",
    "write_package",
]
