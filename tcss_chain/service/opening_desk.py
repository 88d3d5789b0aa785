"""Where opening requests come in: from the share service to the answerer, counted and logged."""

from __future__ import annotations

from threading import Lock

import structlog
from eth_account.signers.local import LocalAccount

from tcss_chain.errors import TcssError
from tcss_chain.monitoring.alarms import Alarm, AlarmBoard
from tcss_chain.monitoring.metrics import ParticipantMetrics
from tcss_chain.opening.answerer import OpeningAnswerer, OpeningOutcome
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.opening_chain import OpeningChain
from tcss_chain.opening.policy import OpeningPolicy
from tcss_chain.participant.secrets_store import SecretsStore

_FALSE_CAPSULE = (Refusal.PROOF, Refusal.OWNER)


class OpeningDesk:
    """
    Answers opening requests from when nodes are found on. May be used by several threads.

    Only requests that a session's auditor has signed are logged: anybody can send others.

    Parameters
    ----------
    policy : OpeningPolicy
        What is allowed.
    account : LocalAccount
        The participant's.
    store : SecretsStore
        Has its final shares.
    metrics : ParticipantMetrics
        Counts answers and refusals.
    alarms : AlarmBoard
        Shows when an auditor signs what no honest one does.
    """

    def __init__(
        self,
        policy: OpeningPolicy,
        account: LocalAccount,
        store: SecretsStore,
        metrics: ParticipantMetrics,
        alarms: AlarmBoard,
    ) -> None:
        self._policy = policy
        self._account = account
        self._store = store
        self._metrics = metrics
        self._alarms = alarms
        self._log = structlog.get_logger("tcss.service")
        self._answerer: OpeningAnswerer | None = None
        self._lock = Lock()
        self._failure = ""

    def open(self, chain: OpeningChain) -> None:
        """Answer from now on; before, every request is refused as unavailable."""
        self._answerer = OpeningAnswerer(self._policy, self._account, self._store, chain, self._note)

    def answer(self, sid: bytes, body: bytes) -> bytes | Refusal:
        """
        Answer a request.

        Parameters
        ----------
        sid : bytes
            The session that was asked about.
        body : bytes
            From anybody.

        Returns
        -------
        bytes or Refusal
            As `OpeningAnswerer.answer`; what fails here is refused as unavailable.
        """
        answerer = self._answerer
        try:
            result = Refusal.UNAVAILABLE if answerer is None else answerer.answer(sid, body)
        except TcssError as error:
            result = Refusal.UNAVAILABLE
            self._failed(error)
        if isinstance(result, Refusal):
            self._metrics.opening_refused(result.value)
        else:
            self._metrics.opening_answered()
            self._failed(None)
        return result

    def turn_away(self) -> Refusal:
        """Refuse a request that there is no room for."""
        self._metrics.opening_refused(Refusal.BUSY.value)
        return Refusal.BUSY

    def _note(self, outcome: OpeningOutcome) -> None:
        request, refusal = outcome.request, outcome.refusal
        model, session = request.capsule.label.model, f"0x{request.sid.hex()}"
        facts = {
            "session": session,
            "model": model,
            "gateway": request.gateway,
            "request_hash": f"0x{request.hash().hex()}",
        }
        if refusal is None:
            self._log.info("answered an opening", **facts)
            return
        log = self._log.info if refusal.is_passing else self._log.warning
        log("refused an opening", reason=refusal.value, **facts)
        if refusal in _FALSE_CAPSULE:
            self._alarms.raise_(Alarm.FALSE_CAPSULE, session, f"the latest: model {model}, {refusal.value}")

    def _failed(self, error: TcssError | None) -> None:
        """Log a failure, but not again while it stays the same: strangers can make it come back."""
        kind = "" if error is None else type(error).__name__
        with self._lock:
            is_new = kind != self._failure
            self._failure = kind
        if error is not None and is_new:
            self._log.warning("openings cannot be answered now", reason=str(error))
