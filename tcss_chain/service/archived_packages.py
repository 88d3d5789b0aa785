"""The session packages in an auditor's state, for nodes that have dropped their old logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog

from tcss_chain.chain.connection import Connection
from tcss_chain.session_package import SessionPackage, check_against_chain, decode_package
from tcss_chain.session_package.errors import PackageError
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.session_table import SessionTable
from tcss_chain.store.state_database import StateDatabase


class ArchivedPackages(Mapping[bytes, SessionPackage]):
    """
    Finds packages by session. Each is read and checked against the contract when it is asked for.

    Parameters
    ----------
    connection : Connection
        The nodes.
    database : StateDatabase
        The auditor's state.
    """

    def __init__(self, connection: Connection, database: StateDatabase) -> None:
        self._connection = connection
        self._keys = AuditorKeyTable(database)
        self._table = SessionTable(database)
        self._log = structlog.get_logger("tcss.service")

    def __getitem__(self, sid: bytes) -> SessionPackage:
        """
        Give the package of a session.

        Raises
        ------
        KeyError
            If there is none that can be used; events are read then.
        """
        content = self._table.load_package(sid)
        if content is None:
            raise KeyError(sid)
        try:
            package = decode_package(content)
            check_against_chain(package, self._connection)
        except PackageError as error:
            self._log.warning("the archived package is not used", reason=str(error))
            raise KeyError(sid) from None
        return package

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys.all_sids())

    def __len__(self) -> int:
        return len(self._keys.all_sids())
