"""
anvil.

Runs Foundry's development node as a child process, with the rules, chain id, block gas limit and accounts of
`tcss_chain.devnet.embedded_devnet`, so that a client cannot tell the two apart.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import requests
from eth_account.signers.local import LocalAccount

from .dev_accounts import DEV_BALANCE, dev_accounts
from .embedded_devnet import DEFAULT_ACCOUNTS
from .embedded_rules import BLOCK_GAS_LIMIT, DEV_CHAIN_ID
from .errors import DevnetStartError

_NPM_BINARY: Final = Path("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")
_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 10.0


class AnvilMissingError(DevnetStartError):
    """
    No anvil program was found.

    Parameters
    ----------
    searched : tuple of str
        Where it was looked for.
    """

    def __init__(self, searched: tuple[str, ...]) -> None:
        self.searched = searched
        super().__init__(
            f"anvil was not found ({', '.join(searched)}); run `npm ci --ignore-scripts` in the project, "
            "or install Foundry and put anvil on the PATH"
        )


def find_anvil(project: Path | None = None) -> Path:
    """
    Find the anvil program.

    Parameters
    ----------
    project : Path, optional
        Folder that holds ``node_modules``; the working directory by default.

    Returns
    -------
    Path
        The program from the npm package if it is installed, else the one on the PATH.

    Raises
    ------
    AnvilMissingError
        If there is neither.
    """
    packaged = (project or Path.cwd()) / _NPM_BINARY
    if packaged.is_file():
        return packaged
    installed = shutil.which("anvil")
    if installed is None:
        raise AnvilMissingError((str(_NPM_BINARY), "PATH"))
    return Path(installed)


class AnvilDevnet:
    """
    An anvil process with the interface of `tcss_chain.devnet.embedded_devnet.EmbeddedDevnet`.

    Parameters
    ----------
    binary : Path, optional
        The program; by default what `find_anvil` finds.
    port : int
        Port, or 0 for a free one.
    account_count : int
        How many funded development accounts to create.
    block_interval : float, optional
        Seconds after which an empty block is mined; None mines for transactions and on request only.
    slots_in_epoch : int
        The ``finalized`` block lies twice as many blocks behind the latest.
    state_file : Path, optional
        File from which the chain's state is loaded and to which it is written every second.

    Notes
    -----
    One difference remains: under Prague rules anvil does not enforce the cap on a transaction's gas
    (EIP-7825) that the embedded chain enforces.
    """

    def __init__(
        self,
        *,
        binary: Path | None = None,
        port: int = 0,
        account_count: int = DEFAULT_ACCOUNTS,
        block_interval: float | None = None,
        slots_in_epoch: int = 0,
        state_file: Path | None = None,
    ) -> None:
        self._binary = binary
        self._port = port
        self._block_interval = block_interval
        self._slots_in_epoch = slots_in_epoch
        self._state_file = state_file
        self._accounts = dev_accounts(account_count)
        self._process: subprocess.Popen[bytes] | None = None
        self._rpc_url: str | None = None

    @property
    def accounts(self) -> tuple[LocalAccount, ...]:
        """Funded accounts; their keys are public knowledge."""
        return self._accounts

    @property
    def rpc_url(self) -> str:
        """
        URL of the JSON-RPC interface.

        Raises
        ------
        DevnetStartError
            If anvil is not running.
        """
        if self._rpc_url is None:
            raise DevnetStartError("anvil is not running; call start() or use it in a with statement")
        return self._rpc_url

    def start(self) -> Self:
        """
        Start anvil, wait until it answers and fund the accounts.

        Returns
        -------
        AnvilDevnet
            This object.

        Raises
        ------
        AnvilMissingError
            If there is no such program.
        DevnetStartError
            If it runs already, exits at once or does not answer.
        """
        if self._process is not None:
            raise DevnetStartError("anvil is running already; stop it first")
        binary = self._binary or find_anvil()
        port = self._port or _free_port()
        self._process = subprocess.Popen(
            self._command(binary, port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._rpc_url = f"http://{_HOST}:{port}"
        try:
            self._wait()
            self._fund()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the process; does nothing if it is not running."""
        process, self._process, self._rpc_url = self._process, None, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash does; `start` begins from what the state file holds."""
        process, self._process, self._rpc_url = self._process, None, None
        if process is not None:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _command(self, binary: Path, port: int) -> list[str]:
        command = [
            str(binary),
            *("--host", _HOST, "--port", str(port), "--hardfork", "prague", "--chain-id", str(DEV_CHAIN_ID)),
            *("--gas-limit", str(BLOCK_GAS_LIMIT), "--slots-in-an-epoch", str(self._slots_in_epoch)),
            *("--accounts", "1", "--no-cors", "--quiet"),
        ]
        if self._block_interval is not None:
            command += ["--block-time", str(self._block_interval), "--mixed-mining"]
        if self._state_file is not None:
            command += ["--state", str(self._state_file), "--state-interval", "1"]
        return command

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise DevnetStartError(
                    f"anvil exited at once with status {self._process.returncode}; "
                    "run it by hand to read its message"
                )
            try:
                if self._request("eth_chainId") == hex(DEV_CHAIN_ID):
                    return
            except requests.ConnectionError:
                time.sleep(0.02)
        raise DevnetStartError(f"anvil did not answer within {_START_SECONDS:.0f} s")

    def _fund(self) -> None:
        for account in self._accounts:
            if self._request("eth_getBalance", account.address, "latest") == "0x0":
                self._request("anvil_setBalance", account.address, hex(DEV_BALANCE))

    def _request(self, method: str, *params: str) -> Any:
        answer = requests.post(
            self.rpc_url,
            json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
            timeout=_START_SECONDS,
        ).json()
        if "result" not in answer:
            raise DevnetStartError(f"anvil refused {method}: {answer.get('error')}")
        return answer["result"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
