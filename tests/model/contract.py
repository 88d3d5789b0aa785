"""The contract: every call, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import activation, bonds, complaints, joining, openings, traces
from .ledger import Behaviour, Call, Ledger, Outcome
from .material import Address
from .refusal import Refused, require

_CALLS: Mapping[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        joining.create_session,
        joining.confirm,
        joining.join,
        joining.deal,
        complaints.complain_invalid_share,
        complaints.complain_invalid_proof,
        complaints.complain_missing_share,
        complaints.reveal_share,
        complaints.record_fault,
        activation.activate_unanimously,
        activation.aggregate,
        traces.convict,
        openings.anchor,
    )
}
_PAYING: Mapping[str, Callable[..., None]] = {
    function.__name__: function for function in (bonds.withdraw_bond, bonds.withdraw_forfeits)
}
_PAYABLE = frozenset({"join"})


class ContractModel:
    """
    The session contract with its opening log.

    Parameters
    ----------
    ledger : Ledger
        What it starts from; calls change it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def execute(self, sender: Address, call: Call, payer: Address | None = None) -> Outcome:
        """
        Run one call.

        Parameters
        ----------
        sender : bytes
            Who calls.
        call : Call
            What is called.
        payer : bytes, optional
            Whose money the call sends, if not the sender's.

        Returns
        -------
        Outcome
            A refused call has changed nothing.
        """
        saved = self.ledger.saved()
        before = len(self.ledger.events)
        try:
            returned = self._run(sender, call, payer or sender)
        except Refused as refused:
            self.ledger.restore(saved)
            return Outcome(refused=refused)
        return Outcome(returned=returned, events=self.ledger.events[before:])

    def behave(self, account: Address, behaviour: Behaviour, call: Call | None = None) -> None:
        """Choose what an account with code does when it is paid; its counts go on."""
        before = self.ledger.code_accounts[account]
        self.ledger.code_accounts[account] = replace(before, behaviour=behaviour, call=call)

    def _run(self, sender: Address, call: Call, payer: Address) -> Any:
        require(call.value == 0 or call.name in _PAYABLE, "")
        self.ledger.move(payer, self.ledger.address, call.value)
        if call.name in _PAYING:
            return _PAYING[call.name](self.ledger, sender, call.value, *call.arguments, run=self.execute)
        return _CALLS[call.name](self.ledger, sender, call.value, *call.arguments)
