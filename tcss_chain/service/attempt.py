"""Doing something that may fail, in a service that goes on."""

from __future__ import annotations

from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from tcss_chain.errors import TcssError


def attempt(log: FilteringBoundLogger, what: str, task: Callable[[], None]) -> bool:
    """
    Do something, and log why it failed if it did.

    Parameters
    ----------
    log : logger
        Told of failures; of those that nobody foresaw only the kind, for their text may hold anything.
    what : str
        What is done.
    task : callable
        Does it.

    Returns
    -------
    bool
        Whether it went well.
    """
    try:
        task()
    except TcssError as error:
        log.warning(f"{what} failed, will be tried again", reason=str(error))
    except Exception as error:  # noqa: BLE001  # the service outlives whatever one turn stumbles over
        log.error(f"{what} failed unexpectedly", error=type(error).__name__)
    else:
        return True
    return False
