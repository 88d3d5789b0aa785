"""The organisations of the demonstration: each with its own key, store, node connection and share service."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final, cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.peer_directory import PeerDirectory
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.exchange.service import ShareService
from tcss_chain.participant.agreement import ExactAgreement
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.secrets_store import FinalShare, MemorySecretsStore
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.protocol.session import Configuration, Phase

from .cheats import PARTICIPANTS, Cheat
from .errors import DemoError
from .narrator import Narrator
from .open_to_all import DemoOpenings
from .stage import Stage

_SETTINGS: Final = ParticipantSettings(
    confirmations=0, share_patience_seconds=1.0, activation_stagger_seconds=4.0, poll_seconds=0.2
)
_POLL_SECONDS: Final = 0.2
_ANSWER_SECONDS: Final = 3.0
_PATIENCE_SECONDS: Final = 300.0
"""How long to wait for a chain whose clock can be moved; on another one the deadlines say how long."""


@dataclass
class Organisation:
    """
    A member of the consortium with everything that is its own.

    Attributes
    ----------
    name : str
        What people call it.
    account : LocalAccount
        Its key.
    outbox : Outbox
        What its service hands out.
    store : MemorySecretsStore
        What it keeps secret.
    participant : Participant or None
        Its client, while it runs and after.
    failure : BaseException or None
        Why its client stopped.
    """

    name: str
    account: LocalAccount = field(repr=False)
    outbox: Outbox = field(default_factory=Outbox, repr=False)
    store: MemorySecretsStore = field(default_factory=MemorySecretsStore, repr=False)
    participant: Participant | None = field(default=None, repr=False)
    failure: BaseException | None = None

    @property
    def is_finished(self) -> bool:
        """Whether its final share is all that is left."""
        return self.participant is not None and self.participant.is_finished

    def share(self) -> FinalShare:
        """
        Give its final share: this organisation leaks.

        Raises
        ------
        DemoError
            If it holds none.
        """
        share = self.participant.final_share if self.participant is not None else None
        if share is None:
            raise DemoError(f"{self.name} holds no share")
        return share


def fresh_account() -> LocalAccount:
    """Draw a fresh key."""
    return cast(LocalAccount, Account.from_key(secrets.token_bytes(32)))


def ascending(accounts: Iterable[ChecksumAddress]) -> tuple[ChecksumAddress, ...]:
    """Order addresses as the contract does."""
    return tuple(sorted(accounts, key=lambda account: int(account, 16)))


@contextmanager
def running_organisations(
    organisations: Sequence[Organisation],
    connection: Connection,
    stage: Stage,
    sid: bytes,
    agreed: Configuration,
    narrator: Narrator,
    cheating: Organisation | None,
    cheat: Cheat | None,
) -> Iterator[Mapping[ChecksumAddress, str]]:
    """
    Run every organisation's service and client, each client in a thread, while the ``with`` statement lasts.

    Parameters
    ----------
    organisations : sequence of Organisation
        Who takes part.
    connection : Connection
        Names the contract.
    stage : Stage
        The chain.
    sid : bytes
        The session.
    agreed : Configuration
        What everybody agreed to.
    narrator : Narrator
        Told of what happens.
    cheating : Organisation or None
        Who misdeals.
    cheat : Cheat or None
        How.

    Yields
    ------
    mapping of ChecksumAddress to str
        Where their services are.
    """
    with ExitStack() as running:
        connections = {
            organisation.account.address: Connection(stage.rpc_url, connection.contract_address)
            for organisation in organisations
        }
        services = {
            organisation.account.address: running.enter_context(
                ShareService(
                    organisation.outbox,
                    openings=DemoOpenings(
                        connections[organisation.account.address],
                        organisation.account,
                        organisation.store,
                        narrator.opening,
                    ),
                )
            ).url
            for organisation in organisations
        }
        stopping = Event()
        threads = []
        for organisation in organisations:
            kind = PARTICIPANTS[cheat] if cheat is not None and organisation is cheating else Participant
            own_connection = connections[organisation.account.address]
            organisation.participant = kind(
                own_connection,
                TransactionSender(own_connection, organisation.account, narrator.transaction),
                sid,
                PeerFetcher(PeerDirectory(services)),
                organisation.outbox,
                organisation.store,
                agreement=ExactAgreement(agreed),
                settings=_SETTINGS,
                observe=narrator.participant,
            )
            threads.append(Thread(target=_run, args=(organisation, stopping), daemon=True))
        for thread in threads:
            thread.start()
            running.callback(thread.join)
        running.callback(stopping.set)
        yield services


def await_shares(
    organisations: Sequence[Organisation],
    connection: Connection,
    stage: Stage,
    sid: bytes,
    narrator: Narrator,
) -> None:
    """
    Wait until every organisation holds its final share and has erased the rest.

    Where the chain's clock can be moved, it moves to the reveal deadline once a complaint stays unanswered.

    Parameters
    ----------
    organisations : sequence of Organisation
        Who takes part; their clients run.
    connection : Connection
        The node.
    stage : Stage
        The chain.
    sid : bytes
        The session.
    narrator : Narrator
        Told of what happens.

    Raises
    ------
    DemoError
        If an organisation stops, the session aborts, or it takes too long.
    """
    reads = SessionReads(connection)
    configuration = reads.configuration(sid)
    started = time.monotonic()
    complained_at: float | None = None
    while not all(organisation.is_finished for organisation in organisations):
        for organisation in organisations:
            if organisation.failure is not None:
                raise DemoError(f"{organisation.name}: {organisation.failure}") from organisation.failure
        state = reads.state(sid)
        if state.phase is Phase.ABORTED:
            raise DemoError("the session aborted: too few dealers are qualified")
        if stage.can_travel:
            if time.monotonic() - started > _PATIENCE_SECONDS:
                raise DemoError(f"the session is not active after {_PATIENCE_SECONDS:.0f} s")
            if state.phase in (Phase.COMPLAINING, Phase.REVEALING) and state.unanswered:
                complained_at = complained_at or time.monotonic()
                if time.monotonic() - complained_at > _ANSWER_SECONDS:
                    narrator.line("[dim]nobody answers; the clock moves to the reveal deadline[/]")
                    stage.travel_to(configuration.reveal_by)
        time.sleep(_POLL_SECONDS)


def _run(organisation: Organisation, stopping: Event) -> None:
    participant = organisation.participant
    if participant is None:
        return
    try:
        participant.run(lambda: participant.is_finished or stopping.is_set())
    except BaseException as failure:  # noqa: BLE001  # the main thread reports it
        organisation.failure = failure
