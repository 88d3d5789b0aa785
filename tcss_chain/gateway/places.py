"""Places that tenants share: nobody can take so many that the others get none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .http_answers import ErrorCode, RefusedError

_RETRY_SECONDS: Final = 1
_KEPT: Final = 4


class Places:
    """
    A number of places, each held for a while. Used by one event loop.

    Of several tenants, one that holds as many places as are free gets no more: it has at most half of them.
    Whoever holds some does not get the last ones either: one for each tenant that holds none, but no more
    than a quarter of all, are kept. So with at most as many tenants as that, each gets at least one at any
    time.

    Parameters
    ----------
    most : int
        How many there are.
    tenants : int
        How many tenants there are; a single one may hold all places.
    """

    def __init__(self, most: int, tenants: int) -> None:
        self._free = most
        self._most_kept = most // _KEPT
        self._tenants = tenants
        self._held: dict[str, int] = {}

    @contextmanager
    def hold(self, tenant: str, *, hang_up: bool = False) -> Iterator[None]:
        """
        Hold a place while the ``with`` statement lasts.

        Parameters
        ----------
        tenant : str
            Who holds it.
        hang_up : bool
            Whether a refusal ends the connection.

        Raises
        ------
        RefusedError
            If there is none for this tenant.
        """
        if not self._has_one_for(tenant):
            raise RefusedError(
                ErrorCode.BUSY,
                "too many requests are being worked on",
                retry_after=_RETRY_SECONDS,
                hang_up=hang_up,
            )
        self._held[tenant] = self._held.get(tenant, 0) + 1
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
            self._held[tenant] -= 1
            if not self._held[tenant]:
                del self._held[tenant]

    def _has_one_for(self, tenant: str) -> bool:
        held = self._held.get(tenant, 0)
        if self._tenants == 1 or not held:
            return self._free > 0
        kept = min(self._tenants - len(self._held), self._most_kept)
        return self._free > max(held, kept)
