"""
One round: the same query points again and again, with one value varied.

All answers of a round serve all strategies, the confirmation and the evaluations (protocol section 7,
"Differences").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from tcss_chain.curve import random_scalar
from tcss_chain.protocol.trace_query import QueryMode
from tcss_chain.protocol.transcript import Evaluation, count_agreeing

from .confirmation import confirmed_combination
from .plan import TracePlan
from .problem import Answered, Candidate, Ratios, Strategy, TraceProblem
from .query_log import QueryLog
from .subset_product import slope_evaluation


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
    strategy : str
        Who proposed the candidate.
    """

    candidate: Candidate
    answered: Answered
    T: int = field(repr=False)
    strategy: str


class QueryRound:
    """
    Queries with one set of query points.

    Parameters
    ----------
    problem : TraceProblem
        The query points.
    mode : QueryMode
        How they were derived.
    log : QueryLog
        Makes the queries.
    plan : TracePlan
        Limits.
    patience : int
        After how many queries in a row without an answer to give up.
    """

    def __init__(
        self, problem: TraceProblem, mode: QueryMode, log: QueryLog, plan: TracePlan, patience: int
    ) -> None:
        self.problem = problem
        self._mode = mode
        self._log = log
        self._plan = plan
        self._patience = patience
        self._values = [random_scalar() for _ in problem.query_points]
        self._varied_values: set[int] = set()
        self._made = 0
        self._unanswered = 0
        self.answers: list[Answered] = []

    @property
    def finished(self) -> bool:
        """Whether the round's queries, the patience or the whole budget are spent."""
        return (
            self._made >= self._plan.queries_per_round
            or self._unanswered >= self._patience
            or self._log.exhausted
        )

    def search(
        self,
        strategies: Sequence[Strategy],
        known: Collection[int],
        on_refuted: Callable[[str, Candidate], None],
    ) -> Finding | None:
        """
        Query until a candidate is confirmed or the round is finished.

        Parameters
        ----------
        strategies : sequence of Strategy
            Asked for candidates after every answer.
        known : collection of int
            Participants who were accused before, by place in the roster: a finding about them alone is none.
        on_refuted : callable
            Told strategy and candidate when no answer so far fits a new candidate.

        Returns
        -------
        Finding or None
            The first confirmed candidate.
        """
        kept: dict[Candidate, str] = {}
        while not self.finished:
            answered = self._ask()
            if answered is None:
                continue
            # A candidate from two answers with the same error becomes confirmed by a later, right answer.
            for candidate, strategy in kept.items():
                finding = self._confirm(candidate, strategy, [answered])
                if finding is not None:
                    return finding
            for proposing in strategies:
                for candidate in proposing.propose(self.answers):
                    if candidate in kept or set(candidate.accused) <= set(known):
                        continue
                    finding = self._confirm(candidate, proposing.name, self.answers[::-1])
                    if finding is not None:
                        return finding
                    kept[candidate] = proposing.name
                    on_refuted(proposing.name, candidate)
        return None

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
            One for every other answer that differs from the right one in one value, right or wrong.
        """
        candidate = finding.candidate
        compared = [other for other in self.answers if other is not finding.answered]
        if candidate.dropped >> self.problem.varied & 1:
            # The varied point was dropped and shows nothing: vary a used one, starting from the right answer.
            compared = []
            self._vary_used_point(candidate, finding.answered)
        ratios = Ratios.of(self.problem).rows
        x = self.problem.query_points[self.problem.varied]
        accused_points = [self.problem.roster_points[place] for place in candidate.accused]
        while True:
            evaluations = tuple(
                Evaluation(
                    x, slope_evaluation(self.problem, ratios, finding.answered, other, candidate.dropped)
                )
                for other in compared
            )
            enough = count_agreeing(evaluations, accused_points) >= self._plan.agreeing_wanted
            if enough or self.finished:
                return evaluations
            answered = self._ask()
            if answered is not None:
                compared.append(answered)

    def _vary_used_point(self, candidate: Candidate, answered: Answered) -> None:
        used = next(
            place for place in range(len(self.problem.query_points)) if not candidate.dropped >> place & 1
        )
        self.problem = replace(self.problem, varied=used)
        self._values = [y for _, y in answered.shares]
        self._varied_values = {self._values[used]}

    def _ask(self) -> Answered | None:
        varied_value = random_scalar()
        while varied_value in self._varied_values:
            varied_value = random_scalar()
        self._varied_values.add(varied_value)
        self._values[self.problem.varied] = varied_value
        self._made += 1
        answered = self._log.ask(tuple(zip(self.problem.query_points, self._values, strict=True)), self._mode)
        if answered is None:
            self._unanswered += 1
        else:
            self._unanswered = 0
            self.answers.append(answered)
        return answered

    def _confirm(self, candidate: Candidate, strategy: str, answers: Sequence[Answered]) -> Finding | None:
        for answered in answers:
            T = confirmed_combination(self.problem, candidate, answered)
            if T is not None:
                return Finding(candidate, answered, T, strategy)
        return None
