"""HTTP with strangers: bounded in size and time, no redirects, JSON only."""

from .background_server import BackgroundServer
from .bounded_http import Limits
from .errors import ServerStartError, TransportError
from .guarded_server import Answer, ServerLimits

__all__ = [
    "Answer",
    "BackgroundServer",
    "Limits",
    "ServerLimits",
    "ServerStartError",
    "TransportError",
]
