"""What opens the models of a running gateway: the participants, asked through the opening log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.consortium import Consortium
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import OpeningSettings
from tcss_chain.opening.threshold_opener import ThresholdOpener
from tcss_chain.operation.node_settings import NodeSettings
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.state_database import StateDatabase

from .archived_packages import ArchivedPackages
from .model_opener import ModelOpener
from .policy import GatewayPolicy


@dataclass(frozen=True, slots=True)
class OpenerMeans:
    """
    What the opener of models works with.

    Attributes
    ----------
    connection : Connection
        The nodes.
    sender : TransactionSender
        The account's only one, with the state's journal.
    database : StateDatabase
        The auditor's state, with the keys of its sessions.
    node : NodeSettings
        How deep a block must be, and how often to look.
    consortia : tuple of Consortium
        Where the participants' services are.
    policy : GatewayPolicy
        Who is asked, and when nobody is.
    report : callable
        Told of every anchored opening before the model is handed out.
    """

    connection: Connection
    sender: TransactionSender
    database: StateDatabase
    node: NodeSettings
    consortia: tuple[Consortium, ...]
    policy: GatewayPolicy
    report: Callable[[OpeningReport], None]


MakeOpener = Callable[[OpenerMeans], ModelOpener]
"""Makes what opens models."""


def make_opener(means: OpenerMeans) -> ModelOpener:
    """
    Make the opener of a running gateway.

    Parameters
    ----------
    means : OpenerMeans
        What it works with.

    Returns
    -------
    ModelOpener
        The opener.

    Raises
    ------
    ChainError
        If the contract has no opening log, or the nodes do not answer.
    """
    services: dict[ChecksumAddress, str] = {}
    for consortium in means.consortia:
        services |= consortium.services()
    return ThresholdOpener(
        means.connection,
        means.sender,
        AuditorKeyTable(means.database).load,
        services,
        settings=OpeningSettings(
            convicted_answers=means.policy.convicted_answers,
            most_convicted=means.policy.most_convicted,
            confirmations=means.node.confirmations,
            poll_seconds=means.node.poll_seconds,
        ),
        packages=ArchivedPackages(means.connection, means.database),
        first_block=means.node.first_block,
        on_report=means.report,
    )
