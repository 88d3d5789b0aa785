"""Joining a session, once its terms were checked and the keys are kept."""

from __future__ import annotations

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.checkpoint import Reached
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.session import Configuration

from .agreement import Agreement
from .errors import TooLittleMoneyError, UnagreedConfigurationError
from .secrets_store import SecretsStore, SessionSecrets


class Joiner:
    """
    Joins a session.

    Parameters
    ----------
    connection : Connection
        The nodes.
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        Who joins.
    store : SecretsStore
        Where the keys are kept before they are posted.
    agreement : Agreement or None
        What the organisation agreed to; None agrees to anything.
    gas_reserve : int
        What must be left for the session's other transactions when the bond is paid, wei.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(
        self,
        connection: Connection,
        actions: SessionActions,
        sender: TransactionSender,
        store: SecretsStore,
        agreement: Agreement | None,
        gas_reserve: int,
        reached: Reached,
    ) -> None:
        self._connection = connection
        self._actions = actions
        self._sender = sender
        self._store = store
        self._agreement = agreement
        self._gas_reserve = gas_reserve
        self._reached = reached

    def join(self, sid: bytes, configuration: Configuration, now: int) -> None:
        """
        Join, with keys that are kept already or fresh ones, and pay the bond.

        Parameters
        ----------
        sid : bytes
            The session.
        configuration : Configuration
            What it is made of.
        now : int
            The chain's time, Unix seconds.

        Raises
        ------
        UnagreedConfigurationError
            If that was not agreed to; nothing is sent then.
        TooLittleMoneyError
            If the wallet could not pay for the rest of the session.
        """
        objections = self._agreement.objections(configuration, now) if self._agreement is not None else ()
        if objections:
            raise UnagreedConfigurationError(sid, objections)
        balance = self._connection.ask(
            "reading the balance", lambda: int(self._connection.w3.eth.get_balance(self._sender.address))
        )
        if balance < configuration.bond + self._gas_reserve:
            raise TooLittleMoneyError(sid, balance, configuration.bond + self._gas_reserve)
        secrets = self._store.load(sid)
        if secrets is None:
            secrets = SessionSecrets.draw()
            self._reached("keys.drawn")
            self._store.save(sid, secrets)
            self._reached("keys.saved")
        keys, address = secrets.keys, self._sender.address
        call = self._actions.join(
            sid,
            keys,
            prove_possession(sid, address, KeyRole.ENCRYPTION, secrets.e, keys.P),
            prove_possession(sid, address, KeyRole.DEALING, secrets.d, keys.D),
        )
        self._sender.send(call, configuration.bond, sid=sid)
