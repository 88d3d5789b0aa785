"""A session that too few joined never had a roster, so nobody in it has an evaluation point."""

from __future__ import annotations

from support.consortium import Consortium

from tcss_chain.protocol.session import Phase


def test_who_joined_a_session_that_aborted_has_no_evaluation_point(joining: Consortium) -> None:
    for member in joining.members[:2]:
        joining.join(member)
    joining.travel_to(joining.configuration.join_by)
    assert joining.reads.phase(joining.sid) is Phase.ABORTED
    members = joining.reads.members(joining.sid)
    assert [member.joined for member in members] == [True, True, False, False]
    assert [member.evaluation_point for member in members] == [0, 0, 0, 0]
