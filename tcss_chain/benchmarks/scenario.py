"""What a trace is measured with."""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.auditor import StrategyName


@dataclass(frozen=True, slots=True)
class TraceScenario:
    """
    One setting that is traced again and again with other seeds.

    Attributes
    ----------
    n : int
        How many participants.
    t : int
        The threshold.
    f : int
        How many leaked.
    answer_rate : float
        How often the box does not err, 0 to 1.
    repetitions : int
        How many traces, at least one; their seeds are 0, 1, 2, ...
    box : str
        The box's name in the bestiary.
    strategies : tuple of StrategyName
        The strategies to use; empty for those that the tracer chooses.
    arity_known : bool
        Whether the tracer is told how many shares to supply.
    query_budget : int
        How many queries one trace may make.
    """

    n: int
    t: int
    f: int
    answer_rate: float
    repetitions: int
    box: str = "random errors"
    strategies: tuple[StrategyName, ...] = ()
    arity_known: bool = True
    query_budget: int = 300
