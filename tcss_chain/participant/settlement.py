"""From closed dealings to an acceptance: verify, complain, answer complaints."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.chain.errors import ContractRefusedError, TransactionFailedError
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.curve import G
from tcss_chain.protocol.complaint import KeyEvidence, ShareEquation, make_key_evidence
from tcss_chain.protocol.dealing import Dealing, verify_polynomial_proof
from tcss_chain.protocol.roster import Roster, seats_of
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.protocol.share_encryption import EncryptedShare

from .errors import UnknownSecretsError
from .events import Happening, Observer, ParticipantEvent
from .share_collector import InvalidShare, ShareCollector

NO_EVIDENCE = KeyEvidence(G, 0, 0)
"""Stands where the contract looks at no evidence: for a word that is no scalar. It reveals nothing."""


class Settlement:
    """
    A participant's part in judging one set of dealings.

    Parameters
    ----------
    view : SessionView
        The session.
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        Who complains.
    roster : Roster
        The final roster.
    dealings : mapping of ChecksumAddress to Dealing
        All dealings, as posted.
    collector : ShareCollector
        Gets and judges the shares.
    encryption_key : int
        ``e_j``, the participant's secret.
    keep : callable
        Keeps encrypted shares that were received and verified, so that they survive a crash.
    observe : Observer
        Told of what happens.
    """

    def __init__(
        self,
        view: SessionView,
        actions: SessionActions,
        sender: TransactionSender,
        roster: Roster,
        dealings: Mapping[ChecksumAddress, Dealing],
        collector: ShareCollector,
        encryption_key: int,
        keep: Callable[[Mapping[ChecksumAddress, EncryptedShare]], None],
        observe: Observer,
    ) -> None:
        self.roster = roster
        self.dealings = dealings
        self.collector = collector
        self._view = view
        self._actions = actions
        self._sender = sender
        self._encryption_key = encryption_key
        self._keep = keep
        self._observe = observe
        self._invalid_proofs: list[ChecksumAddress] | None = None
        self._recorded: set[ChecksumAddress] = set()

    def collect_shares(self, qualified: int) -> None:
        """Get and judge the shares of the qualified dealers that are still missing."""
        dealers = [self.roster.at_seat(seat).account for seat in seats_of(qualified)]
        if not self.collector.outstanding(dealers):
            return
        revealed = self._view.events.revealed(self.roster.sid, recipient=self._sender.address)
        received = self.collector.collect(dealers, revealed)
        valid = {dealer: share for dealer, share in received.items() if dealer in self.collector.verified}
        if valid:
            self._keep(valid)
        for dealer in received:
            self._report(Happening.SHARE_RECEIVED if dealer in valid else Happening.SHARE_INVALID, dealer)

    def has_proofs(self, qualified: int) -> bool:
        """Whether all qualified dealers proved to know their polynomials."""
        return not self._among(qualified, self._find_invalid_proofs())

    def complain_about_proofs(self, qualified: int) -> None:
        """Show invalid proofs of knowledge to the contract (complain phase)."""
        for dealer in self._among(qualified, self._find_invalid_proofs()):
            call = self._actions.complain_invalid_proof(self.roster.sid, dealer, self.dealings[dealer])
            self._complain(call, dealer)

    def _find_invalid_proofs(self) -> list[ChecksumAddress]:
        if self._invalid_proofs is None:
            self._invalid_proofs = [
                dealer
                for dealer, dealing in self.dealings.items()
                if not verify_polynomial_proof(self.roster, dealer, dealing)
            ]
            for dealer in self._invalid_proofs:
                self._report(Happening.PROOF_INVALID, dealer)
        return self._invalid_proofs

    def complain_about_shares(self, qualified: int) -> None:
        """Show invalid shares to the contract (complain and challenge phases)."""
        for dealer in self._among(qualified, self.collector.invalid):
            self._complain(self._share_complaint(dealer, self.collector.invalid[dealer]), dealer)

    def complain_about_missing(self, qualified: int, patience_seconds: float) -> None:
        """Report shares that dealers have not handed out for long (complain phase)."""
        seat = self.roster.participant(self._sender.address).seat
        for dealer in self._among(qualified, self.collector.missing_for(patience_seconds)):
            raised, _ = self._view.reads.missing_shares(self.roster.sid, dealer)
            if not raised >> seat & 1:
                self._report(Happening.SHARE_MISSING, dealer)
                self._complain(self._actions.complain_missing_share(self.roster.sid, dealer), dealer)

    def answer_complaints(self, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """
        Reveal the shares of this dealer that recipients say are missing (complain and reveal phases).

        Raises
        ------
        UnknownSecretsError
            If the shares of this dealer's dealing are lost.
        """
        me = self._sender.address
        _, unanswered = self._view.reads.missing_shares(self.roster.sid, me)
        for seat in seats_of(unanswered):
            recipient = self.roster.at_seat(seat).account
            if recipient not in shares:
                raise UnknownSecretsError(self.roster.sid)
            digest = self.dealings[me].digest(self.roster.sid)
            call = self._actions.reveal_share(self.roster.sid, me, recipient, digest, shares[recipient])
            self._send(call, recipient)
            self._report(Happening.REVEALED, recipient)

    def record_due_faults(self) -> None:
        """Record faults that passed deadlines prove; the first faultless participant does it for all."""
        members = [member for member in self._view.reads.members(self.roster.sid) if member.joined]
        faultless = [member.account for member in members if member.fault is Fault.NONE]
        if not faultless or faultless[0] != self._sender.address:
            return
        for member in members:
            if (
                member.fault in (Fault.NO_DEALING, Fault.MISSING_SHARE)
                and member.account not in self._recorded
            ):
                self._recorded.add(member.account)
                self._record_fault(member.account)

    def act_on_faults(self, state: SessionState, patience_seconds: float) -> None:
        """Complain about everything that this phase allows, and record what passed deadlines prove."""
        phase, qualified = state.phase, state.qualified
        if phase is Phase.COMPLAINING:
            self.complain_about_proofs(qualified)
            self.complain_about_missing(qualified, patience_seconds)
        if phase in (Phase.COMPLAINING, Phase.CHALLENGING):
            self.complain_about_shares(qualified)
        if state.joined & ~state.dealt or (state.unanswered and phase >= Phase.CHALLENGING):
            self.record_due_faults()

    def has_verified(self, qualified: int) -> bool:
        """Whether the shares of all qualified dealers are there and valid."""
        return all(
            self.roster.at_seat(seat).account in self.collector.verified for seat in seats_of(qualified)
        )

    def _share_complaint(self, dealer: ChecksumAddress, invalid: InvalidShare) -> ContractFunction:
        dealing = self.dealings[dealer]
        accused, me = self.roster.participant(dealer), self.roster.participant(self._sender.address)
        evidence = NO_EVIDENCE
        if invalid.encrypted.is_canonical:
            evidence = make_key_evidence(self.roster.sid, accused, me, self._encryption_key)
        return self._actions.complain_invalid_share(
            self.roster.sid,
            dealer,
            accused.keys,
            me.keys,
            dealing.digest(self.roster.sid),
            invalid.encrypted,
            evidence,
            invalid.equation,
            dealing.B if invalid.equation is ShareEquation.B else dealing.C,
        )

    def _complain(self, call: ContractFunction, dealer: ChecksumAddress) -> None:
        try:
            self._send(call, dealer)
        except ContractRefusedError as refused:
            # Somebody else's complaint came first.
            if refused.error not in ("AlreadyDisqualified", "WrongPhase"):
                raise
            return
        except TransactionFailedError:
            # The same, between the simulation and the block.
            return
        self._report(Happening.COMPLAINED, dealer)

    def _record_fault(self, account: ChecksumAddress) -> None:
        try:
            self._send(self._actions.record_fault(self.roster.sid, account), account)
        except ContractRefusedError as refused:
            # It is recorded already.
            if refused.error != "NoFaultToRecord":
                raise
            return
        except TransactionFailedError:
            # The same, between the simulation and the block.
            return
        self._report(Happening.RECORDED_FAULT, account)

    def _send(self, call: ContractFunction, about: ChecksumAddress) -> None:
        self._sender.send(call, sid=self.roster.sid, subject=about)

    def _among(
        self, qualified: int, dealers: Mapping[ChecksumAddress, object] | list[ChecksumAddress]
    ) -> list[ChecksumAddress]:
        return [dealer for dealer in dealers if qualified >> self.roster.participant(dealer).seat & 1]

    def _report(self, happening: Happening, about: ChecksumAddress) -> None:
        self._observe(ParticipantEvent(self._sender.address, happening, about))
