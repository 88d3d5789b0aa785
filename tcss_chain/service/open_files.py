"""How many files and connections the process may have open."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource


def raise_open_file_limit() -> int | None:
    """
    Raise the process's limit of open files as far as the system lets it, where there is such a limit.

    The usual limit, 1024, is low for a service: nodes, peers, those who fetch shares, and the state all take
    descriptors, and a state without one cannot be written.

    Returns
    -------
    int or None
        The limit from now on; None where there is none.
    """
    if sys.platform == "win32":
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):
            # Some systems name a hard limit that they do not grant.
            return None if soft == resource.RLIM_INFINITY else soft
    return None if hard == resource.RLIM_INFINITY else hard
