"""Organisations with real services: folders, wallets, states and processes of their own."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from tcss_chain.chain.transaction_journal import EntryStatus
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.consortium import load_consortium
from tcss_chain.curve import G1, GROUP_ORDER, G, random_nonzero_scalar
from tcss_chain.operation.keystore import write_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.session import Fault, Phase, session_id
from tcss_chain.store.errors import StateBusyError
from tcss_chain.store.sealing import KdfCost
from tcss_chain.store.state_database import StateDatabase

from .kept_state import Kept, read_kept, transactions_of
from .operators import PASSPHRASE, Operator

__all__ = ["PASSPHRASE", "Fleet", "Operator", "free_ports", "opened"]

CHEAP = KdfCost(n=2**10, r=8, p=1)
PROCESS = Path(__file__).with_name("participant_process.py")
BELOW_OUTGOING = range(20_000, 32_000)
LONG_PHASES = dict.fromkeys(("confirm", "join", "deal", "complain", "reveal", "challenge"), 100_000)


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
        bond_release: int = 1_000_000,
        hosts: Sequence[str] = (),
        **configuration: Any,
    ) -> None:
        self.folder = folder
        self.connection = Connection(rpc_urls, contract)
        self.reads = SessionReads(self.connection)
        self.threshold = t
        self._funder = funder
        self._revived: dict[str, Callable[[Operator], None]] = {}
        self.auditor = Account.create()
        self.alphas: dict[bytes, int] = {}
        accounts = sorted((Account.create() for _ in range(n)), key=lambda each: int(each.address, 16))
        ports = free_ports(2 * n)
        self.operators = [
            Operator(
                f"Organisation {index}",
                account,
                folder / f"organisation-{index}",
                f"{hosts[index] if hosts else '127.0.0.1'}:{ports[2 * index]}",
                f"127.0.0.1:{ports[2 * index + 1]}",
            )
            for index, account in enumerate(accounts)
        ]
        self.consortium_file = folder / "consortium.yaml"
        self._write_consortium(t, phases or LONG_PHASES, bond, bond_release)
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
        command = [*operators[0].launcher, sys.executable, str(PROCESS), str(self.passphrase_file)]
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

    def kill_at(self, operator: Operator, moment: str) -> None:
        """
        Let the process of an operator kill itself, once, at a moment.

        "+3" names the third moment from now on, whichever it is.
        """
        armed = operator.kill_at.with_suffix(".new")
        armed.write_text(moment)
        armed.rename(operator.kill_at)

    @contextmanager
    def reviving(
        self,
        *operators: Operator,
        then: Callable[[Operator], None] = lambda _operator: None,
    ) -> Iterator[list[Kept]]:
        """
        Start these operators' services again when they die by SIGKILL while something is waited for.

        Gives what each state held at the deaths. ``then`` is called just before a process is started again.
        """
        deaths: list[Kept] = []

        def revive(operator: Operator) -> None:
            deaths.append(read_kept(operator.data, PASSPHRASE))
            then(operator)
            self.start(operator)

        self._revived = {operator.name: revive for operator in operators}
        try:
            yield deaths
        finally:
            self._revived = {}

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
        process = operator.process
        assert process is not None
        operator.process = None
        try:
            self.wait_until(lambda: process.poll() is not None, f"death of {operator.name}", seconds)
        finally:
            if process.poll() is None:
                operator.process = process
        assert process.returncode == -signal.SIGKILL, self.logs()

    def await_finish(
        self, sid: bytes, operators: Iterable[Operator] | None = None, seconds: float = 90
    ) -> None:
        """Wait until these operators hold their shares, have nothing else and have archived the session."""
        waited = list(self.operators if operators is None else operators)
        finished = self.unless_busy(lambda: all(each.has_finished(sid) for each in waited))
        self.wait_until(finished, "final shares", seconds)

    def await_journal(self, operator: Operator, sid: bytes, seconds: float = 60) -> None:
        """Wait until an operator's service knows the blocks of all its transactions in a session."""

        def is_known() -> bool:
            entries = transactions_of(operator.public, sid)
            return all(entry.status is not EntryStatus.PENDING for entry in entries)

        self.wait_until(self.unless_busy(is_known), "the blocks of all transactions", seconds)

    @staticmethod
    def unless_busy(holds: Callable[[], bool]) -> Callable[[], bool]:
        """A condition that does not hold while the state that it reads is being written."""

        def holds_now() -> bool:
            try:
                return holds()
            except StateBusyError:
                return False

        return holds_now

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not holds():
            for operator in self.operators:
                if operator.process is None or operator.process.poll() is None:
                    continue
                killed = operator.process.returncode == -signal.SIGKILL
                if not killed or operator.name not in self._revived:
                    raise AssertionError(f"{operator.name} ended; {what}: {self.logs()}")
                operator.process = None
                self._revived[operator.name](operator)
            if time.monotonic() > end:
                raise AssertionError(f"{what} not after {seconds} s: {self.logs()}")
            time.sleep(0.05)

    def travel_to(self, timestamp: int) -> None:
        """Move anvil's clock and mine a block, so that calls see it."""
        provider = self.connection.w3.provider
        for method, arguments in (("evm_setNextBlockTimestamp", [timestamp]), ("evm_mine", [])):
            answer = provider.make_request(method, arguments)  # type: ignore[arg-type]
            assert "error" not in answer, answer

    def nonce(self, operator: Operator) -> int:
        """How many transactions of an operator are mined."""
        return int(self.connection.w3.eth.get_transaction_count(operator.address))

    def logs(self) -> str:
        """The last lines of all logs, for messages."""
        tails = []
        for operator in self.operators:
            if operator.log.exists():
                lines = operator.log.read_text(errors="replace").splitlines()
                tails.append("\n".join((f"--- {operator.name}", *lines[-25:])))
        return "\n".join(tails)

    def assert_consistent(self, sid: bytes, holders: Iterable[Operator] | None = None) -> None:
        """Every holder has a share of the secret that the auditor's key opens, and no other secrets."""
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

    def _write_consortium(self, t: int, phases: Mapping[str, int], bond: int, bond_release: int) -> None:
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
            "bond_release": bond_release,
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
    """
    Find ports that nobody listens on now.

    They are below those that the system gives to outgoing connections: one of these could otherwise sit on
    the port of a service that is to start again.
    """
    free: list[int] = []
    while len(free) < count:
        port = BELOW_OUTGOING[secrets.randbelow(len(BELOW_OUTGOING))]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in free:
            free.append(port)
    return free
