"""The gateway's server: everything that answers requests, from its start to its end."""

from __future__ import annotations

from threading import Event
from typing import Self

from tcss_chain.monitoring.metrics import ParticipantMetrics

from .api import GatewayApi
from .audit_trail import AuditTrail
from .gateway_file import GatewayFile
from .http_server import ConnectionLimits, ServerThread
from .model_shelf import ModelShelf
from .operator_api import OperatorApi
from .prediction import PredictionRunner
from .tenant_api import TenantApi
from .tenants import Tenants
from .trace_desk import TraceDesk

_LAST_REQUESTS_SECONDS = 10.0


class GatewayServer:
    """
    Serves tenants and operator from a thread of its own.

    Parameters
    ----------
    file : GatewayFile
        Where to listen, whom to serve, and what requests may cost.
    shelf : ModelShelf
        The models.
    trail : AuditTrail
        The audit trail.
    metrics : ParticipantMetrics
        Counts.
    desk : TraceDesk or None
        Makes traces; None if the operator makes none here.
    """

    def __init__(
        self,
        file: GatewayFile,
        shelf: ModelShelf,
        trail: AuditTrail,
        metrics: ParticipantMetrics,
        desk: TraceDesk | None = None,
    ) -> None:
        self._stopping = Event()
        self.tenants = Tenants(file.tenants)
        self._runner = PredictionRunner(file.limits.rows)
        tenant_api = TenantApi(shelf, self.tenants, file.limits, trail, metrics, self._runner)
        operator_api = None
        if file.operator_key_sha256 is not None and desk is not None:
            operator_api = OperatorApi(file.operator_key_sha256, desk)
        self._server = ServerThread(
            GatewayApi(tenant_api, operator_api, trail, self._stopping.is_set),
            file.listen.host,
            file.listen.port,
            ConnectionLimits(file.limits.connections, file.limits.request_seconds),
        )

    @property
    def url(self) -> str:
        """The base address of the running server."""
        return self._server.url

    def start(self) -> Self:
        """
        Listen.

        Raises
        ------
        ServerStartError
            If the address cannot be listened on.
        """
        self._server.start()
        return self

    def stop(self) -> None:
        """Take no more requests, finish those in flight, and close all connections."""
        self._stopping.set()
        self._server.stop(_LAST_REQUESTS_SECONDS)
        self._runner.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()
