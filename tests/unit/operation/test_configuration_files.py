"""The files of participants and auditors, right and wrong."""

from __future__ import annotations

from dataclasses import fields

import pytest
from eth_utils.address import to_checksum_address

from tcss_chain.errors import TcssError
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.node_settings import Endpoint, LogSettings
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.yaml_files import ConfigurationFileError

CONTRACT = to_checksum_address("0x" + "ab" * 20)
KEY = "hunter2"
NEEDED = {
    "rpc": f"https://user:{KEY}@node.example.org/{KEY}",
    "contract": CONTRACT.lower(),
    "wallet": "keys/wallet.json",
    "consortia": ["../a.yaml", "/etc/b.yaml"],
}
LOADERS = {"participant": load_participant_file, "auditor": load_auditor_file}


@pytest.fixture(params=LOADERS)
def load(request, write_yaml):
    """Load values from a file, as a participant and as an auditor."""
    return lambda content: LOADERS[request.param](write_yaml("file.yaml", content)).node


@pytest.fixture
def participant(write_yaml):
    return lambda content: load_participant_file(write_yaml("file.yaml", content))


@pytest.fixture
def wrong(load):
    """The field that an invalid file is refused for."""

    def wrong(content):
        with pytest.raises(ConfigurationFileError) as caught:
            load(content)
        error = caught.value
        assert isinstance(error, TcssError)
        assert str(error) == f"{error.path}: {error.field}: {error.problem}"
        assert KEY not in str(error)
        return error.field

    return wrong


def test_what_is_not_written_has_its_default(load):
    node = load(NEEDED)
    assert node.rpc_urls == (NEEDED["rpc"],)
    assert node.contract == CONTRACT
    assert (node.chain_id, node.first_block, node.confirmations) == (None, 0, 12)
    assert (node.max_fee, node.min_balance) == (None, 5 * 10**16)
    assert node.log == LogSettings("text", "info")
    assert node.poll_seconds == 4


def test_a_participant_has_defaults_of_its_own(participant):
    file = participant(NEEDED)
    assert file.listen == Endpoint("127.0.0.1", 7100)
    assert file.node.monitor == Endpoint("127.0.0.1", 7200)
    assert (file.share_patience_seconds, file.complaint_margin_seconds) == (120, 60)
    assert (file.activation_stagger_seconds, file.max_open_sessions) == (30, 100)
    assert file.openings is None


def test_an_auditor_is_not_monitored_unless_it_says_where(write_yaml):
    assert load_auditor_file(write_yaml("a.yaml", NEEDED)).node.monitor is None
    content = NEEDED | {"monitor": "127.0.0.1:7300"}
    assert load_auditor_file(write_yaml("a.yaml", content)).node.monitor == Endpoint("127.0.0.1", 7300)


def test_paths_start_at_the_file_s_folder(load, tmp_path):
    node = load(NEEDED)
    assert node.wallet == tmp_path / "keys" / "wallet.json"
    assert node.data == tmp_path / "data"
    assert [path.resolve() for path in node.consortia] == [
        (tmp_path.parent / "a.yaml").resolve(),
        (tmp_path / "/etc/b.yaml").resolve(),
    ]


def test_every_field_is_taken(participant):
    file = participant(
        NEEDED
        | {
            "rpc": ["http://127.0.0.1:8545", "https://node.example.org"],
            "chain_id": 11155111,
            "first_block": 123,
            "data": "/var/lib/state",
            "listen": "[::1]:7101",
            "monitor": "metrics.internal:9000",
            "confirmations": "finalized",
            "share_patience_seconds": 1.5,
            "complaint_margin_seconds": 0,
            "activation_stagger_seconds": 2,
            "poll_seconds": 0.05,
            "max_fee_gwei": 1.5,
            "min_balance_ether": 0.123456789,
            "max_open_sessions": 3,
            "openings": "/etc/openings.yaml",
            "log": {"format": "json", "level": "debug"},
        }
    )
    node = file.node
    assert node.rpc_urls == ("http://127.0.0.1:8545", "https://node.example.org")
    assert (node.chain_id, node.first_block, str(node.data)) == (11155111, 123, "/var/lib/state")
    assert (file.listen, str(file.listen)) == (Endpoint("::1", 7101), "[::1]:7101")
    assert (node.monitor, str(node.monitor)) == (Endpoint("metrics.internal", 9000), "metrics.internal:9000")
    assert node.confirmations == "finalized"
    assert (file.share_patience_seconds, file.complaint_margin_seconds) == (1.5, 0)
    assert (file.activation_stagger_seconds, node.poll_seconds) == (2, 0.05)
    assert (node.max_fee, node.min_balance) == (15 * 10**8, 123456789 * 10**9)
    assert file.max_open_sessions == 3
    assert str(file.openings) == "/etc/openings.yaml"
    assert node.log == LogSettings("json", "debug")


def test_the_policy_is_looked_for_beside_the_file(participant, tmp_path):
    assert participant(NEEDED | {"openings": "openings.yaml"}).openings == tmp_path / "openings.yaml"


def test_off_is_a_word(participant, write_yaml):
    text = f"rpc: http://x\ncontract: '{CONTRACT}'\nwallet: w\nconsortia: []\nmonitor: off\n"
    assert load_participant_file(write_yaml("off.yaml", text)).node.monitor is None
    assert participant(NEEDED | {"monitor": "off"}).node.monitor is None


def test_nothing_shows_a_node_s_url(participant):
    assert KEY not in repr(participant(NEEDED))


@pytest.mark.parametrize("field", list(NEEDED))
def test_these_fields_are_needed(wrong, field):
    assert wrong({name: value for name, value in NEEDED.items() if name != field}) == "file"


def test_unknown_fields_are_refused(wrong):
    assert wrong(NEEDED | {"passphrase": KEY}) == "file"
    assert wrong(NEEDED | {"log": {"colour": 1}}) == "log"


def test_an_auditor_admits_the_creators_that_it_names_and_nobody_else(write_yaml):
    def load(content):
        return load_auditor_file(write_yaml("a.yaml", NEEDED | content)).creators

    one, other = to_checksum_address("0x" + "cd" * 20), to_checksum_address("0x" + "ef" * 20)
    assert load({}) == load({"creators": []}) == ()
    assert load({"creators": [one.lower(), other]}) == (one, other)
    for wrong in (None, one, {}, [None], ["0x12"], ["0x" + "0" * 40], [one, one.lower()], [one] * 257):
        with pytest.raises(ConfigurationFileError) as caught:
            load({"creators": wrong})
        assert caught.value.field.startswith("creators")


def test_an_auditor_hands_out_no_shares(write_yaml):
    with pytest.raises(ConfigurationFileError, match="the field listen is unknown"):
        load_auditor_file(write_yaml("a.yaml", NEEDED | {"listen": "127.0.0.1:1"}))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (
            "rpc",
            [
                None,
                5,
                "",
                f"node/{KEY}",
                f"ftp://{KEY}",
                "https://",
                f"http://a b{KEY}",
                f"http://[{KEY}",
                {},
            ],
        ),
        ("contract", [None, 5, CONTRACT[:-1], CONTRACT.lower().replace("a", "A", 1), "0x" + "0" * 40]),
        ("chain_id", [0, -1, "1", None, 1.0]),
        ("first_block", [-1, "0", 1.0, None, True]),
        ("wallet", [None, "", 5, "a\nb"]),
        ("data", [None, "", 5, []]),
        ("consortia", [None, "a.yaml", {}, ["a"] * 33]),
        ("monitor", [None, False, "127.0.0.1", ":7200", "127.0.0.1:70000", "::1:7200", 7200, "on", "a b:1"]),
        ("confirmations", [-1, 10_001, "safe", None, 1.0, True]),
        ("poll_seconds", [0, -1, "1", None, float("inf"), float("nan"), 3601]),
        ("max_fee_gwei", [0, -1, "1", None, 0.0000000001, float("nan")]),
        ("min_balance_ether", [-1, "1", None, float("nan"), float("inf"), True]),
        ("log", [None, "json", []]),
    ],
)
def test_every_field_is_checked(wrong, field, values):
    for value in values:
        assert wrong(NEEDED | {field: value}) == field, value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("listen", [None, "127.0.0.1", "off", "127.0.0.1:70000", 7100]),
        ("share_patience_seconds", [-1, "1", None, float("nan")]),
        ("complaint_margin_seconds", [-1, "1", None, float("inf")]),
        ("activation_stagger_seconds", [-1, "1", None, True]),
        ("max_open_sessions", [0, 10_001, "1", 1.0, None]),
        ("openings", [None, "", 7, [], {"allow": []}]),
    ],
)
def test_every_field_of_a_participant_is_checked(participant, field, values):
    for value in values:
        with pytest.raises(ConfigurationFileError) as caught:
            participant(NEEDED | {field: value})
        assert caught.value.field == field, value


def test_entries_of_lists_are_named(wrong):
    assert wrong(NEEDED | {"rpc": []}) == "rpc"
    assert wrong(NEEDED | {"rpc": ["http://x"] * 11}) == "rpc"
    assert wrong(NEEDED | {"rpc": ["http://x", f"{KEY}"]}) == "rpc[1]"
    assert wrong(NEEDED | {"consortia": ["a", 5]}) == "consortia[1]"
    assert wrong(NEEDED | {"log": {"format": "xml"}}) == "log.format"
    assert wrong(NEEDED | {"log": {"level": "loud"}}) == "log.level"


def test_shares_and_metrics_are_served_at_two_places(participant):
    with pytest.raises(ConfigurationFileError) as caught:
        participant(NEEDED | {"listen": "127.0.0.1:7200"})
    assert caught.value.field == "monitor"


def test_a_participant_and_an_auditor_share_what_they_have_in_common(write_yaml):
    """Both are made of the same settings, whatever else they have."""
    path = write_yaml("file.yaml", NEEDED | {"monitor": "off"})
    ours, theirs = load_participant_file(path).node, load_auditor_file(path).node
    assert all(getattr(ours, field.name) == getattr(theirs, field.name) for field in fields(ours))
