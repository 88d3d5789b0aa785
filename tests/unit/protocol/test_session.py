"""Session ids and configurations."""

from __future__ import annotations

import dataclasses

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.protocol.session import Configuration, Fault, Phase, session_id

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
times = st.integers(0, 2**40 - 1)
words = st.binary(min_size=32, max_size=32)
configurations = st.builds(
    Configuration,
    threshold=st.integers(0, 255),
    members=st.lists(addresses, max_size=5).map(tuple),
    auditor=addresses,
    confirm_by=times,
    join_by=times,
    deal_by=times,
    complain_by=times,
    reveal_by=times,
    challenge_by=times,
    bond_release_time=times,
    bond=st.integers(0, 2**88 - 1),
    beneficiary=addresses,
    parent=words,
)


def address(number):
    return to_checksum_address(number.to_bytes(20, "big"))


EXAMPLE = Configuration(
    threshold=2,
    members=(address(1), address(2), address(3)),
    auditor=address(9),
    confirm_by=10,
    join_by=20,
    deal_by=30,
    complain_by=40,
    reveal_by=50,
    challenge_by=60,
    bond_release_time=70,
    bond=5,
    beneficiary=address(8),
)


def id_by_hand(chain_id, contract, creator, salt, each):
    """``abi.encode`` written out: the configuration is dynamic, so an offset stands in its place."""

    def word(value):
        return value if isinstance(value, bytes) else value.to_bytes(32, "big")

    def account(value):
        return word(int(value, 16))

    head = [
        b"tcss.v1.session".ljust(32, b"\0"),
        word(chain_id),
        account(contract),
        account(creator),
        salt,
        word(6 * 32),
        word(each.threshold),
        word(13 * 32),
        account(each.auditor),
    ]
    head += [
        word(time)
        for time in (
            each.confirm_by,
            each.join_by,
            each.deal_by,
            each.complain_by,
            each.reveal_by,
            each.challenge_by,
            each.bond_release_time,
        )
    ]
    head += [word(each.bond), account(each.beneficiary), each.parent]
    return keccak(b"".join([*head, word(len(each.members)), *map(account, each.members)]))


@given(configuration=configurations, chain_id=st.integers(0, 2**256 - 1), salt=words)
def test_the_session_id_is_the_hash_of_everything_as_abi_encode_lays_it_out(configuration, chain_id, salt):
    arguments = (chain_id, address(100), address(101), salt, configuration)
    assert session_id(*arguments) == id_by_hand(*arguments)


def test_the_session_id_is_what_another_encoding_of_the_struct_gives():
    encoded = abi_encode(
        ["bytes32", "uint256", "address", "address", "bytes32",
         "(uint8,address[],address,uint40,uint40,uint40,uint40,uint40,uint40,uint40,uint96,address,bytes32)"],
        [b"tcss.v1.session".ljust(32, b"\0"), 1, address(5), address(6), bytes(32),
         (2, [address(1), address(2), address(3)], address(9), 10, 20, 30, 40, 50, 60, 70, 5, address(8),
          bytes(32))],
    )  # fmt: skip
    assert session_id(1, address(5), address(6), bytes(32), EXAMPLE) == keccak(encoded)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Configuration)])
def test_every_field_of_the_configuration_is_in_the_session_id(field):
    others = {
        "members": (address(1), address(2)),
        "auditor": address(7),
        "beneficiary": address(7),
        "parent": b"\1" * 32,
    }
    changed = others[field] if field in others else getattr(EXAMPLE, field) + 1
    other = dataclasses.replace(EXAMPLE, **{field: changed})
    assert session_id(1, address(5), address(6), bytes(32), other) != session_id(
        1, address(5), address(6), bytes(32), EXAMPLE
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (2, address(5), address(6), bytes(32)),
        (1, address(6), address(6), bytes(32)),
        (1, address(5), address(5), bytes(32)),
        (1, address(5), address(6), b"\1" * 32),
    ],
)
def test_chain_contract_creator_and_salt_are_in_the_session_id(arguments):
    assert session_id(*arguments, EXAMPLE) != session_id(1, address(5), address(6), bytes(32), EXAMPLE)


@given(configuration=configurations)
def test_a_configuration_survives_the_tuple_of_the_abi(configuration):
    values = configuration.as_abi_tuple()
    assert Configuration.from_abi_tuple(values) == configuration
    as_decoded = tuple(list(value) if isinstance(value, tuple) else value for value in values)
    restored = Configuration.from_abi_tuple(as_decoded)
    assert restored == configuration
    assert isinstance(restored.members, tuple)
    assert hash(restored) == hash(configuration)


@pytest.mark.parametrize("missing", [-1, 1])
def test_a_tuple_of_another_length_is_refused(missing):
    values = EXAMPLE.as_abi_tuple()
    with pytest.raises(ValueError):
        Configuration.from_abi_tuple(values[:missing] if missing < 0 else (*values, 0))


def test_the_seat_is_the_place_in_the_list_of_members():
    assert [EXAMPLE.seat_of(member) for member in EXAMPLE.members] == [0, 1, 2]
    with pytest.raises(ValueError):
        EXAMPLE.seat_of(address(9))


def test_phases_and_faults_have_the_numbers_of_the_contract():
    assert [phase.name for phase in sorted(Phase)] == [
        "NONE", "CONFIRMING", "JOINING", "DEALING", "COMPLAINING", "REVEALING", "CHALLENGING", "AGGREGATING",
        "ACTIVE", "ABORTED",
    ]  # fmt: skip
    assert [fault.name for fault in sorted(Fault)] == [
        "NONE", "INVALID_SHARE", "INVALID_PROOF", "MISSING_SHARE", "NO_DEALING",
    ]  # fmt: skip
    assert [int(phase) for phase in sorted(Phase)] == list(range(10))
    assert [int(fault) for fault in sorted(Fault)] == list(range(5))
