"""A session with its auditor, boxes for it, and the parts of a trace one by one."""

import random

import pytest

from tcss_chain.auditor import CallableBox, TracePlan, TraceRandomness, trace_box
from tcss_chain.auditor.evidence import Evidence
from tcss_chain.auditor.problem import Answered, TraceProblem
from tcss_chain.auditor.query_log import QueryLog
from tcss_chain.auditor.sealed_keys import open_sealed_keys
from tcss_chain.auditor.trace_state import TraceState
from tcss_chain.curve import GROUP_ORDER, interpolate_at_zero, lagrange_at_zero, random_nonzero_scalar
from tcss_chain.pirate import PirateBox
from tcss_chain.protocol.trace_proof import prove, trace_statement, verify


class Scene:
    """A session, its auditor's view, and a record of what the box was asked."""

    def __init__(self, session, traced):
        self.session = session
        self.traced = traced
        self.events = []
        self.asked = []

    @property
    def registered(self):
        """The points of all participants."""
        return frozenset(participant.x for participant in self.session.roster.participants)

    def right(self, leaked, shares):
        """What equation (1) says, with all supplied shares used."""
        used = [*self.session.shares(leaked), *shares]
        return interpolate_at_zero([x for x, _ in used], [y for _, y in used])

    def pirate(self, leaked, seed=None, **kwargs):
        """Make a box of the demonstration."""
        points = [participant.x for participant in self.session.roster.participants]
        threshold = self.session.roster.threshold
        shares = self.session.shares(leaked)
        return PirateBox(shares, threshold, registered_points=points, seed=seed, **kwargs).query

    def framing_answer(self, victims, shares):
        """Answer linearly in the values, with the coefficients that the victims' shares would cause."""
        points = [x for x, _ in shares]
        weights = lagrange_at_zero([*points, *(x for x, _ in self.session.shares(victims))])
        return (sum(weight * y for weight, (_, y) in zip(weights, shares, strict=False)) + 4711) % GROUP_ORDER

    def trace(self, function, **kwargs):
        """Trace a box that is a function."""

        def recorded(shares):
            self.asked.append(shares)
            return function(shares)

        return trace_box(CallableBox(recorded), self.traced, on_event=self.events.append, **kwargs)

    def accounts(self, places):
        return self.session.accounts(places)

    def proves(self, trace):
        """Make the proof of a trace and check it like anybody can."""
        session = self.session
        statement = trace_statement(
            session.roster,
            session.auditor,
            trace.accused,
            trace.challenge,
            trace.claim,
            session.aggregate_hash,
        )
        proof = prove(
            statement, session.roster, session.aggregate, session.qualified, alpha=session.alpha, T=trace.T
        )
        return verify(statement, proof, session.roster, session.aggregate, session.qualified)

    def of_kind(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def state(self, function=lambda _: None, *, plan=None, seed=b"\7" * 32):
        """Begin a trace without running it."""

        def recorded(shares):
            self.asked.append(shares)
            return function(shares)

        plan = plan or TracePlan()
        randomness = TraceRandomness(seed)
        log = QueryLog(CallableBox(recorded), plan.query_budget, randomness, self.events.append)
        return TraceState(self.traced, plan, log, randomness, self.events.append)


@pytest.fixture
def scene(sealed_session, traced_session):
    """A function that makes a scene from ``n``, ``t`` and a seed."""

    def make(n, t, seed=0):
        session = sealed_session(n, t, seed)
        return Scene(session, traced_session(session))

    return make


@pytest.fixture(scope="session")
def random_points():
    """A function that draws so many points."""

    def draw(count):
        return tuple(random_nonzero_scalar() for _ in range(count))

    return draw


@pytest.fixture(scope="session")
def problem_of():
    """A function that makes the problem of some query points in a session."""

    def make(session, query_points, max_dropped=8):
        keys = open_sealed_keys(session.alpha, session.roster, session.aggregate)
        return TraceProblem(
            threshold=session.roster.threshold,
            roster_points=tuple(participant.x for participant in session.roster.participants),
            share_keys=keys.Y,
            query_points=tuple(query_points),
            max_dropped=max_dropped,
        )

    return make


class Interrogation:
    """Answers to one set of query points, put into the evidence one by one."""

    def __init__(self, session, problem, leaked, *, dropped=0, seed=0):
        self._session = session
        self._random = random.Random(seed)
        self.leaked = leaked
        self.dropped = dropped
        self.base_values = [self._scalar() for _ in problem.query_points]
        self.evidence = Evidence(problem, self.base_values)

    def ask(self, place, *, error=0):
        """Add the answer with a new value at a place, or to the base values; `error` makes it wrong."""
        shares = self.evidence.shares(place, self._scalar())
        answer = (self.right(shares) + error) % GROUP_ORDER
        answered = Answered(len(self.evidence.answers), shares, answer)
        self.evidence.add(answered, place)
        return answered

    def ask_at(self, *places):
        """Add right answers at these places; give the last one."""
        return [self.ask(place) for place in places][-1]

    def garble(self, place):
        """Add a random answer."""
        return self.ask(place, error=self._scalar())

    def right(self, shares):
        used = [share for place, share in enumerate(shares) if not self.dropped >> place & 1]
        used += self._session.shares(self.leaked)
        return interpolate_at_zero([x for x, _ in used], [y for _, y in used])

    @property
    def base_answer(self):
        return self.right(self.evidence.shares(None, 0))

    def _scalar(self):
        return self._random.randrange(GROUP_ORDER)


@pytest.fixture(scope="session")
def interrogate():
    """A function that begins an `Interrogation`."""
    return Interrogation


@pytest.fixture
def values_by_points():
    """A function that sorts queries: to each set of points, the values in the order of the queries."""

    def sort(asked):
        by_points = {}
        for shares in asked:
            by_points.setdefault(tuple(x for x, _ in shares), []).append([y for _, y in shares])
        return by_points

    return sort


@pytest.fixture(scope="session")
def changed_place():
    """A function that tells at which one place two lists of values differ, None at none."""

    def compare(base, values):
        changed = [place for place, (y, z) in enumerate(zip(base, values, strict=True)) if y != z]
        assert len(changed) <= 1
        return changed[0] if changed else None

    return compare
