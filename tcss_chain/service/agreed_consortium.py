"""Finding the consortium whose terms a session has."""

from __future__ import annotations

from collections.abc import Iterable

from tcss_chain.consortium import Consortium
from tcss_chain.consortium.terms import Terms
from tcss_chain.protocol.session import Configuration


def agreed_consortium(
    consortia: Iterable[Consortium], configuration: Configuration, now: int
) -> tuple[Consortium | None, tuple[str, ...]]:
    """
    Find the consortium whose terms a session has.

    Parameters
    ----------
    consortia : iterable of Consortium
        Those that were agreed to.
    configuration : Configuration
        What the session is made of.
    now : int
        The chain's time, Unix seconds.

    Returns
    -------
    consortium : Consortium or None
        The first that fits.
    objections : tuple of str
        If none fits, what speaks against the session in the nearest one.
    """
    nearest: tuple[str, ...] = ()
    for consortium in consortia:
        objections = Terms.of(consortium).objections(configuration, now)
        if not objections:
            return consortium, ()
        if not nearest or len(objections) < len(nearest):
            nearest = objections
    return None, nearest or ("there is no consortium file",)
