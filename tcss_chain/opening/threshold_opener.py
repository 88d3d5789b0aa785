"""Opening sealed models with the answers of ``t`` participants: the gateway's part (protocol section 11)."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.chain.confirmed_reads import ConfirmedReads
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.protocol.model_key import model_key, wipe
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import combine
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed
from tcss_chain.sealed_model.errors import (
    ChunkError,
    DigestMismatchError,
    TargetExistsError,
    WrongModelKeyError,
)
from tcss_chain.sealed_model.opened_model import OpenedModel
from tcss_chain.sealed_model.opening import open_to_file, open_to_memory
from tcss_chain.sealed_model.sealed_file import SealedHeader, read_header
from tcss_chain.sealed_model.sealing import Progress
from tcss_chain.session_package import SessionPackage

from .anchoring import Anchor, RequestAnchor
from .answer_check import AnswerCheck
from .answer_encryption import RecipientKey
from .gateway_errors import (
    ConvictedBeyondUseError,
    GatewayAccountError,
    ModelDamagedError,
    NotConfirmedError,
    SessionNotActiveError,
    TooFewAnswersError,
    TooFewParticipantsError,
    WrongDeploymentError,
)
from .gathering import Gathered, gather_answers
from .messages import SignedRequest
from .opening_report import OpeningReport, OpeningSeconds
from .opening_session import KeySource, OpeningSession, OpeningSessions
from .opening_settings import ConvictedAnswers, OpeningSettings

_NONCE_BYTES: Final = 32
_DAMAGE: Final = (WrongModelKeyError, ChunkError, DigestMismatchError)
_NOBODY_ASKED: Final = "nobody was asked: the line of the opening was not confirmed in time"

OnReport = Callable[[OpeningReport], None]
"""Told of every opening that was anchored, by the thread that opens."""


def no_report(_report: OpeningReport) -> None:
    """Do nothing with a report."""


@dataclass(frozen=True, slots=True)
class _Circle:
    """Who is asked for one opening."""

    session: OpeningSession
    services: Mapping[ChecksumAddress, str] = field(repr=False)
    not_asked: tuple[ChecksumAddress, ...]


class ThresholdOpener:
    """
    Opens sealed models. May be used by several threads; not from inside an event loop.

    A model key exists only while its model is decrypted. The key that answers are encrypted to is made for
    one request and never written down. So a process that dies between anchoring and the answers loses that
    opening: its line stays in the log, unused, and opening again anchors another one.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        Of the session's auditor. Its journal may be durable: what an earlier process left there is for
        `TransactionSender.tend`, and never taken for a new request.
    key_of : callable
        Gives the auditor's key of a session, None if there is none. Asked once for each session.
    services : mapping of ChecksumAddress to str
        The participants' base URLs, from the consortium files.
    settings : OpeningSettings, optional
        Policy and patience.
    packages : mapping of bytes to SessionPackage, optional
        Session packages, for nodes that have dropped their old logs.
    first_block : int
        From which block on events are read.
    on_report : callable, optional
        Told of every opening that was anchored, before `open` returns or raises. Reports must not leave the
        gateway.
    reached : callable, optional
        Told of the moments "opening.anchored", "opening.confirmed", "opening.answered", "opening.combined".

    Raises
    ------
    ChainError
        If the contract has no opening log, or the nodes do not answer.
    """

    def __init__(
        self,
        connection: Connection,
        sender: TransactionSender,
        key_of: KeySource,
        services: Mapping[ChecksumAddress, str],
        *,
        settings: OpeningSettings | None = None,
        packages: Mapping[bytes, SessionPackage] | None = None,
        first_block: int = 0,
        on_report: OnReport = no_report,
        reached: Reached = go_on,
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._services = dict(services)
        self._settings = settings or OpeningSettings()
        self._reads = ConfirmedReads(connection)
        self._sessions = OpeningSessions(connection, key_of, packages or {}, first_block)
        self._anchor = RequestAnchor(connection, sender, self._settings)
        self._on_report = on_report
        self._reached = reached

    def __repr__(self) -> str:
        return f"ThresholdOpener({self._sender.address})"

    def label(self, path: Path) -> ModelLabel:
        """
        Read what a sealed model says of itself; nobody is asked.

        Raises
        ------
        SealedModelError
            If the file cannot be read or is not sound.
        """
        return read_header(path).label

    def open(self, path: Path, purpose: str, progress: Progress | None = None) -> OpenedModel:
        """
        Open a sealed model into private memory.

        Parameters
        ----------
        path : Path
            The sealed model.
        purpose : str
            What it is opened for, public for ever: 1 to 200 printable ASCII characters.
        progress : callable, optional
            Told how much of the model is decrypted.

        Returns
        -------
        OpenedModel
            The model; the caller wipes it.

        Raises
        ------
        SealedModelError
            If the file is not sound, or there is no memory for the model.
        OpeningRequestError
            If the purpose is not of its form.
        OpeningError
            If the session's state, the policy or the participants do not let it be opened; see
            `gateway_errors`.
        ChainError
            If the nodes do not answer or contradict each other.
        """
        header = read_header(path)
        key = self._key(header, purpose)
        try:
            return open_to_memory(path, key, header, progress)
        except _DAMAGE as error:
            raise ModelDamagedError(error) from error
        finally:
            wipe(key)

    def open_to_file(
        self,
        source: Path,
        target: Path,
        purpose: str,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """
        Open a sealed model into a file that nobody else can read; it appears when all of it is verified.

        Parameters
        ----------
        source : Path
            The sealed model.
        target : Path
            Where the plain model goes.
        purpose, progress
            As `open`.
        overwrite : bool
            Whether a file that is there already is replaced.

        Raises
        ------
        TargetExistsError
            If there is something already; nothing was anchored then.
        SealedModelError, OpeningRequestError, OpeningError, ChainError
            As `open`. No part of the model is left.
        """
        if not overwrite and os.path.lexists(target):
            raise TargetExistsError
        header = read_header(source)
        key = self._key(header, purpose)
        try:
            open_to_file(source, target, key, header, progress, overwrite=overwrite)
        except _DAMAGE as error:
            raise ModelDamagedError(error) from error
        finally:
            wipe(key)

    def _key(self, header: SealedHeader, purpose: str) -> bytearray:
        """Get the model key; whoever asks wipes it."""
        circle = self._circle(header)
        recipient = RecipientKey()
        request = OpeningRequest(
            header.signed.capsule,
            self._sender.address,
            recipient.public,
            purpose,
            secrets.token_bytes(_NONCE_BYTES),
        )
        started = time.monotonic()
        anchor = self._anchored(request, circle, started)
        anchored = time.monotonic()
        signed = SignedRequest(
            request,
            header.signed.signature,
            sign_typed(
                self._sender.account,
                SignedKind.REQUEST,
                request.hash(),
                self._connection.chain_id,
                self._connection.contract_address,
            ),
            anchor.number,
        )
        roster = circle.session.roster
        check = AnswerCheck(
            circle.session, request, recipient, self._connection.chain_id, self._connection.contract_address
        )
        gathered = gather_answers(signed, circle.services, check, roster.threshold, self._settings)
        answered = time.monotonic()
        self._reached("opening.answered")
        if len(gathered.partials) < roster.threshold:
            seconds = OpeningSeconds(anchored - started, answered - anchored)
            report = _report(request, circle, anchor, gathered, seconds)
            self._on_report(report)
            raise TooFewAnswersError(report)
        points = {each: roster.participant(each).x for each in gathered.partials}
        K = combine({points[each]: d for each, d in gathered.partials.items()})
        key = model_key(K, request.capsule)
        try:
            seconds = OpeningSeconds(anchored - started, answered - anchored, time.monotonic() - answered)
            self._on_report(_report(request, circle, anchor, gathered, seconds))
            self._reached("opening.combined")
        except BaseException:
            wipe(key)
            raise
        return key

    def _circle(self, header: SealedHeader) -> _Circle:
        """Find out whether the model may be opened, and who is asked; nobody was told of it yet."""
        connection = self._connection
        if (header.chain_id, header.contract) != (connection.chain_id, connection.contract_address):
            raise WrongDeploymentError(
                header.chain_id, header.contract, connection.chain_id, connection.contract_address
            )
        sid = header.label.sid
        # As of the latest block that all nodes have: a conviction counts from the first one that knows it.
        state = self._reads.state(sid, 0)
        if state is None or state.phase is not Phase.ACTIVE:
            raise SessionNotActiveError(sid, None if state is None else state.phase)
        session = self._sessions.session(sid, state)
        if session.auditor != self._sender.address:
            raise GatewayAccountError(self._sender.address, session.auditor)
        convicted = session.among(state.convicted)
        if len(convicted) > self._settings.most_convicted:
            raise ConvictedBeyondUseError(sid, convicted, self._settings.most_convicted)
        left_out = convicted if self._settings.convicted_answers is ConvictedAnswers.REFUSE else ()
        wanted = [each for each in session.accounts if each not in left_out]
        services = {each: self._services[each] for each in wanted if each in self._services}
        without_service = tuple(each for each in wanted if each not in services)
        if len(services) < session.roster.threshold:
            raise TooFewParticipantsError(
                sid,
                session.roster.threshold,
                eligible=tuple(services),
                convicted=left_out,
                without_service=without_service,
            )
        return _Circle(session, services, left_out + without_service)

    def _anchored(self, request: OpeningRequest, circle: _Circle, started: float) -> Anchor:
        anchor = self._anchor.anchor(request)
        self._reached("opening.anchored")
        try:
            anchor = self._anchor.confirmed(anchor, request)
        except NotConfirmedError:
            nobody = Gathered({}, {}, {}, dict.fromkeys(circle.services, _NOBODY_ASKED))
            seconds = OpeningSeconds(time.monotonic() - started)
            self._on_report(_report(request, circle, anchor, nobody, seconds))
            raise
        self._reached("opening.confirmed")
        return anchor


def _report(
    request: OpeningRequest, circle: _Circle, anchor: Anchor, gathered: Gathered, seconds: OpeningSeconds
) -> OpeningReport:
    return OpeningReport(
        label=request.capsule.label,
        purpose=request.purpose,
        request_hash=request.hash(),
        number=anchor.number,
        transaction=anchor.transaction,
        threshold=circle.session.roster.threshold,
        used=tuple(gathered.partials),
        false=gathered.false,
        refused=gathered.refused,
        silent=gathered.silent,
        not_asked=circle.not_asked,
        seconds=seconds,
    )
