"""Connecting to a node, and its failures as errors of this package."""

from __future__ import annotations

import logging

import pytest
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import InsufficientDataBytes
from eth_utils.crypto import keccak
from requests.exceptions import ConnectionError as RequestsConnectionError
from support.raw_server import http, raw_server, unused_port
from web3.exceptions import ContractCustomError, ContractLogicError, TimeExhausted, Web3RPCError

from tcss_chain.chain.artifacts import load_artifact
from tcss_chain.chain.connection import Connection, connect, node_errors
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.errors import ChainError, ContractRefusedError, NoContractError, NodeError
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.curve import decode_g1
from tcss_chain.errors import TcssError

KEY = "hunter2"
NOBODY = "0x" + "11" * 20
CONTRACTS = ("TCSS", "OpeningLog")
ERRORS = [item for name in CONTRACTS for item in load_artifact(name).abi if item["type"] == "error"]
SAMPLES = {"address": NOBODY, "bytes32": b"\7" * 32, "bool": True, "string": "text"}


def raised(error):
    with pytest.raises(ChainError) as caught, node_errors("testing"):
        raise error
    return caught.value


def custom(data):
    return raised(ContractCustomError(data, data=data))


def selector(signature):
    return keccak(text=signature)[:4].hex()


@pytest.mark.parametrize("item", ERRORS, ids=lambda item: item["name"])
def test_every_error_of_the_contract_is_decoded_with_its_arguments(item):
    types = [each["type"] for each in item["inputs"]]
    values = [SAMPLES.get(kind, 3) for kind in types]
    data = "0x" + selector(f"{item['name']}({','.join(types)})") + abi_encode(types, values).hex()
    error = custom(data)
    assert isinstance(error, ContractRefusedError)
    assert (error.action, error.error) == ("testing", item["name"])
    expected = [f"0x{value.hex()}" if isinstance(value, bytes) else value for value in values]
    assert error.arguments == dict(zip((each["name"] for each in item["inputs"]), expected, strict=True))
    assert item["name"] in str(error)


def test_the_message_of_a_refusal_says_what_the_contract_documents():
    error = custom("0x" + selector("ProofHolds(address)") + abi_encode(["address"], [NOBODY]).hex())
    notice = load_artifact("TCSS").error_notices["ProofHolds(address)"]
    assert str(error) == f"the contract refuses testing with ProofHolds(dealer={NOBODY}): {notice}"


@pytest.mark.parametrize("data", ["0xdeadbeef", "0xdeadbeef" + "00" * 64, "0x", "0x12"])
def test_errors_of_another_contract_are_refusals_without_name(data):
    error = custom(data)
    assert isinstance(error, ContractRefusedError)
    assert error.error == data[:10]
    assert error.arguments == {}


@pytest.mark.parametrize(
    "data",
    [
        "nonsense",
        "0xzz",
        None,
        {"a": 1},
        "0x" + selector("ProofHolds(address)"),
        "0x" + selector("ProofHolds(address)") + "ff" * 32,
        "0x" + selector("WrongPhase(uint8)") + "ff" * 32,
    ],
)
def test_revert_data_that_cannot_be_decoded_is_a_failure_of_the_node(data):
    error = custom(data)
    assert isinstance(error, NodeError)
    assert error.reason == "malformed revert data"


@pytest.mark.parametrize(
    "error",
    [
        ContractLogicError(f"https://node.invalid/{KEY}"),
        TimeExhausted(KEY),
        Web3RPCError(KEY),
        RequestsConnectionError(f"HTTPSConnectionPool(host='node.invalid', port=443): url: /{KEY}"),
        InsufficientDataBytes(KEY),
        ValueError(KEY),
        KeyError(KEY),
        IndexError(KEY),
        TypeError(KEY),
        AttributeError(KEY),
        OverflowError(KEY),
        RecursionError(KEY),
    ],
    ids=lambda error: type(error).__name__,
)
def test_failures_are_named_by_their_kind_and_repeat_nothing(error):
    found = raised(error)
    assert isinstance(found, NodeError)
    assert type(error).__name__ in found.reason
    assert KEY not in str(found)
    assert KEY not in repr(found.__dict__)
    assert found.__cause__ is None
    assert found.__suppress_context__


def test_points_off_the_curve_are_a_failure_of_the_node():
    with pytest.raises(NodeError, match="NotOnCurveError"), node_errors("decoding"):
        decode_g1(1, 1, allow_identity=False)


def test_errors_of_this_package_and_of_the_program_pass_through():
    for error in (TcssError("x"), NodeError("a", "b"), ZeroDivisionError(), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, node_errors("testing"):
            raise error
        assert caught.value is error


def urls_with_credentials(base):
    host = base.removeprefix("http://")
    return [f"http://user:{KEY}@{host}/", f"{base}/v3/{KEY}", f"{base}/?key={KEY}"]


@pytest.mark.parametrize("place", range(3))
def test_a_credential_in_the_url_is_never_shown(place, caplog, embedded_devnet):
    caplog.set_level(logging.INFO)
    url = urls_with_credentials(f"http://127.0.0.1:{unused_port()}")[place]
    with pytest.raises(NodeError) as caught:
        Connection(url, NOBODY)
    assert KEY not in str(caught.value)
    assert KEY not in "".join(map(str, caught.value.__dict__.values()))
    with raw_server(http(b"", "401 Unauthorized")) as server:
        with pytest.raises(NodeError) as caught:
            Connection(urls_with_credentials(server.url)[place], NOBODY)
        assert KEY not in str(caught.value)
        with pytest.raises(NodeError) as caught:
            deploy(urls_with_credentials(server.url)[place], embedded_devnet.accounts[0])
        assert KEY not in str(caught.value)
    assert KEY not in caplog.text


def test_a_connection_does_not_show_its_url(shared_connection):
    shown = repr(shared_connection)
    assert "http" not in shown
    assert shared_connection.contract_address in shown


def test_a_place_without_code_is_no_contract(embedded_devnet):
    with pytest.raises(NoContractError) as caught:
        Connection(embedded_devnet.rpc_url, NOBODY)
    assert caught.value.address == NOBODY


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "ftp://127.0.0.1/", "http://127.0.0.1:99999"])
def test_what_is_no_address_of_a_node_is_a_failure(url):
    with pytest.raises(NodeError):
        Connection(url, NOBODY)


def test_nothing_is_sent_before_it_is_asked():
    with raw_server(http(b"")) as server:
        connect(server.url)
        assert server.requests == []


def test_time_and_height_are_those_of_the_latest_block(connection):
    block = connection.w3.eth.get_block("latest")
    assert (connection.chain_time(), connection.block_number()) == (block["timestamp"], block["number"])
    connection.w3.provider.make_request("evm_mine", [])
    assert connection.block_number() == block["number"] + 1


def test_a_refused_read_carries_the_contracts_error(connection):
    with pytest.raises(ContractRefusedError) as caught:
        SessionReads(connection).state(b"\1" * 32)
    assert (caught.value.error, caught.value.arguments) == ("UnknownSession", {"sid": "0x" + "01" * 32})
