"""What can go wrong when leaked points are decoded."""

from tcss_chain.errors import TcssError


class ZeroLogarithmError(TcssError):
    """The logarithm of 0 was asked for; pass scalars that are not 0 modulo ``r``."""

    def __init__(self) -> None:
        super().__init__("0 has no logarithm; pass scalars that are not 0 modulo the group order")


class DuplicateAbscissaError(TcssError):
    """
    Two points have the same abscissa.

    Attributes
    ----------
    first, second : int
        Their indices.
    """

    def __init__(self, first: int, second: int) -> None:
        self.first = first
        self.second = second
        super().__init__(
            f"the points {first} and {second} have the same abscissa; pass one point for each abscissa"
        )


class DecodingParameterError(TcssError):
    """
    A figure given to a decoder makes no sense.

    Attributes
    ----------
    figure_name : str
        Which one.
    value : int
        What was given.
    """

    def __init__(self, figure_name: str, value: int, requirement: str) -> None:
        self.figure_name = figure_name
        self.value = value
        super().__init__(f"{figure_name} is {value}; it must be {requirement}")


class DecodingEffortError(TcssError):
    """
    A complete list would cost more than the caller allows.

    Attributes
    ----------
    points : int
        How many points were given.
    dimension : int
        How many coefficients the polynomials have.
    agreement : int
        How many points each polynomial must pass through.
    work : int or None
        The estimated cost in microseconds; None if no plan within the limit on the multiplicity was found.
    maximum_work : int
        What the caller allows.
    """

    def __init__(
        self, points: int, dimension: int, agreement: int, work: int | None, maximum_work: int
    ) -> None:
        self.points = points
        self.dimension = dimension
        self.agreement = agreement
        self.work = work
        self.maximum_work = maximum_work
        cost = "no plan within the limits" if work is None else f"about {work / 1e6:.1f} s of work"
        super().__init__(
            f"{points} points, {dimension} coefficients and an agreement of {agreement}: {cost}, where "
            f"{maximum_work / 1e6:.1f} s are allowed; collect more points, ask for more agreement, "
            "or allow more work"
        )
