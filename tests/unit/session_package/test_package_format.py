"""The file format: one way to write a package, and nothing else is read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.session_packages import make_package, point_ladder

from tcss_chain.chain.session_events import JoinedEvent
from tcss_chain.curve import FIELD_MODULUS, GROUP_ORDER, G
from tcss_chain.protocol.dealing import Dealing, PolynomialProof
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import MAX_MEMBERS
from tcss_chain.session_package import (
    PackagedDealing,
    check_package,
    decode_package,
    encode_package,
    read_package,
    write_package,
)
from tcss_chain.session_package.errors import PackageError, PackageFileError, PackageFormatError
from tcss_chain.session_package.package_format import FORMAT, MAX_BYTES
from tcss_chain.strict_json import StrictJsonError

PACKAGE = make_package(4, 3, absent=0, disqualified=1)
DATA = encode_package(PACKAGE)


def written(values):
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def changed(*path, to):
    """The file with one value changed."""
    values = json.loads(DATA)
    place = values
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return written(values)


@st.composite
def packages(draw):
    n = draw(st.integers(2, 7))
    t = draw(st.integers(2, n))
    absent = draw(st.integers(0, n - t))
    disqualified = draw(st.integers(0, n - t - absent))
    seed = draw(st.integers(0, 2**32))
    return make_package(n, t, seed, absent=absent, disqualified=disqualified)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(package=packages())
def test_a_package_comes_back_from_its_bytes(package):
    data = encode_package(package)
    found = decode_package(data)
    assert found == package
    assert encode_package(found) == data
    check_package(found)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(DATA) - 1), byte=st.integers(0, 255))
def test_no_byte_can_be_changed_unnoticed(place, byte):
    data = DATA[:place] + bytes([byte]) + DATA[place + 1 :]
    if data == DATA:
        check_package(decode_package(data))
        return
    with pytest.raises(PackageError):
        check_package(decode_package(data))


def test_the_file_is_one_line_of_ascii_with_the_fields_in_order():
    assert DATA.isascii()
    assert DATA.count(b"\n") == 1
    assert DATA.endswith(b"}\n")
    values = json.loads(DATA)
    assert list(values) == [
        "format", "session", "chain_id", "contract", "creator", "salt", "configuration", "auditor_key",
        "joins", "roster_hash", "dealings", "dealings_hash", "qualified", "aggregate", "aggregate_hash",
    ]  # fmt: skip
    assert values["format"] == FORMAT
    assert list(values["configuration"]) == [
        "threshold", "members", "auditor", "confirm_by", "join_by", "deal_by", "complain_by", "reveal_by",
        "challenge_by", "bond_release_time", "bond", "beneficiary", "parent",
    ]  # fmt: skip
    assert list(values["joins"][0]) == ["account", "seat", "P", "D"]
    fields = ["dealer", "B", "C", "share_root", "challenge", "response_u", "response_v"]
    assert list(values["dealings"][0]) == fields
    assert list(values["aggregate"]) == ["B", "C"]
    assert int(values["configuration"]["bond"], 16) == PACKAGE.configuration.bond
    assert [int(word, 16) for word in values["auditor_key"]] == list(PACKAGE.A.words())


@pytest.mark.parametrize(
    "data",
    [
        DATA[:-1],
        DATA + b"\n",
        DATA + b"{}",
        b" " + DATA,
        b"\xef\xbb\xbf" + DATA,
        DATA.decode().encode("utf-16"),
        DATA.replace(b",", b", ", 1),
        written(dict(sorted(json.loads(DATA).items()))),
        json.dumps(json.loads(DATA), indent=1).encode() + b"\n",
        DATA.replace(b'"chain_id":', b'"chain_id":0,"chain_id":', 1),
        DATA.replace(b'"seat":', b'"seat":0,"seat":', 1),
        DATA.replace(b'"salt"', b'"s\\u0061lt"', 1),
        DATA.replace(b'"salt":', b'"more":1,"salt":', 1),
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 1_000_000,
        b'{"format":' * 100_000,
        b"[" * 500 + b"]" * 500,
        b'{"format":' + b"9" * 10_000 + b"}",
        b"NaN",
    ],
    ids=range(23),
)
def test_other_bytes_are_refused(data):
    with pytest.raises(PackageFormatError, match="ask any participant"):
        decode_package(data)


def test_a_truncated_file_is_refused_wherever_it_ends():
    for end in [*range(0, len(DATA), 97), len(DATA) - 1]:
        with pytest.raises(PackageFormatError):
            decode_package(DATA[:end])


def test_a_file_that_is_too_long_is_not_parsed():
    with pytest.raises(PackageFormatError, match="longer than"):
        decode_package(DATA + b" " * MAX_BYTES)


WORD = "0x" + "00" * 31 + "01"
BIG = "0x" + "ff" * 32
POINT = [f"0x{word:064x}" for word in G.words()]
IDENTITY = ["0x" + "00" * 32] * 2
LOWER = PACKAGE.contract.lower()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "tcss-session-package-2"),
        (("session",), "0x00"),
        (("session",), WORD.upper()),
        (("session",), None),
        (("chain_id",), -1),
        (("chain_id",), 1.0),
        (("chain_id",), True),
        (("chain_id",), 2**63),
        (("chain_id",), "1"),
        (("contract",), LOWER),
        (("creator",), "0x11"),
        (("configuration",), []),
        (("configuration", "threshold"), 1),
        (("configuration", "threshold"), 5),
        (("configuration", "members"), list(PACKAGE.configuration.members[::-1])),
        (("configuration", "members"), [PACKAGE.configuration.members[0]] * 4),
        (("configuration", "members"), list(PACKAGE.configuration.members[:1])),
        (("configuration", "members"), []),
        (("configuration", "auditor"), 5),
        (("configuration", "join_by"), 2**40),
        (("configuration", "bond"), f"0x{2**88:064x}"),
        (("configuration", "bond"), f"0x{2**96:064x}"),
        (("configuration", "bond"), 5),
        (("configuration", "parent"), "0x"),
        (("auditor_key",), IDENTITY),
        (("auditor_key",), [WORD, WORD]),
        (("auditor_key",), [WORD]),
        (("auditor_key",), [BIG, WORD]),
        (("joins",), {}),
        (("joins",), [1]),
        (("joins", 0, "seat"), 128),
        (("joins", 0, "P"), IDENTITY),
        (("joins", 0, "D"), IDENTITY),
        (("joins", 0, "D"), POINT[::-1]),
        (("joins", 0, "account"), LOWER),
        (("dealings",), [[]]),
        (("dealings", 0, "dealer"), LOWER),
        (("dealings", 0, "B"), POINT),
        (("dealings", 0, "B"), [[WORD, WORD]]),
        (("dealings", 0, "C", 0), [*POINT, WORD]),
        (("dealings", 0, "C", 0), [1, 2]),
        (("dealings", 0, "B"), [POINT] * 129),
        (("dealings", 0, "challenge"), f"0x{GROUP_ORDER:064x}"),
        (("dealings", 0, "response_u"), f"0x{GROUP_ORDER:064x}"),
        (("dealings", 0, "response_v"), BIG),
        (("qualified",), 7),
        (("qualified",), f"0x{2**128:064x}"),
        (("aggregate",), {"B": []}),
        (("aggregate", "C", 0), [WORD, WORD]),
        (("aggregate_hash",), 0),
    ],
)
def test_values_of_another_type_or_out_of_range_are_refused(path, value):
    with pytest.raises(PackageFormatError):
        decode_package(changed(*path, to=value))


def test_coordinates_are_canonical():
    """A coordinate plus the modulus is the same point to careless arithmetic."""
    x, y = G.words()
    aliased = [f"0x{x + FIELD_MODULUS:064x}", f"0x{y:064x}"]
    with pytest.raises(PackageFormatError):
        decode_package(changed("dealings", 0, "B", 0, to=aliased))


def test_commitments_may_be_the_identity():
    decode_package(changed("dealings", 0, "B", 0, to=IDENTITY))


@pytest.mark.parametrize("name", ["joins", "dealings"])
def test_more_than_128_joins_or_dealings_are_refused(name):
    values = json.loads(DATA)
    values[name] = [values[name][0]] * 129
    with pytest.raises(PackageFormatError, match="more than 128"):
        decode_package(written(values))


def test_messages_never_repeat_a_value():
    for path in (("session",), ("creator",), ("chain_id",), ("configuration", "bond")):
        with pytest.raises(PackageFormatError) as caught:
            decode_package(changed(*path, to="hostile value"))
        assert "hostile" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert not isinstance(caught.value, StrictJsonError)


def test_the_largest_session_fits():
    small = make_package(MAX_MEMBERS, 2)
    points = point_ladder(2 * MAX_MEMBERS)
    B, C = points[:MAX_MEMBERS], points[MAX_MEMBERS:]
    proof = PolynomialProof(*[GROUP_ORDER - 1] * 3)
    largest = replace(
        small,
        chain_id=2**63 - 1,
        configuration=replace(
            small.configuration,
            threshold=MAX_MEMBERS,
            **dict.fromkeys(
                ["confirm_by", "join_by", "deal_by", "complain_by", "reveal_by", "challenge_by"], 2**40 - 1
            ),
            bond_release_time=2**40 - 1,
            bond=2**88 - 1,
        ),
        joins=tuple(
            JoinedEvent(account, seat, ParticipantKeys(G, G))
            for seat, account in enumerate(small.configuration.members)
        ),
        dealings=tuple(
            PackagedDealing(each, Dealing(B, C, bytes(32), proof)) for each in small.configuration.members
        ),
        aggregate=replace(small.aggregate, B=B, C=C),
    )
    data = encode_package(largest)
    assert len(data) < MAX_BYTES
    assert decode_package(data) == largest


def test_a_file_is_written_once_and_never_overwritten(tmp_path):
    path = tmp_path / "session.json"
    write_package(path, PACKAGE)
    assert path.read_bytes() == DATA
    assert read_package(path) == PACKAGE
    before = path.stat()
    write_package(path, PACKAGE)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(PackageFileError, match="another one is there already"):
        write_package(path, make_package(4, 3, 1))
    assert read_package(path) == PACKAGE
    assert [each.name for each in tmp_path.iterdir()] == ["session.json"]


def test_files_that_cannot_be_used_are_explained(tmp_path):
    for use in (
        lambda: read_package(tmp_path / "nothing"),
        lambda: read_package(tmp_path),
        lambda: write_package(tmp_path / "no folder" / "file", PACKAGE),
        lambda: write_package(tmp_path, PACKAGE),
    ):
        with pytest.raises(PackageFileError) as caught:
            use()
        assert str(tmp_path) not in str(caught.value)


def test_a_huge_file_is_not_read_whole(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES * 1000)
    with pytest.raises(PackageFormatError, match="longer"):
        read_package(path)


def test_a_package_shows_no_long_vectors():
    assert len(repr(PACKAGE)) < 2000
