"""The log of openings: who may write, what a line holds, and that nothing takes it back."""

from __future__ import annotations

from typing import Any

import pytest
from support.consortium import Consortium
from support.independent import opening_hash
from support.refusals import refuses, reverts_unnamed
from support.sealed_labels import capsule_of, known_secret, request_for
from support.tracing import trace
from web3.logs import DISCARD
from web3.types import TxParams, Wei

from tcss_chain.chain.artifacts import load_artifact
from tcss_chain.chain.block_reads import LINES_A_REQUEST
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.transactions import MAX_TRANSACTION_GAS, MinedTransaction
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.session import Phase

CORE, DIGEST = b"\x11" * 32, b"\x22" * 32
PURPOSE = "invoice 17, quarterly figures"
MOST = 2**256 - 1

SELFDESTRUCT, DELEGATECALL, CALLCODE, CALL, CREATE, CREATE2 = 0xFF, 0xF4, 0xF2, 0xF1, 0xF0, 0xF5
SSTORE, STATICCALL, FIRST_PUSH, LAST_PUSH = 0x55, 0xFA, 0x60, 0x7F


def log_of(connection: Connection) -> Any:
    address = connection.contract.functions.openingLog().call()
    return connection.w3.eth.contract(address, abi=load_artifact("OpeningLog").abi)


def call_of(consortium: Consortium, **changes: Any) -> Any:
    values = {"sid": consortium.sid, "core": CORE, "digest": DIGEST, "purpose": PURPOSE} | changes
    return log_of(consortium.connection).functions.anchor(*values.values())


def anchor(consortium: Consortium, **changes: Any) -> MinedTransaction:
    return consortium.auditor.send(call_of(consortium, **changes))


def request_of(consortium: Consortium, **changes: Any) -> bytes:
    """The hash of the request that the auditor anchors."""
    values = {"core": CORE, "gateway": consortium.auditor.address, "digest": DIGEST, "purpose": PURPOSE}
    return opening_hash(consortium.sid, **(values | changes))


def lines(consortium: Consortium, start: int = 0, limit: int = MOST) -> Any:
    return log_of(consortium.connection).functions.openings(consortium.sid, start, limit).call()


def count(consortium: Consortium) -> int:
    return int(log_of(consortium.connection).functions.openingCount(consortium.sid).call())


def anchored(consortium: Consortium, mined: MinedTransaction) -> list[dict[str, Any]]:
    event = log_of(consortium.connection).events.OpeningAnchored()
    return [dict(each["args"]) for each in event.process_receipt(mined.receipt, errors=DISCARD)]


@pytest.fixture(scope="module")
def prepared_pair(
    shared_connection: Connection, embedded_devnet: EmbeddedDevnet
) -> tuple[Consortium, Consortium]:
    accounts = embedded_devnet.accounts
    one, other = (Consortium(shared_connection, accounts[place : place + 7]) for place in (0, 7))
    return one.run_to(Phase.ACTIVE), other.run_to(Phase.ACTIVE)


@pytest.fixture
def pair(
    prepared_pair: tuple[Consortium, Consortium], connection: Connection
) -> tuple[Consortium, Consortium]:
    """Two active sessions with different members and auditors."""
    return prepared_pair


def test_the_log_is_deployed_with_the_contract_and_knows_it(
    connection: Connection, embedded_devnet: EmbeddedDevnet
) -> None:
    log = log_of(connection)
    assert log.functions.sessions().call() == connection.contract_address
    other, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    other_log = log_of(Connection(embedded_devnet.rpc_url, other))
    assert other_log.functions.sessions().call() == other
    assert other_log.address != log.address


def test_the_deployed_code_is_the_shipped_one(connection: Connection) -> None:
    log, shipped = log_of(connection), load_artifact("OpeningLog").deployed_bytecode
    code = bytes(connection.w3.eth.get_code(log.address))
    owner = bytes.fromhex(connection.contract_address[2:])
    assert owner in code
    assert code.replace(owner, bytes(20)) == shipped


def test_the_auditor_of_a_session_can_be_read_in_every_phase(confirming: Consortium) -> None:
    functions = confirming.connection.contract.functions
    assert functions.auditorOf(confirming.sid).call() == confirming.auditor.address
    confirming.travel_to(confirming.configuration.confirm_by)
    assert functions.auditorOf(confirming.sid).call() == confirming.auditor.address
    with refuses("UnknownSession", sid=b"\x01" * 32):
        confirming.connection.ask("auditorOf", functions.auditorOf(b"\x01" * 32).call)


def test_a_line_holds_what_was_anchored_by_whom_and_when(active: Consortium) -> None:
    assert (count(active), lines(active)) == (0, [])
    time = active.connection.chain_time() + 12_345
    active.pin(time)
    anchor(active)
    assert lines(active) == [(request_of(active), DIGEST, active.auditor.address, time)]
    assert count(active) == 1


def test_the_event_holds_the_number_and_the_purpose_too(active: Consortium) -> None:
    for number, purpose in enumerate((PURPOSE, "another")):
        assert active.auditor.simulate(call_of(active, purpose=purpose)) == number
        mined = anchor(active, purpose=purpose)
        assert anchored(active, mined) == [
            {
                "sid": active.sid,
                "modelDigest": DIGEST,
                "gateway": active.auditor.address,
                "number": number,
                "request": request_of(active, purpose=purpose),
                "purpose": purpose,
            }
        ]
        (log,) = mined.receipt["logs"]
        assert log["address"] == log_of(active.connection).address
        assert [bytes(topic) for topic in log["topics"][1:]] == [
            active.sid,
            DIGEST,
            bytes(12) + bytes.fromhex(active.auditor.address[2:]),
        ]


def test_the_request_is_the_one_that_participants_are_asked(active: Consortium) -> None:
    capsule, _ = capsule_of(known_secret(), sid=active.sid)
    request = request_for(capsule, gateway=active.auditor.address)
    anchor(active, core=request.core(), digest=request.model_digest, purpose=request.purpose)
    assert lines(active)[0][:3] == (request.hash(), request.model_digest, request.gateway)


@pytest.mark.parametrize(
    "change",
    [{"core": b"\x12" * 32}, {"digest": b"\x23" * 32}, {"purpose": "another"}, {"purpose": PURPOSE + " "}],
    ids=["core", "digest", "purpose", "one more space"],
)
def test_the_request_depends_on_all_that_is_anchored(active: Consortium, change: dict[str, Any]) -> None:
    anchor(active)
    anchor(active, **change)
    first, second = (line[0] for line in lines(active))
    assert (first, second) == (request_of(active), request_of(active, **change))
    assert first != second


def test_the_request_depends_on_session_and_sender(pair: tuple[Consortium, Consortium]) -> None:
    one, other = pair
    for consortium in pair:
        anchor(consortium)
    (mine,), (theirs,) = lines(one), lines(other)
    assert (mine[0], theirs[0]) == (request_of(one), request_of(other))
    # The session alone, and the sender alone, would make another one too.
    sender = other.auditor.address
    assert len({mine[0], theirs[0], request_of(one, gateway=sender)}) == 3


def test_nobody_but_the_auditor_anchors(pair: tuple[Consortium, Consortium]) -> None:
    active, other = pair
    strangers = [active.creator, active.outsider, other.auditor, *(each.sender for each in active.members)]
    for stranger in strangers:
        with refuses("NotAuditor", caller=stranger.address):
            stranger.simulate(call_of(active))
    assert count(active) == 0


def test_not_even_the_contract_that_has_the_sessions_anchors(active: Consortium) -> None:
    owner = active.connection.contract_address
    call: TxParams = {"from": owner, "gas": MAX_TRANSACTION_GAS}
    with refuses("NotAuditor", caller=owner):
        active.connection.ask("anchor", lambda: call_of(active).call(call))


def test_a_session_that_does_not_exist_has_no_line_and_gets_none(active: Consortium) -> None:
    log, unknown = log_of(active.connection), b"\x01" * 32
    with refuses("UnknownSession", sid=unknown):
        active.auditor.simulate(call_of(active, sid=unknown))
    assert log.functions.openingCount(unknown).call() == 0
    assert log.functions.openings(unknown, 0, 10).call() == []


@pytest.mark.parametrize("phase", ["confirming", "joining", "dealing", "complaining"])
def test_nothing_is_anchored_before_a_session_is_active(phase: str, request: pytest.FixtureRequest) -> None:
    consortium: Consortium = request.getfixturevalue(phase)
    with refuses("WrongPhase", current=Phase[phase.upper()]):
        consortium.auditor.simulate(call_of(consortium))


@pytest.mark.parametrize("phase", [Phase.REVEALING, Phase.CHALLENGING, Phase.AGGREGATING])
def test_nothing_is_anchored_while_the_dealings_are_judged(complaining: Consortium, phase: Phase) -> None:
    ends = complaining.configuration
    starts = {
        Phase.REVEALING: ends.complain_by,
        Phase.CHALLENGING: ends.reveal_by,
        Phase.AGGREGATING: ends.challenge_by,
    }
    complaining.travel_to(starts[phase])
    with refuses("WrongPhase", current=phase):
        complaining.auditor.simulate(call_of(complaining))


def test_nothing_is_anchored_in_an_aborted_session(confirming: Consortium) -> None:
    confirming.travel_to(confirming.configuration.confirm_by)
    with refuses("WrongPhase", current=Phase.ABORTED):
        confirming.auditor.simulate(call_of(confirming))


@pytest.mark.parametrize("purpose", ["x", "x" * 200, "é" * 100, "\x00"])
def test_a_purpose_of_1_to_200_bytes_is_taken(active: Consortium, purpose: str) -> None:
    (event,) = anchored(active, anchor(active, purpose=purpose))
    assert event["purpose"] == purpose


@pytest.mark.parametrize("purpose", ["", "x" * 201, "é" * 101, "x" * 10_000])
def test_other_purposes_are_refused(active: Consortium, purpose: str) -> None:
    with refuses("PurposeLength", length=len(purpose.encode())):
        active.auditor.simulate(call_of(active, purpose=purpose))


def test_any_words_are_taken_and_the_same_ones_again(active: Consortium) -> None:
    words = (bytes(32), b"\xff" * 32, b"\xff" * 32)
    for word in words:
        anchor(active, core=word, digest=word)
    expected = [(request_of(active, core=word, digest=word), word) for word in words]
    assert [line[:2] for line in lines(active)] == expected
    assert expected[0] != expected[1] == expected[2]


def test_every_session_has_numbers_of_its_own(pair: tuple[Consortium, Consortium]) -> None:
    one, other = pair
    order = [one, other, other, one, other]
    numbers = []
    for word, consortium in enumerate(order):
        (event,) = anchored(consortium, anchor(consortium, core=bytes([word]) * 32))
        numbers.append(event["number"])
    assert numbers == [0, 0, 1, 1, 2]
    for consortium, words in ((one, (0, 3)), (other, (1, 2, 4))):
        expected = [request_of(consortium, core=bytes([word]) * 32) for word in words]
        assert [line[0] for line in lines(consortium)] == expected
    assert {line[2] for line in lines(other)} == {other.auditor.address}


def test_pages_are_cut_at_the_end_and_empty_beyond_it(active: Consortium) -> None:
    for word in range(4):
        anchor(active, core=bytes([word]) * 32)
    everything = lines(active)
    assert len(everything) == 4
    for start in range(6):
        for limit in (0, 1, 3, 4, 100):
            assert lines(active, start, limit) == everything[start : start + limit]
    assert lines(active, MOST, MOST) == lines(active, 4, MOST) == lines(active, MOST, 0) == []


def test_times_follow_the_chain(active: Consortium) -> None:
    times = []
    for later in (1, 60, 86_400):
        active.pin(active.connection.chain_time() + later)
        anchor(active)
        times.append(active.connection.chain_time())
    assert [line[3] for line in lines(active)] == times


def test_lines_stay_as_they_are_whatever_happens(active: Consortium) -> None:
    anchor(active)
    before = lines(active)
    trace(active, [0]).send()
    anchor(active, core=b"\x33" * 32)
    anchor(active)
    active.travel_to(active.configuration.bond_release_time)
    active.members[2].sender.send(active.actions.withdraw_bond(active.sid, active.members[2].address))
    active.outsider.send(active.actions.withdraw_forfeits(active.sid))
    assert lines(active)[:1] == before
    assert count(active) == 3


def test_anchoring_is_all_that_can_be_done_to_the_log() -> None:
    abi = load_artifact("OpeningLog").abi
    changing = [
        (item["type"], item.get("name"))
        for item in abi
        if item.get("stateMutability") not in (None, "view", "pure")
    ]
    assert changing == [("function", "anchor")]


def test_the_log_can_neither_end_nor_run_foreign_code() -> None:
    opcodes = opcodes_of(load_artifact("OpeningLog").deployed_bytecode)
    assert {SSTORE, STATICCALL} <= opcodes
    assert not opcodes & {SELFDESTRUCT, DELEGATECALL, CALLCODE, CALL, CREATE, CREATE2}


def opcodes_of(code: bytes) -> set[int]:
    """The instructions, without the constants that they push and the metadata at the end."""
    end = len(code) - 2 - int.from_bytes(code[-2:], "big")
    found, place = set(), 0
    while place < end:
        found.add(code[place])
        is_push = FIRST_PUSH <= code[place] <= LAST_PUSH
        place += 1 + (code[place] - FIRST_PUSH + 1 if is_push else 0)
    return found


@pytest.mark.parametrize("data", ["", "12345678"])
@pytest.mark.parametrize("value", [0, 1])
def test_the_log_takes_no_other_call(active: Consortium, data: str, value: int) -> None:
    with reverts_unnamed():
        raw_call(active, bytes.fromhex(data), value)


def test_the_log_takes_no_ether(active: Consortium) -> None:
    data = bytes.fromhex(log_of(active.connection).encode_abi("anchor", call_of(active).arguments)[2:])
    assert int.from_bytes(raw_call(active, data, 0), "big") == 0
    with reverts_unnamed():
        raw_call(active, data, 1)


def raw_call(consortium: Consortium, data: bytes, value: int) -> bytes:
    call: TxParams = {
        "from": consortium.auditor.address,
        "to": log_of(consortium.connection).address,
        "data": data,
        "value": Wei(value),
    }
    eth = consortium.connection.w3.eth
    return bytes(consortium.connection.ask("a call", lambda: eth.call(call)))


def test_a_line_takes_three_words_of_storage(active: Consortium) -> None:
    """Two hashes, and one word for gateway and time: 22,100 gas each, and less than that for the rest."""
    costs = [anchor(active, core=bytes([word]) * 32).gas_used for word in range(1, 4)]
    assert costs[1] == costs[2] < costs[0]
    assert 3 * 22_100 < costs[2] - 21_000 < 4 * 22_100


def test_many_lines_can_be_read_at_once(active: Consortium) -> None:
    function = log_of(active.connection).functions.openings(active.sid, 0, 100)
    empty = function.estimate_gas({"from": active.outsider.address})
    for word in range(1, 5):
        anchor(active, core=bytes([word]) * 32)
    a_line = (function.estimate_gas({"from": active.outsider.address}) - empty) / 4
    assert a_line * LINES_A_REQUEST < MAX_TRANSACTION_GAS / 2
