"""Model and contract side by side: every call goes to both, and all that can be seen of both is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from model.contract import ContractModel
from model.ledger import Behaviour, Call, CodeAccount, Ledger, Outcome
from model.material import Address, Sid
from model.session import Session
from model.words import abi_encode

from .stateful_abi import Interface
from .stateful_actors import Actor, make_actors
from .stateful_machine import CHAIN_ID, Reply, SessionMachine
from .stateful_material import auditor_key
from .stateful_wire import (
    View,
    contract_views,
    everything_else_about,
    returned,
    session_views,
    views_of_nothing,
    write,
    written_event,
)

START = 2_000_000_000
AUDITOR_KEYS = 4
NOBODY = b"\x0b" * 20
SINKS = (NOBODY, bytes(20))
"""Accounts that nobody owns; money may go there."""


Encoded = tuple[View, Address, bytes, bool, bytes]
"""A view with its place, its calldata, whether it succeeds, and what it must answer."""


class Disagreement(AssertionError):  # noqa: N818
    """Model and contract differ; the message tells how they got there."""


class World:
    """
    One contract with its model.

    Parameters
    ----------
    machine : SessionMachine
        The contract; everything is put back by `close`.
    counts : Counter
        Outcomes of calls are counted here.
    """

    def __init__(self, machine: SessionMachine, counts: Counter[tuple[str, ...]]) -> None:
        self.machine = machine
        self.counts = counts
        self.history: list[str] = []
        self.actors = make_actors(machine.code_account)
        self._start = machine.snapshot()
        machine.set_time(START)
        for actor in self.actors.everybody:
            machine.enrich(actor.address)
        self.watched = (*(actor.address for actor in self.actors.everybody), *SINKS)
        ledger = Ledger(CHAIN_ID, machine.sessions, machine.openings, START)
        ledger.balances = {account: machine.balance(account) for account in (machine.sessions, *self.watched)}
        ledger.code_accounts = {self.actors.code.address: CodeAccount()}
        self.model = ContractModel(ledger)
        self.traces: list[tuple[Any, ...]] = []
        """Arguments of the true traces that were made so far."""
        self._records: dict[Sid, list[bytes]] = {}
        self._session_views: dict[Sid, tuple[tuple[Any, ...], list[Encoded]]] = {}

    @property
    def ledger(self) -> Ledger:
        return self.model.ledger

    @property
    def now(self) -> int:
        return self.ledger.now

    @property
    def sessions(self) -> list[Session]:
        return list(self.ledger.sessions.values())

    def close(self) -> None:
        """Put the machine back to what it was."""
        self.machine.revert(self._start)
        self.machine.sessions_abi.forget()
        self.machine.openings_abi.forget()

    def travel(self, now: int) -> None:
        """Move the time; it never goes back."""
        self.ledger.now = max(self.now, now)
        self.machine.set_time(self.now)
        self.history.append(f"time {self.now - START:+}")

    # ------------------------------------------------------------------ calls

    def perform(self, actor: Actor, call: Call, intent: str = "") -> Outcome:
        """Make a call on both sides and compare how it ends, and everything that can be seen afterwards."""
        outcome = self.model.execute(actor.address, call, self.payer(actor).address)
        ending = outcome.refused.name or "no data" if outcome.refused else "ok"
        self.history.append(f"{actor} {call.name} {intent}: {ending}")
        self.counts[call.name, ending] += 1
        reply = self._send(actor, call)
        self._compare_outcome(actor, call, outcome, reply)
        self.compare()
        return outcome

    def behave(self, behaviour: Behaviour, call: Call | None = None) -> None:
        """Choose what the account with code does when it is paid."""
        code = self.actors.code
        self.model.behave(code.address, behaviour, call)
        to, data = self._written(call) if call else (NOBODY, b"")
        self._tell_code("behave", int(behaviour), to, bytearray(data))
        self.history.append(f"{code} will {behaviour.name} {call.name if call else ''}")

    def accept_money(self) -> None:
        """Have the account with code take what it gets; the model is not told, as this is to be undone."""
        self._tell_code("behave", int(Behaviour.ACCEPT), NOBODY, bytearray())

    def try_call(self, sender: Address, data: bytes) -> bool:
        """Call the contract, and not the model; to be undone."""
        machine, code = self.machine, self.actors.code.address
        if sender == code:
            forward = machine.code_abi.calldata("forward", [machine.sessions, bytearray(data)])
            return machine.call(self.actors.relayer.address, code, forward).succeeded
        return machine.call(sender, machine.sessions, data).succeeded

    def payer(self, actor: Actor) -> Actor:
        return self.actors.relayer if actor.has_code else actor

    def _send(self, actor: Actor, call: Call) -> Reply:
        to, data = self._written(call)
        if actor.has_code:
            data = self.machine.code_abi.calldata("forward", [to, bytearray(data)])
            to = actor.address
        return self.machine.call(self.payer(actor).address, to, data, call.value)

    def _written(self, call: Call) -> tuple[Address, bytes]:
        written = write(call)
        abi = self._abi(written.source)
        return self._place(written.source), abi.calldata(written.name, written.arguments)

    def _compare_outcome(self, actor: Actor, call: Call, outcome: Outcome, reply: Reply) -> None:
        expected = self._expected_output(call, outcome)
        if actor.has_code and outcome.refused is None:
            expected = b""  # what the contract returned stays with the account that called it
        if reply.succeeded != (outcome.refused is None) or reply.output != expected:
            model = outcome.refused or outcome.returned
            found = "ok" if reply.succeeded else self.machine.openings_abi.describe(reply.output)
            raise self._disagreement(f"{call.name} ends with {model!r} in the model", found)
        logs = []
        for event in outcome.events:
            name, arguments = written_event(event)
            logs.append((self._place(event.source), self._abi(event.source).log(name, arguments)))
        if tuple(logs) != reply.logs:
            found = "\n    ".join(self.machine.sessions_abi.describe_log(log) for _, log in reply.logs)
            names = [event.name for event in outcome.events]
            raise self._disagreement(f"{call.name} emits {names} in the model", found)

    def _expected_output(self, call: Call, outcome: Outcome) -> bytes:
        if outcome.refused is None:
            return abi_encode(returned(outcome.returned))
        abi = self._abi(write(call).source)
        return abi.error_data(outcome.refused.name, outcome.refused.arguments)

    # ------------------------------------------------------------------ what can be seen

    def compare(self) -> None:
        """Compare every view and every balance."""
        self._compare_views(self._encoded(contract_views(self.ledger, auditor_key_xs())))
        for session in self.sessions:
            self._compare_views(self._views_of(session))
        for account in (self.machine.sessions, *self.watched):
            there = self.machine.balance(account)
            if there != self.ledger.balances[account]:
                raise self._disagreement(f"{account.hex()} has {self.ledger.balances[account]} wei", there)
        self._compare_code_account()
        self._compare_records()

    def compare_nothing(self, sid: bytes) -> None:
        """Compare what views say of a session that does not exist."""
        self._compare_views(self._encoded(views_of_nothing(sid, self.actors.outsider.address)))

    def _views_of(self, session: Session) -> list[Encoded]:
        """The views of a session; they are written anew only when something has changed."""
        key = (session, *everything_else_about(self.ledger, session))
        known = self._session_views.get(session.sid)
        if known is None or known[0][0] is not session or known[0][1:] != key[1:]:
            members = session.configuration.members
            strangers = [actor.address for actor in self.actors.everybody if actor.address not in members]
            shown = session_views(self.ledger, session, (*members, *strangers[:2]))
            known = (key, self._encoded(shown))
            self._session_views[session.sid] = known
        return known[1]

    def _encoded(self, expected: Iterable[View]) -> list[Encoded]:
        return [(view, *self._encode(view)) for view in expected]

    def _encode(self, view: View) -> tuple[Address, bytes, bool, bytes]:
        abi, place = self._abi(view.source), self._place(view.source)
        calldata = abi.view_calldata(view.name, view.arguments)
        if isinstance(view.expected, list):
            return place, calldata, True, abi_encode(view.expected)
        return place, calldata, False, abi.error_data(view.expected.name, view.expected.arguments)

    def _compare_views(self, expected: Iterable[Encoded]) -> None:
        for view, place, calldata, succeeds, output in expected:
            reply = self.machine.view(place, calldata)
            if reply.output != output or reply.succeeded != succeeds:
                found = reply.output.hex()
                if not reply.succeeded:
                    found = self.machine.openings_abi.describe(reply.output)
                arguments = [each.hex() if isinstance(each, bytes) else each for each in view.arguments]
                raise self._disagreement(f"{view.name}{arguments} is {view.expected} in the model", found)

    def _compare_code_account(self) -> None:
        account = self.ledger.code_accounts[self.actors.code.address]
        last = b"" if account.last is None else self._expected_output(*account.last)
        for name, wanted in (
            ("callBacks", [account.call_backs]),
            ("successes", [account.successes]),
            ("lastResult", [bytearray(last)]),
        ):
            reply = self.machine.view(self.actors.code.address, self.machine.code_abi.calldata(name, []))
            if reply.output != abi_encode(wanted):
                raise self._disagreement(f"{name} of the account with code is {wanted}", reply.output.hex())

    def _compare_records(self) -> None:
        """Every record reads as it did when it was made."""
        for sid in self.ledger.sessions:
            data = self.machine.sessions_abi.view_calldata("recordsOfSession", (sid,))
            now = elements(self.machine.view(self.machine.sessions, data).output)
            before = self._records.get(sid, [])
            if now[: len(before)] != before:
                raise self._disagreement(f"the records were {before}", now)
            self._records[sid] = now

    # ------------------------------------------------------------------ inner workings

    def _tell_code(self, name: str, *arguments: Any) -> None:
        data = self.machine.code_abi.calldata(name, arguments)
        assert self.machine.call(self.actors.relayer.address, self.actors.code.address, data).succeeded

    def _place(self, source: str) -> Address:
        return self.machine.sessions if source == "sessions" else self.machine.openings

    def _abi(self, source: str) -> Interface:
        return self.machine.sessions_abi if source == "sessions" else self.machine.openings_abi

    def _disagreement(self, model: str, contract: object) -> Disagreement:
        steps = "\n    ".join(self.history)
        return Disagreement(f"{model}\n  in the contract:\n    {contract}\n  after:\n    {steps}")


def elements(output: bytes) -> list[bytes]:
    """The elements of a returned array of structs, each as its bytes."""
    words = output[64:]
    count = int.from_bytes(output[32:64], "big")
    offsets = [int.from_bytes(words[32 * place : 32 * place + 32], "big") for place in range(count)]
    return [words[start:end] for start, end in pairwise([*offsets, len(words)])]


def auditor_key_xs() -> list[int]:
    """What `isAuditorKeyUsed` is asked."""
    return [auditor_key(number)[0] for number in range(1, AUDITOR_KEYS + 1)]
