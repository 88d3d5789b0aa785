"""Joining a session, once its terms were checked and the keys are kept."""

from __future__ import annotations

from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.checkpoint import Reached
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.session import Configuration

from .agreement import Agreement
from .errors import UnagreedConfigurationError
from .secrets_store import SecretsStore, SessionSecrets


class Joiner:
    """
    Joins a session.

    Parameters
    ----------
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        Who joins.
    store : SecretsStore
        Where the keys are kept before they are posted.
    agreement : Agreement or None
        What the organisation agreed to; None agrees to anything.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(
        self,
        actions: SessionActions,
        sender: TransactionSender,
        store: SecretsStore,
        agreement: Agreement | None,
        reached: Reached,
    ) -> None:
        self._actions = actions
        self._sender = sender
        self._store = store
        self._agreement = agreement
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
        """
        objections = self._agreement.objections(configuration, now) if self._agreement is not None else ()
        if objections:
            raise UnagreedConfigurationError(sid, objections)
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
