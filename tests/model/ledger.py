"""What the contract and the accounts around it hold, and how money moves between them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from .material import Address, Claim, QueryChallenge, Sid
from .refusal import Refused, require
from .session import Phase, Session
from .words import H


@dataclass(frozen=True)
class Call:
    """A call of the contract or of its opening log, with the model's name for it."""

    name: str
    arguments: tuple[Any, ...] = ()
    value: int = 0


@dataclass(frozen=True)
class Event:
    """``source`` is "sessions" or "openings", which contract it comes from."""

    source: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a call ended: refused, or with what it returned and the events in their order."""

    refused: Refused | None = None
    returned: Any = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Record:
    sid: Sid
    number: int
    """In its session."""
    auditor: Address
    accused: tuple[Address, ...]
    challenge: QueryChallenge
    claim: Claim
    time: int

    @property
    def evidence_hash(self) -> bytes:
        return H("tcss.v1.record", self.sid, self.number, self.challenge.words(), self.claim.words())


@dataclass(frozen=True)
class Opening:
    request: bytes
    model_digest: bytes
    gateway: Address
    time: int


class Behaviour(IntEnum):
    """What an account with code does when it is paid."""

    ACCEPT = 0
    REFUSE = 1
    CALL_BACK = 2


@dataclass(frozen=True)
class CodeAccount:
    """An account with code: it may refuse money, or call the contract when it is paid."""

    behaviour: Behaviour = Behaviour.ACCEPT
    call: Call | None = None
    call_backs: int = 0
    successes: int = 0
    last: tuple[Call, Outcome] | None = None


@dataclass
class Ledger:
    """The state that calls change. Its parts are replaced, never changed: a shallow copy restores it."""

    chain_id: int
    address: Address
    log_address: Address
    now: int
    sessions: dict[Sid, Session] = field(default_factory=dict)
    auditor_keys: frozenset[int] = frozenset()
    partials: dict[tuple[Sid, Address], bytes] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    openings: dict[Sid, tuple[Opening, ...]] = field(default_factory=dict)
    balances: dict[Address, int] = field(default_factory=dict)
    code_accounts: dict[Address, CodeAccount] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    def saved(self) -> dict[str, Any]:
        return {name: copy.copy(value) for name, value in vars(self).items()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        for name, value in saved.items():
            setattr(self, name, copy.copy(value))

    def emit(self, name: str, *, source: str = "sessions", **arguments: Any) -> None:
        self.events += (Event(source, name, arguments),)

    def session(self, sid: Sid) -> Session:
        if sid not in self.sessions:
            raise Refused("UnknownSession", sid)
        return self.sessions[sid]

    def session_in(self, sid: Sid, *phases: Phase) -> Session:
        session = self.session(sid)
        phase = session.phase(self.now)
        require(phase in phases, "WrongPhase", phase)
        return session

    def store(self, session: Session) -> None:
        self.sessions[session.sid] = session

    def move(self, payer: Address, payee: Address, amount: int) -> None:
        self.balances[payer] = self.balances.get(payer, 0) - amount
        self.balances[payee] = self.balances.get(payee, 0) + amount

    def pay(self, recipient: Address, amount: int, run: Callable[[Address, Call], Outcome]) -> None:
        """Send money out of the contract; ``run`` is how an account with code calls back."""
        account = self.code_accounts.get(recipient, CodeAccount())
        takes = recipient not in (self.address, self.log_address) and account.behaviour != Behaviour.REFUSE
        require(takes, "FailedCall")
        self.move(self.address, recipient, amount)
        if account.behaviour is Behaviour.CALL_BACK:
            assert account.call is not None
            self._note(recipient, call_backs=account.call_backs + 1)
            outcome = run(recipient, account.call)
            successes = self.code_accounts[recipient].successes + (outcome.refused is None)
            self._note(recipient, successes=successes, last=(account.call, outcome))

    def _note(self, address: Address, **changes: Any) -> None:
        self.code_accounts[address] = replace(self.code_accounts[address], **changes)
