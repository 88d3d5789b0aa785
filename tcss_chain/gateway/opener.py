"""What opens the models of a running gateway: the participants, asked through the opening log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.service.auditor_at_work import AuditorAtWork

from .model_opener import ModelOpener
from .policy import GatewayPolicy

Report = Callable[[OpeningReport], None]
"""Told of every anchored opening before the model is handed out."""

MakeOpener = Callable[[AuditorAtWork, GatewayPolicy, Report], ModelOpener]
"""Makes what opens models."""


def make_opener(auditor: AuditorAtWork, policy: GatewayPolicy, report: Report) -> ModelOpener:
    """
    Make the opener of a running gateway.

    Parameters
    ----------
    auditor : AuditorAtWork
        What it works with.
    policy : GatewayPolicy
        Who is asked, and when nobody is.
    report : callable
        Told of every anchored opening before the model is handed out.

    Returns
    -------
    ModelOpener
        The opener.

    Raises
    ------
    ChainError
        If the contract has no opening log, or the nodes do not answer.
    """
    settings = replace(
        auditor.settings(),
        convicted_answers=policy.convicted_answers,
        most_convicted=policy.most_convicted,
    )
    return auditor.opener(settings, report)
