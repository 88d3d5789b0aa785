"""The clients of a consortium's members, stepped by hand against a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from eth_typing import ChecksumAddress

from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import GROUP_ORDER, evaluate
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.peer_directory import PeerDirectory
from tcss_chain.exchange.peer_fetcher import BackOff, PeerFetcher
from tcss_chain.exchange.service import ShareService
from tcss_chain.participant.events import Happening, ParticipantEvent
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.secrets_store import FinalShare, MemorySecretsStore, SessionSecrets
from tcss_chain.participant.settings import ParticipantSettings
from tcss_chain.protocol.dealing import DealingPolynomials
from tcss_chain.protocol.session import Phase
from tcss_chain.transport import Limits

from .consortium import Consortium, TestMember

LONG = 1e9
QUICK = ParticipantSettings(
    confirmations=0, share_patience_seconds=LONG, activation_stagger_seconds=0, poll_seconds=0
)
"""Acts at once, but never complains that a share is missing."""
AT_ONCE = BackOff(first_seconds=0, highest_seconds=0, not_yet_seconds=0)
"""Asks a peer that failed again at the next occasion."""
NOWHERE = "http://127.0.0.1:1"


class RecordingStore(MemorySecretsStore):
    """Remembers everything that was ever kept, and in which order it went."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []
        self.history: list[SessionSecrets] = []

    def save(self, sid: bytes, secrets: SessionSecrets) -> None:
        self.log.append("save")
        self.history.append(secrets)
        super().save(sid, secrets)

    def save_share(self, sid: bytes, share: FinalShare) -> None:
        self.log.append("save share")
        super().save_share(sid, share)

    def erase(self, sid: bytes) -> None:
        self.log.append("erase")
        super().erase(sid)

    def copy(self) -> RecordingStore:
        """Another store with the same content."""
        other = RecordingStore()
        other._secrets.update(self._secrets)
        other._received.update({sid: dict(shares) for sid, shares in self._received.items()})
        other._handed_out.update(self._handed_out)
        other._shares.update(self._shares)
        other.log, other.history = [*self.log], [*self.history]
        return other

    @property
    def drawn(self) -> list[DealingPolynomials]:
        """All polynomials that were ever kept, each once."""
        found: list[DealingPolynomials] = []
        for secrets in self.history:
            if secrets.polynomials is not None and secrets.polynomials not in found:
                found.append(secrets.polynomials)
        return found


@dataclass
class Fellow:
    """One member's client, with what it keeps and what it reported."""

    member: TestMember
    participant: Participant
    store: RecordingStore
    outbox: Outbox
    events: list[ParticipantEvent] = field(default_factory=list)
    transactions: list[MinedTransaction] = field(default_factory=list)

    @property
    def address(self) -> ChecksumAddress:
        return self.member.address

    @property
    def sent(self) -> list[str]:
        """The kinds of the transactions that were mined."""
        return [mined.kind for mined in self.transactions]

    def happened(self, happening: Happening) -> list[ChecksumAddress | None]:
        """Whom the events of this kind were about."""
        return [event.about for event in self.events if event.happening is happening]

    @property
    def secrets(self) -> SessionSecrets:
        secrets = self.store.load(self.participant.sid)
        assert secrets is not None
        return secrets


class Crew:
    """All clients of one session; ``urls`` says where they look for each other and may be changed."""

    def __init__(
        self,
        consortium: Consortium,
        kinds: Mapping[int, type[Participant]],
        settings: ParticipantSettings,
        open_service: Callable[[Outbox], str],
        stores: Sequence[RecordingStore],
    ) -> None:
        self.consortium = consortium
        self.settings = settings
        self.urls: dict[ChecksumAddress, str] = {}
        self.fellows: list[Fellow] = []
        for seat, member in enumerate(consortium.members):
            outbox = Outbox()
            self.urls[member.address] = open_service(outbox)
            self.fellows.append(self._hire(member, stores[seat], outbox, kinds.get(seat, Participant)))

    def _hire(
        self, member: TestMember, store: RecordingStore, outbox: Outbox, kind: type[Participant]
    ) -> Fellow:
        events: list[ParticipantEvent] = []
        transactions: list[MinedTransaction] = []
        connection = self.consortium.connection
        participant = kind(
            connection,
            TransactionSender(connection, member.account, transactions.append),
            self.consortium.sid,
            PeerFetcher(
                PeerDirectory(self.urls, Limits(connect_seconds=1, total_seconds=2)), back_off=AT_ONCE
            ),
            outbox,
            store,
            settings=self.settings,
            observe=events.append,
        )
        return Fellow(member, participant, store, outbox, events, transactions)

    @property
    def state(self) -> SessionState:
        return self.consortium.reads.state(self.consortium.sid)

    @property
    def phase(self) -> Phase:
        return self.state.phase

    def restart(self, seat: int, *, lose_secrets: bool = False) -> Fellow:
        """The process dies and starts anew: only the store, and the place of the service, are left."""
        old = self.fellows[seat]
        store = RecordingStore() if lose_secrets else old.store
        self.fellows[seat] = self._hire(old.member, store, old.outbox, type(old.participant))
        return self.fellows[seat]

    def step(self, *seats: int) -> None:
        """One step of these members, or of all."""
        for seat in seats or range(len(self.fellows)):
            self.fellows[seat].participant.step()

    def run(self, rounds: int = 4, seats: Sequence[int] = ()) -> None:
        """Several steps of these members, or of all, in turn."""
        for _ in range(rounds):
            self.step(*seats)

    def finish(self, rounds: int = 6) -> None:
        """Steps of all, until each has nothing left but its final share."""
        for _ in range(rounds):
            waiting = [seat for seat, each in enumerate(self.fellows) if not each.participant.is_finished]
            if not waiting:
                return
            self.step(*waiting)
        assert all(fellow.participant.is_finished for fellow in self.fellows)

    def lose_patience(self, *seats: int) -> None:
        """From now on these members, or all, complain about missing shares at once."""
        for seat in seats or range(len(self.fellows)):
            participant = self.fellows[seat].participant
            participant._settings = replace(participant._settings, share_patience_seconds=0)

    def travel_to(self, phase: Phase) -> None:
        """Let deadlines pass until this phase begins."""
        configuration = self.consortium.configuration
        ends = {
            Phase.COMPLAINING: configuration.deal_by,
            Phase.REVEALING: configuration.complain_by,
            Phase.CHALLENGING: configuration.reveal_by,
            Phase.AGGREGATING: configuration.challenge_by,
        }
        self.consortium.travel_to(ends[phase])
        assert self.phase is phase

    def travel_to_abort(self) -> None:
        """Let all deadlines pass, with too few dealings."""
        self.consortium.travel_to(self.consortium.configuration.challenge_by)
        assert self.phase is Phase.ABORTED

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.consortium.connection.w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]

    def expected_share(self, seat: int) -> int:
        """The share of this member, from what the qualified dealers drew."""
        x = self.consortium.roster().participant(self.fellows[seat].address).x
        return self._sum_at(x)

    def expected_secret(self) -> int:
        return self._sum_at(0)

    def _sum_at(self, x: int) -> int:
        qualified = self.state.qualified
        dealers = [fellow for seat, fellow in enumerate(self.fellows) if qualified >> seat & 1]
        return sum(evaluate(dealer.store.drawn[-1].a, x) for dealer in dealers) % GROUP_ORDER


@contextmanager
def crew_of(
    consortium: Consortium,
    *,
    kinds: Mapping[int, type[Participant]] | None = None,
    settings: ParticipantSettings = QUICK,
    stores: Sequence[RecordingStore] = (),
) -> Iterator[Crew]:
    """Clients of all members; those at some seats may be of another kind, or have a past."""
    with ExitStack() as services:

        def open_service(outbox: Outbox) -> str:
            return services.enter_context(ShareService(outbox)).url

        chosen = stores or [RecordingStore() for _ in consortium.members]
        yield Crew(consortium, kinds or {}, settings, open_service, chosen)
