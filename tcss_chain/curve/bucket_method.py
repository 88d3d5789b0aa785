"""
Multi-scalar multiplication by the bucket method (Pippenger), for a library that has none.

Scalars are cut into digits of a few bits. For each digit position, points with equal digits are summed into
one bucket, and the buckets are combined with additions alone, so that doublings are shared by all points.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

_Native = TypeVar("_Native")


def multi_scalar_multiply(
    points: Sequence[_Native],
    scalars: Sequence[int],
    *,
    identity: _Native,
    add: Callable[[_Native, _Native], _Native],
) -> _Native:
    """
    Sum the multiples of points of any group.

    Parameters
    ----------
    points : sequence
        Elements of the group; may be empty.
    scalars : sequence of int
        One factor for each point, not negative.
    identity
        The neutral element.
    add : callable
        The operation of the group, complete: equal, opposite and neutral operands are fine.

    Returns
    -------
    element of the group
        ``sum_i scalars[i] * points[i]``.
    """
    digit_bits = max(2, len(points).bit_length() - 2)
    digit_mask = (1 << digit_bits) - 1
    longest = max((scalar.bit_length() for scalar in scalars), default=0)
    result = identity
    for position in reversed(range(0, longest, digit_bits)):
        for _ in range(digit_bits):
            result = add(result, result)
        buckets = [identity] * digit_mask
        for point, scalar in zip(points, scalars, strict=True):
            digit = scalar >> position & digit_mask
            if digit:
                buckets[digit - 1] = add(buckets[digit - 1], point)
        # Every running sum holds a bucket as often as its digit counts once all of them are added up.
        running = identity
        for bucket in reversed(buckets):
            running = add(running, bucket)
            result = add(result, running)
    return result
