"""Money that leaves the contract (protocol section 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .complaints import record_due_fault
from .ledger import Call, Ledger, Outcome
from .material import Address, Sid
from .refusal import require

Run = Callable[[Address, Call], Outcome]


def withdraw_bond(
    ledger: Ledger, sender: Address, value: int, sid: Sid, recipient: Address, *, run: Run
) -> None:
    session = ledger.session(sid)
    release = session.configuration.bond_release_time
    require(session.bonds_released(ledger.now), "BondLocked", release)
    amount = session.bond_left(sender, ledger.now)
    require(amount > 0, "NothingToWithdraw", sender)
    record_due_fault(ledger, sid, sender)
    session = ledger.session(sid)
    ledger.store(replace(session, withdrawn=session.withdrawn | {sender}))
    ledger.emit("BondWithdrawn", sid=sid, account=sender, recipient=recipient, amount=amount)
    ledger.pay(recipient, amount, run)


def withdraw_forfeits(ledger: Ledger, sender: Address, value: int, sid: Sid, *, run: Run) -> None:
    session = ledger.session(sid)
    beneficiary, amount = session.configuration.beneficiary, session.forfeits
    require(amount > 0, "NothingToWithdraw", beneficiary)
    ledger.store(replace(session, forfeits=0))
    ledger.emit("ForfeitsWithdrawn", sid=sid, beneficiary=beneficiary, amount=amount)
    ledger.pay(beneficiary, amount, run)
