"""An active session with all its secrets, a gateway that signs anything, and a chain made of lists."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.block_reads import SessionOpenings
from tcss_chain.chain.opening_log import OpeningLine
from tcss_chain.chain.session_reads import MemberState, SessionState
from tcss_chain.curve import G1, G, evaluate, random_nonzero_scalar
from tcss_chain.opening.answer_encryption import RecipientKey
from tcss_chain.opening.answerer import OpeningAnswerer, OpeningOutcome
from tcss_chain.opening.messages import SignedRequest, encode_request
from tcss_chain.opening.policy import OpeningPolicy, OpeningRule, Per
from tcss_chain.participant.secrets_store import FinalShare, MemorySecretsStore
from tcss_chain.protocol.capsule import Capsule, encapsulate
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.roster import evaluation_point
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed

CONTRACT = Account.from_key(b"\x11" * 32).address
CHAIN_ID = 1337
NOW = 1_900_000_000
ANY = OpeningRule(None, None, None, None, None, limit=10, per=Per.DAY)
NOBODY = "0x" + "00" * 19 + "01"


def policy_of(*rules: OpeningRule, within: int = 600) -> OpeningPolicy:
    return OpeningPolicy(rules or (ANY,), within)


@dataclass
class ListedChain:
    """The chain as an answerer sees it; a test may change anything."""

    state: SessionState
    auditor: ChecksumAddress
    members: tuple[ChecksumAddress, ...]
    lines: list[OpeningLine] = field(default_factory=list)
    now: int = NOW
    ahead: int = 0
    chain_id: int = CHAIN_ID
    contract: ChecksumAddress = CONTRACT
    asked: list[tuple[str, Any]] = field(default_factory=list)
    failure: Exception | None = None
    is_told: bool = True

    def is_auditor(self, sid: bytes, account: ChecksumAddress) -> bool:
        self._ask("auditor", sid)
        return account == self.auditor

    def openings(
        self, sid: bytes, account: ChecksumAddress, number: int, before: int
    ) -> SessionOpenings | None:
        self._ask("openings", (number, before))
        if not self.is_told:
            return None
        lines = tuple(self.lines[max(0, number - before) : number + 1])
        member = self.member(account)
        latest = self.now + self.ahead
        return SessionOpenings(self.state, self.auditor, CONTRACT, lines, member, self.now, latest)

    def member(self, account: ChecksumAddress) -> MemberState | None:
        if account not in self.members:
            return None
        seat, state = self.members.index(account), self.state
        joined, dealt, qualified, convicted = (
            bool(seats >> seat & 1) for seats in (state.joined, state.dealt, state.qualified, state.convicted)
        )
        return MemberState(
            account, seat, joined, dealt, qualified, convicted, False, Fault.NONE, bytes(32), 1
        )

    def add(self, request: bytes, digest: bytes, gateway: ChecksumAddress, time: int) -> int:
        self.lines.append(OpeningLine(len(self.lines), request, digest, gateway, time))
        return len(self.lines) - 1

    def _ask(self, what: str, about: Any) -> None:
        self.asked.append((what, about))
        if self.failure is not None:
            raise self.failure


class ActiveSession:
    """Three participants with threshold two; the first one is asked."""

    def __init__(self) -> None:
        self.sid, self.roster_hash = secrets.token_bytes(32), secrets.token_bytes(32)
        made: list[LocalAccount] = [Account.create() for _ in range(3)]
        self.accounts = sorted(made, key=lambda each: int(each.address, 16))
        self.gateway, self.owner, self.stranger = (Account.create() for _ in range(3))
        self.polynomial = [random_nonzero_scalar(), random_nonzero_scalar()]
        self.key = RecipientKey()
        state = SessionState(
            Phase.ACTIVE, 7, 7, 7, 0, 0, NOW - 9999, 0, self.roster_hash, bytes(32), b"\x22" * 32, G
        )
        self.chain = ListedChain(state, self.gateway.address, tuple(each.address for each in self.accounts))
        self.store = MemorySecretsStore()
        self.store.save_share(self.sid, self.share(0))
        self.outcomes: list[OpeningOutcome] = []

    @property
    def me(self) -> LocalAccount:
        return self.accounts[0]

    @property
    def PK(self) -> G1:
        return G * self.polynomial[0]

    def share(self, seat: int) -> FinalShare:
        x = evaluation_point(self.sid, self.roster_hash, self.accounts[seat].address)
        return FinalShare(x, evaluate(self.polynomial, x))

    def answerer(self, policy: OpeningPolicy | None = None, account: LocalAccount | None = None):
        return OpeningAnswerer(
            policy or policy_of(), account or self.me, self.store, self.chain, self.outcomes.append
        )

    def ask(self, signed: SignedRequest, policy: OpeningPolicy | None = None, sid: bytes | None = None):
        """Ask the first participant."""
        return self.answerer(policy).answer(sid or self.sid, body_of(signed))

    def label(self, **changes: Any) -> ModelLabel:
        facts = {
            "sid": self.sid,
            "model": "diagnosis-1",
            "owner": self.owner.address,
            "context": "trial 7",
            "digest": b"\x33" * 32,
            "size": 1000,
        }
        return ModelLabel(**(facts | changes))

    def capsule(self, **changes: Any) -> Capsule:
        return encapsulate(self.label(**changes), self.PK)[0]

    def request(self, capsule: Capsule | None = None, **changes: Any) -> OpeningRequest:
        facts = {
            "capsule": capsule or self.capsule(),
            "gateway": self.gateway.address,
            "recipient_key": self.key.public,
            "purpose": "consultation 12",
            "nonce": secrets.token_bytes(32),
        }
        return OpeningRequest(**(facts | changes))

    def anchor(self, request: OpeningRequest, time: int = NOW - 60, **changes: Any) -> int:
        said = {"request": request.hash(), "digest": request.model_digest, "gateway": request.gateway}
        return self.chain.add(**(said | changes), time=time)

    def sign(
        self,
        request: OpeningRequest,
        number: int,
        *,
        owner: LocalAccount | None = None,
        gateway: LocalAccount | None = None,
        contract: ChecksumAddress | None = None,
        chain_id: int | None = None,
    ) -> SignedRequest:
        domain = (chain_id or self.chain.chain_id, contract or self.chain.contract)
        return SignedRequest(
            request,
            sign_typed(owner or self.owner, SignedKind.CAPSULE, request.capsule.hash(), *domain),
            sign_typed(gateway or self.gateway, SignedKind.REQUEST, request.hash(), *domain),
            number,
        )

    def good(self, request: OpeningRequest | None = None) -> SignedRequest:
        """A request that is answered."""
        chosen = request or self.request()
        return self.sign(chosen, self.anchor(chosen))

    def convict(self, *seats: int) -> None:
        self.chain.state = replace(self.chain.state, convicted=sum(1 << seat for seat in seats))


def body_of(signed: SignedRequest, **changes: Any) -> bytes:
    """What is posted."""
    return json.dumps(encode_request(signed) | changes).encode()
