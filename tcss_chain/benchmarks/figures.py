"""What many measured values are summed up to, and what they are compared with."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, Self

_HIGH_SHARE: Final = Fraction(95, 100)


@dataclass(frozen=True, slots=True)
class Summary:
    """
    Figures of a list of values, in the unit of the values.

    Attributes
    ----------
    mean, median, highest : float
        As usual.
    percentile_95 : float
        The smallest of the values that at least 95 of 100 do not exceed.
    """

    mean: float
    median: float
    percentile_95: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """
        Sum up values.

        Parameters
        ----------
        values : sequence of float
            At least one, in any order.

        Returns
        -------
        Summary
            Their figures.

        Raises
        ------
        statistics.StatisticsError
            If there are no values.
        """
        return cls(
            mean=statistics.fmean(values),
            median=statistics.median(values),
            percentile_95=percentile(values, _HIGH_SHARE),
            highest=max(values),
        )


def percentile(values: Sequence[float], share: Fraction) -> float:
    """
    Find the smallest of the values that a share of them does not exceed (nearest rank).

    Parameters
    ----------
    values : sequence of float
        At least one, in any order.
    share : Fraction
        Above 0, up to 1; a fraction, because rounding of its product with the count would change the rank.

    Returns
    -------
    float
        One of the values.
    """
    return sorted(values)[ceil(share * len(values)) - 1]


def published_queries(accused: int, rate: float) -> int:
    """
    Count the queries of the published way: ``2*ceil((f+1)/eps^2)`` (docs/tracing.md).

    Parameters
    ----------
    accused : int
        ``f``.
    rate : float
        ``eps``, above 0, up to 1; taken as the decimal number that it prints as.

    Returns
    -------
    int
        The number of queries.
    """
    return 2 * ceil((accused + 1) / Fraction(str(rate)) ** 2)
