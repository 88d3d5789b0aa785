"""Times on the chain, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_LAST: Final = 253_402_300_799


def shown_time(time: int) -> str:
    """Show a time in UTC; what is beyond the year 9999 is shown as it is."""
    if not 0 <= time <= _LAST:
        return f"{time} s after 1970"
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def shown_distance(time: int, now: int) -> str:
    """Show how far a time is from now, in the two largest units."""
    if time == now:
        return "now"
    left = abs(time - now)
    parts: list[str] = []
    for seconds, unit in _UNITS:
        amount, left = divmod(left, seconds)
        if amount or parts:
            parts.append(f"{amount} {unit}")
        if len(parts) == 2:
            break
    shown = " ".join(part for part in parts if not part.startswith("0 "))
    return f"in {shown}" if time > now else f"{shown} ago"
