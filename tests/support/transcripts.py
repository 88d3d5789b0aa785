"""What the tests of transcripts share: a box that counts what it is asked, and changes of files."""

import re

from tcss_chain.auditor import (
    StrategyName,
    TracePlan,
)
from tcss_chain.bestiary import BESTIARY

LEAKED = (1, 3)

PLAN = TracePlan(strategies=(StrategyName.SUBSET_PRODUCT,), agreeing_wanted=2)
"""Needs more queries than all strategies together."""


class Killed(KeyboardInterrupt):
    """The process dies."""


class CountingBox:
    """Errs depending on what it is asked; counts what it is asked, and may kill the process."""

    def __init__(self, session, name="fixed errors by input", rate=0.4, die_at=None):
        self._box = BESTIARY[name].make(session, LEAKED, error_rate=rate)
        self.asked = []
        self._die_at = die_at

    def query(self, shares):
        self.asked.append(tuple(shares))
        if len(self.asked) - 1 == self._die_at:
            raise Killed
        return self._box.query(shares)


def rewrite(path, content):
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_bytes(content)


def assert_tells_no_secret(error):
    assert re.search(r"[0-9a-fA-F]{16}|[0-9]{16}", f"{error!s} {error!r} {vars(error)}") is None
