"""``/health`` and ``/metrics`` of a running service, for its operator only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from tcss_chain.transport import Answer, BackgroundServer, ServerLimits

from .health import Health
from .metrics import CONTENT_TYPE, ParticipantMetrics

_OK: Final = 200
_TROUBLED: Final = 503


class MonitorServer(BackgroundServer):
    """
    Answers health checks and scrapes from a thread of its own.

    ``/health`` has status 200 while nobody must act and 503 otherwise. Both pages tell an outsider what could
    be of use to it: listen on a loopback or internal address.

    Parameters
    ----------
    metrics : ParticipantMetrics
        What ``/metrics`` shows.
    health : callable
        Gives the health; called in the server's thread, where it must be quick.
    host : str
        Where to listen.
    port : int
        The port; 0 takes a free one.
    limits : ServerLimits or None
        What clients may cost; None for the usual limits.
    """

    def __init__(
        self,
        metrics: ParticipantMetrics,
        health: Callable[[], Health],
        host: str = "127.0.0.1",
        port: int = 0,
        limits: ServerLimits | None = None,
    ) -> None:
        super().__init__(host, port, limits)
        self._metrics = metrics
        self._health = health

    def answer(self, path: str) -> Answer | None:
        """Give one of the two pages."""
        if path == "/health":
            health = self._health()
            return Answer(json.dumps(health.as_json()).encode(), status=_OK if health.is_ok else _TROUBLED)
        if path == "/metrics":
            return Answer(self._metrics.text(), CONTENT_TYPE)
        return None
