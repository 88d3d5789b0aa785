"""The demonstration's reader is a process of its own, which may fail."""

from __future__ import annotations

import subprocess

import pytest
from support.consortium import Consortium

from tcss_chain.demo import fresh_reader
from tcss_chain.demo.errors import DemoError
from tcss_chain.demo.fresh_reader import read_records

CONTRACT = "0x" + "11" * 20
SID = b"\1" * 32


def test_the_reader_gets_a_node_a_contract_and_a_session_and_nothing_else(monkeypatch):
    commands = []

    def run(command, **_options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, b'[{"number": 3}]', b"")

    monkeypatch.setattr(fresh_reader.subprocess, "run", run)
    assert read_records("http://node", CONTRACT, SID) == [{"number": 3}]
    assert commands[0][1:] == [
        "-m", "tcss_chain", "records", "--rpc", "http://node", "--contract", CONTRACT,
        "--session", "0x" + "01" * 32, "--json",
    ]  # fmt: skip


def test_a_session_without_records_has_none(shared_connection, embedded_devnet):
    session = Consortium(shared_connection, embedded_devnet.accounts)
    session.create()
    assert read_records(embedded_devnet.rpc_url, shared_connection.contract_address, session.sid) == []


def test_a_session_that_does_not_exist_is_a_failure(shared_connection, embedded_devnet):
    with pytest.raises(DemoError, match="UnknownSession"):
        read_records(embedded_devnet.rpc_url, shared_connection.contract_address, SID)


def test_a_reader_that_fails_says_why(embedded_devnet):
    with pytest.raises(DemoError, match="no contract at"):
        read_records(embedded_devnet.rpc_url, CONTRACT, SID)


def test_a_reader_that_takes_too_long_is_a_failure(monkeypatch):
    def run(command, timeout, **_options):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(fresh_reader.subprocess, "run", run)
    with pytest.raises(DemoError, match="more than 60 s"):
        read_records("http://node", CONTRACT, SID)
