"""The participant: one account's part in one session, step by step as the chain's phase demands."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import fields

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, ContractRefusedError
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.errors import TcssError
from tcss_chain.exchange.client import PeerDirectory
from tcss_chain.exchange.messages import SignedAcceptance
from tcss_chain.exchange.outbox import Outbox
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares, dealings_hash, make_dealing
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.roster import Roster, seats_of
from tcss_chain.protocol.session import Configuration, Phase
from tcss_chain.protocol.share_encryption import EncryptedShare

from .activation import Acceptor, Activator
from .errors import (
    InconsistentShareError,
    ParticipantError,
    UnagreedConfigurationError,
    UnknownSecretsError,
)
from .events import Happening, Observer, ParticipantEvent, ignore
from .secrets_store import FinalShare, SecretsStore, SessionSecrets
from .settings import ParticipantSettings
from .settlement import Settlement
from .share_collector import ShareCollector


class Participant:
    """
    Runs one session for one account, from the configuration and the chain alone.

    `step` looks at the chain and does what is due; calling it again after any failure is safe.

    Parameters
    ----------
    connection : Connection
        The node.
    account : LocalAccount
        The participant's account.
    sid : bytes
        The session.
    directory : PeerDirectory
        The other participants' services.
    outbox : Outbox
        What the own service hands out.
    store : SecretsStore
        Where secrets are kept.
    agreed : Configuration, optional
        What the organisation agreed to: it joins no session that is made of anything else. Without it, the
        session id alone says what is joined and what bond is paid.
    settings : ParticipantSettings
        Patience and care.
    observe : Observer
        Told of what happens.
    on_transaction : callable, optional
        Told of every mined transaction.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        sid: bytes,
        directory: PeerDirectory,
        outbox: Outbox,
        store: SecretsStore,
        *,
        agreed: Configuration | None = None,
        settings: ParticipantSettings | None = None,
        observe: Observer = ignore,
        on_transaction: Callable[[MinedTransaction], None] | None = None,
    ) -> None:
        self.sid = sid
        self._store = store
        self._agreed = agreed
        self._settings = settings or ParticipantSettings()
        self._observe = observe
        self._directory = directory
        self._outbox = outbox
        self._sender = TransactionSender(connection, account, on_transaction)
        self._actions = SessionActions(connection)
        self._view = SessionView(connection, sid)
        self._reads = self._view.reads
        self._acceptor = Acceptor(connection, self._sender)
        self._activator = Activator(
            self._actions,
            self._sender,
            self._acceptor,
            directory,
            self._settings.activation_stagger_seconds,
        )
        self._settlement: Settlement | None = None
        self._settlement_key: tuple[bytes, bytes] | None = None
        self._acceptance: SignedAcceptance | None = None

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
        """Whether the final share is all that is left."""
        return self.final_share is not None and self._store.load(self.sid) is None

    def run(self, until: Callable[[], bool]) -> None:
        """
        Step until it is enough. What the chain or the node refuses is reported and tried again.

        Parameters
        ----------
        until : callable
            Asked after every step.

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
            time.sleep(self._settings.poll_seconds)

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
                self._give_up()
        return state.phase

    def _join(self) -> None:
        if self._reads.member(self.sid, self.address).joined:
            return
        configuration = self._view.configuration()
        if self._agreed is not None and configuration != self._agreed:
            differing = (
                field.name
                for field in fields(Configuration)
                if getattr(configuration, field.name) != getattr(self._agreed, field.name)
            )
            raise UnagreedConfigurationError(self.sid, tuple(differing))
        secrets = self._store.load(self.sid) or SessionSecrets.draw()
        self._store.save(self.sid, secrets)
        keys = secrets.keys
        call = self._actions.join(
            self.sid,
            keys,
            prove_possession(self.sid, self.address, KeyRole.ENCRYPTION, secrets.e, keys.P),
            prove_possession(self.sid, self.address, KeyRole.DEALING, secrets.d, keys.D),
        )
        self._sender.send(call, configuration.bond)
        self._report(Happening.JOINED)

    def _deal(self, state: SessionState) -> None:
        member = self._reads.member(self.sid, self.address)
        if not member.joined or member.dealt:
            return
        known = self._secrets()
        secrets = known.for_roster(state.roster_hash)
        if secrets is None:
            # The same polynomials at the points of another roster would give every corrupt member two shares.
            # The roster may have changed since the state was read, even to one that was dealt for before.
            roster = self._view.roster()
            secrets = known.for_roster(roster.roster_hash)
            if secrets is None:
                polynomials, dealt = self._make_dealing(roster, known.d)
                secrets = known.with_dealing(roster.roster_hash, polynomials, dealt)
                self._store.save(self.sid, secrets)
        if secrets.dealt is None:
            raise UnknownSecretsError(self.sid)
        try:
            self._sender.send(self._actions.deal(self.sid, secrets.roster_hash, secrets.dealt.dealing))
        except ContractRefusedError as refused:
            # The roster changed under this dealing; the next step makes one for the new roster.
            if refused.error != "RosterChanged":
                raise
            return
        self._report(Happening.DEALT)

    def _make_dealing(self, roster: Roster, dealing_key: int) -> tuple[DealingPolynomials, DealtShares]:
        polynomials = DealingPolynomials.draw(roster.threshold)
        return polynomials, make_dealing(roster, self.address, dealing_key, polynomials)

    def _settle(self, state: SessionState) -> None:
        if not self._reads.member(self.sid, self.address).joined or not self._is_final(Phase.COMPLAINING):
            return
        settlement = self._settlement_for(state)
        own_shares = self._own_shares(state)
        self._hand_out(own_shares)
        settlement.collect_shares(state.qualified)
        settlement.act_on_faults(state.phase, state.qualified, self._settings.share_patience_seconds)
        if state.phase in (Phase.COMPLAINING, Phase.REVEALING):
            self._answer_complaints(settlement, own_shares)

        state = self._reads.state(self.sid)
        if not settlement.has_proofs(state.qualified):
            return
        if settlement.has_verified(state.qualified):
            self._accept(settlement, state.qualified)
        if state.phase is Phase.AGGREGATING:
            self._activate_computed(settlement, state.qualified)

    def _hand_out(self, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        self._outbox.publish_shares(self.sid, shares)

    def _answer_complaints(
        self, settlement: Settlement, shares: Mapping[ChecksumAddress, EncryptedShare]
    ) -> None:
        settlement.answer_complaints(shares)

    def _accept(self, settlement: Settlement, qualified: int) -> None:
        accepted = self._acceptance
        if accepted is None or accepted.qualified != qualified:
            accepted = self._acceptor.accept(settlement.roster, settlement.dealings, qualified)
            self._acceptance = accepted
            self._outbox.publish_acceptance(self.sid, accepted)
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
        if not self._reads.member(self.sid, self.address).joined or not self._is_final(Phase.ACTIVE):
            return
        if self._store.load_share(self.sid) is None:
            settlement = self._settlement_for(state)
            self._hand_out(self._own_shares(state))
            settlement.collect_shares(state.qualified)
            if not settlement.has_verified(state.qualified):
                return
            self._store.save_share(self.sid, self._add_up(settlement, state.qualified))
            self._report(Happening.HOLDS_SHARE)
        if self._store.load(self.sid) is not None:
            self._store.erase(self.sid)
            self._settlement = self._settlement_key = None
            self._report(Happening.ERASED)

    def _add_up(self, settlement: Settlement, qualified: int) -> FinalShare:
        roster = settlement.roster
        dealers = [roster.at_seat(seat).account for seat in seats_of(qualified)]
        shares = [settlement.collector.verified[dealer] for dealer in dealers]
        y = sum(share.y for share in shares) % GROUP_ORDER
        z = sum(share.z for share in shares) % GROUP_ORDER
        x = roster.participant(self.address).x
        R, S = self._view.aggregate(roster, settlement.dealings).encryption_at(x)
        if (R, S) != (G * z, G * y + roster.A * z):
            raise InconsistentShareError(self.sid)
        return FinalShare(x=x, y=y)

    def _give_up(self) -> None:
        if not self._is_final(Phase.ABORTED):
            return
        if self._store.load(self.sid) is not None:
            self._store.erase(self.sid)
            self._report(Happening.ERASED)
        if self._reads.bond(self.sid, self.address):
            self._sender.send(self._actions.withdraw_bond(self.sid, self.address))
            self._report(Happening.WITHDREW)

    def _settlement_for(self, state: SessionState) -> Settlement:
        key = (state.roster_hash, state.dealings_hash)
        if self._settlement is None or self._settlement_key != key:
            secrets = self._secrets()
            roster, dealings = self._view.roster(), self._view.dealings()
            if (roster.roster_hash, dealings_hash(self.sid, dealings)) != key:
                raise ChainContradictionError("roster and dealings are not those that the session counts")
            me = roster.participant(self.address)
            self._settlement = Settlement(
                self._view,
                self._actions,
                self._sender,
                roster,
                dealings,
                ShareCollector(roster, me, secrets.e, dealings, self._directory),
                secrets.e,
                self._observe,
            )
            self._settlement_key = key
            self._acceptance = None
        return self._settlement

    def _own_shares(self, state: SessionState) -> Mapping[ChecksumAddress, EncryptedShare]:
        secrets = self._secrets().for_roster(state.roster_hash)
        return {} if secrets is None or secrets.dealt is None else secrets.dealt.shares

    def _secrets(self) -> SessionSecrets:
        secrets = self._store.load(self.sid)
        if secrets is None:
            raise UnknownSecretsError(self.sid)
        return secrets

    def _is_final(self, phase: Phase) -> bool:
        return self._reads.phase_at(self.sid, self._settings.confirmations) >= phase

    def _report(self, happening: Happening) -> None:
        self._observe(ParticipantEvent(self.address, happening))
