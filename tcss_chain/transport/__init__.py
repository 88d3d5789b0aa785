"""HTTP with strangers: bounded in size and time, no redirects, JSON only."""

from .bounded_http import Limits, get_json, post_json
from .errors import TransportError

__all__ = ["Limits", "TransportError", "get_json", "post_json"]
