"""``tcss openings``: as text and as JSON, whatever gateways and nodes say."""

from __future__ import annotations

import json

import pytest
from support.consortium import Consortium
from support.independent import opening_hash
from support.mocks import deploy_mock
from support.proxy_node import proxy_node

from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.cli.escaping import escaped
from tcss_chain.protocol.session import Phase

DIGEST, OTHER_DIGEST = b"\x22" * 32, b"\x33" * 32
TIME = 1_900_000_000
ESCAPES = "\x1b[2Jred\\alert\nopening 7"
SHOWN = "\\x1b[2Jred\\x5calert\\x0aopening 7"


@pytest.fixture(scope="module")
def prepared(shared_connection, embedded_devnet):
    """Two sessions: two openings in the one, one in the other; the second purpose attacks the terminal."""
    accounts = embedded_devnet.accounts
    one, other = (Consortium(shared_connection, accounts[place:]).run_to(Phase.ACTIVE) for place in (0, 7))
    log = OpeningLog(shared_connection)
    one.pin(max(TIME, shared_connection.chain_time() + 1))
    mined = [
        consortium.auditor.send(log.anchor(consortium.sid, bytes([word]) * 32, digest, purpose))
        for word, (consortium, digest, purpose) in enumerate(
            ((one, DIGEST, "invoice 17"), (other, DIGEST, "a sample"), (one, OTHER_DIGEST, ESCAPES))
        )
    ]
    return one, other, mined


@pytest.fixture
def openings(tcss, prepared, embedded_devnet):
    """A function that runs ``tcss openings`` for the contract."""
    address = prepared[0].connection.contract_address

    def run(*arguments, rpc=embedded_devnet.rpc_url):
        finished = tcss("openings", "--rpc", rpc, "--contract", address, *arguments)
        assert finished.status == 0, finished.err
        return finished.out

    return run


def test_the_text_has_every_line_with_all_that_is_known(prepared, openings):
    one, _, mined = prepared
    first, second = openings("--session", one.sid.hex()).split("opening 1, ")
    assert first == (
        "opening 0, 2030-03-17 17:46:40 UTC\n"
        f"  session      0x{one.sid.hex()}\n"
        f"  gateway      {one.auditor.address}\n"
        f"  model        0x{DIGEST.hex()}\n"
        "  purpose      invoice 17\n"
        f"  transaction  {mined[0].transaction_hash}\n"
    )
    assert f"  model        0x{OTHER_DIGEST.hex()}\n" in second
    assert mined[2].transaction_hash in second


def test_a_purpose_cannot_steer_the_terminal_or_forge_a_line(prepared, openings):
    text = openings("--session", prepared[0].sid.hex())
    assert f"  purpose      {SHOWN}\n" in text
    assert all(character == "\n" or " " <= character <= "~" for character in text)
    assert sum(line.startswith("opening ") for line in text.splitlines()) == 2


def test_the_json_has_every_field(prepared, openings):
    one, _, mined = prepared
    first, second = json.loads(openings("--session", "0x" + one.sid.hex(), "--json"))
    assert first == {
        "number": 0,
        "session": "0x" + one.sid.hex(),
        "time": TIME,
        "gateway": one.auditor.address,
        "model_digest": "0x" + DIGEST.hex(),
        "request": f"0x{opening_hash(one.sid, bytes(32), one.auditor.address, DIGEST, 'invoice 17').hex()}",
        "purpose": "invoice 17",
        "transaction": mined[0].transaction_hash,
    }
    request = opening_hash(one.sid, b"\2" * 32, one.auditor.address, OTHER_DIGEST, ESCAPES)
    assert (second["number"], second["purpose"], second["request"]) == (1, SHOWN, f"0x{request.hex()}")


def test_without_a_session_all_are_listed_in_the_order_of_their_creation(prepared, openings):
    one, other, _ = prepared
    found = [(row["session"], row["number"]) for row in json.loads(openings("--json"))]
    assert found == [("0x" + one.sid.hex(), 0), ("0x" + one.sid.hex(), 1), ("0x" + other.sid.hex(), 0)]


def test_nothing_found_is_said(openings):
    assert openings("--session", "00" * 32) == "no openings\n"
    assert json.loads(openings("--session", "00" * 32, "--json")) == []


def test_lines_without_their_events_are_shown_all_the_same(prepared, openings):
    one, _, mined = prepared
    late = mined[0].block_number + 1
    first, second = json.loads(openings("--session", one.sid.hex(), "--first-block", late, "--json"))
    assert (first["purpose"], first["transaction"], first["time"]) == (None, None, TIME)
    assert second["purpose"] == SHOWN
    text = openings("--session", one.sid.hex(), "--first-block", late)
    assert text.count("not known: the node does not have the event") == 2


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda events: events + events[:1], "two events tell of opening 0"),
        (
            lambda events: [
                event | {"topics": [*event["topics"][:2], "0x" + "44" * 32, event["topics"][3]]}
                for event in events
            ],
            "the event of opening 0 tells of another one",
        ),
    ],
    ids=["twice", "another digest"],
)
def test_events_that_do_not_fit_the_lines_are_a_contradiction(
    tcss, prepared, embedded_devnet, change, complaint
):
    address = prepared[0].connection.contract_address
    with proxy_node(embedded_devnet.rpc_url) as node:
        node.changes["eth_getLogs"] = lambda _params, truth: {"result": change(truth()["result"])}
        finished = tcss("openings", "--rpc", node.url, "--contract", address)
    assert finished.status == 1
    assert complaint in finished.err
    assert finished.out == ""


def test_an_older_contract_is_told_apart_from_an_empty_log(tcss, embedded_devnet):
    other = deploy_mock(embedded_devnet.rpc_url, embedded_devnet.accounts[-1], "LibraryHarness")
    finished = tcss("openings", "--rpc", embedded_devnet.rpc_url, "--contract", other.address)
    assert finished.status == 1
    assert "has no opening log" in finished.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"plain text ~ !", "plain text ~ !"),
        (b"", ""),
        (b"\x00\x1f\x7f\x80\xff", "\\x00\\x1f\\x7f\\x80\\xff"),
        ("é".encode(), "\\xc3\\xa9"),
        (b"\\x41", "\\x5cx41"),
    ],
)
def test_only_printable_ascii_is_printed_as_it_is(text, shown):
    assert escaped(text) == shown
