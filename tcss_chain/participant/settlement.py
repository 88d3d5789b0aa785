"""From closed dealings to an acceptance: verify, complain, answer complaints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.curve import G
from tcss_chain.protocol.complaint import KeyEvidence, ShareEquation, make_key_evidence
from tcss_chain.protocol.dealing import Dealing, verify_polynomial_proof
from tcss_chain.protocol.hashing import WORD_BYTES
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.roster import Roster, seats_of
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.protocol.share_encryption import EncryptedShare

from .errors import UnknownSecretsError
from .events import Happening, Observer, ParticipantEvent
from .parallel_calls import ParallelCalls
from .share_collector import ShareCollector

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
        self._calls = ParallelCalls(sender, roster.sid)
        self._invalid_proofs: list[ChecksumAddress] | None = None
        self._recorded: set[ChecksumAddress] = set()
        self._unkept: dict[ChecksumAddress, EncryptedShare] = {}

    def collect_shares(self, qualified: int) -> None:
        """Get and judge the shares of the qualified dealers that are still missing."""
        self._keep_verified()
        dealers = [self.roster.at_seat(seat).account for seat in seats_of(qualified)]
        if not self.collector.outstanding(dealers):
            return
        revealed = self._view.events.revealed(self.roster.sid, recipient=self._sender.address)
        received = self.collector.collect(dealers, revealed)
        valid = {dealer: share for dealer, share in received.items() if dealer in self.collector.verified}
        self._unkept.update(valid)
        self._keep_verified()
        for dealer in received:
            self._report(Happening.SHARE_RECEIVED if dealer in valid else Happening.SHARE_INVALID, dealer)

    def _keep_verified(self) -> None:
        """Keep what was verified; if the store fails, the next step tries again before anything is signed."""
        if self._unkept:
            self._keep(self._unkept)
            self._unkept = {}

    def has_proofs(self, qualified: int) -> bool:
        """Whether all qualified dealers proved to know their polynomials."""
        return not self._among(qualified, self._find_invalid_proofs())

    def complain_about_proofs(self, qualified: int) -> None:
        """Show invalid proofs of knowledge to the contract (complain phase)."""
        dealers = self._among(qualified, self._find_invalid_proofs())
        self._complain({dealer: partial(self._proof_complaint, dealer) for dealer in dealers})

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
        dealers = self._among(qualified, self.collector.invalid)
        self._complain({dealer: partial(self._share_complaint, dealer) for dealer in dealers})

    def complain_about_missing(self, qualified: int, patience_seconds: float) -> None:
        """Report shares that dealers have not handed out for long (complain phase)."""
        sid, me = self.roster.sid, self._sender.address
        seat = self.roster.participant(me).seat
        calls = {}
        for dealer in self._among(qualified, self.collector.missing_for(patience_seconds)):
            raised, _ = self._view.reads.missing_shares(sid, dealer)
            if not raised >> seat & 1 and dealer != me:
                self._report(Happening.SHARE_MISSING, dealer)
                calls[dealer] = partial(self._actions.complain_missing_share, sid, dealer)
        self._complain(calls)

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
        recipients = [self.roster.at_seat(seat).account for seat in seats_of(unanswered)]
        if not recipients:
            return
        if any(recipient not in shares for recipient in recipients):
            raise UnknownSecretsError(self.roster.sid)
        digest = self.dealings[me].digest(self.roster.sid)
        self._calls.send(
            {
                recipient: partial(
                    self._actions.reveal_share,
                    self.roster.sid,
                    me,
                    recipient,
                    self.roster.keys_hash(me),
                    digest,
                    shares[recipient],
                )
                for recipient in recipients
            },
            # Anybody who has the share may reveal it; and a dealer who is disqualified owes nobody an answer.
            ("NotReported", "AlreadyDisqualified", "WrongPhase"),
            partial(self._report, Happening.REVEALED),
        )

    def record_due_faults(self, state: SessionState) -> None:
        """Record faults that passed deadlines prove; the first faultless participant does it for all."""
        if not (state.joined & ~state.dealt or (state.unanswered and state.phase >= Phase.CHALLENGING)):
            return
        members = [member for member in self._view.reads.members(self.roster.sid) if member.joined]
        faultless = [member.account for member in members if member.fault is Fault.NONE]
        if not faultless or faultless[0] != self._sender.address:
            return
        due = [
            member.account
            for member in members
            if member.fault in (Fault.NO_DEALING, Fault.MISSING_SHARE)
            and member.account not in self._recorded
        ]
        self._calls.send(
            {account: partial(self._actions.record_fault, self.roster.sid, account) for account in due},
            ("NoFaultToRecord",),
            partial(self._report, Happening.RECORDED_FAULT),
        )
        self._recorded.update(due)

    def complain(self, state: SessionState, patience_seconds: float) -> None:
        """Complain about everything that this phase allows."""
        phase, qualified = state.phase, state.qualified
        if phase is Phase.COMPLAINING:
            self.complain_about_proofs(qualified)
            self.complain_about_missing(qualified, patience_seconds)
        if phase in (Phase.COMPLAINING, Phase.CHALLENGING):
            self.complain_about_shares(qualified)

    def has_verified(self, qualified: int) -> bool:
        """Whether the shares of all qualified dealers are there and valid."""
        return all(
            self.roster.at_seat(seat).account in self.collector.verified for seat in seats_of(qualified)
        )

    def _proof_complaint(self, dealer: ChecksumAddress) -> ContractFunction:
        posted = PostedDealing(self.roster.keys_hash(dealer), self.dealings[dealer])
        return self._actions.complain_invalid_proof(self.roster.sid, dealer, posted)

    def _share_complaint(self, dealer: ChecksumAddress) -> ContractFunction:
        dealing, invalid = self.dealings[dealer], self.collector.invalid[dealer]
        accused, me = self.roster.participant(dealer), self.roster.participant(self._sender.address)
        evidence = NO_EVIDENCE
        if invalid.encrypted.is_canonical:
            evidence = make_key_evidence(self.roster.sid, accused, me, self._encryption_key)
        return self._actions.complain_invalid_share(
            self.roster.sid,
            dealer,
            accused.keys,
            me.keys,
            self._own_dealing_hash(),
            dealing.digest(self.roster.sid),
            invalid.encrypted,
            evidence,
            invalid.equation,
            dealing.B if invalid.equation is ShareEquation.B else dealing.C,
        )

    def _own_dealing_hash(self) -> bytes:
        """Give what the contract needs to know this participant's keys again; zero without a dealing."""
        me = self._sender.address
        own = self.dealings.get(me)
        return bytes(WORD_BYTES) if own is None else own.digest(self.roster.sid).hash(self.roster.sid, me)

    def _complain(self, calls: Mapping[ChecksumAddress, Callable[[], ContractFunction]]) -> None:
        self._calls.send(
            calls,
            # Somebody else's complaint came first, or the phase is over.
            ("AlreadyDisqualified", "AlreadyReported", "WrongPhase"),
            partial(self._report, Happening.COMPLAINED),
        )

    def _among(
        self, qualified: int, dealers: Mapping[ChecksumAddress, object] | list[ChecksumAddress]
    ) -> list[ChecksumAddress]:
        return [dealer for dealer in dealers if qualified >> self.roster.participant(dealer).seat & 1]

    def _report(self, happening: Happening, about: ChecksumAddress) -> None:
        self._observe(ParticipantEvent(self._sender.address, happening, about))
