"""What can go wrong with scalars, points and the library that computes with them."""

from tcss_chain.errors import TcssError


class CurveDecodingError(TcssError):
    """
    A value from outside is not the canonical encoding of a scalar or a point.

    The rejected value itself is never kept: it may be a share or a key.

    Attributes
    ----------
    value_name : str
        What was being decoded, as the caller named it.
    """

    def __init__(self, value_name: str, problem: str) -> None:
        self.value_name = value_name
        super().__init__(f"{value_name}: {problem}")


class WordTypeError(CurveDecodingError):
    """
    A word has the wrong Python type (booleans count as wrong).

    Attributes
    ----------
    type_name : str
        The type that was found.
    """

    def __init__(self, value_name: str, type_name: str, expected: str) -> None:
        self.type_name = type_name
        super().__init__(value_name, f"found a value of type {type_name}; pass {expected}")


class EncodingLengthError(CurveDecodingError):
    """
    A byte string has the wrong length.

    Attributes
    ----------
    expected, found : int
        Lengths in bytes.
    """

    def __init__(self, value_name: str, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(
            value_name,
            f"has {found} bytes where {expected} are required; ask the sender for 32-byte big-endian words",
        )


class ScalarOutOfRangeError(CurveDecodingError):
    """A scalar is negative or not below the group order ``r``."""

    def __init__(self, value_name: str) -> None:
        super().__init__(
            value_name,
            "is not in the range 0 <= value < r; ask the sender for the canonical scalar, below r",
        )


class CoordinateOutOfRangeError(CurveDecodingError):
    """
    A coordinate is negative or not below the field modulus ``q``.

    Attributes
    ----------
    coordinate : str
        Which one: ``x``, ``y``, ``x_imaginary``, ``x_real``, ``y_imaginary`` or ``y_real``.
    """

    def __init__(self, value_name: str, coordinate: str) -> None:
        self.coordinate = coordinate
        super().__init__(
            value_name,
            f"coordinate {coordinate} is not in the range 0 <= {coordinate} < q; "
            "ask the sender for canonical coordinates, reduced modulo q",
        )


class NotOnCurveError(CurveDecodingError):
    """
    The coordinates do not satisfy the equation of the curve.

    Attributes
    ----------
    group_name : str
        ``G1`` or ``G2``.
    """

    def __init__(self, value_name: str, group_name: str) -> None:
        self.group_name = group_name
        order = "(x, y)" if group_name == "G1" else "(x_imaginary, x_real, y_imaginary, y_real)"
        super().__init__(
            value_name,
            f"is no point on the {group_name} curve of BN254; "
            f"check that the words are in the order {order} and ask the sender for the point again",
        )


class NotInSubgroupError(CurveDecodingError):
    """The point is on the twist, yet outside the subgroup G2 of order ``r``."""

    def __init__(self, value_name: str) -> None:
        super().__init__(
            value_name,
            "is on the twist but not in its subgroup of order r; ask the sender for a point of G2",
        )


class IdentityNotAllowedError(CurveDecodingError):
    """The point is the identity where the protocol does not allow it, as for a key."""

    def __init__(self, value_name: str) -> None:
        super().__init__(
            value_name,
            "is the identity, which is not allowed here; ask the sender for another point",
        )


class ScalarArithmeticError(TcssError):
    """A computation in ``F_r`` has no result for the given operands."""


class ZeroInverseError(ScalarArithmeticError):
    """Zero has no inverse modulo ``r``."""

    def __init__(self) -> None:
        super().__init__("zero has no inverse modulo r; make sure that the denominator is not 0 modulo r")


class ZeroPointError(ScalarArithmeticError):
    """
    An evaluation point is 0 modulo ``r``, the place of the secret itself.

    Attributes
    ----------
    index : int
        Its place in the sequence.
    """

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(f"evaluation point {index} is 0 modulo r; use points that are not 0")


class DuplicatePointError(ScalarArithmeticError):
    """
    Two evaluation points are equal modulo ``r``.

    Attributes
    ----------
    first, second : int
        Their places in the sequence.
    """

    def __init__(self, first: int, second: int) -> None:
        self.first = first
        self.second = second
        super().__init__(f"evaluation points {first} and {second} are equal modulo r; pass each point once")


class LengthMismatchError(ScalarArithmeticError):
    """
    Two sequences that belong together have different lengths.

    Attributes
    ----------
    left, right : int
        Numbers of elements.
    """

    def __init__(self, left_name: str, left: int, right_name: str, right: int) -> None:
        self.left = left
        self.right = right
        super().__init__(f"{left} {left_name} but {right} {right_name}; pass one for each")


class BackendError(TcssError):
    """The library that computes on the curve cannot be used."""


class UnknownBackendError(BackendError):
    """
    ``TCSS_CURVE_BACKEND`` names no backend.

    Attributes
    ----------
    requested : str
        The name that was found.
    known : tuple of str
        The names that work.
    """

    def __init__(self, requested: str, known: tuple[str, ...]) -> None:
        self.requested = requested
        self.known = known
        super().__init__(f"TCSS_CURVE_BACKEND is {requested!r}; set it to {' or '.join(known)}, or unset it")


class BackendUnavailableError(BackendError):
    """
    The backend cannot be imported, or computes wrong results.

    Attributes
    ----------
    backend_name : str
        The backend.
    reason : str
        What was found.
    """

    def __init__(self, backend_name: str, reason: str) -> None:
        self.backend_name = backend_name
        self.reason = reason
        super().__init__(
            f"the curve backend {backend_name} is not usable: {reason}; "
            "install its package again, or set TCSS_CURVE_BACKEND to another backend"
        )


class BackendFailureError(BackendError):
    """
    The backend failed on operands that had passed all checks.

    Attributes
    ----------
    backend_name, operation : str
        Where it happened.
    """

    def __init__(self, backend_name: str, operation: str) -> None:
        self.backend_name = backend_name
        self.operation = operation
        super().__init__(
            f"the curve backend {backend_name} failed in {operation}; "
            "set TCSS_CURVE_BACKEND to another backend and report the failure"
        )
