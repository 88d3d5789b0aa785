"""Members and beneficiaries with code try to take more than is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eth_account import Account
from eth_typing import ChecksumAddress
from support.consortium import BOND, Consortium
from support.mocks import Mock
from support.refusals import refuses
from support.tracing import trace

from tcss_chain.curve import G, random_nonzero_scalar
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import Phase

CALL_BACK = 2
Balance = Callable[[ChecksumAddress], int]


def encoded(function: Any) -> str:
    return str(function._encode_transaction_data())


def join_through(account: Mock, consortium: Consortium) -> None:
    e, d = random_nonzero_scalar(), random_nonzero_scalar()
    keys, owner = ParticipantKeys(G * e, G * d), account.address
    join = consortium.actions.join(
        consortium.sid,
        keys,
        prove_possession(consortium.sid, owner, KeyRole.ENCRYPTION, e, keys.P),
        prove_possession(consortium.sid, owner, KeyRole.DEALING, d, keys.D),
    )
    account.send("forward", consortium.connection.contract_address, encoded(join), value=BOND)


def test_a_recipient_that_calls_back_into_the_other_withdrawal_cannot_take_more_than_its_due(
    make_consortium: Callable[..., Consortium], contract_account: Mock, balance_of: Balance
) -> None:
    """Member and beneficiary at once: called back from its bond, it takes the forfeits, which are its own."""
    plain = make_consortium(n=3, t=2)
    members = sorted([contract_account.address, *plain.configuration.members], key=lambda a: int(a, 16))
    consortium = make_consortium(
        n=3, t=2, members=tuple(members), beneficiary=contract_account.address
    ).run_to(Phase.JOINING)
    contract = consortium.connection.contract_address
    before = balance_of(contract)
    join_through(contract_account, consortium)
    for member in consortium.members:
        consortium.join(member)
    for member in consortium.members[:2]:
        consortium.deal(member)
    # Neither the account with code nor the third member deals: each loses half.
    consortium.travel_to(consortium.configuration.bond_release_time)
    late = consortium.members[2]
    for account in (late.address, contract_account.address):
        consortium.outsider.send(consortium.actions.record_fault(consortium.sid, account))
    forfeits = encoded(consortium.actions.withdraw_forfeits(consortium.sid))
    contract_account.send("behave", CALL_BACK, contract, forfeits)
    own = encoded(consortium.actions.withdraw_bond(consortium.sid, contract_account.address))
    contract_account.send("forward", contract, own)
    assert balance_of(contract_account.address) == BOND // 2 + 2 * (BOND // 2)
    # Called back a second time, out of the forfeits, it found nothing.
    assert (contract_account.call("callBacks"), contract_account.call("successes")) == (2, 1)
    for member in consortium.members:
        recipient = Account.create().address
        member.sender.send(consortium.actions.withdraw_bond(consortium.sid, recipient))
        assert balance_of(recipient) == (BOND // 2 if member is late else BOND)
    assert balance_of(contract) == before


def test_a_traitor_cannot_void_a_conviction_by_withdrawing_first(
    active: Consortium, balance_of: Balance
) -> None:
    """Its bond is released by then and it takes it; the record comes all the same, and nobody pays twice."""
    contract = active.connection.contract_address
    each = trace(active, [0, 1])
    proof = each.prove()
    active.travel_to(active.configuration.bond_release_time)
    traitor, recipient = active.members[0], Account.create().address
    traitor.sender.send(active.actions.withdraw_bond(active.sid, recipient))
    held = balance_of(contract)
    each.send(proof)
    state = active.reads.state(active.sid)
    assert (state.convicted, state.forfeits) == (0b0011, BOND)
    with refuses("NothingToWithdraw", account=traitor.address):
        traitor.sender.send(active.actions.withdraw_bond(active.sid, recipient))
    active.outsider.send(active.actions.withdraw_forfeits(active.sid))
    assert balance_of(contract) == held - BOND
    for member in active.members[2:]:
        member.sender.send(active.actions.withdraw_bond(active.sid, member.address))
    assert balance_of(contract) == held - 3 * BOND
