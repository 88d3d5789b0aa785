"""The tenants of a running gateway, found by their keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from .api_keys import KeyRing
from .gateway_file import TenantEntry
from .rate_limit import TokenBucket


class Tenant:
    """
    A tenant with what is left of its rate. Used by one thread.

    Parameters
    ----------
    entry : TenantEntry
        What the configuration says.
    clock : callable
        Seconds that never go back.

    Attributes
    ----------
    name : str
        Its name.
    bucket : TokenBucket
        Its rate.
    limited : int
        How many of its requests were over the rate since its last line in the audit trail.
    """

    __slots__ = ("bucket", "limited", "name")

    def __init__(self, entry: TenantEntry, clock: Callable[[], float] = time.monotonic) -> None:
        self.name: Final = entry.name
        self.bucket: Final = TokenBucket(entry.requests_per_minute, entry.burst, clock)
        self.limited = 0

    def __repr__(self) -> str:
        return f"Tenant({self.name!r})"

    def take_limited(self) -> int:
        """Give the number of requests over the rate, and begin to count anew."""
        limited, self.limited = self.limited, 0
        return limited


class Tenants:
    """
    All tenants.

    Parameters
    ----------
    entries : iterable of TenantEntry
        The tenants of the configuration.
    clock : callable
        Seconds that never go back.
    """

    def __init__(self, entries: Iterable[TenantEntry], clock: Callable[[], float] = time.monotonic) -> None:
        known = tuple(entries)
        self._all = tuple(Tenant(entry, clock) for entry in known)
        self._ring = KeyRing(
            (entry.key_sha256, tenant) for entry, tenant in zip(known, self._all, strict=True)
        )

    def __len__(self) -> int:
        """Count the tenants."""
        return len(self._all)

    def holder(self, key: str) -> Tenant | None:
        """Give whose key it is, or None."""
        return self._ring.holder(key)

    def take_limited(self) -> dict[str, int]:
        """Give, for each tenant with any, the requests over the rate that no line of the trail tells yet."""
        counts = {tenant.name: tenant.take_limited() for tenant in self._all}
        return {name: count for name, count in counts.items() if count}
