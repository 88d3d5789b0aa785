"""``tcss session list``: the sessions of a contract, on a chain."""

from __future__ import annotations

import json

import pytest

from tcss_chain.chain import session_reads
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.operation.session_list import list_sessions


def test_sessions_are_listed_and_chosen(tcss, chain, active, fresh, embedded_devnet):
    fresh.create()
    everything = json.loads(tcss("session", "list", *chain, "--json").out)
    listed = {entry["session"]: entry for entry in everything}
    ours, theirs = (f"0x{each.sid.hex()}" for each in (active, fresh))
    assert everything[-1]["session"] == theirs
    assert listed[ours] == {
        "session": ours, "phase": "active", "threshold": 2, "members": 3, "joined": 3, "qualified": 3,
        "convicted": 0, "auditor": active.auditor.address,
    }  # fmt: skip
    only = json.loads(tcss("session", "list", *chain, "--json", "--phase", "confirming").out)
    assert theirs in {entry["session"] for entry in only}
    assert {entry["phase"] for entry in only} == {"confirming"}
    member = active.members[0].address
    of_member = {entry["session"] for entry in json.loads(
        tcss("session", "list", *chain, "--json", "--member", member.lower()).out
    )}  # fmt: skip
    assert {ours, theirs} <= of_member
    stranger = embedded_devnet.accounts[-1].address
    assert tcss("session", "list", *chain, "--member", stranger).out == "no sessions\n"
    text = tcss("session", "list", *chain, "--phase", "active").out
    assert f"{ours}  active       3 of 3 joined, threshold 2\n" in text
    assert theirs not in text


def test_all_pages_are_listed_once(connection, active, fresh, monkeypatch):
    fresh.create()
    reads = SessionReads(connection)
    whole = [session.sid for session in list_sessions(reads)]
    assert len(whole) == len(set(whole)) == reads.session_count() >= 2
    for page in (1, 2, 3):
        monkeypatch.setattr(session_reads, "PAGE", page)
        assert [session.sid for session in list_sessions(reads)] == whole


@pytest.mark.parametrize("page", [1, 2, 100])
def test_the_newest_are_listed_alone(connection, active, fresh, monkeypatch, page):
    fresh.create()
    reads = SessionReads(connection)
    whole = [session.sid for session in list_sessions(reads)]
    monkeypatch.setattr(session_reads, "PAGE", page)
    for newest in (1, 2, len(whole), len(whole) + 1):
        assert [session.sid for session in list_sessions(reads, newest=newest)] == whole[-newest:]


def test_the_newest_are_counted_before_any_is_left_out(tcss, chain, active, fresh):
    fresh.create()

    def listed(*options):
        return json.loads(tcss("session", "list", *chain, "--json", *options).out)

    assert [entry["session"] for entry in listed("--newest", "1")] == [f"0x{fresh.sid.hex()}"]
    assert [entry["phase"] for entry in listed("--newest", "2")] == ["active", "confirming"]
    assert listed("--newest", "1", "--phase", "active") == []
    assert tcss("session", "list", *chain, "--newest", "0").status == 2
