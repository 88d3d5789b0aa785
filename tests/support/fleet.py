"""Organisations with real services: folders, wallets, states and processes of their own."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionReads, SessionState
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.consortium import load_consortium
from tcss_chain.curve import G1, GROUP_ORDER, G, random_nonzero_scalar
from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.session import Fault, Phase, session_id
from tcss_chain.store.sealing import KdfCost
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase

PASSPHRASE = "five words drawn by chance"
CHEAP = KdfCost(n=2**10, r=8, p=1)
PROCESS = Path(__file__).with_name("participant_process.py")
LONG_PHASES = dict.fromkeys(("confirm", "join", "deal", "complain", "reveal", "challenge"), 100_000)


@dataclass
class Operator:
    """One organisation: its wallet, its folder, and its process while it runs."""

    name: str
    account: LocalAccount
    folder: Path
    listen: str
    monitor: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> ChecksumAddress:
        return self.account.address

    @property
    def configuration(self) -> Path:
        return self.folder / "participant.yaml"

    @property
    def kill_at(self) -> Path:
        return self.folder / "kill-at"

    @property
    def moments(self) -> Path:
        return self.folder / "moments"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def reached(self) -> list[str]:
        """All moments so far, in order."""
        return self.moments.read_text().split() if self.moments.exists() else []

    def share(self, sid: bytes) -> FinalShare | None:
        """The final share in the state; the process must not run."""
        with StateDatabase.open(self.folder / "data", PASSPHRASE) as database:
            return SqliteSecretsStore(database).load_share(sid)

    def has_secrets(self, sid: bytes) -> bool:
        """Whether secrets are left in the state; the process must not run."""
        with StateDatabase.open(self.folder / "data", PASSPHRASE) as database:
            return SqliteSecretsStore(database).load(sid) is not None


class Fleet:
    """A consortium whose members run services as processes, on a chain with a contract."""

    def __init__(
        self,
        folder: Path,
        rpc_urls: Sequence[str],
        contract: ChecksumAddress,
        funder: LocalAccount,
        *,
        n: int = 4,
        t: int = 3,
        phases: Mapping[str, int] | None = None,
        bond: int = 1000,
        **configuration: Any,
    ) -> None:
        self.folder = folder
        self.connection = Connection(rpc_urls, contract)
        self.reads = SessionReads(self.connection)
        self.threshold = t
        self._funder = funder
        self.auditor = Account.create()
        self.alphas: dict[bytes, int] = {}
        accounts = sorted((Account.create() for _ in range(n)), key=lambda each: int(each.address, 16))
        ports = free_ports(2 * n)
        self.operators = [
            Operator(
                f"Organisation {index}",
                account,
                folder / f"organisation-{index}",
                f"127.0.0.1:{ports[2 * index]}",
                f"127.0.0.1:{ports[2 * index + 1]}",
            )
            for index, account in enumerate(accounts)
        ]
        self.consortium_file = folder / "consortium.yaml"
        self._write_consortium(t, phases or LONG_PHASES, bond)
        self.passphrase_file = folder / "passphrase"
        self.passphrase_file.touch(0o600)
        self.passphrase_file.write_text(PASSPHRASE)
        settings = {
            "rpc": list(rpc_urls),
            "contract": contract,
            "wallet": "wallet.json",
            "consortia": [str(self.consortium_file)],
            "confirmations": 0,
            "poll_seconds": 0.1,
            "share_patience_seconds": 1,
            "activation_stagger_seconds": 2,
            "min_balance_ether": 0.001,
        }
        for operator in self.operators:
            self._furnish(operator, settings | configuration)
        self._fund([each.address for each in self.operators] + [self.auditor.address])
        self._auditing = TransactionSender(self.connection, self.auditor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill(self.operators)

    def start(self, *operators: Operator, cheat: str | None = None) -> subprocess.Popen[bytes]:
        """Run the services of these operators in one process."""
        command = [sys.executable, str(PROCESS), str(self.passphrase_file)]
        if len(operators) == 1:
            command += ["--moments", str(operators[0].moments), "--kill-at", str(operators[0].kill_at)]
        command += [] if cheat is None else ["--cheat", cheat]
        command += [str(each.configuration) for each in operators]
        with operators[0].log.open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        for each in operators:
            each.process = process
        return process

    def stop(self, operators: Iterable[Operator]) -> None:
        """End the processes of these operators in good order."""
        for process in self._processes(operators):
            process.send_signal(signal.SIGTERM)
        for process in self._processes(operators):
            assert process.wait(30) == 0
        for each in operators:
            each.process = None

    def kill(self, operators: Iterable[Operator]) -> None:
        """End the processes of these operators at once."""
        for process in self._processes(operators):
            process.kill()
            process.wait(10)
        for each in operators:
            each.process = None

    def create_session(self, *, confirmed: bool = True) -> bytes:
        """Create a session with the consortium's terms, and confirm it as its auditor."""
        configuration = load_consortium(self.consortium_file).agreed_configuration(
            self.connection.chain_time()
        )
        salt = secrets.token_bytes(32)
        self._auditing.send(SessionActions(self.connection).create_session(salt, configuration))
        sid = session_id(
            self.connection.chain_id,
            self.connection.contract_address,
            self.auditor.address,
            salt,
            configuration,
        )
        self.alphas[sid] = random_nonzero_scalar()
        if confirmed:
            self.confirm(sid)
        return sid

    def confirm(self, sid: bytes) -> None:
        A = G * self.alphas[sid]
        proof = prove_possession(sid, self.auditor.address, KeyRole.AUDITOR, self.alphas[sid], A)
        self._auditing.send(SessionActions(self.connection).confirm(sid, A, proof))

    def state(self, sid: bytes) -> SessionState:
        return self.reads.state(sid)

    def await_phase(self, sid: bytes, phase: Phase, seconds: float = 60) -> None:
        self.wait_until(lambda: self.state(sid).phase >= phase, f"phase {phase.name}", seconds)

    def await_moment(self, operator: Operator, moment: str, count: int = 1, seconds: float = 60) -> None:
        self.wait_until(lambda: operator.reached().count(moment) >= count, moment, seconds)

    def await_death(self, operator: Operator, seconds: float = 60) -> None:
        """Wait until the process of an operator has killed itself."""
        assert operator.process is not None
        try:
            assert operator.process.wait(seconds) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            raise AssertionError(f"never reached {operator.kill_at.read_text()}: {self.logs()}") from None
        operator.process = None

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not holds():
            ended = [each.name for each in self.operators if each.process and each.process.poll() is not None]
            if ended or time.monotonic() > end:
                what = f"{', '.join(ended)} ended; {what}" if ended else what
                raise AssertionError(f"{what} not after {seconds} s: {self.logs()}")
            time.sleep(0.05)

    def logs(self) -> str:
        """The last lines of all logs, for messages."""
        tails = []
        for operator in self.operators:
            if operator.log.exists():
                lines = operator.log.read_text(errors="replace").splitlines()
                tails.append("\n".join((f"--- {operator.name}", *lines[-25:])))
        return "\n".join(tails)

    def assert_consistent(self, sid: bytes, holders: Iterable[Operator] | None = None) -> None:
        """Every holder has a share of the secret that the auditor's key opens; no process may run."""
        state = self.state(sid)
        assert state.phase is Phase.ACTIVE
        view = SessionView(self.connection, sid)
        roster = view.roster()
        aggregate = view.aggregate(roster, view.dealings())
        for operator in self.operators if holders is None else holders:
            share = operator.share(sid)
            assert share is not None, f"{operator.name} lost its share"
            assert share.x == roster.participant(operator.address).x
            R, S = aggregate.encryption_at(share.x)
            assert G * share.y == opened(R, S, self.alphas[sid])
            assert not operator.has_secrets(sid)

    def faults(self, sid: bytes) -> list[Fault]:
        return [member.fault for member in self.reads.members(sid)]

    def _processes(self, operators: Iterable[Operator]) -> list[subprocess.Popen[bytes]]:
        return list({id(each.process): each.process for each in operators if each.process}.values())

    def _write_consortium(self, t: int, phases: Mapping[str, int], bond: int) -> None:
        content = {
            "consortium": "Fleet",
            "threshold": t,
            "organisations": [
                {"name": each.name, "address": each.address, "service": f"http://{each.listen}"}
                for each in self.operators
            ],
            "auditor": {"name": "Gateway", "address": self.auditor.address},
            "beneficiary": self.auditor.address,
            "bond": bond,
            "phases": dict(phases),
            "bond_release": 1_000_000,
        }
        self.consortium_file.write_text(yaml.safe_dump(content))

    def _furnish(self, operator: Operator, settings: Mapping[str, Any]) -> None:
        operator.folder.mkdir(0o700)
        passphrase = Passphrase(PASSPHRASE)
        write_wallet(operator.folder / "wallet.json", operator.account, passphrase, work_factor=2)
        StateDatabase.create(operator.folder / "data", PASSPHRASE, kdf_cost=CHEAP).close()
        content = {**settings, "listen": operator.listen, "monitor": operator.monitor}
        operator.configuration.write_text(yaml.safe_dump(content))

    def _fund(self, accounts: Sequence[ChecksumAddress]) -> None:
        eth = self.connection.w3.eth
        nonce = eth.get_transaction_count(self._funder.address)
        for offset, account in enumerate(accounts):
            transfer = {
                "to": account, "value": 10**18, "gas": 21_000, "nonce": nonce + offset,
                "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "type": 2,
                "chainId": self.connection.chain_id,
            }  # fmt: skip
            sent = eth.send_raw_transaction(self._funder.sign_transaction(transfer).raw_transaction)
        eth.wait_for_transaction_receipt(sent, 30, 0.02)


def opened(R: G1, S: G1, alpha: int) -> G1:
    """Open an encryption to the auditor."""
    return S + R * (GROUP_ORDER - alpha)


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
