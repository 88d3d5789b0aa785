"""What ``tcss trace`` needs besides a box: nodes, the session's key and package, the auditor's account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.auditor.auditor_key import AuditorKey, read_auditor_key
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.operation.auditor_file import AuditorFile, load_auditor_file
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.service.auditor_state import read_audited_session
from tcss_chain.service.errors import ServiceRunsError
from tcss_chain.session_package import SessionPackage, check_against_chain, decode_package
from tcss_chain.session_package.errors import PackageError
from tcss_chain.store.errors import StateInUseError
from tcss_chain.store.public_state import read_public_state
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

from .passphrase_option import passphrase_from
from .session_package import package_of

ACCOUNT_VARIABLE: Final = "TCSS_AUDITOR_ACCOUNT_KEY"

_STOP_AND_CONVICT: Final = "run the same command again, which asks the box nothing that is in the transcript"


@dataclass(frozen=True, slots=True)
class TraceWishes:
    """
    What the command line says, or leaves to the auditor's file.

    Attributes
    ----------
    sid : bytes
        The session.
    rpc_url : str or None
        A node; it may hold a credential.
    contract : ChecksumAddress or None
        The contract.
    first_block : int or None
        From which block on events are read.
    package_files : sequence of Path
        Session packages.
    """

    sid: bytes
    rpc_url: str | None = field(repr=False)
    contract: ChecksumAddress | None
    first_block: int | None
    package_files: Sequence[Path]


@dataclass(frozen=True, slots=True)
class TraceMeans:
    """
    What a trace is made with.

    Attributes
    ----------
    connection : Connection
        The nodes.
    key : AuditorKey
        The session's key.
    first_block : int
        From which block on events are read.
    package : SessionPackage or None
        What to take in place of events; checked against the contract.
    account : LocalAccount or None
        Who convicts.
    file : AuditorFile or None
        Whose state journals the conviction.
    passphrase : Passphrase or None
        Opens that state.
    """

    connection: Connection
    key: AuditorKey
    first_block: int
    package: SessionPackage | None
    account: LocalAccount | None = field(repr=False, default=None)
    file: AuditorFile | None = None
    passphrase: Passphrase | None = None

    @contextmanager
    def sender(self, account: LocalAccount) -> Iterator[TransactionSender]:
        """
        Open what the conviction is sent with; through an auditor's file, it is journalled in its state.

        Raises
        ------
        ServiceRunsError
            If a service holds the state.
        TcssError
            If the state cannot be opened, or the nodes do not answer.
        """
        if self.file is None or self.passphrase is None:
            yield TransactionSender(self.connection, account)
            return
        node = self.file.node
        try:
            opened = StateDatabase.open(node.data, self.passphrase.text)
        except StateInUseError:
            raise ServiceRunsError("the conviction", _STOP_AND_CONVICT) from None
        with opened as database:
            sender = TransactionSender(
                self.connection,
                account,
                journal=SqliteTransactionJournal(database),
                settings=TransactionSettings(max_fee_per_gas=node.max_fee),
            )
            # What the service left behind has lower nonces: it would hold up everything after it.
            sender.tend(node.confirmations)
            yield sender


def means_from_key_file(wishes: TraceWishes, key_file: Path, *, convict: bool) -> TraceMeans:
    """
    Take the key from a file, and the account from the environment.

    Raises
    ------
    click.UsageError
        If there is no account, and one is needed.
    TcssError
        If the key or a package cannot be used, or the nodes do not answer.
    """
    if wishes.rpc_url is None or wishes.contract is None:
        raise click.UsageError("give --rpc and --contract")
    account = _account_from_environment() if convict else None
    connection = Connection(wishes.rpc_url, wishes.contract)
    key = read_auditor_key(key_file)
    package = package_of(connection, wishes.package_files, wishes.sid)
    return TraceMeans(connection, key, wishes.first_block or 0, package, account)


def means_from_state(
    wishes: TraceWishes, configuration: Path, passphrase_file: Path | None, *, convict: bool
) -> TraceMeans:
    """
    Take the key, and the account if one is needed, from an auditor's state and wallet; the service may run.

    Raises
    ------
    TcssError
        If the file, the state, the wallet or a package cannot be used, or the nodes do not answer.
    """
    file = load_auditor_file(configuration)
    node = file.node
    passphrase = passphrase_from(passphrase_file)
    kept = read_audited_session(node.data, passphrase, wishes.sid)
    account = read_wallet(node.wallet, passphrase) if convict else None
    if convict and read_public_state(node.data).is_in_use:
        click.echo(
            "note: the auditor's service holds the state; the box can be traced meanwhile, but stop the"
            f" service before the conviction, or after it {_STOP_AND_CONVICT}",
            err=True,
        )
    rpc_urls = node.rpc_urls if wishes.rpc_url is None else (wishes.rpc_url,)
    connection = Connection(rpc_urls, wishes.contract or node.contract, chain_id=node.chain_id)
    package = package_of(connection, wishes.package_files, wishes.sid)
    package = package or archived_package(connection, kept.package)
    first_block = max(node.first_block, kept.first_block)
    if wishes.first_block is not None:
        first_block = wishes.first_block
    return TraceMeans(connection, kept.key, first_block, package, account, file, passphrase)


def archived_package(connection: Connection, content: bytes | None) -> SessionPackage | None:
    """Decode the package that an auditor's state has of a session; None if it cannot be used."""
    if content is None:
        return None
    try:
        package = decode_package(content)
        check_against_chain(package, connection)
    except PackageError as error:
        click.echo(f"note: the archived package is not used: {error}", err=True)
        return None
    return package


def _account_from_environment() -> LocalAccount:
    try:
        account: LocalAccount = Account.from_key(os.environ.get(ACCOUNT_VARIABLE, ""))
    except Exception:  # noqa: BLE001  # the library's message may hold the key
        raise click.UsageError(
            "put the private key of the auditor's account, 0x and 64 hexadecimal digits, into"
            f" {ACCOUNT_VARIABLE}"
        ) from None
    return account
