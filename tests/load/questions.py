"""What clients ask a contract: what answering costs the virtual machine, and how long it takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from web3.contract.contract import ContractFunction

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.session_view import SessionView
from tcss_chain.operation.session_list import list_sessions
from tcss_chain.records.record_reads import RecordReads

from .crowd import Crowd

PAGE = 10
"""How many sessions a page has; fewer than the smallest crowd, which changes what a page costs."""

REPETITIONS = 5


def views(connection: Connection, crowd: Crowd) -> Mapping[str, ContractFunction]:
    """Every view of the contract, about the first session with a record, or the first page."""
    functions = connection.contract.functions
    sid, account = crowd.recorded[0], crowd.accused
    return {
        "sessionCount": functions.sessionCount(),
        "sessionIds": functions.sessionIds(0, PAGE),
        "phaseOf": functions.phaseOf(sid),
        "auditorOf": functions.auditorOf(sid),
        "configurationOf": functions.configurationOf(sid),
        "stateOf": functions.stateOf(sid),
        "participantOf": functions.participantOf(sid, account),
        "participantsOf": functions.participantsOf(sid),
        "faultOf": functions.faultOf(sid, account),
        "isConvicted": functions.isConvicted(sid, account),
        "isAuditorKeyUsed": functions.isAuditorKeyUsed(1),
        "recordsOfSession": functions.recordsOfSession(sid),
        "records": functions.records(0, PAGE),
    }


def gas_of_views(connection: Connection, crowd: Crowd) -> dict[str, int]:
    """What answering each view costs, exactly."""
    return {name: _gas(connection, view) for name, view in views(connection, crowd).items()}


def milliseconds_of_queries(connection: Connection, crowd: Crowd) -> dict[str, float]:
    """How long this project's queries take: the median of some repetitions of each."""
    reads, records = SessionReads(connection), RecordReads(connection)
    first, last = crowd.recorded[0], crowd.recorded[-1]
    count = len(crowd.sids)
    questions: Mapping[str, Callable[[], object]] = {
        "a session's records": lambda: records.of_session(last),
        "a session's state": lambda: reads.state(last),
        "the page of the last sessions": lambda: reads.session_ids(count - PAGE, PAGE),
        "a session's dealings, from its events": lambda: SessionView(connection, first).dealings(),
        "all records": records.all,
        "the records that accuse an address": lambda: records.of_address(crowd.accused),
        "the list of all sessions": lambda: list(list_sessions(reads)),
    }
    return {name: _median_milliseconds(question) for name, question in questions.items()}


def _gas(connection: Connection, view: ContractFunction) -> int:
    call = {"to": view.address, "data": view._encode_transaction_data(), "gas": "0xffffffff"}
    provider: Any = connection.w3.provider
    answer = provider.make_request("debug_traceCall", [call, "latest", {"tracer": "callTracer"}])
    assert "error" not in answer["result"], answer
    return int(answer["result"]["gasUsed"], 16)


def _median_milliseconds(question: Callable[[], object]) -> float:
    times = []
    for _ in range(REPETITIONS):
        begin = time.perf_counter()
        question()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)
