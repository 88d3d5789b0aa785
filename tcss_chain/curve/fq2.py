"""
The field ``F_q2 = F_q[i] / (i^2 + 1)`` in plain integers, and the equation of the twist.

An element is a pair ``(real, imaginary)`` of canonical integers.
"""

from typing import Final, TypeAlias

from .constants import FIELD_MODULUS as _Q
from .constants import G1_CURVE_CONSTANT

Fq2: TypeAlias = tuple[int, int]


def add(left: Fq2, right: Fq2) -> Fq2:
    """Add two elements."""
    return ((left[0] + right[0]) % _Q, (left[1] + right[1]) % _Q)


def subtract(left: Fq2, right: Fq2) -> Fq2:
    """Subtract the right element from the left one."""
    return ((left[0] - right[0]) % _Q, (left[1] - right[1]) % _Q)


def negate(element: Fq2) -> Fq2:
    """Give the opposite element."""
    return (-element[0] % _Q, -element[1] % _Q)


def multiply(left: Fq2, right: Fq2) -> Fq2:
    """Multiply two elements."""
    return (
        (left[0] * right[0] - left[1] * right[1]) % _Q,
        (left[0] * right[1] + left[1] * right[0]) % _Q,
    )


def invert(element: Fq2) -> Fq2:
    """Invert an element; ValueError for 0."""
    scale = pow(element[0] * element[0] + element[1] * element[1], -1, _Q)
    return (element[0] * scale % _Q, -element[1] * scale % _Q)


def square_root(element: Fq2) -> Fq2 | None:
    """
    Find a square root by the norm to ``F_q``, which works as ``q`` is 3 modulo 4.

    Parameters
    ----------
    element : pair of int
        The element.

    Returns
    -------
    pair of int or None
        One of the two roots; None if the element is no square.
    """
    real, imaginary = element
    norm_root = _base_field_root((real * real + imaginary * imaginary) % _Q)
    if norm_root is None:
        return None
    # A root (u, v) has u^2 - v^2 = real, and u^2 + v^2 is one of the roots of the norm: their sum gives u^2.
    for candidate in (norm_root, -norm_root):
        root_real = _base_field_root((real + candidate) * _HALF % _Q)
        if root_real is None:
            continue
        if root_real == 0:
            root_imaginary = _base_field_root(-real % _Q)
            if root_imaginary is None:
                continue
        else:
            root_imaginary = imaginary * pow(2 * root_real, -1, _Q) % _Q
        root = (root_real, root_imaginary)
        if multiply(root, root) == element:
            return root
    return None


def twist_right_side(x: Fq2) -> Fq2:
    """Evaluate ``x^3 + 3/(9+i)``, which equals ``y^2`` for the points of the twist."""
    return add(multiply(multiply(x, x), x), TWIST_CONSTANT)


def is_on_twist(x: Fq2, y: Fq2) -> bool:
    """Tell whether ``(x, y)`` satisfies the equation of the twist."""
    return multiply(y, y) == twist_right_side(x)


def _base_field_root(value: int) -> int | None:
    root = pow(value, (_Q + 1) // 4, _Q)
    return root if root * root % _Q == value else None


_HALF: Final = pow(2, -1, _Q)

TWIST_CONSTANT: Final[Fq2] = multiply((G1_CURVE_CONSTANT, 0), invert((9, 1)))
"""``3 / (9 + i)``."""
