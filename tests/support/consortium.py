"""A consortium with all its secrets, driven step by step against a contract."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.session_view import SessionView, qualified_aggregate
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import G1, GROUP_ORDER, G, random_nonzero_scalar
from tcss_chain.protocol.acceptance import Acceptance, CompactSignature
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares, make_dealing
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.roster import ParticipantKeys, Roster, keys_hash
from tcss_chain.protocol.session import Configuration, Phase, session_id

PHASE_SECONDS = 100_000
BOND = 10**18


@dataclass
class TestMember:
    """A member with its secrets."""

    __test__ = False

    account: LocalAccount
    sender: TransactionSender
    e: int = field(default_factory=random_nonzero_scalar)
    d: int = field(default_factory=random_nonzero_scalar)
    polynomials: DealingPolynomials | None = None
    dealt: DealtShares | None = None

    @property
    def address(self) -> ChecksumAddress:
        return self.account.address

    @property
    def keys(self) -> ParticipantKeys:
        return ParticipantKeys(G * self.e, G * self.d)


class Consortium:
    """Members, auditor and an outsider of one session; every step is a method."""

    def __init__(
        self,
        connection: Connection,
        accounts: tuple[LocalAccount, ...],
        *,
        n: int = 4,
        t: int = 3,
        bond: int = BOND,
        **changes: Any,
    ) -> None:
        self.connection = connection
        self.reads = SessionReads(connection)
        self.actions = SessionActions(connection)
        chosen = sorted(accounts[:n], key=lambda account: int(account.address, 16))
        self.members = [TestMember(account, TransactionSender(connection, account)) for account in chosen]
        self.auditor, self.creator, self.outsider = (
            TransactionSender(connection, account) for account in accounts[n : n + 3]
        )
        self.alpha = random_nonzero_scalar()
        now = connection.chain_time()
        self.configuration = replace(
            Configuration(
                threshold=t,
                members=tuple(member.address for member in self.members),
                auditor=self.auditor.address,
                confirm_by=now + PHASE_SECONDS,
                join_by=now + 2 * PHASE_SECONDS,
                deal_by=now + 3 * PHASE_SECONDS,
                complain_by=now + 4 * PHASE_SECONDS,
                reveal_by=now + 5 * PHASE_SECONDS,
                challenge_by=now + 6 * PHASE_SECONDS,
                bond_release_time=now + 7 * PHASE_SECONDS,
                bond=bond,
                beneficiary=self.creator.address,
            ),
            **changes,
        )
        self.salt = secrets.token_bytes(32)
        self.sid = session_id(
            connection.chain_id,
            connection.contract_address,
            self.creator.address,
            self.salt,
            self.configuration,
        )
        self.view = SessionView(connection, self.sid)

    @property
    def A(self) -> G1:
        return G * self.alpha

    def clone(self) -> Consortium:
        """A copy whose members can be changed without changing these."""
        other = copy.copy(self)
        other.members = [copy.copy(member) for member in self.members]
        return other

    def travel_to(self, timestamp: int) -> None:
        """Move the chain's clock and mine a block, so that calls see it."""
        provider = self.connection.w3.provider
        provider.make_request("evm_setNextBlockTimestamp", [timestamp])  # type: ignore[arg-type]
        provider.make_request("evm_mine", [])  # type: ignore[arg-type]

    def pin(self, timestamp: int) -> None:
        """Travel, and give the next transaction exactly this time too."""
        self.travel_to(timestamp)
        provider = self.connection.w3.provider
        provider.make_request("evm_setNextBlockTimestamp", [timestamp])  # type: ignore[arg-type]

    def create(self) -> MinedTransaction:
        return self.creator.send(self.actions.create_session(self.salt, self.configuration))

    def confirm(self) -> MinedTransaction:
        proof = prove_possession(self.sid, self.auditor.address, KeyRole.AUDITOR, self.alpha, self.A)
        return self.auditor.send(self.actions.confirm(self.sid, self.A, proof))

    def join_call(self, member: TestMember) -> Any:
        keys = member.keys
        return self.actions.join(
            self.sid,
            keys,
            prove_possession(self.sid, member.address, KeyRole.ENCRYPTION, member.e, keys.P),
            prove_possession(self.sid, member.address, KeyRole.DEALING, member.d, keys.D),
        )

    def join(self, member: TestMember) -> MinedTransaction:
        return member.sender.send(self.join_call(member), self.configuration.bond)

    def roster(self) -> Roster:
        return self.view.roster()

    def prepare_dealing(self, member: TestMember) -> DealtShares:
        roster = self.roster()
        member.polynomials = DealingPolynomials.draw(roster.threshold)
        member.dealt = make_dealing(roster, member.address, member.d, member.polynomials)
        return member.dealt

    def deal(self, member: TestMember, dealt: DealtShares | None = None) -> MinedTransaction:
        member.dealt = dealt or self.prepare_dealing(member)
        roster_hash = self.reads.state(self.sid).roster_hash
        return member.sender.send(self.actions.deal(self.sid, roster_hash, member.dealt.dealing))

    def aggregate(self) -> SealedAggregate:
        """What the qualified set of now adds up to."""
        qualified = self.reads.state(self.sid).qualified
        return qualified_aggregate(self.roster(), self.view.dealings(), qualified)

    def acceptance(self, aggregate: SealedAggregate | None = None) -> Acceptance:
        state = self.reads.state(self.sid)
        chosen = aggregate or self.aggregate()
        aggregate_hash = chosen.hash(self.sid, state.roster_hash, state.qualified)
        return Acceptance(self.sid, state.roster_hash, state.dealings_hash, state.qualified, aggregate_hash)

    def sign(self, member: TestMember, acceptance: Acceptance) -> CompactSignature:
        signable = acceptance.signable(self.connection.chain_id, self.connection.contract_address)
        signed = member.account.sign_message(signable)
        return CompactSignature.from_rsv(signed.r, signed.s, signed.v)

    def signatures(self, acceptance: Acceptance) -> list[tuple[ChecksumAddress, CompactSignature]]:
        return [(member.address, self.sign(member, acceptance)) for member in self.members]

    def activate_unanimously(self) -> MinedTransaction:
        acceptance = self.acceptance()
        call = self.actions.activate_unanimously(
            self.sid, acceptance.qualified, acceptance.aggregate_hash, self.signatures(acceptance)
        )
        return self.outsider.send(call)

    def activate_computed(self) -> MinedTransaction:
        state = self.reads.state(self.sid)
        dealings = self.view.dealings()
        chosen = [
            PostedDealing(keys_hash(self.sid, member.address, member.keys), dealings[member.address])
            for seat, member in enumerate(self.members)
            if state.qualified >> seat & 1
        ]
        return self.outsider.send(self.actions.aggregate(self.sid, 0, None, chosen))

    def run_to(self, phase: Phase) -> Consortium:
        """Take a fresh session to a phase with everybody honest; ACTIVE is reached unanimously."""
        self.create()
        if phase is Phase.CONFIRMING:
            return self
        self.confirm()
        if phase is Phase.JOINING:
            return self
        for member in self.members:
            self.join(member)
        if phase is Phase.DEALING:
            return self
        for member in self.members:
            self.deal(member)
        if phase is Phase.ACTIVE:
            self.activate_unanimously()
        elif phase > Phase.COMPLAINING:
            ends = {
                Phase.REVEALING: self.configuration.complain_by,
                Phase.CHALLENGING: self.configuration.reveal_by,
                Phase.AGGREGATING: self.configuration.challenge_by,
            }
            self.travel_to(ends[phase])
        return self

    def final_share(self, member: TestMember) -> int:
        """The member's share of the secret, from everybody's polynomials."""
        qualified = self.reads.state(self.sid).qualified
        x = self.roster().participant(member.address).x
        total = 0
        for seat, dealer in enumerate(self.members):
            if qualified >> seat & 1:
                assert dealer.polynomials is not None
                total += dealer.polynomials.share_at(x).y
        return total % GROUP_ORDER
