"""
What the package needs from a library that computes on BN254.

A backend keeps points in its own native form and is called with checked operands only: canonical
coordinates of points on the curve, scalars already reduced modulo ``r``, and sequences of equal length. The
identity is written as all zeros, on the way in and on the way out. `points` wraps the native objects;
nothing else touches them.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar

from .constants import G1Words, G2Words
from .errors import BackendFailureError

# The libraries' point types have nothing in common, and one of them comes without type information.
NativeG1: TypeAlias = Any
NativeG2: TypeAlias = Any

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class CurveBackend(Protocol):
    """The operations on native points; every method may raise `BackendFailureError`."""

    @property
    def name(self) -> str:
        """The name that ``TCSS_CURVE_BACKEND`` uses for it."""

    def g1_from_affine(self, words: G1Words) -> NativeG1:
        """Make a point from canonical words that are on the curve, or all zeros."""

    def g1_to_affine(self, point: NativeG1) -> G1Words:
        """Give the canonical words of a point."""

    def g1_add(self, left: NativeG1, right: NativeG1) -> NativeG1:
        """Add two points, equal, opposite or identity among them."""

    def g1_neg(self, point: NativeG1) -> NativeG1:
        """Give the opposite point."""

    def g1_mul(self, point: NativeG1, scalar: int) -> NativeG1:
        """Multiply by ``0 <= scalar < r``."""

    def g1_msm(self, points: Sequence[NativeG1], scalars: Sequence[int]) -> NativeG1:
        """Sum the multiples of the points; of none, the identity."""

    def g1_eq(self, left: NativeG1, right: NativeG1) -> bool:
        """Tell whether two native forms are the same point."""

    def g1_is_identity(self, point: NativeG1) -> bool:
        """Tell whether a point is the identity."""

    def g2_from_affine(self, words: G2Words) -> NativeG2 | None:
        """Make a point from canonical words on the twist, or all zeros; None outside the subgroup."""

    def g2_to_affine(self, point: NativeG2) -> G2Words:
        """Give the canonical words of a point."""

    def g2_add(self, left: NativeG2, right: NativeG2) -> NativeG2:
        """Add two points, equal, opposite or identity among them."""

    def g2_neg(self, point: NativeG2) -> NativeG2:
        """Give the opposite point."""

    def g2_mul(self, point: NativeG2, scalar: int) -> NativeG2:
        """Multiply by ``0 <= scalar < r``."""

    def g2_msm(self, points: Sequence[NativeG2], scalars: Sequence[int]) -> NativeG2:
        """Sum the multiples of the points; of none, the identity."""

    def g2_eq(self, left: NativeG2, right: NativeG2) -> bool:
        """Tell whether two native forms are the same point."""

    def g2_is_identity(self, point: NativeG2) -> bool:
        """Tell whether a point is the identity."""

    def pairing_product_is_one(self, left: Sequence[NativeG1], right: Sequence[NativeG2]) -> bool:
        """Tell whether the product of the pairings ``e(left[i], right[i])`` is 1; of none, it is."""


def contained(
    backend_name: str,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """
    Make a decorator that turns whatever a library raises into `BackendFailureError`.

    Parameters
    ----------
    backend_name : str
        The backend, for the message.

    Returns
    -------
    callable
        The decorator.
    """

    def decorate(operation: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        @wraps(operation)
        def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            try:
                return operation(*args, **kwargs)
            except (MemoryError, BackendFailureError):
                raise
            except BaseException as error:
                # A panic in Rust arrives as a BaseException; interrupts and exits must still pass.
                if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                    raise BackendFailureError(backend_name, operation.__name__) from error
                raise

        return call

    return decorate
