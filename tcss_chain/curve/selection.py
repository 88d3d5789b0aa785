"""
Which backend computes: arkworks where it works, py_ecc elsewhere.

The environment variable ``TCSS_CURVE_BACKEND`` (``arkworks`` or ``py_ecc``) overrides the choice. It is
read once, when the package is imported, because native points of two backends must never meet.
"""

import logging
import os
from typing import Final

from .backend import CurveBackend
from .errors import BackendError, UnknownBackendError
from .self_check import check_backend

ENVIRONMENT_VARIABLE: Final = "TCSS_CURVE_BACKEND"
KNOWN_BACKENDS: Final = ("arkworks", "py_ecc")

_LOGGER: Final = logging.getLogger(__name__)


def select_backend(requested: str | None) -> CurveBackend:
    """
    Make the backend that was asked for, or the best one that works.

    Parameters
    ----------
    requested : str or None
        A name of `KNOWN_BACKENDS`, or None to try arkworks and fall back to py_ecc with a warning in the log.

    Returns
    -------
    CurveBackend
        The backend.

    Raises
    ------
    UnknownBackendError
        If the name is not known.
    BackendUnavailableError, BackendFailureError
        If the backend that was asked for cannot be used; nothing replaces it silently.
    """
    if requested is None:
        try:
            return _arkworks()
        except BackendError as error:
            _LOGGER.warning("computing with py_ecc, about a hundred times slower than arkworks: %s", error)
            return _py_ecc()
    if requested == "arkworks":
        return _arkworks()
    if requested == "py_ecc":
        return _py_ecc()
    raise UnknownBackendError(requested, KNOWN_BACKENDS)


def active_backend_name() -> str:
    """
    Tell which backend computes in this process.

    Returns
    -------
    str
        A name of `KNOWN_BACKENDS`.
    """
    return ACTIVE_BACKEND.name


# Each backend's library is imported only when it is used: py_ecc is slow to load, zksnake may be missing.
def _arkworks() -> CurveBackend:
    from .arkworks_backend import ArkworksBackend

    backend = ArkworksBackend()
    check_backend(backend)
    return backend


def _py_ecc() -> CurveBackend:
    from .py_ecc_backend import PyEccBackend

    return PyEccBackend()


ACTIVE_BACKEND: Final[CurveBackend] = select_backend(os.environ.get(ENVIRONMENT_VARIABLE))
"""The backend of this process."""
