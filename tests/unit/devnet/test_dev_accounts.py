"""The development accounts are the same everywhere and always."""

from __future__ import annotations

import pytest

from tcss_chain.devnet.dev_accounts import dev_accounts


def test_accounts_do_not_depend_on_how_many_are_asked_for() -> None:
    few, many = dev_accounts(2), dev_accounts(5)
    assert [account.address for account in few] == [account.address for account in many[:2]]
    assert len({account.address for account in many}) == 5


def test_first_account_is_fixed() -> None:
    assert dev_accounts(1)[0].address == "0x72738D9C8A32d08cC22B27eE37E0d5592a4C502b"


def test_at_least_one_account_is_required() -> None:
    with pytest.raises(ValueError, match="at least one"):
        dev_accounts(0)
