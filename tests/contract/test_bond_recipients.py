"""Recipients and beneficiaries with code: they are paid once, and harm nobody by refusing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak
from support.consortium import BOND, Consortium
from support.mocks import Mock
from support.refusals import refuses
from support.tracing import trace

from tcss_chain.curve import G, random_nonzero_scalar
from tcss_chain.protocol.hashing import words_of
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import Phase

ACCEPT, REFUSE, CALL_BACK = range(3)
Balance = Callable[[ChecksumAddress], int]


def new_address() -> ChecksumAddress:
    return Account.create().address


def withdraw_forfeits(consortium: Consortium) -> Any:
    return consortium.outsider.send(consortium.actions.withdraw_forfeits(consortium.sid))


@pytest.fixture
def contract_member(make_consortium: Callable[..., Consortium], contract_account: Mock) -> Consortium:
    """A session with an account with code as member and beneficiary, which alone has joined."""
    plain = make_consortium(n=2, t=2)
    addresses = sorted([contract_account.address, *plain.configuration.members], key=lambda a: int(a, 16))
    consortium = make_consortium(
        n=2, t=3, members=tuple(addresses), beneficiary=contract_account.address
    ).run_to(Phase.JOINING)
    e, d = random_nonzero_scalar(), random_nonzero_scalar()
    keys = ParticipantKeys(G * e, G * d)
    owner = contract_account.address
    join = consortium.actions.join(
        consortium.sid,
        keys,
        prove_possession(consortium.sid, owner, KeyRole.ENCRYPTION, e, keys.P),
        prove_possession(consortium.sid, owner, KeyRole.DEALING, d, keys.D),
    )
    forward(contract_account, consortium, join, BOND)
    return consortium


def forward(account: Mock, consortium: Consortium, function: Any, value: int = 0) -> Any:
    data = function._encode_transaction_data()
    return account.send("forward", consortium.connection.contract_address, data, value=value)


def call_back(account: Mock, consortium: Consortium, function: Any) -> None:
    data = function._encode_transaction_data()
    account.send("behave", CALL_BACK, consortium.connection.contract_address, data)


def test_a_recipient_that_calls_back_is_paid_once(
    contract_member: Consortium, contract_account: Mock, balance_of: Balance
) -> None:
    # Another participant's bond is in the contract too, which a second payment would have to come from.
    contract_member.join(contract_member.members[0])
    contract_member.travel_to(contract_member.configuration.join_by)
    function = contract_member.actions.withdraw_bond(contract_member.sid, contract_account.address)
    call_back(contract_account, contract_member, function)
    forward(contract_account, contract_member, function)
    assert balance_of(contract_account.address) == BOND
    assert contract_account.call("callBacks") == 1
    assert contract_account.call("successes") == 0
    nothing_left = keccak(text="NothingToWithdraw(address)")[:4] + words_of(contract_account.address)
    assert contract_account.call("lastResult") == nothing_left
    other = contract_member.members[0]
    other.sender.send(contract_member.actions.withdraw_bond(contract_member.sid, new_address()))


def test_a_beneficiary_that_calls_back_is_paid_once(
    contract_account: Mock, make_consortium: Callable[..., Consortium], balance_of: Balance
) -> None:
    consortium = make_consortium(beneficiary=contract_account.address).run_to(Phase.DEALING)
    for member in consortium.members[1:]:
        consortium.deal(member)
    consortium.travel_to(consortium.configuration.deal_by)
    consortium.outsider.send(consortium.actions.record_fault(consortium.sid, consortium.members[0].address))
    call_back(contract_account, consortium, consortium.actions.withdraw_forfeits(consortium.sid))
    withdraw_forfeits(consortium)
    assert balance_of(contract_account.address) == BOND // 2
    assert (contract_account.call("callBacks"), contract_account.call("successes")) == (1, 0)


def test_a_recipient_that_refuses_keeps_its_claim(
    contract_member: Consortium, contract_account: Mock, balance_of: Balance
) -> None:
    contract_member.travel_to(contract_member.configuration.join_by)
    contract_account.send("behave", REFUSE, new_address(), b"")
    to_itself = contract_member.actions.withdraw_bond(contract_member.sid, contract_account.address)
    with refuses("FailedCall"):
        forward(contract_account, contract_member, to_itself)
    assert contract_member.reads.bond(contract_member.sid, contract_account.address) == BOND
    elsewhere = new_address()
    forward(
        contract_account,
        contract_member,
        contract_member.actions.withdraw_bond(contract_member.sid, elsewhere),
    )
    assert balance_of(elsewhere) == BOND


def test_a_beneficiary_that_refuses_locks_nobodys_bond(
    contract_account: Mock, make_consortium: Callable[..., Consortium], balance_of: Balance
) -> None:
    consortium = make_consortium(beneficiary=contract_account.address).run_to(Phase.ACTIVE)
    contract_account.send("behave", REFUSE, new_address(), b"")
    trace(consortium, [0]).send()
    with refuses("FailedCall"):
        withdraw_forfeits(consortium)
    consortium.travel_to(consortium.configuration.bond_release_time)
    recipient = new_address()
    for member in consortium.members[1:]:
        member.sender.send(consortium.actions.withdraw_bond(consortium.sid, recipient))
    assert balance_of(recipient) == 3 * BOND
    contract_account.send("behave", ACCEPT, new_address(), b"")
    withdraw_forfeits(consortium)
    assert balance_of(contract_account.address) == BOND


def test_the_contract_takes_no_money_but_bonds(active: Consortium) -> None:
    w3, outsider = active.connection.w3, active.outsider.account
    before = w3.eth.get_balance(active.connection.contract_address)
    transaction = {
        "to": active.connection.contract_address,
        "value": 1,
        "gas": 100_000,
        "gasPrice": 10**10,
        "chainId": active.connection.chain_id,
        "nonce": w3.eth.get_transaction_count(outsider.address),
    }
    sent = w3.eth.send_raw_transaction(outsider.sign_transaction(transaction).raw_transaction)
    assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 0
    assert w3.eth.get_balance(active.connection.contract_address) == before
