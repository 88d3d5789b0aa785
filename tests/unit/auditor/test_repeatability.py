"""The same seed, plan and answers make the same queries, so that an interrupted trace can go on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tcss_chain
from tcss_chain.auditor import CallableBox, TracePlan, TraceRandomness, trace_box
from tcss_chain.bestiary import BESTIARY, simulate_session
from tcss_chain.pirate import Accepts

SEED = bytes(range(32))


def trace_of(name, **plan):
    session = simulate_session(7, 5)
    box = BESTIARY[name].make(session, (1, 3, 6), seed=5, error_rate=0.4)
    return trace_box(
        CallableBox(box.query),
        session.traced,
        plan=TracePlan(**plan),
        randomness=TraceRandomness(SEED),
    )


@pytest.mark.parametrize("name", [name for name in BESTIARY if name not in ("slow", "framing always")])
def test_every_box_is_asked_the_same_again(name):
    first, second = (trace_of(name, query_budget=14) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("accepts", list(Accepts))
def test_a_longer_trace_is_the_same_again(scene, accepts):
    stage = scene(7, 5)
    plan = TracePlan(query_budget=400, agreeing_wanted=3)

    def run(seed):
        stage.asked.clear()
        box = stage.pirate((2, 6), 9, success_rate=0.6, accepts=accepts)
        return stage.trace(box, plan=plan, randomness=TraceRandomness(seed)), tuple(stage.asked)

    first, second, other = run(SEED), run(SEED), run(bytes(32))
    assert first == second
    assert set(first[1]).isdisjoint(other[1])


def test_queries_that_bring_nothing_are_the_same_too(scene):
    stage = scene(6, 4)
    for _ in range(2):
        stage.trace(lambda _: None, plan=TracePlan(query_budget=60), randomness=TraceRandomness(SEED))
    assert stage.asked[:60] == stage.asked[60:]


def test_a_larger_budget_goes_on_where_a_smaller_one_ended():
    short, long = (trace_of("guessing", query_budget=budget) for budget in (12, 24))
    assert long.transcript[:12] == short.transcript


_IN_A_NEW_PROCESS = """
import hashlib
from tcss_chain.auditor import *
from tcss_chain.bestiary import BESTIARY, simulate_session
session = simulate_session(7, 5)
for name in ("random errors", "registered only", "remembers inputs", "drops varying", "framing", "guessing"):
    box = BESTIARY[name].make(session, (1, 3, 6), seed=5, error_rate=0.4)
    outcome = trace_box(CallableBox(box.query), session.traced, plan=TracePlan(query_budget=20),
                        randomness=TraceRandomness(bytes(range(32))))
    print(name, hashlib.sha256(repr([entry.shares for entry in outcome.transcript]).encode()).hexdigest())
"""


def test_another_process_asks_the_same():
    root = str(Path(tcss_chain.__file__).parents[1])

    def run(hash_seed):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": root}
        program = [sys.executable, "-c", _IN_A_NEW_PROCESS]
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout

    first, second = run("1"), run("2")
    assert first == second
    assert len(first.splitlines()) == len(set(first.splitlines())) == 6
