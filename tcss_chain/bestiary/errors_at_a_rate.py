"""Boxes that now and then err, by chance."""

from __future__ import annotations

from collections.abc import Sequence

from tcss_chain.curve import GROUP_ORDER

from .box import Share
from .erring_box import ErringBox


class RandomErrors(ErringBox):
    """
    Returns a uniform scalar in place of some answers.

    What the wrapped box refuses stays unanswered. A pirate errs on purpose because buyers who ask again are
    served in the end, while a tracer cannot tell a wrong answer by its look. The tracer asks several times
    with the same points and tries all pairs of answers; a confirmation in the exponent tells right ones.

    See `ErringBox` for the parameters.
    """

    def _error(self, _shares: Sequence[Share], _answer: int) -> int:
        return self._sequence.randrange(GROUP_ORDER)


class SilentErrors(ErringBox):
    """
    Withholds some answers.

    A pirate saves work or keeps a tracer waiting; an overloaded service does the same without intent. Silence
    says nothing wrong: the tracer repeats the query, and does not take the first silence for a refusal of the
    points or of their number.

    See `ErringBox` for the parameters.
    """

    def _error(self, _shares: Sequence[Share], _answer: int) -> None:
        return None
