"""What tenants may ask for: the models, and predictions."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter
from typing import Any, Final

import structlog
from aiohttp import hdrs, web

from tcss_chain.monitoring.metrics import ParticipantMetrics

from .api_keys import bearer_key
from .audit_lines import Field, LineKind
from .audit_trail import AuditTrail
from .errors import InputsError, PredictionError
from .gateway_file import ModelEntry, RequestLimits
from .http_answers import ErrorCode, RefusedError, bytes_answer, json_answer
from .model_shelf import ModelShelf, ShelvedModel, Standing
from .places import Places
from .prediction import Prediction, PredictionRunner
from .request_body import read_body
from .runtimes import Runtime
from .tenants import Tenant, Tenants
from .trail_in_loop import LoopTrail

_NOT_YET: Final = "the model is not open yet; try again later"
_OPENING_RETRY_SECONDS: Final = 30


@dataclass(slots=True)
class _Exchange:
    """One request for a prediction: what its line in the trail is going to say."""

    tenant: Tenant
    key: str = field(repr=False)
    started: float
    name: str | None = None
    digest: str | None = None
    body: bytes | None = field(default=None, repr=False)
    rows: int | None = None

    def line(self, status: int) -> dict[str, Field]:
        """Give the fields of the line; the inputs are in it as a code that only the tenant can compute."""
        fields: dict[str, Field] = {"tenant": self.tenant.name}
        if self.name is not None:
            fields["name"] = self.name
        if self.digest is not None:
            fields["digest"] = self.digest
        if self.rows is not None:
            fields["rows"] = self.rows
        fields["status"] = status
        fields["ms"] = round(1000 * (perf_counter() - self.started), 3)
        if self.body is not None:
            fields["input_mac"] = hmac.digest(self.key.encode(), self.body, "sha256").hex()
        limited = self.tenant.take_limited()
        if limited:
            fields["rate_limited_before"] = limited
        return fields


class TenantApi:
    """
    Answers tenants. Used by one event loop.

    Parameters
    ----------
    shelf : ModelShelf
        The models.
    tenants : Tenants
        Who may ask.
    limits : RequestLimits
        What requests may cost.
    trail : AuditTrail
        Where every answer is written down before it is given.
    metrics : ParticipantMetrics
        Counts.
    runner : PredictionRunner
        Predicts.
    """

    def __init__(
        self,
        shelf: ModelShelf,
        tenants: Tenants,
        limits: RequestLimits,
        trail: AuditTrail,
        metrics: ParticipantMetrics,
        runner: PredictionRunner,
    ) -> None:
        self._shelf = shelf
        self._tenants = tenants
        self._limits = limits
        self._trail = LoopTrail(trail)
        self._metrics = metrics
        self._runner = runner
        # A body that never ends takes no place of those that are worked on.
        self._reading = Places(limits.in_flight, len(tenants))
        self._working = Places(limits.in_flight, len(tenants))
        self._log = structlog.get_logger("tcss.gateway")

    async def models(self, request: web.BaseRequest) -> web.Response:
        """List the models that a tenant may use."""
        tenant, _ = self._admit(request)
        return json_answer(
            {"models": [_shown(model) for model in self._shelf if model.entry.may_be_used_by(tenant.name)]}
        )

    async def predict(self, request: web.BaseRequest, name: str) -> web.Response:
        """Answer with a prediction; the line in the trail is written before the answer leaves."""
        started = perf_counter()
        tenant, key = self._admit(request)
        exchange = _Exchange(tenant, key, started)
        try:
            made = await self._predict(request, exchange, name)
        except RefusedError as refused:
            self._metrics.happened("request refused")
            line = {**exchange.line(refused.code.status), "error": refused.code.value}
            await self._trail.add(LineKind.REFUSAL, line)
            raise
        self._metrics.happened("prediction")
        await self._trail.add(LineKind.REQUEST, exchange.line(200))
        total = 1000 * (perf_counter() - started)
        timing = f"model;dur={1000 * made.model_seconds:.3f}, total;dur={total:.3f}"
        return bytes_answer(made.body, {"Server-Timing": timing})

    def _admit(self, request: web.BaseRequest) -> tuple[Tenant, str]:
        key = bearer_key(request.headers.get(hdrs.AUTHORIZATION))
        tenant = None if key is None else self._tenants.holder(key)
        if key is None or tenant is None:
            self._metrics.happened("unauthenticated request")
            raise RefusedError(
                ErrorCode.UNAUTHENTICATED,
                "a known API key is expected, as Authorization: Bearer tcss_...",
                hang_up=request.body_exists,
            )
        seconds = tenant.bucket.take()
        if seconds:
            # No line for each: a tenant could fill the disk. Its next line tells how many there were.
            tenant.limited += 1
            self._metrics.happened("rate limited request")
            raise RefusedError(
                ErrorCode.RATE_LIMITED,
                "too many requests for this tenant's rate",
                retry_after=ceil(seconds),
                hang_up=request.body_exists,
            )
        return tenant, key

    async def _predict(self, request: web.BaseRequest, exchange: _Exchange, name: str) -> Prediction:
        model = self._known(name, request.body_exists)
        # Only now: what is no model's name may be anything, and is not written down.
        exchange.name = name
        runtime, digest = _served(model, exchange.tenant, request.body_exists)
        exchange.digest = digest
        tenant = exchange.tenant.name
        with self._reading.hold(tenant, hang_up=request.body_exists):
            exchange.body = body = await read_body(request, self._limits.body_bytes)
        with self._working.hold(tenant):
            made = await self._run(tenant, body, runtime, digest)
        exchange.rows = made.rows
        return made

    async def _run(self, tenant: str, body: bytes, runtime: Runtime, digest: str) -> Prediction:
        try:
            return await self._runner.run(tenant, body, runtime, digest)
        except InputsError as error:
            raise RefusedError(ErrorCode.MALFORMED, error.what) from None
        except PredictionError as error:
            self._log.warning("a model failed", reason=str(error))
            raise RefusedError(ErrorCode.RUNTIME_FAILED, str(error)) from None
        except Exception as error:  # noqa: BLE001  # a model or its library may raise anything
            self._log.error("a prediction failed unexpectedly", exc_info=error)
            raise RefusedError(ErrorCode.RUNTIME_FAILED, "the model failed") from None

    def _known(self, name: str, has_body: bool) -> ShelvedModel:
        model = self._shelf.get(name)
        if model is None:
            raise RefusedError(ErrorCode.UNKNOWN_MODEL, "there is no model of this name", hang_up=has_body)
        return model


def _served(model: ShelvedModel, tenant: Tenant, has_body: bool) -> tuple[Runtime, str]:
    if not model.entry.may_be_used_by(tenant.name):
        raise RefusedError(ErrorCode.FORBIDDEN, "this tenant may not use this model", hang_up=has_body)
    if model.standing is Standing.CLOSED:
        raise RefusedError(ErrorCode.CLOSED, model.reason, hang_up=has_body)
    if model.runtime is None or model.label is None:
        reason = model.reason or _NOT_YET
        raise RefusedError(ErrorCode.CLOSED, reason, retry_after=_OPENING_RETRY_SECONDS, hang_up=has_body)
    return model.runtime, f"0x{model.label.digest.hex()}"


def _shown(model: ShelvedModel) -> dict[str, Any]:
    entry: ModelEntry = model.entry
    shown: dict[str, Any] = {"name": entry.name, "standing": model.standing.value, "purpose": entry.purpose}
    if model.reason:
        shown["reason"] = model.reason
    if model.label is not None:
        label = model.label
        shown |= {
            "model": label.model,
            "digest": f"0x{label.digest.hex()}",
            "session": f"0x{label.sid.hex()}",
            "owner": label.owner,
            "context": label.context,
        }
    runtime = model.runtime
    if runtime is not None:
        shown |= {
            "runtime": runtime.name.value,
            "inputs": {"kind": "float", "width": runtime.input_width},
            "outputs": [{"name": each.name, "kind": each.kind} for each in runtime.outputs],
        }
    return shown
