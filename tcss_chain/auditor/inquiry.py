"""
One set of query points, put to the box again and again with one value changed.

The answers serve all strategies, the confirmation, the published evaluations and the proof at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from tcss_chain.curve import GROUP_ORDER, inverse, lagrange_at_zero
from tcss_chain.protocol.trace_query import QueryMode, keep_used
from tcss_chain.protocol.transcript import Evaluation, count_agreeing

from .confirmation import confirmed_combination
from .evidence import Evidence
from .outcome import AnswerRate
from .problem import Answered, Candidate, TraceProblem, known_coefficient
from .strategy import Strategy, StrategyName
from .trace_state import TraceState

_ANSWERS_PER_PLACE: Final = 3
_SPARE_PLACES: Final = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A candidate that an answer confirms.

    Attributes
    ----------
    candidate : Candidate
        ``I`` and the dropped points.
    answered : Answered
        The right answer.
    T : int
        The accused participants' combination of secret shares.
    strategy : StrategyName
        Who proposed the candidate.
    """

    candidate: Candidate
    answered: Answered
    T: int = field(repr=False)
    strategy: StrategyName


class Inquiry:
    """
    Queries with one set of query points: first the base values, then one of them changed.

    Parameters
    ----------
    state : TraceState
        The trace that this belongs to; makes the queries and draws the values.
    problem : TraceProblem
        The query points.
    mode : QueryMode
        How they were derived.
    nonce : bytes
        What they were derived from.
    strategies : sequence of Strategy
        Asked for candidates after every answer, in this order.
    base_values : sequence of int
        One scalar a query point.
    first_place : int
        The place in ``Q`` that is varied first.
    """

    def __init__(
        self,
        state: TraceState,
        problem: TraceProblem,
        mode: QueryMode,
        nonce: bytes,
        strategies: Sequence[Strategy],
        base_values: Sequence[int],
        first_place: int = 0,
    ) -> None:
        self.problem = problem
        self.mode = mode
        self.nonce = nonce
        self._state = state
        self._strategies = strategies
        self._needed = min((strategy.evaluations_needed for strategy in strategies), default=0)
        self._first_place = first_place
        self._base_values = tuple(base_values)
        self._used_values = [{value} for value in self._base_values]
        self._unconfirmed: dict[Candidate, StrategyName] = {}
        self._places: list[int | None] = []
        self.evidence = Evidence(problem, self._base_values, lambda: state.out_of_time)
        self.made = 0
        self.unanswered_in_a_row = 0

    @property
    def answered(self) -> bool:
        """Whether the box answered at all."""
        return bool(self.evidence.answers)

    @property
    def settled(self) -> bool:
        """Whether some base answer is certain, so that every place is worth a query."""
        return bool(self.evidence.certain_bases())

    @property
    def exhausted(self) -> bool:
        """Whether further queries to the same points are of little use."""
        if self.unanswered_in_a_row >= self._state.plan.most_silent:
            return True
        if not self.settled:
            return self.made >= self._state.plan.queries_per_round
        places = range(len(self.problem.query_points))
        # Other query points are needed anyway if these have too few places.
        wanted = 1 if self._needed > len(places) else _ANSWERS_PER_PLACE
        return all(self.evidence.answers_at(place) >= wanted for place in places)

    def ask(self, known: Collection[int] = ()) -> Finding | None:
        """
        Make one query and look for a confirmed candidate.

        Parameters
        ----------
        known : collection of int
            Participants who were accused before, by place in the roster: a finding about them alone is none.

        Returns
        -------
        Finding or None
            The first confirmed candidate.
        """
        answered = self._query(self._next_place())
        if answered is None:
            return None
        # A candidate that a wrong answer suggested may be confirmed by a later, right one.
        for candidate, name in self._unconfirmed.items():
            finding = self._confirm(candidate, name, [answered])
            if finding is not None:
                return finding
        for strategy in self._strategies:
            for candidate in strategy.propose(self.evidence):
                if self._state.out_of_time:
                    return None
                if candidate in self._unconfirmed:
                    continue
                if set(candidate.accused) <= set(known):
                    self._note_known(candidate)
                    continue
                # Known accused were proposed for earlier answers too; a wrong answer does not refute them.
                are_known = strategy.name is StrategyName.KNOWN_ACCUSED
                answers = [answered] if are_known else self.evidence.answers[::-1]
                finding = self._confirm(candidate, strategy.name, answers)
                if finding is not None:
                    return finding
                if are_known:
                    continue
                self._unconfirmed[candidate] = strategy.name
                self._state.note_refuted(strategy.name, candidate.accused)
        return None

    @property
    def right_answers_needed(self) -> int:
        """How many right answers to these points decide, if the box drops none of them."""
        return self._needed + 1 if self._needed <= 1 else self._needed + 2

    def rate(self, finding: Finding) -> AnswerRate:
        """Count the answers that fit a finding among the queries to these points."""
        candidate = finding.candidate
        right = [self._confirm(candidate, finding.strategy, [each]) for each in self.evidence.answers]
        return AnswerRate(sum(each is not None for each in right), self.made)

    def evaluate(self, finding: Finding) -> tuple[Evaluation, ...]:
        """
        Evaluate the trace polynomial from all other answers, and query on until enough of them agree.

        Parameters
        ----------
        finding : Finding
            The right answer that the others are compared with.

        Returns
        -------
        tuple of Evaluation
            One for every other answer, right or wrong, from its difference to the base answer that the right
            answer implies.
        """
        accused_points = [self.problem.roster_points[place] for place in finding.candidate.accused]
        plan = self._state.plan
        limit = self.made + plan.queries_per_round
        while True:
            evaluations = self._evaluations(finding, accused_points)
            enough = count_agreeing(evaluations, accused_points) >= plan.agreeing_wanted
            given_up = self.made >= limit or self.unanswered_in_a_row >= plan.patience
            if enough or given_up or self._state.finished:
                return evaluations
            self._query(self._used_place(finding))

    def _evaluations(self, finding: Finding, accused_points: Sequence[int]) -> tuple[Evaluation, ...]:
        dropped = finding.candidate.dropped
        points = self.problem.query_points
        used = keep_used(points, dropped)
        coefficients = dict(
            zip(used, lagrange_at_zero([*accused_points, *used])[len(accused_points) :], strict=True)
        )
        proof = finding.answered
        changed = next(
            (place for place, (_, y) in enumerate(proof.shares) if y != self._base_values[place]), None
        )
        base = proof.answer
        if changed is not None:
            x, y = proof.shares[changed]
            base -= coefficients.get(x, 0) * (y - self._base_values[changed])
        evaluations = []
        for answered, own_place in zip(self.evidence.answers, self._places, strict=True):
            # The answer to the base values differs from the right one where that was changed.
            place, minuend, subtrahend = own_place, answered, base
            if own_place is None:
                place, minuend, subtrahend = changed, proof, answered.answer
            if answered is proof or place is None or dropped >> place & 1:
                continue
            difference = minuend.shares[place][1] - self._base_values[place]
            known = known_coefficient(self.evidence.ratios, len(points), place, dropped)
            v = (minuend.answer - subtrahend) * inverse(difference * known % GROUP_ORDER) % GROUP_ORDER
            evaluations.append(Evaluation(points[place], v))
        return tuple(evaluations)

    def _used_place(self, finding: Finding) -> int:
        places = range(len(self.problem.query_points))
        return next(place for place in places if not finding.candidate.dropped >> place & 1)

    def _next_place(self) -> int | None:
        if self.made == 0:
            return None
        if not self.settled:
            return self._first_place
        # The line is certain: every other place gives an evaluation with a single answer. A few more places
        # than are needed come first, for a lattice is reduced once for a set of places.
        size = len(self.problem.query_points)
        order = [(self._first_place + step) % size for step in range(size)]
        few = order[: self._needed + _SPARE_PLACES]
        if all(self.evidence.answers_at(place) >= _ANSWERS_PER_PLACE for place in few):
            few = order
        return min(few, key=self.evidence.answers_at)

    def _query(self, place: int | None) -> Answered | None:
        value = self._state.randomness.scalar()
        if place is not None:
            while value in self._used_values[place]:
                value = self._state.randomness.scalar()
            self._used_values[place].add(value)
        self.made += 1
        answered = self._state.query(self.evidence.shares(place, value), self.mode)
        if answered is None:
            self.unanswered_in_a_row += 1
        else:
            self.unanswered_in_a_row = 0
            self._places.append(place)
            self.evidence.add(answered, place)
        return answered

    def _confirm(
        self, candidate: Candidate, strategy: StrategyName, answers: Sequence[Answered]
    ) -> Finding | None:
        for answered in answers:
            T = confirmed_combination(self.problem, candidate, answered)
            if T is not None:
                return Finding(candidate, answered, T, strategy)
        return None

    def _note_known(self, candidate: Candidate) -> None:
        if any(
            confirmed_combination(self.problem, candidate, answered) is not None
            for answered in self.evidence.answers
        ):
            self._state.found_known = True
