"""What an auditor does with its keys: open models, trace, convict; for commands, programs and the gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.auditor.session_auditor import SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_view import SessionView
from tcss_chain.chain.transactions import TransactionSender, TransactionSettings
from tcss_chain.checkpoint import Reached, go_on
from tcss_chain.consortium import Consortium
from tcss_chain.opening.opening_settings import OpeningSettings
from tcss_chain.opening.threshold_opener import OnReport, ThresholdOpener, no_report
from tcss_chain.operation.auditor_file import AuditorFile
from tcss_chain.operation.consortia import load_consortia
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.node_settings import NodeSettings
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.protocol.sealing_key import SealingKey
from tcss_chain.sealed_model import session_sealing_key
from tcss_chain.session_package import SessionPackage, session_view
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.errors import StateInUseError
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.sqlite_transaction_journal import SqliteTransactionJournal
from tcss_chain.store.state_database import StateDatabase

from .archived_packages import ArchivedPackages
from .errors import NoAuditorKeyError, ServiceRunsError


@dataclass(frozen=True, slots=True)
class AuditorAtWork:
    """
    An auditor whose state is open for writing, so nobody else sends with its account.

    Attributes
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        The account's only one.
    database : StateDatabase
        The state.
    node : NodeSettings
        The configuration.
    consortia : sequence of Consortium
        Where the participants' services are.
    packages : mapping of bytes to SessionPackage
        Session packages that come before those in the state.
    """

    connection: Connection
    sender: TransactionSender
    database: StateDatabase
    node: NodeSettings
    consortia: Sequence[Consortium]
    packages: Mapping[bytes, SessionPackage] = field(default_factory=dict)

    def opener(
        self,
        settings: OpeningSettings,
        on_report: OnReport = no_report,
        reached: Reached = go_on,
    ) -> ThresholdOpener:
        """
        Make what opens the models of this auditor's sessions.

        Parameters
        ----------
        settings : OpeningSettings
            Policy and patience.
        on_report : callable
            Told of every anchored opening. Reports must not leave the gateway.
        reached : callable
            Told of the opener's moments.

        Returns
        -------
        ThresholdOpener
            The opener.

        Raises
        ------
        ChainError
            If the contract has no opening log, or the nodes do not answer.
        """
        return ThresholdOpener(
            self.connection,
            self.sender,
            AuditorKeyTable(self.database).load,
            services_of(self.consortia),
            settings=settings,
            packages=self._all_packages(),
            first_block=self.node.first_block,
            on_report=on_report,
            reached=reached,
        )

    def settings(self) -> OpeningSettings:
        """Give the settings that follow from the configuration; the policy is the strictest."""
        return OpeningSettings(confirmations=self.node.confirmations, poll_seconds=self.node.poll_seconds)

    def session_auditor(self, sid: bytes) -> SessionAuditor:
        """
        Make the auditor of a session, which traces and convicts.

        Raises
        ------
        NoAuditorKeyError
            If the state has no key of it.
        """
        return SessionAuditor(
            self.connection,
            self.sender,
            sid,
            self.key(sid),
            first_block=self.first_block(sid),
            package=self._all_packages().get(sid),
        )

    def sealing_key(self, sid: bytes) -> SealingKey:
        """
        Derive the sealing key of an active session, with its proof.

        Raises
        ------
        NoAuditorKeyError
            If the state has no key of it.
        TcssError
            If the session is not active, or its public data cannot be had.
        """
        return session_sealing_key(self.view(sid), self.key(sid).alpha)

    def view(self, sid: bytes) -> SessionView:
        """View a session, through its package if there is one."""
        return session_view(self.connection, sid, self.first_block(sid), self._all_packages().get(sid))

    def key(self, sid: bytes) -> AuditorKey:
        """
        Give the auditor's key of a session.

        Raises
        ------
        NoAuditorKeyError
            If there is none.
        """
        key = AuditorKeyTable(self.database).load(sid)
        if key is None:
            raise NoAuditorKeyError(sid)
        return key

    def first_block(self, sid: bytes) -> int:
        """Give the block from which on a session's events are read."""
        row = SessionTable(self.database).get(sid)
        return self.node.first_block if row is None else max(self.node.first_block, row.first_block)

    def _all_packages(self) -> Mapping[bytes, SessionPackage]:
        return _GivenThenArchived(self.packages, ArchivedPackages(self.connection, self.database))


class _GivenThenArchived(Mapping[bytes, SessionPackage]):
    """
    Packages that were given, and behind them those of the state.

    An archived package is asked for once in a look-up: each time it is checked against the chain, and the
    nodes may answer otherwise the second time.
    """

    def __init__(
        self, given: Mapping[bytes, SessionPackage], archived: Mapping[bytes, SessionPackage]
    ) -> None:
        self._given = given
        self._archived = archived

    def __getitem__(self, sid: bytes) -> SessionPackage:
        package = self._given.get(sid)
        return self._archived[sid] if package is None else package

    def __iter__(self) -> Iterator[bytes]:
        return iter({**dict.fromkeys(self._given), **dict.fromkeys(self._archived)})

    def __len__(self) -> int:
        return sum(1 for _ in self)


@contextmanager
def auditor_at_work(
    file: AuditorFile, passphrase: Passphrase, command: str, then: str
) -> Iterator[AuditorAtWork]:
    """
    Open an auditor's state and wallet while the ``with`` statement lasts; no service may run meanwhile.

    Parameters
    ----------
    file : AuditorFile
        The configuration.
    passphrase : Passphrase
        Opens wallet and state.
    command, then : str
        What is done, and what to do when the service runs, for the message of `ServiceRunsError`.

    Yields
    ------
    AuditorAtWork
        The auditor.

    Raises
    ------
    ServiceRunsError
        If a service holds the state.
    TcssError
        If state, wallet, consortium files or nodes cannot be used.
    """
    node = file.node
    consortia = load_consortia(node.consortia)
    try:
        opened = StateDatabase.open(node.data, passphrase.text)
    except StateInUseError:
        raise ServiceRunsError(command, then) from None
    with opened as database:
        account = read_wallet(node.wallet, passphrase)
        connection = Connection(node.rpc_urls, node.contract, chain_id=node.chain_id)
        sender = TransactionSender(
            connection,
            account,
            journal=SqliteTransactionJournal(database),
            settings=TransactionSettings(max_fee_per_gas=node.max_fee),
        )
        # What the service left behind has lower nonces: it would hold up everything after it.
        sender.tend(node.confirmations)
        yield AuditorAtWork(connection, sender, database, node, consortia)


def services_of(consortia: Sequence[Consortium]) -> dict[ChecksumAddress, str]:
    """Give the base URL of every member's service; of a member of several consortia, the first file's."""
    services: dict[ChecksumAddress, str] = {}
    for consortium in consortia:
        for account, url in consortium.services().items():
            services.setdefault(account, url)
    return services
