"""The participant: one account's part in one session, step by step as the chain's phase demands."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.errors import TcssError
from tcss_chain.exchange.messages import SignedAcceptance
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares, make_dealing
from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.session import Configuration, Phase
from tcss_chain.protocol.share_encryption import EncryptedShare

from .activation import Acceptor, Activator
from .agreement import Agreement
from .bond import BondCollector
from .confirmation import Confirmation
from .dealer import Dealer
from .errors import ParticipantError, UnknownSecretsError
from .events import Happening, Observer, ParticipantEvent, ignore
from .final_share import FinalShareKeeper
from .joining import Joiner
from .secrets_store import FinalShare, SecretsStore, SessionSecrets
from .settings import ParticipantSettings
from .settlement import Settlement
from .settlement_builder import SettlementBuilder


class Participant:
    """
    Runs one session for one account, from the configuration and the chain alone.

    `step` looks at the chain and does what is due; calling it again after any failure, also in another
    process with the same store and the same journal of transactions, is safe.

    Parameters
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        The participant's wallet.
    sid : bytes
        The session.
    peers : PeerFetcher
        Asks the other participants' services.
    outbox : Outbox
        What the own service hands out.
    store : SecretsStore
        Where secrets are kept.
    agreement : Agreement, optional
        What the organisation agreed to: it joins no session that is made of anything else. Without it, the
        session id alone says what is joined and what bond is paid.
    settings : ParticipantSettings
        Patience and care.
    observe : Observer
        Told of what happens.
    reached : callable
        Told of every moment at which a crash must do no harm.
    first_block : int
        From which block on events are read.

    Attributes
    ----------
    sid : bytes
        The session.
    phase : Phase
        The phase that was acted on last.
    is_over : bool
        Whether nothing is left to be done: the bond is withdrawn, or this account never joined.
    """

    def __init__(
        self,
        connection: Connection,
        sender: TransactionSender,
        sid: bytes,
        peers: PeerFetcher,
        outbox: Outbox,
        store: SecretsStore,
        *,
        agreement: Agreement | None = None,
        settings: ParticipantSettings | None = None,
        observe: Observer = ignore,
        reached: Reached = go_on,
        first_block: int = 0,
    ) -> None:
        self.sid = sid
        self.is_over = False
        self.phase = Phase.NONE
        self._connection = connection
        self._sender = sender
        self._peers = peers
        self._outbox = outbox
        self._store = store
        self._settings = settings or ParticipantSettings()
        self._observe = observe
        self._reached = reached
        self._actions = SessionActions(connection)
        self._view = SessionView(connection, sid, first_block)
        self._reads = self._view.reads
        self._confirmation = Confirmation(connection, self._settings.confirmations)
        self._acceptor = Acceptor(connection, sender)
        self._activator = Activator(
            self._actions, sender, self._acceptor, peers, self._settings.activation_stagger_seconds
        )
        self._joiner = Joiner(
            connection, self._actions, sender, store, agreement, self._settings.gas_reserve, reached
        )
        self._dealer = Dealer(self._actions, sender, store, self._view, reached)
        self._bond = BondCollector(connection, self._actions, sender)
        self._keeper = FinalShareKeeper(store, reached)
        self._builder = SettlementBuilder(self._view, self._actions, sender, peers, store, observe, reached)
        self._settlement: Settlement | None = None
        self._settlement_key: tuple[bytes, bytes] | None = None
        self._acceptance: SignedAcceptance | None = None
        self._handed_out: Mapping[ChecksumAddress, EncryptedShare] | None = None
        self._known_configuration: Configuration | None = None

    @property
    def address(self) -> ChecksumAddress:
        """The participant's address."""
        return self._sender.address

    @property
    def final_share(self) -> FinalShare | None:
        """The final share, once the session is active."""
        return self._store.load_share(self.sid)

    @property
    def is_finished(self) -> bool:
        """Whether the final share is all that is left of the secrets."""
        return self.final_share is not None and self._store.load(self.sid) is None

    def run(self, until: Callable[[], bool], wait: Callable[[float], object] | None = None) -> None:
        """
        Step until it is enough. What the chain or the node refuses is reported and tried again.

        Parameters
        ----------
        until : callable
            Asked after every step.
        wait : callable, optional
            Waits for so many seconds, or less when there is a reason; sleeps when not given.

        Raises
        ------
        ParticipantError
            If the participant cannot go on.
        """
        while True:
            try:
                self.step()
            except ParticipantError:
                raise
            except TcssError as error:
                self._observe(ParticipantEvent(self.address, Happening.FAILED, detail=str(error)))
            if until():
                return
            idle = self.phase in (Phase.ACTIVE, Phase.ABORTED) and self._store.load(self.sid) is None
            seconds = self._settings.idle_seconds if idle else self._settings.poll_seconds
            (wait or time.sleep)(seconds)

    def step(self) -> Phase:
        """
        Do what the session needs of this participant now.

        Returns
        -------
        Phase
            The phase that was acted on.

        Raises
        ------
        UnknownSecretsError
            If the account has joined but its secrets are lost.
        ChainError
            If the chain or the node fails; try again.
        """
        state = self._reads.state(self.sid)
        match state.phase:
            case Phase.JOINING:
                self._join()
            case Phase.DEALING:
                self._deal(state)
            case Phase.COMPLAINING | Phase.REVEALING | Phase.CHALLENGING | Phase.AGGREGATING:
                self._settle(state)
            case Phase.ACTIVE:
                self._finish(state)
            case Phase.ABORTED:
                self._give_up(state)
        self.phase = state.phase
        return state.phase

    def _join(self) -> None:
        if self._reads.member(self.sid, self.address).joined:
            return
        self._joiner.join(self.sid, self._view.configuration(), self._connection.chain_time())
        self._report(Happening.JOINED)

    def _deal(self, state: SessionState) -> None:
        member = self._reads.member(self.sid, self.address)
        if not member.joined or member.dealt:
            return
        confirmed = self._confirmation.of(Phase.DEALING, self.sid, state)
        if confirmed is None:
            return
        if self._dealer.deal(self._secrets(), confirmed.roster_hash, self._make_dealing):
            self._report(Happening.DEALT)

    def _make_dealing(self, roster: Roster, dealing_key: int) -> tuple[DealingPolynomials, DealtShares]:
        polynomials = DealingPolynomials.draw(roster.threshold)
        return polynomials, make_dealing(roster, self.address, dealing_key, polynomials)

    def _settle(self, state: SessionState) -> None:
        confirmed = self._confirmation.of(Phase.COMPLAINING, self.sid, state)
        if confirmed is None or not self._has_joined(confirmed):
            return
        settlement = self._settlement_for(state)
        own_shares = self._offer_own_shares(state)
        # Others wait for these answers, and so does a deadline: they come before what a slow peer may delay.
        if state.phase in (Phase.COMPLAINING, Phase.REVEALING):
            self._answer_complaints(settlement, own_shares)
        settlement.collect_shares(state.qualified)
        settlement.complain(state, self._patience_seconds(state))

        state = self._reads.state(self.sid)
        # Judged by the state that is accepted: a fault that the qualified set knows of is recorded before it.
        settlement.record_due_faults(state)
        if not settlement.has_proofs(state.qualified):
            return
        if settlement.has_verified(state.qualified):
            self._accept(settlement, state.qualified)
        if state.phase is Phase.AGGREGATING:
            self._activate_computed(settlement, state.qualified)

    def _offer_own_shares(self, state: SessionState) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Hand out the shares of the own dealing; they are kept first, for recipients that come late."""
        shares = self._own_shares(state)
        if self._handed_out is None:
            if shares and self._store.load_handed_out(self.sid) != shares:
                self._store.save_handed_out(self.sid, shares)
                self._reached("shares.kept")
            self._hand_out(shares)
            self._handed_out = shares
            self._reached("shares.published")
        return shares

    def _hand_out(self, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        self._outbox.publish_shares(self.sid, shares)

    def _answer_complaints(
        self, settlement: Settlement, shares: Mapping[ChecksumAddress, EncryptedShare]
    ) -> None:
        settlement.answer_complaints(shares)

    def _patience_seconds(self, state: SessionState) -> float:
        """How long a share may be missing: not until after the phase in which that can be said."""
        if state.phase is not Phase.COMPLAINING:
            return self._settings.share_patience_seconds
        configuration = self._configuration()
        left = configuration.complain_by - self._connection.chain_time()
        # In a short phase, most of it must be left for shares to come.
        longest = (configuration.complain_by - configuration.deal_by) / 4
        margin = min(self._settings.complaint_margin_seconds, longest)
        return self._settings.share_patience_seconds if left > margin else 0

    def _accept(self, settlement: Settlement, qualified: int) -> None:
        accepted = self._acceptance
        if accepted is None or accepted.qualified != qualified:
            accepted = self._acceptor.accept(settlement.roster, settlement.dealings, qualified)
            self._reached("acceptance.signed")
            self._acceptance = accepted
            self._outbox.publish_acceptance(self.sid, accepted)
            self._reached("acceptance.published")
            self._report(Happening.ACCEPTED)
        our_turn = self._activator.is_our_turn(settlement.roster, (Happening.ACTIVATED, qualified))
        if our_turn and self._activator.activate_unanimously(
            settlement.roster, settlement.dealings, accepted
        ):
            self._report(Happening.ACTIVATED)

    def _activate_computed(self, settlement: Settlement, qualified: int) -> None:
        our_turn = self._activator.is_our_turn(settlement.roster, (Happening.AGGREGATED, qualified))
        if our_turn and self._activator.activate_computed(settlement.roster, settlement.dealings, qualified):
            self._report(Happening.AGGREGATED)

    def _finish(self, state: SessionState) -> None:
        # A share of an activation that is reorganised away would be worthless, and the secrets gone.
        confirmed = self._confirmation.of(Phase.ACTIVE, self.sid, state)
        if confirmed is None:
            return
        if not self._has_joined(confirmed):
            self.is_over = True
            return
        if self._store.load(self.sid) is not None:
            self._keep_final_share(confirmed)
        elif self.final_share is None:
            raise UnknownSecretsError(self.sid)
        elif self._handed_out is None:
            self._handed_out = self._store.load_handed_out(self.sid)
            self._hand_out(self._handed_out)
        self._collect_bond(confirmed.phase)

    def _keep_final_share(self, confirmed: SessionState) -> None:
        settlement = self._settlement_for(confirmed)
        self._offer_own_shares(confirmed)
        settlement.collect_shares(confirmed.qualified)
        if not settlement.has_verified(confirmed.qualified):
            return
        was_there = self.final_share is not None
        self._keeper.keep(settlement, confirmed, self.address)
        if not was_there:
            self._report(Happening.HOLDS_SHARE)
        self._erase()

    def _give_up(self, state: SessionState) -> None:
        confirmed = self._confirmation.of(Phase.ABORTED, self.sid, state)
        if confirmed is None:
            return
        if self._store.load(self.sid) is not None:
            self._erase()
        self._collect_bond(confirmed.phase)

    def _erase(self) -> None:
        # What memory holds of them goes first, whatever becomes of the file.
        self._settlement = self._settlement_key = None
        self._store.erase(self.sid)
        self._reached("secrets.erased")
        self._report(Happening.ERASED)

    def _collect_bond(self, phase: Phase) -> None:
        """Withdraw the bond when the contract gives it; the session is over then."""
        if not self._bond.is_due(phase, self._configuration().bond_release_time):
            return
        withdrew = self._bond.collect(self.sid)
        if withdrew:
            self._report(Happening.WITHDREW)
        # Whoever still misses its final share goes on asking for it.
        self.is_over = withdrew is not None and self._store.load(self.sid) is None

    def _settlement_for(self, state: SessionState) -> Settlement:
        key = (state.roster_hash, state.dealings_hash)
        if self._settlement is None or self._settlement_key != key:
            self._settlement = self._builder.build(state, self._secrets())
            self._settlement_key = key
            self._acceptance = None
            self._handed_out = None
        return self._settlement

    def _own_shares(self, state: SessionState) -> Mapping[ChecksumAddress, EncryptedShare]:
        secrets = self._secrets().for_roster(state.roster_hash)
        return {} if secrets is None or secrets.dealt is None else secrets.dealt.shares

    def _secrets(self) -> SessionSecrets:
        secrets = self._store.load(self.sid)
        if secrets is None:
            raise UnknownSecretsError(self.sid)
        return secrets

    def _configuration(self) -> Configuration:
        if self._known_configuration is None:
            self._known_configuration = self._view.configuration()
        return self._known_configuration

    def _has_joined(self, state: SessionState) -> bool:
        seat = self._configuration().seat_of(self.address)
        return bool(state.joined >> seat & 1)

    def _report(self, happening: Happening) -> None:
        self._observe(ParticipantEvent(self.address, happening))
