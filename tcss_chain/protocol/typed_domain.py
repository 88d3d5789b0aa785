"""The EIP-712 domain of everything that accounts sign in this protocol."""

from __future__ import annotations

from typing import Any

from eth_typing import ChecksumAddress


def typed_domain(chain_id: int, contract: ChecksumAddress) -> dict[str, Any]:
    """
    Give the domain: name, version, chain and contract, as the contract has it.

    Parameters
    ----------
    chain_id : int
        The chain.
    contract : ChecksumAddress
        The contract that the session is in.

    Returns
    -------
    dict
        For ``eth_account``.
    """
    return {"name": "TCSS", "version": "1", "chainId": chain_id, "verifyingContract": contract}
