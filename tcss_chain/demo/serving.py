"""The gateway in the demonstration: opens the model with the organisations' help, and serves predictions."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Self

from eth_typing import ChecksumAddress

from tcss_chain.auditor.session_auditor import AuditorKey
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.audit_trail import AuditTrail
from tcss_chain.gateway.conviction_watch import AgreedFacts, ConvictionWatch
from tcss_chain.gateway.gateway_file import GatewayFile, ModelEntry, RequestLimits, TenantEntry
from tcss_chain.gateway.gateway_server import GatewayServer
from tcss_chain.gateway.model_keeper import KeeperSettings, ModelKeeper
from tcss_chain.gateway.model_shelf import ModelShelf, ShelvedModel, Standing
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.gateway.runtimes import RuntimeName
from tcss_chain.monitoring.alarms import AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import OpeningSettings
from tcss_chain.opening.threshold_opener import ThresholdOpener
from tcss_chain.operation.node_settings import Endpoint
from tcss_chain.session_package import session_view

from .diagnosis import Diagnosis
from .errors import DemoError

NAME: Final = "diagnosis"
"""What tenants ask for."""

PURPOSE: Final = "serving diagnoses to the hospitals of the group"

_TENANT: Final = "ward"
_ANSWER_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 0.3
_REQUEST_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class GatewayMeans:
    """
    What the gateway has.

    Attributes
    ----------
    connection : Connection
        Its node.
    sender : TransactionSender
        Of the auditor's account.
    sid : bytes
        The session.
    key : AuditorKey
        Its key.
    services : mapping of ChecksumAddress to str
        Where the participants' services are.
    """

    connection: Connection
    sender: TransactionSender
    sid: bytes
    key: AuditorKey
    services: Mapping[ChecksumAddress, str]

    def opener(self, policy: GatewayPolicy, on_report: Callable[[OpeningReport], None]) -> ThresholdOpener:
        """Make what opens models, by a policy."""
        settings = OpeningSettings(
            convicted_answers=policy.convicted_answers,
            most_convicted=policy.most_convicted,
            confirmations=0,
            confirm_seconds=_ANSWER_SECONDS,
            patience_seconds=_ANSWER_SECONDS,
            poll_seconds=_POLL_SECONDS,
        )
        return ThresholdOpener(
            self.connection,
            self.sender,
            lambda sid: self.key if sid == self.sid else None,
            self.services,
            settings=settings,
            on_report=on_report,
        )


class ServingGateway:
    """
    A gateway that serves one model to one tenant, while the ``with`` statement lasts.

    Parameters
    ----------
    means : GatewayMeans
        What it has.
    sealed : Path
        The model; the audit trail goes beside it.
    """

    def __init__(self, means: GatewayMeans, sealed: Path) -> None:
        self._means = means
        self._api_key = draw_api_key()
        entry = ModelEntry(NAME, sealed, RuntimeName.ONNX, PURPOSE, tenants=None)
        tenant = TenantEntry(_TENANT, api_key_hash(self._api_key), requests_per_minute=600, burst=60)
        self._file = GatewayFile(
            path=sealed.with_name("gateway.yaml"),
            auditor=sealed.with_name("auditor.yaml"),
            listen=Endpoint("127.0.0.1", 0),
            audit_trail=sealed.with_name("audit.jsonl"),
            operator_key_sha256=None,
            models=(entry,),
            tenants=(tenant,),
            policy=GatewayPolicy(),
            limits=RequestLimits(),
        )
        self._shelf = ModelShelf(self._file.models)
        self._reports: list[OpeningReport] = []
        self._running = ExitStack()
        self._server: GatewayServer | None = None

    @property
    def opening(self) -> OpeningReport:
        """The opening that the model is served from."""
        return self._reports[-1]

    def __enter__(self) -> Self:
        file = self._file
        with ExitStack() as running:
            trail = running.enter_context(AuditTrail.open(file.audit_trail))
            metrics, connection = ParticipantMetrics(), self._means.connection
            keeper: ModelKeeper

            def report(opening: OpeningReport) -> None:
                self._reports.append(opening)
                keeper.report(opening)

            keeper = ModelKeeper(
                self._shelf,
                self._means.opener(file.policy, report),
                ConvictionWatch(AgreedFacts(connection, partial(session_view, connection)), file.policy),
                trail,
                AlarmBoard(),
                metrics,
                KeeperSettings(look_seconds=_LOOK_SECONDS),
            )
            self._server = running.enter_context(GatewayServer(file, self._shelf, trail, metrics))
            stopping = Event()
            keeping = Thread(target=keeper.run, args=(stopping,), daemon=True)
            keeping.start()
            running.callback(keeping.join)
            running.callback(stopping.set)
            self._running = running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def await_open(self) -> None:
        """
        Wait until the model is served.

        Raises
        ------
        DemoError
            If it is not.
        """
        self._await(Standing.OPEN)

    def await_closed(self) -> str:
        """
        Wait until the policy closes the model.

        Returns
        -------
        str
            The reason that tenants are told.

        Raises
        ------
        DemoError
            If it stays open.
        """
        return self._await(Standing.CLOSED).reason

    def predict(self, diagnosis: Diagnosis) -> float:
        """
        Ask for all patients that were held out, as a tenant.

        Parameters
        ----------
        diagnosis : Diagnosis
            Has the patients.

        Returns
        -------
        float
            Which part of the answers is right.

        Raises
        ------
        DemoError
            If the gateway does not answer.
        """
        status, answer = self._ask(diagnosis)
        if status != HTTPStatus.OK:
            raise DemoError(f"the gateway answered {status}: {answer.get('message')}")
        return diagnosis.accuracy(answer["outputs"]["label"])

    def is_refused(self, diagnosis: Diagnosis) -> bool:
        """Ask for the same as a tenant, and tell whether the gateway refuses."""
        status, answer = self._ask(diagnosis)
        return status == HTTPStatus.SERVICE_UNAVAILABLE and answer.get("error") == "closed"

    def _ask(self, diagnosis: Diagnosis) -> tuple[int, dict[str, Any]]:
        if self._server is None:
            raise DemoError("the gateway does not run")
        request = urllib.request.Request(  # noqa: S310  # the address is the gateway's own
            f"{self._server.url}/v1/models/{NAME}/predict",
            json.dumps({"inputs": diagnosis.inputs}).encode(),
            {"Authorization": f"Bearer {self._api_key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def _await(self, standing: Standing) -> ShelvedModel:
        end = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < end:
            model = self._shelf.get(NAME)
            if model is not None and model.standing is standing:
                return model
            time.sleep(_POLL_SECONDS)
        raise DemoError(f"the model is not {standing.value} after {_ANSWER_SECONDS:.0f} s")
