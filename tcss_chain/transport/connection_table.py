"""Which connections of a server stay when there are too many: pure bookkeeping, without sockets."""

from __future__ import annotations

from collections.abc import Hashable
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

Connection = TypeVar("Connection", bound=Hashable)


class ConnectionTable(Generic[Connection]):
    """
    The open connections by address, at most so many in total and from one address.

    A new connection is always let in, and the one that makes room for it has been open for longest: a client
    that means it has sent its request and got its answer long before. When one address has too many, it makes
    room itself. When there are too many in total, the address with the most makes room, so a flood from one
    place pushes out nobody else.

    Parameters
    ----------
    total : int
        How many connections may be open, at least 1.
    per_address : int
        How many of them from one address, at least 1.
    """

    def __init__(self, total: int, per_address: int) -> None:
        self._total = total
        self._per_address = per_address
        self._addresses: dict[Connection, str] = {}
        # Dictionaries keep the order of insertion: the first is the oldest.
        self._by_address: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._addresses)

    def admit(self, connection: Connection, address: str) -> Connection | None:
        """
        Let a connection in.

        Parameters
        ----------
        connection : Connection
            A connection that is not in the table.
        address : str
            Where it comes from.

        Returns
        -------
        Connection or None
            The connection that must be closed for it, which is in the table no more.
        """
        origin = origin_of(address)
        self._addresses[connection] = origin
        same = self._by_address.setdefault(origin, {})
        same[connection] = None
        if len(same) > self._per_address:
            crowd = same
        elif len(self._addresses) > self._total:
            crowd = max(self._by_address.values(), key=len)
        else:
            return None
        oldest = next(iter(crowd))
        self.release(oldest)
        return oldest

    def release(self, connection: Connection) -> None:
        """Forget a connection; forgetting one that is not in the table does nothing."""
        origin = self._addresses.pop(connection, None)
        if origin is None:
            return
        same = self._by_address[origin]
        del same[connection]
        if not same:
            del self._by_address[origin]


def origin_of(address: str) -> str:
    """
    Give what counts as one address.

    Parameters
    ----------
    address : str
        An address as the operating system writes it.

    Returns
    -------
    str
        An IPv4 address itself, also when it is mapped to IPv6. Of an IPv6 address its network of 64 bits,
        since one client has all of it. Anything else as it is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return parsed.packed[:8].hex()
