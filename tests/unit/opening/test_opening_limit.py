"""How openings of a model are counted in the log."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.opening_desk import ANY, CONTRACT, NOW, ActiveSession, policy_of

from tcss_chain.chain.opening_log import OpeningLine
from tcss_chain.opening.answer_encryption import ENCRYPTED_BYTES
from tcss_chain.opening.answerer import FIRST_LINES, count_openings
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.policy import MAX_LINES, Per

DIGEST = b"\x33" * 32
OTHER_DIGEST = b"\x44" * 32


@pytest.fixture
def session():
    return ActiveSession()


class TestLimit:
    def fill(self, session, times, digest=DIGEST):
        for time in times:
            session.chain.add(secrets.token_bytes(32), digest, session.gateway.address, time)

    def ask_at(self, session, limit, per=Per.HOUR, time=NOW - 60):
        request = session.request()
        signed = session.sign(request, session.anchor(request, time))
        return session.ask(signed, policy_of(replace(ANY, limit=limit, per=per)))

    def test_the_line_itself_counts(self, session):
        assert len(self.ask_at(session, 1)) == ENCRYPTED_BYTES
        assert self.ask_at(session, 1) is Refusal.LIMIT

    def test_exactly_the_limit_is_answered(self, session):
        self.fill(session, [NOW - 100] * 4)
        assert len(self.ask_at(session, 5)) == ENCRYPTED_BYTES
        session.chain.lines.pop()
        assert self.ask_at(session, 4) is Refusal.LIMIT

    def test_lines_of_other_models_do_not_count(self, session):
        self.fill(session, [NOW - 100] * 50, OTHER_DIGEST)
        assert len(self.ask_at(session, 1)) == ENCRYPTED_BYTES

    def test_only_lines_within_the_time_count(self, session):
        line = NOW - 60
        self.fill(session, [line - 90_000, line - 3601, line - 3600])
        assert len(self.ask_at(session, 1)) == ENCRYPTED_BYTES
        session.chain.lines[-2:] = []
        self.fill(session, [line - 3599])
        assert self.ask_at(session, 1) is Refusal.LIMIT

    def test_lines_after_it_do_not_count(self, session):
        signed = session.good()
        self.fill(session, [NOW - 50] * 20)
        once = policy_of(replace(ANY, limit=1))
        assert len(session.ask(signed, once)) == ENCRYPTED_BYTES

    def test_a_few_lines_are_read_and_more_only_when_they_are_needed(self, session):
        self.fill(session, [NOW - 5000] * 300 + [NOW - 100] * 100, OTHER_DIGEST)
        assert len(self.ask_at(session, 1)) == ENCRYPTED_BYTES
        reads = [about for what, about in session.chain.asked if what == "openings"]
        assert reads == [(400, FIRST_LINES - 1)]
        session.chain.asked.clear()
        assert len(self.ask_at(session, 2, Per.DAY)) == ENCRYPTED_BYTES
        reads = [about for what, about in session.chain.asked if what == "openings"]
        assert reads == [(401, FIRST_LINES - 1), (401, MAX_LINES - 1)]

    def test_one_that_lies_far_back_counts_too(self, session):
        self.fill(session, [NOW - 200])
        self.fill(session, [NOW - 100] * 1000, OTHER_DIGEST)
        assert self.ask_at(session, 1) is Refusal.LIMIT
        assert len(self.ask_at(session, 3)) == ENCRYPTED_BYTES

    def test_when_more_lines_lie_within_the_time_than_are_counted_nothing_is_answered(self, session):
        self.fill(session, [NOW - 100] * MAX_LINES, OTHER_DIGEST)
        assert self.ask_at(session, MAX_LINES) is Refusal.LIMIT
        del session.chain.lines[0]
        for index, line in enumerate(session.chain.lines):
            session.chain.lines[index] = replace(line, number=index)
        session.chain.lines.pop()
        assert len(self.ask_at(session, MAX_LINES)) == ENCRYPTED_BYTES

    @given(
        steps=st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60),
        seconds=st.integers(1, 2000),
        read=st.integers(1, 60),
    )
    def test_the_count_is_that_of_the_whole_log_or_is_said_to_be_incomplete(self, steps, seconds, read):
        time = NOW
        lines = []
        for number, (step, is_ours) in enumerate(steps):
            time += step
            digest = DIGEST if is_ours or number == len(steps) - 1 else OTHER_DIGEST
            line = OpeningLine(0, bytes(32), DIGEST, CONTRACT, 0)
            lines.append(replace(line, number=number, model_digest=digest, time=time))
        last = lines[-1]
        whole = sum(
            1
            for each in lines
            if each.model_digest == DIGEST and last.time - seconds < each.time <= last.time
        )
        count, is_complete = count_openings(tuple(lines[-read:]), last, seconds)
        assert count == whole if is_complete else count <= whole
        assert count_openings(tuple(lines), last, seconds) == (whole, True)
