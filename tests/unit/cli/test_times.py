"""Times on the chain, as people read them."""

from __future__ import annotations

import pytest

from tcss_chain.cli.times import shown_distance, shown_time


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (1_700_000_000, "2023-11-14 22:13:20 UTC"),
        (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        (253_402_300_800, "253402300800 s after 1970"),
        (2**40 - 1, "1099511627775 s after 1970"),
    ],
)
def test_times_are_in_utc(time, shown):
    assert shown_time(time) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "now"),
        (1, "in 1 s"),
        (59, "in 59 s"),
        (60, "in 1 min"),
        (-61, "1 min 1 s ago"),
        (3600, "in 1 h"),
        (3601, "in 1 h"),
        (-7260, "2 h 1 min ago"),
        (86_400 * 3 + 3600 * 5 + 61, "in 3 d 5 h"),
        (86_400 + 59, "in 1 d"),
    ],
)
def test_distances_have_two_units_at_most(seconds, shown):
    assert shown_distance(1000 + seconds, 1000) == shown
