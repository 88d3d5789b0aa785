"""Creating a session with a consortium's terms."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.mined_transaction import MinedTransaction
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.consortium import Consortium
from tcss_chain.protocol.session import Configuration, session_id


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """
    A session that is known in every detail before it is created.

    Attributes
    ----------
    sid : bytes
        The session id.
    creator : ChecksumAddress
        Who creates it.
    salt : bytes
        32 bytes.
    configuration : Configuration
        What it is made of.
    """

    sid: bytes
    creator: ChecksumAddress
    salt: bytes
    configuration: Configuration


def prepare_session(
    connection: Connection,
    creator: ChecksumAddress,
    consortium: Consortium,
    salt: bytes,
    parent: bytes = bytes(32),
) -> PreparedSession:
    """
    Make the configuration, with deadlines from the chain's time on, and the session id; nothing is sent.

    Parameters
    ----------
    connection : Connection
        The node.
    creator : ChecksumAddress
        Who will create it.
    consortium : Consortium
        The terms.
    salt : bytes
        32 bytes.
    parent : bytes
        The session that it follows, or 32 zero bytes.

    Returns
    -------
    PreparedSession
        The session.

    Raises
    ------
    ConsortiumFileError
        If the file does not have all addresses.
    NodeError
        If the node fails.
    """
    configuration = consortium.agreed_configuration(connection.chain_time(), parent)
    sid = session_id(connection.chain_id, connection.contract_address, creator, salt, configuration)
    return PreparedSession(sid, creator, salt, configuration)


def create_session(
    connection: Connection, sender: TransactionSender, prepared: PreparedSession
) -> MinedTransaction:
    """
    Create a prepared session, and check that it is the one that the contract has.

    Parameters
    ----------
    connection : Connection
        The node.
    sender : TransactionSender
        The creator's.
    prepared : PreparedSession
        The session.

    Returns
    -------
    MinedTransaction
        The transaction.

    Raises
    ------
    ContractRefusedError
        If the contract refuses the configuration; nothing was sent then.
    ChainContradictionError
        If the contract, as the node tells it, gives the session another id or another configuration.
    ChainError
        If the transaction cannot be sent or fails.
    """
    function = SessionActions(connection).create_session(prepared.salt, prepared.configuration)
    if sender.simulate(function) != prepared.sid:
        raise ChainContradictionError("the contract would give the session another id")
    mined = sender.send(function)
    if SessionReads(connection).configuration(prepared.sid) != prepared.configuration:
        raise ChainContradictionError("the session has another configuration than the one that was sent")
    return mined
