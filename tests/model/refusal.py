"""What the contract refuses a call with."""

from __future__ import annotations

from typing import Any

from .words import IDENTITY, Point, Q, R, on_curve


class Refused(Exception):  # noqa: N818
    """The call reverts with this error of the contract, or with no data at all if it has no name."""

    def __init__(self, name: str = "", *arguments: Any) -> None:
        self.name = name
        self.arguments = arguments
        super().__init__(f"{name}{arguments}")


def require(condition: bool, name: str, *arguments: Any) -> None:
    if not condition:
        raise Refused(name, *arguments)


def require_scalar(*scalars: int) -> None:
    for scalar in scalars:
        require(scalar < R, "ScalarOutOfRange", scalar)


def require_canonical(*coordinates: int) -> None:
    for coordinate in coordinates:
        require(coordinate < Q, "CoordinateOutOfRange", coordinate)


def require_point(point: Point) -> None:
    """A point of the curve in canonical coordinates, or the identity."""
    require_canonical(*point)
    require(point == IDENTITY or on_curve(point), "NotOnCurve", *point)


def require_key(point: Point) -> None:
    require_point(point)
    require(point != IDENTITY, "IdentityNotAllowed")
