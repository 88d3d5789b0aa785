"""A whole session on py-evm with its own precompiles, which the native ones replace elsewhere."""

from __future__ import annotations

import pytest
from support.whole_run import run_session_to_conviction

from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet


@pytest.mark.slow
def test_a_whole_session_without_native_precompiles() -> None:
    with EmbeddedDevnet(account_count=9, native_precompiles=False) as devnet:
        run_session_to_conviction(devnet.rpc_url, devnet.accounts)
