"""What all parts of one trace share: the session, the plan, the queries, the random values, the counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from eth_typing import ChecksumAddress

from tcss_chain.protocol.trace_query import QueryMode, free_points, registered_order

from .box import Share
from .events import CandidateRefuted, TraceEvent
from .made_up_polynomial import MadeUpPolynomial
from .plan import TracePlan
from .problem import Answered, TraceProblem
from .query_log import QueryLog
from .randomness import TraceRandomness
from .strategy import StrategyName
from .traced_session import TracedSession


class TraceState:
    """
    The running state of one trace.

    Its ``made_up`` polynomial gives the values where they must not contradict each other from query to query.

    Parameters
    ----------
    session : TracedSession
        The session.
    plan : TracePlan
        Limits.
    log : QueryLog
        Makes the queries.
    randomness : TraceRandomness
        Draws nonces and values.
    tell : callable
        Told what happens.
    """

    def __init__(
        self,
        session: TracedSession,
        plan: TracePlan,
        log: QueryLog,
        randomness: TraceRandomness,
        tell: Callable[[TraceEvent], None],
    ) -> None:
        self.session = session
        self.roster = session.roster
        self.plan = plan
        self.log = log
        self.randomness = randomness
        self.tell = tell
        self.roster_points = tuple(member.x for member in session.roster.participants)
        self.made_up = MadeUpPolynomial(randomness, session.roster.threshold)
        self.refuted = 0
        self.found_known = False
        self._deadline = None if plan.time_limit is None else time.monotonic() + plan.time_limit

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit is over."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    @property
    def finished(self) -> bool:
        """Whether no further query may be made."""
        return self.log.exhausted or self.out_of_time

    def query(self, shares: tuple[Share, ...], mode: QueryMode) -> Answered | None:
        """Put a query to the box; see `QueryLog.ask`."""
        return self.log.ask(shares, mode)

    def points(
        self, mode: QueryMode, arity: int, nonce: bytes, accused: Sequence[int] = ()
    ) -> tuple[int, ...]:
        """
        Derive query points from a nonce, as the contract does for these accused.

        Parameters
        ----------
        mode : QueryMode
            The kind of points.
        arity : int
            How many.
        nonce : bytes
            32 bytes.
        accused : sequence of int
            Whose registered points are left out, by place in the roster.

        Returns
        -------
        tuple of int
            Fewer than `arity` if there are not so many participants left.
        """
        aggregate_hash = self.session.aggregate_hash
        if mode == QueryMode.FREE:
            return free_points(self.roster.sid, aggregate_hash, arity, nonce)
        order = registered_order(self.roster, aggregate_hash, nonce, self.accounts(accused))
        return tuple(member.x for member in order[:arity])

    def problem(self, points: tuple[int, ...]) -> TraceProblem:
        """Make the problem of a set of query points."""
        return TraceProblem(
            threshold=self.roster.threshold,
            roster_points=self.roster_points,
            share_keys=self.session.keys.Y,
            query_points=points,
            max_dropped=self.plan.max_dropped,
        )

    def base_values(self, mode: QueryMode, points: Sequence[int]) -> list[int]:
        """
        Choose the values that all queries to some points have in common.

        Registered points come again in other sets: a box that remembers its inputs must not see a
        contradiction before it has answered once.
        """
        if mode == QueryMode.REGISTERED:
            return [self.made_up.value(x) for x in points]
        return [self.randomness.scalar() for _ in points]

    def accounts(self, places: Sequence[int]) -> tuple[ChecksumAddress, ...]:
        """Give the addresses of participants by their place in the roster, ascending."""
        accounts = (self.roster.participants[place].account for place in places)
        return tuple(sorted(accounts, key=lambda account: int(account, 16)))

    def note_refuted(self, strategy: StrategyName, accused: Sequence[int]) -> None:
        """Count and tell a candidate that fits no answer in the exponent."""
        self.refuted += 1
        self.tell(CandidateRefuted(strategy, self.accounts(accused)))
