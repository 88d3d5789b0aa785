"""Opening a sealed model: how long the line in the log, the answers and the key take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.service import ShareService
from tcss_chain.opening.answerer import OpeningAnswerer, OpeningOutcome
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.opening_chain import ConfirmedOpeningChain
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import OpeningSettings
from tcss_chain.opening.policy import MAX_LINES, OpeningPolicy, OpeningRule, Per
from tcss_chain.opening.threshold_opener import ThresholdOpener
from tcss_chain.participant.secrets_store import FinalShare, MemorySecretsStore
from tcss_chain.sealed_model.sealing import seal_file

from .figures import Summary
from .known_session import KnownSession, make_known_session

MODEL_BYTES: Final = 1 << 20

_POLICY: Final = OpeningPolicy(
    rules=(OpeningRule(None, None, None, None, None, limit=MAX_LINES, per=Per.HOUR),),
    answer_within_seconds=600,
)
_SETTINGS: Final = OpeningSettings(confirmations=0, poll_seconds=0.01)


@dataclass(frozen=True, slots=True)
class OpeningMeasurement:
    """
    What openings took, seconds.

    Attributes
    ----------
    n, t : int
        Participants and threshold.
    first : float
        The first opening, which also reads the session and computes all ``Y_i``.
    checks : Summary
        Of the later ones: checking header, session and policy, before anything is sent.
    anchor : Summary
        From the request to its line in the log, confirmed.
    answers : Summary
        From asking all participants to the last right answer that was needed.
    combine : Summary
        From the answers to the model key.
    model : Summary
        Decrypting and verifying a model of `MODEL_BYTES`.
    total : Summary
        All of it.
    """

    n: int
    t: int
    first: float
    checks: Summary
    anchor: Summary
    answers: Summary
    combine: Summary
    model: Summary
    total: Summary


class _Participant:
    """Answers whatever the auditor has anchored."""

    def __init__(self, connection: Connection, account: LocalAccount, sid: bytes, share: FinalShare) -> None:
        store = MemorySecretsStore()
        store.save_share(sid, share)
        chain = ConfirmedOpeningChain(connection, 0)
        self._answerer = OpeningAnswerer(_POLICY, account, store, chain, _ignore)

    def answer(self, sid: bytes, body: bytes) -> bytes | Refusal:
        return self._answerer.answer(sid, body)

    def turn_away(self) -> Refusal:
        return Refusal.BUSY


def measure_openings(
    rpc_url: str,
    accounts: tuple[LocalAccount, ...],
    *,
    n: int,
    t: int,
    count: int,
    tell: Callable[[str], None] = lambda _line: None,
) -> OpeningMeasurement:
    """
    Open a model again and again, with real participants' services over HTTP.

    Everything is in this process: the services share its interpreter with the gateway, so separate machines
    are faster but for the way between them.

    Parameters
    ----------
    rpc_url : str
        A development chain that mines at once.
    accounts : tuple of LocalAccount
        Funded there, at least ``n + 1``.
    n, t : int
        Participants and threshold.
    count : int
        How many openings are measured after the first.
    tell : callable
        Told what is being done.

    Returns
    -------
    OpeningMeasurement
        Times that depend on the machine.
    """
    tell(f"making a session of {n} participants")
    session = make_known_session(rpc_url, accounts, n, t)
    with TemporaryDirectory() as folder, _services(rpc_url, session) as services:
        sealed = _seal(session, Path(folder))
        runs = _Runs(session, services, sealed)
        tell("opening")
        first = runs.open_once()
        runs.forget()
        total = [runs.open_once() for _ in range(count)]
    return OpeningMeasurement(
        n=n,
        t=t,
        first=first,
        checks=Summary.of(runs.checks),
        anchor=Summary.of([report.seconds.anchor for report in runs.reports]),
        answers=Summary.of([report.seconds.answers for report in runs.reports]),
        combine=Summary.of([report.seconds.combine for report in runs.reports]),
        model=Summary.of(runs.model),
        total=Summary.of(total),
    )


class _Runs:
    def __init__(self, session: KnownSession, services: Mapping[ChecksumAddress, str], sealed: Path) -> None:
        self._sealed = sealed
        self.reports: list[OpeningReport] = []
        self.checks: list[float] = []
        self.model: list[float] = []
        self._opener = ThresholdOpener(
            session.connection,
            TransactionSender(session.connection, session.auditor),
            lambda _sid: session.key,
            services,
            settings=_SETTINGS,
            on_report=self._reported,
        )

    def open_once(self) -> float:
        started = time.perf_counter()
        with self._opener.open(self._sealed, "a measurement"):
            ended = time.perf_counter()
        before_model = self._reported_at - started
        self.checks.append(before_model - self.reports[-1].seconds.total)
        self.model.append(ended - self._reported_at)
        return ended - started

    def forget(self) -> None:
        for kept in (self.reports, self.checks, self.model):
            kept.clear()

    def _reported(self, report: OpeningReport) -> None:
        self._reported_at = time.perf_counter()
        self.reports.append(report)


@contextmanager
def _services(rpc_url: str, session: KnownSession) -> Iterator[dict[ChecksumAddress, str]]:
    """Start the participants' services, each with a connection of its own."""
    with ExitStack() as running:
        urls = {}
        for account, share in zip(session.members, session.shares, strict=True):
            connection = Connection(rpc_url, session.connection.contract_address)
            openings = _Participant(connection, account, session.sid, share)
            service = running.enter_context(ShareService(Outbox(), openings=openings))
            urls[account.address] = service.url
        yield urls


def _seal(session: KnownSession, folder: Path) -> Path:
    plain, sealed = folder / "model", folder / "model.tcss"
    plain.write_bytes(bytes(MODEL_BYTES))
    owner: LocalAccount = Account.create()
    seal_file(
        plain,
        sealed,
        sealing_key=session.sealing_key,
        account=owner,
        model="model",
        chain_id=session.connection.chain_id,
        contract=session.connection.contract_address,
    )
    return sealed


def _ignore(_outcome: OpeningOutcome) -> None:
    pass
