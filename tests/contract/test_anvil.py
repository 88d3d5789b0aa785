"""A whole session on anvil, another implementation of the virtual machine."""

from __future__ import annotations

import pytest
from support.whole_run import run_session_to_conviction

from tcss_chain.devnet.anvil import AnvilDevnet


@pytest.mark.anvil
def test_a_whole_session_on_anvil(anvil_devnet: AnvilDevnet) -> None:
    run_session_to_conviction(anvil_devnet.rpc_url, anvil_devnet.accounts)
