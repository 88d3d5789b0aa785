"""The compiled contracts in a bare virtual machine: no blocks, no signatures, no fees; time is set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from model.material import Address

from .stateful_abi import Interface, Log

PROJECT = Path(__file__).resolve().parents[2]
SHIPPED: Final = PROJECT / "tcss_chain" / "artifacts"
MOCKS: Final = PROJECT / "tests" / "contract" / "artifacts"
CHAIN_ID: Final = 31337
WEALTH: Final = 10**30
_REVERT = re.compile(r"^Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}$")
_DEPLOYER: Final = "0x" + "de" * 20


class MachineError(Exception):
    """The machine ended a call in a way that no contract should: out of gas, an invalid instruction."""


@dataclass(frozen=True)
class Reply:
    """How a call ended."""

    succeeded: bool
    output: bytes
    logs: tuple[tuple[Address, Log], ...] = ()


class SessionMachine:
    """
    The contract, its opening log and one account with code.

    Parameters
    ----------
    artifacts : Path
        Folder with ``TCSS.json`` and ``OpeningLog.json``.
    """

    def __init__(self, artifacts: Path = SHIPPED) -> None:
        from pyrevm import EVM, BlockEnv, CfgEnv, Env

        self._block_env: Any = BlockEnv
        # The size of the contracts is not looked at here: they may have been compiled for some other purpose.
        settings = CfgEnv(chain_id=CHAIN_ID, limit_contract_code_size=2**20)
        self._evm: Any = EVM(spec_id="PRAGUE", env=Env(cfg=settings))
        self.now = 0
        self.set_time(1)
        self.sessions_abi = Interface(artifacts / "TCSS.json")
        self.openings_abi = Interface(artifacts / "OpeningLog.json")
        self.openings_abi.pass_on_errors_of(self.sessions_abi)
        self.code_abi = Interface(MOCKS / "ContractAccount.json")
        self._evm.set_balance(_DEPLOYER, WEALTH)
        self.sessions = self._deploy(self.sessions_abi)
        self.code_account = self._deploy(self.code_abi)
        self.openings = self.view(self.sessions, self.sessions_abi.calldata("openingLog", [])).output[-20:]

    def set_time(self, now: int) -> None:
        self.now = now
        self._evm.set_block_env(self._block_env(number=1, timestamp=now))

    def enrich(self, account: Address) -> None:
        """Give an account its wealth."""
        self._evm.set_balance(_hex(account), WEALTH)

    def balance(self, account: Address) -> int:
        return int(self._evm.get_balance(_hex(account)))

    def call(self, sender: Address, to: Address, data: bytes, value: int = 0) -> Reply:
        return self._run(sender, to, data, value, static=False)

    def view(self, to: Address, data: bytes) -> Reply:
        return self._run(b"\xde" * 20, to, data, 0, static=True)

    def snapshot(self) -> tuple[Any, int]:
        return self._evm.snapshot(), self.now

    def revert(self, snapshot: tuple[Any, int]) -> None:
        checkpoint, now = snapshot
        self._evm.revert(checkpoint)
        self.set_time(now)

    def _deploy(self, interface: Interface) -> Address:
        return bytes.fromhex(self._evm.deploy(_DEPLOYER, interface.bytecode).removeprefix("0x"))

    def _run(self, sender: Address, to: Address, data: bytes, value: int, *, static: bool) -> Reply:
        try:
            output = self._evm.message_call(_hex(sender), _hex(to), data, value, is_static=static)
        except RuntimeError as error:
            reverted = _REVERT.match(str(error))
            if reverted is None:
                raise MachineError(str(error)) from error
            return Reply(False, bytes.fromhex(reverted[1]))
        if static:
            return Reply(True, bytes(output))
        return Reply(True, bytes(output), tuple(map(_log, self._evm.result.logs)))


def _log(log: Any) -> tuple[Address, Log]:
    topics = tuple(bytes.fromhex(topic.removeprefix("0x")) for topic in log.topics)
    data = log.data[1] if isinstance(log.data, tuple) else log.data
    return bytes.fromhex(log.address.removeprefix("0x")), (topics, bytes(data))


@cache
def _hex(account: Address) -> str:
    return "0x" + account.hex()
