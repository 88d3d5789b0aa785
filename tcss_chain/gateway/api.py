"""The paths of the gateway, and who answers each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from aiohttp import web

from .audit_trail import AuditTrail
from .errors import AuditTrailError
from .http_answers import ErrorCode, RefusedError, json_answer
from .operator_api import OperatorApi
from .tenant_api import TenantApi

_PREDICT: Final = re.compile(r"/v1/models/([A-Za-z0-9][A-Za-z0-9._-]{0,63})/predict")
_TRACE: Final = re.compile(r"/v1/traces/([0-9a-f]{32})")
_TROUBLED: Final = 503


class GatewayApi:
    """
    Answers every request. Used by one event loop.

    Parameters
    ----------
    tenants : TenantApi
        Answers tenants.
    operator : OperatorApi or None
        Answers the operator; None if nobody may trace through the gateway.
    trail : AuditTrail
        Without it, nothing is answered.
    is_stopping : callable
        Whether the gateway takes no more requests.
    """

    def __init__(
        self,
        tenants: TenantApi,
        operator: OperatorApi | None,
        trail: AuditTrail,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._tenants = tenants
        self._operator = operator
        self._trail = trail
        self._is_stopping = is_stopping

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """
        Answer a request.

        Raises
        ------
        RefusedError
            If it is refused.
        """
        path = request.rel_url.raw_path
        if path == "/healthz":
            _require_method(request, "GET")
            return self._health()
        if self._is_stopping():
            raise RefusedError(ErrorCode.CLOSED, "the gateway is stopping", hang_up=True)
        try:
            return await self._answer(request, path)
        except AuditTrailError:
            raise RefusedError(
                ErrorCode.CLOSED, "the gateway cannot write its audit trail", hang_up=True
            ) from None

    async def _answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        if found := _PREDICT.fullmatch(path):
            _require_method(request, "POST")
            return await self._tenants.predict(request, found[1])
        if path == "/v1/models":
            _require_method(request, "GET")
            return await self._tenants.models(request)
        if self._operator is not None:
            if path == "/v1/traces":
                if request.method == "GET":
                    return await self._operator.list(request)
                _require_method(request, "POST")
                return await self._operator.start(request)
            if found := _TRACE.fullmatch(path):
                _require_method(request, "GET")
                return await self._operator.show(request, found[1])
        raise RefusedError(ErrorCode.NOT_FOUND, "there is nothing here", hang_up=request.body_exists)

    def _health(self) -> web.Response:
        if self._is_stopping() or self._trail.failure is not None:
            return json_answer({"status": "troubled"}, status=_TROUBLED)
        return json_answer({"status": "ok"})


def _require_method(request: web.BaseRequest, method: str) -> None:
    if request.method != method:
        raise RefusedError(
            ErrorCode.METHOD_NOT_ALLOWED, f"{method} is expected here", hang_up=request.body_exists
        )
