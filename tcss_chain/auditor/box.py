"""
The box as the auditor sees it: it takes made-up shares and returns a scalar or nothing (protocol section 7).

Whatever comes back is hostile until it has been checked. A box never makes the tracer fail: what is no
canonical scalar counts as no answer, and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from tcss_chain.curve import decode_scalar
from tcss_chain.errors import TcssError

Share = tuple[int, int]
"""A share ``(x, y)``, two scalars."""


class AnswerProblem(StrEnum):
    """Why a query brought no answer."""

    SILENT = "the box returned nothing"
    MALFORMED = "the answer is not in the agreed format"
    NOT_CANONICAL = "the answer is not a scalar below r"
    TOO_LONG = "the answer is too long"
    TIMED_OUT = "no answer within the time limit"
    UNREACHABLE = "the connection failed"
    REFUSED = "the answer has another status than 200"
    CRASHED = "the box raised an exception"
    INTERRUPTED = "the trace was interrupted before the answer came"


class Box(Protocol):
    """Anything that can be queried with shares."""

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Ask the box to reconstruct.

        Parameters
        ----------
        shares : sequence of (int, int)
            Distinct points and values, scalars.

        Returns
        -------
        int or None
            What the box returned, or nothing.
        """


@runtime_checkable
class ReportingBox(Protocol):
    """A box that keeps why its last query brought no answer."""

    @property
    def last_problem(self) -> AnswerProblem | None:
        """The reason, or None after an answer."""

    def query(self, shares: Sequence[Share]) -> int | None:
        """Ask the box to reconstruct; see `Box`."""


class CallableBox:
    """
    A box that runs in this process.

    Parameters
    ----------
    function : callable
        Takes a tuple of shares; whatever it returns or raises is checked here. Its running time cannot be
        bounded: put code that nobody trusts into a process of its own and use `HttpBox`.
    """

    def __init__(self, function: Callable[[tuple[Share, ...]], object]) -> None:
        self._function = function
        self._last_problem: AnswerProblem | None = None

    @property
    def last_problem(self) -> AnswerProblem | None:
        """Why the last query brought no answer, or None after an answer."""
        return self._last_problem

    def query(self, shares: Sequence[Share]) -> int | None:
        """
        Call the function and check what comes back.

        Parameters
        ----------
        shares : sequence of (int, int)
            The shares.

        Returns
        -------
        int or None
            A canonical scalar, or nothing.
        """
        try:
            returned = self._function(tuple((x, y) for x, y in shares))
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - foreign code may raise anything; its message may hold a share.
            self._last_problem = AnswerProblem.CRASHED
            return None
        answer, self._last_problem = check_answer(returned)
        return answer


def check_answer(returned: object) -> tuple[int | None, AnswerProblem | None]:
    """
    Check what a box returned.

    Parameters
    ----------
    returned : object
        Anything.

    Returns
    -------
    tuple
        A canonical scalar and None, or None and the reason.
    """
    if returned is None:
        return None, AnswerProblem.SILENT
    if type(returned) is not int:
        return None, AnswerProblem.MALFORMED
    try:
        return decode_scalar(returned), None
    except TcssError:
        return None, AnswerProblem.NOT_CANONICAL
