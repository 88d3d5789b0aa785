"""Consortium files, right and wrong."""

from __future__ import annotations

import copy
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.consortium import Auditor, Organisation, PhaseSeconds, load_consortium
from tcss_chain.consortium.errors import ConsortiumFileError
from tcss_chain.errors import TcssError
from tcss_chain.yaml_files import MAX_FILE_BYTES

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
GOOD = {
    "consortium": "Group",
    "threshold": 2,
    "organisations": [{"name": "One"}, {"name": "Two"}, {"name": "Three"}],
    "auditor": "Gateway",
    "bond": 5,
    "phases": {"confirm": 1, "join": 2, "deal": 3, "complain": 4, "reveal": 5, "challenge": 6},
    "bond_release": 7,
}


@pytest.fixture
def load(tmp_path):
    """Load text or values from a file."""

    def load(content):
        path = tmp_path / "consortium.yaml"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf8")
        return load_consortium(path)

    return load


@pytest.fixture
def wrong(load):
    """The field that an invalid file is refused for."""

    def wrong(content):
        with pytest.raises(ConsortiumFileError) as caught:
            load(content)
        error = caught.value
        assert isinstance(error, TcssError)
        assert str(error) == f"{error.path}: {error.field}: {error.problem}"
        assert error.path.endswith("consortium.yaml")
        return error.field

    return wrong


def changed(place, value):
    content = copy.deepcopy(GOOD)
    *way, last = place
    target = content
    for step in way:
        target = target[step]
    target[last] = value
    return content


def without(*place):
    content = copy.deepcopy(GOOD)
    *way, last = place
    target = content
    for step in way:
        target = target[step]
    del target[last]
    return content


def address(number):
    return to_checksum_address(number.to_bytes(20, "big"))


def test_a_good_file_is_read(load):
    consortium = load(GOOD)
    assert consortium.name == "Group"
    assert consortium.threshold == 2
    assert [each.name for each in consortium.organisations] == ["One", "Two", "Three"]
    assert consortium.auditor == Auditor("Gateway")
    assert consortium.bond == 5
    assert consortium.phases == PhaseSeconds(1, 2, 3, 4, 5, 6)
    assert consortium.bond_release == 7


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("consortium.yaml")), ids=lambda path: path.parent.name)
def test_every_example_is_read(path):
    consortium = load_consortium(path)
    assert 2 <= consortium.threshold <= len(consortium.organisations)


def test_the_healthcare_example_is_the_one_that_the_demonstration_tells():
    consortium = load_consortium(EXAMPLES / "healthcare" / "consortium.yaml")
    names = [each.name for each in consortium.organisations]
    assert names == ["Hospital North", "Hospital South", "Hospital West", "Regional Cloud"]
    assert (consortium.threshold, consortium.bond) == (3, 10**18)


def test_deadlines_add_up_and_members_are_in_order(load):
    members = [address(9), address(1), address(5)]
    configuration = load(GOOD).configuration(members, address(7), address(8), now=1000)
    assert configuration.members == (address(1), address(5), address(9))
    assert (configuration.auditor, configuration.beneficiary) == (address(7), address(8))
    ends = [getattr(configuration, f"{name}_by") for name in GOOD["phases"]]
    assert ends == [1001, 1003, 1006, 1010, 1015, 1021]
    assert configuration.bond_release_time == 1028
    assert (configuration.threshold, configuration.bond) == (2, 5)
    assert configuration.parent == bytes(32)


def test_members_are_ordered_by_number_not_by_spelling(load):
    low, high = "0x" + "0A" + "00" * 19, "0x" + "a0" + "00" * 19
    members = [to_checksum_address(high), to_checksum_address(low)]
    configuration = load(GOOD).configuration(members, address(7), address(8), now=0)
    assert configuration.members == (to_checksum_address(low), to_checksum_address(high))


def test_equal_phases_are_equally_long():
    phases = PhaseSeconds.equal(30)
    assert {getattr(phases, field.name) for field in fields(phases)} == {30}


def test_names_are_trimmed(load):
    assert load(changed(["consortium"], "  Group  ")).name == "Group"


@pytest.mark.parametrize("field", list(GOOD))
def test_every_field_is_needed(wrong, field):
    assert wrong(without(field)) == "file"


@pytest.mark.parametrize("field", list(GOOD["phases"]))
def test_every_phase_is_needed_and_a_positive_integer(wrong, field):
    assert wrong(without("phases", field)) == "phases"
    for value in (0, -1, 1.5, "600", True, None, 2**32 + 1, []):
        assert wrong(changed(["phases", field], value)) == f"phases.{field}"


def test_unknown_fields_are_refused(wrong):
    assert wrong(GOOD | {"secret": 1}) == "file"
    assert wrong(GOOD | {5: 1}) == "file"
    assert wrong(changed(["phases", "pause"], 1)) == "phases"
    assert wrong(changed(["organisations", 1], {"name": "Two", "key": "0x1"})) == "organisations[1]"


@pytest.mark.parametrize("value", [0, 1, 4, -2, 2.0, "2", True, None, [2]])
def test_the_threshold_is_from_2_to_the_number_of_organisations(wrong, value):
    assert wrong(changed(["threshold"], value)) == "threshold"


@pytest.mark.parametrize("value", [-1, 2**88, 2**96, 1.0, "1", None, float("inf")])
def test_the_bond_fits_the_contract(wrong, load, value):
    assert wrong(changed(["bond"], value)) == "bond"
    assert load(changed(["bond"], 2**88 - 1)).bond == 2**88 - 1
    assert load(changed(["bond"], 0)).bond == 0


@pytest.mark.parametrize("value", [-1, 2**32 + 1, "1"])
def test_the_release_of_bonds_is_a_number_of_seconds(wrong, value):
    assert wrong(changed(["bond_release"], value)) == "bond_release"


@pytest.mark.parametrize("value", [None, {}, "One", [], [{"name": "One"}], [{"name": "One"}] * 129])
def test_organisations_are_a_list_of_2_to_128(wrong, value):
    assert wrong(changed(["organisations"], value)) == "organisations"


def test_128_organisations_are_read(load):
    names = [{"name": f"Organisation {index}"} for index in range(128)]
    assert len(load(changed(["organisations"], names)).organisations) == 128


@pytest.mark.parametrize("entry", [None, "Two", ["Two"], {}, {"title": "Two"}])
def test_every_organisation_has_a_name(wrong, entry):
    assert wrong(changed(["organisations", 1], entry)) == "organisations[1]"


@pytest.mark.parametrize("name", ["", "  ", 5, None, "x" * 101, "two\nlines", "\x1b[31mred", "a\u202eb"])
def test_names_are_short_and_printable(wrong, name):
    assert wrong(changed(["organisations", 1, "name"], name)) == "organisations[1].name"
    assert wrong(changed(["consortium"], name)) == "consortium"
    assert wrong(changed(["auditor"], name)) == "auditor"


def test_two_organisations_of_one_name_are_refused(wrong):
    assert wrong(changed(["organisations", 1, "name"], " One ")) == "organisations"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "a: b: c",
        "[1, 2",
        "\t- x",
        "%",
        "a: &x\nb: *y",
        "{[1]: 2}",
        "? {a: 1}\n: 2",
        "!!python/object/apply:os.system [id]",
        "!unknown 1",
        "--- 1\n--- 2",
        "\x00",
        "bond: 2024-99-99",
        "bond: 2024-02-30T25:61:61Z",
        "bond: " + "9" * 5000,
        "bond: !!int x",
        "bond: !!int ''",
        "bond: !!float ''",
        "bond: !!bool maybe",
        "bond: !!timestamp x",
        "bond: !!binary '*'",
        "bond: !!binary ä",
        "bond: !!set [1]",
        "bond: !!omap 1",
    ],
)
def test_what_is_no_yaml_is_refused_as_a_whole(wrong, text):
    assert wrong(text) == "file"


@pytest.mark.parametrize("text", ["", "5", "text", "[]", "null", "- a\n- b", "2024-01-01"])
def test_yaml_of_another_kind_is_refused(wrong, text):
    assert wrong(text) == "file"


def test_deep_nesting_is_refused(wrong):
    assert wrong("[" * 2000) == "file"
    assert wrong("a: " + "{a: " * 500 + "}" * 500) == "file"
    assert wrong("- " * 500) == "file"


def test_a_file_that_refers_to_itself_is_refused(wrong):
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    assert wrong(bomb) == "file"
    assert wrong("&a [*a]") == "file"


def test_bytes_that_are_no_text_are_refused(wrong):
    assert wrong(b"\xff\xfe\x00\x01") == "file"


def test_a_large_file_is_not_read(wrong):
    assert wrong("#" + "x" * MAX_FILE_BYTES) == "size"


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path, make):
    path = tmp_path / "none.yaml"
    make(path)
    with pytest.raises(ConsortiumFileError) as caught:
        load_consortium(path)
    assert caught.value.field == "file"


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_does_anything_but_fail_properly(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("files") / "consortium.yaml"
    path.write_text(text, "utf8")
    with pytest.raises(ConsortiumFileError):
        load_consortium(path)


def address_text(number):
    return address(number).lower()


def full():
    """A file for real use."""
    content = copy.deepcopy(GOOD)
    for index, entry in enumerate(content["organisations"]):
        entry |= {"address": address(30 - index), "service": f"https://{index}.example.org/tcss"}
    content["auditor"] = {"name": "Gateway", "address": address(40)}
    content["beneficiary"] = address(41)
    return content


def changed_full(place, value):
    content = full()
    *way, last = place
    target = content
    for step in way:
        target = target[step]
    target[last] = value
    return content


def test_a_file_for_real_use_has_members_by_seat_and_services_by_address(load):
    consortium = load(full())
    assert consortium.organisations[1] == Organisation("Two", address(29), "https://1.example.org/tcss")
    assert consortium.members == (address(28), address(29), address(30))
    assert consortium.auditor_address == address(40)
    assert consortium.beneficiary_address == address(41)
    assert consortium.services() == {
        address(30 - index): f"https://{index}.example.org/tcss" for index in range(3)
    }
    assert consortium.names() == {
        address(30): "One", address(29): "Two", address(28): "Three", address(40): "Gateway"
    }  # fmt: skip


def test_the_agreed_configuration_is_the_one_for_the_addresses_of_the_file(load):
    consortium, parent = load(full()), b"p" * 32
    by_hand = consortium.configuration(consortium.members, address(40), address(41), 1000, parent)
    assert consortium.agreed_configuration(1000, parent) == by_hand
    assert by_hand.parent == parent
    assert consortium.agreed_configuration(1000).parent == bytes(32)


@pytest.mark.parametrize(
    ("remove", "field", "use"),
    [
        (("organisations", 2, "address"), "organisations[2].address", lambda each: each.members),
        (("organisations", 2, "address"), "organisations[2].address", lambda each: each.services()),
        (("organisations", 0, "service"), "organisations[0].service", lambda each: each.services()),
        (("auditor", "address"), "auditor.address", lambda each: each.auditor_address),
        (("beneficiary",), "beneficiary", lambda each: each.beneficiary_address),
        (("beneficiary",), "beneficiary", lambda each: each.agreed_configuration(0)),
    ],
)
def test_what_is_missing_for_real_use_is_named_when_it_is_needed(load, remove, field, use):
    content = full()
    *way, last = remove
    target = content
    for step in way:
        target = target[step]
    del target[last]
    consortium = load(content)
    with pytest.raises(ConsortiumFileError, match="needed to create or join a session") as caught:
        use(consortium)
    assert caught.value.field == field


def test_an_address_need_not_be_in_quotes(load):
    text = yaml.safe_dump(full()).replace("'", "")
    assert f"address: {address(30)}" in text
    assert load(text).members == (address(28), address(29), address(30))


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "", "0x12", "0x" + "0" * 40, "0x" + "g" * 40, "12" * 20, "0x" + "12" * 21,
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
    ],
)  # fmt: skip
def test_an_address_is_whole_and_has_a_right_checksum(wrong, value):
    assert wrong(changed_full(["organisations", 1, "address"], value)) == "organisations[1].address"
    assert wrong(changed_full(["auditor", "address"], value)) == "auditor.address"
    assert wrong(changed_full(["beneficiary"], value)) == "beneficiary"


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "", "example.org", "ftp://example.org", "https://", "https://user:key@example.org",
        "https://example.org/?a=b", "https://example.org/?", "https://example.org/#x", "https://example.org#",
        "https://exa mple.org", "https://example.org:99999", "https://example.org:0", "https://[::1",
        "https://example.org\\x", "https://ex\u00e4mple.org", "https://" + "x" * 3000, "https://@example.org",
    ],
)  # fmt: skip
def test_a_service_is_a_base_url_without_secrets(wrong, value):
    assert wrong(changed_full(["organisations", 1, "service"], value)) == "organisations[1].service"


def test_a_refused_service_is_not_repeated(load):
    with pytest.raises(ConsortiumFileError) as caught:
        load(changed_full(["organisations", 1, "service"], "https://user:hunter2@example.org"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://10.0.0.7:7100", "http://10.0.0.7:7100"),
        ("http://[::1]:7100/", "http://[::1]:7100"),
        ("https://example.org/a/b/", "https://example.org/a/b"),
    ],
)
def test_a_service_has_no_slash_at_its_end(load, given, kept):
    assert kept in load(changed_full(["organisations", 1, "service"], given)).services().values()


@pytest.mark.parametrize("spell", [str, str.lower, lambda text: "0x" + text[2:].upper()])
def test_two_organisations_cannot_share_an_address_however_it_is_spelt(wrong, spell):
    mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    content = changed_full(["organisations", 0, "address"], mixed)
    content["organisations"][2]["address"] = spell(mixed)
    assert wrong(content) == "organisations[2].address"


def test_two_organisations_cannot_share_a_service(wrong):
    content = changed_full(["organisations", 2, "service"], "https://0.example.org/tcss/")
    assert wrong(content) == "organisations[2].service"


def test_the_auditor_is_no_member(wrong):
    assert wrong(changed_full(["auditor", "address"], address_text(29))) == "auditor.address"


@pytest.mark.parametrize("value", [{}, {"address": "0x" + "12" * 20}, {"name": "G", "key": 1}, [], None, 5])
def test_the_auditor_is_a_name_or_a_name_with_an_address(wrong, value):
    assert wrong(changed_full(["auditor"], value)) == "auditor"


def test_a_field_that_is_there_twice_is_refused(wrong, load):
    text = yaml.safe_dump(GOOD)
    assert load(text).bond == 5
    assert wrong(text + "bond: 6\n") == "file"
    with pytest.raises(ConsortiumFileError, match="twice in the mapping at line 1"):
        load(text + "bond: 6\n")


@pytest.mark.parametrize("value", ["0x10", "010", "1:30", "1e3", "+-5"])
def test_integers_are_decimal(wrong, load, value):
    text = yaml.safe_dump(GOOD)
    assert wrong(text.replace("bond: 5", f"bond: {value}")) == "bond"
    assert load(text.replace("bond: 5", "bond: 1_000_000")).bond == 10**6


def test_the_example_for_real_use_has_all_that_a_session_needs():
    consortium = load_consortium(EXAMPLES / "consortium.yaml")
    assert len(consortium.services()) == 4
    assert consortium.agreed_configuration(0).bond == 10**18
