"""What a policy allows, and how its file is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from eth_account import Account
from support.opening_desk import ANY, ActiveSession

from tcss_chain.opening.policy import MAX_LINES, OpeningPolicy, OpeningRule, Per
from tcss_chain.opening.policy_file import DEFAULT_ANSWER_WITHIN_SECONDS, load_policy
from tcss_chain.yaml_files import ConfigurationFileError

SESSION = ActiveSession()
REQUEST = SESSION.request()
OTHER = Account.create().address
LABEL = REQUEST.capsule.label
FITTING = {
    "session": REQUEST.sid,
    "gateway": REQUEST.gateway,
    "owners": frozenset({OTHER, LABEL.owner}),
    "models": frozenset({"another", LABEL.model}),
    "contexts": frozenset({LABEL.context, ""}),
}
MISFITS = {
    "session": b"\1" * 32,
    "gateway": OTHER,
    "owners": frozenset({OTHER}),
    "models": frozenset({LABEL.model.upper(), LABEL.model[:-1]}),
    "contexts": frozenset({"", LABEL.context + " "}),
}
RULE = {"session": "any", "owners": "any", "models": "any", "contexts": "any", "limit": 5, "per": "day"}


@pytest.fixture
def load(tmp_path):
    """A function that reads a file with some content."""

    def load(content):
        path = tmp_path / "openings.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return load_policy(path)

    return load


def test_a_rule_that_names_everything_fits_and_so_does_one_that_allows_any():
    assert replace(ANY, **FITTING).fits(REQUEST)
    assert ANY.fits(REQUEST)


@pytest.mark.parametrize("field", MISFITS)
def test_one_fact_that_does_not_fit_is_enough(field):
    assert not replace(ANY, **FITTING | {field: MISFITS[field]}).fits(REQUEST)


def test_the_first_rule_that_fits_counts():
    no, first, second = (
        replace(ANY, gateway=OTHER, limit=1),
        replace(ANY, limit=2),
        replace(ANY, limit=3, **FITTING),
    )
    assert OpeningPolicy((no, first, second), 600).rule_for(REQUEST) is first
    assert OpeningPolicy((no, second, first), 600).rule_for(REQUEST) is second
    assert OpeningPolicy((no,), 600).rule_for(REQUEST) is None
    assert OpeningPolicy((), 600).rule_for(REQUEST) is None


def test_an_empty_list_allows_nothing(load):
    assert load("allow: []") == OpeningPolicy((), DEFAULT_ANSWER_WITHIN_SECONDS)


def test_every_field_is_read(load):
    rule = {
        "session": f"0x{REQUEST.sid.hex()}",
        "gateway": REQUEST.gateway,
        "owners": [LABEL.owner.lower(), OTHER],
        "models": ["diagnosis-1", "2.x"],
        "contexts": ["", "trial 7"],
        "limit": 24,
        "per": "week",
        "most_convicted": 2,
    }
    policy = load({"allow": [rule, RULE], "answer_within_seconds": 77})
    assert policy.answer_within_seconds == 77
    assert policy.rules == (
        OpeningRule(
            REQUEST.sid,
            REQUEST.gateway,
            frozenset({LABEL.owner, OTHER}),
            frozenset({"diagnosis-1", "2.x"}),
            frozenset({"", "trial 7"}),
            24,
            Per.WEEK,
            2,
        ),
        OpeningRule(None, None, None, None, None, 5, Per.DAY, 0),
    )


def test_addresses_and_session_ids_need_no_quotes(load):
    text = f"""
allow:
  - session: 0x{REQUEST.sid.hex()}
    gateway: {REQUEST.gateway}
    owners: [{LABEL.owner}]
    models: any
    contexts: any
    limit: 1
    per: hour
"""
    (rule,) = load(text).rules
    assert (rule.session, rule.gateway, rule.owners) == (REQUEST.sid, REQUEST.gateway, {LABEL.owner})


@pytest.mark.parametrize(("per", "seconds"), [("hour", 3600), ("day", 86_400), ("week", 604_800)])
def test_the_times_are_what_they_are_called(per, seconds):
    assert Per(per).seconds == seconds


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("session", "all", "session"),
        ("session", "0x12", "session"),
        # What is random has a name, so that tests are called the same in every process.
        pytest.param("session", REQUEST.sid.hex().upper() + "GG", "session", id="session-no-digits"),
        ("session", 5, "session"),
        ("session", None, "session"),
        ("gateway", "any", "gateway"),
        ("gateway", "0x" + "00" * 20, "gateway"),
        ("owners", [], "owners"),
        pytest.param("owners", LABEL.owner, "owners", id="owners-no-list"),
        ("owners", [OTHER, "0x12"], "owners[1]"),
        ("owners", {"any": 1}, "owners"),
        ("models", [], "models"),
        ("models", "diagnosis-1", "models"),
        ("models", [1.5], "models[0]"),
        ("models", ["-x"], "models[0]"),
        ("models", ["a b"], "models[0]"),
        ("models", ["a", "m" * 65], "models[1]"),
        ("contexts", [], "contexts"),
        ("contexts", "trial", "contexts"),
        ("contexts", [7], "contexts[0]"),
        ("contexts", ["ä"], "contexts[0]"),
        ("contexts", ["x" * 201], "contexts[0]"),
        ("limit", 0, "limit"),
        ("limit", MAX_LINES + 1, "limit"),
        ("limit", True, "limit"),
        ("limit", 1.0, "limit"),
        ("limit", "any", "limit"),
        ("per", "month", "per"),
        ("per", 3600, "per"),
        ("most_convicted", -1, "most_convicted"),
        ("most_convicted", 129, "most_convicted"),
        ("most_convicted", False, "most_convicted"),
    ],
)
def test_a_wrong_field_is_named(load, field, value, named):
    with pytest.raises(ConfigurationFileError) as caught:
        load({"allow": [RULE, RULE | {field: value}]})
    assert caught.value.field == f"allow[1].{named}"


@pytest.mark.parametrize("field", RULE)
def test_nothing_is_allowed_by_leaving_a_field_out(load, field):
    rule = {name: value for name, value in RULE.items() if name != field}
    with pytest.raises(ConfigurationFileError, match=f"allow\\[0\\].*{field}"):
        load({"allow": [rule]})


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "file"),
        ("", "file"),
        ("allow: any", "allow"),
        ("allow: [any]", "allow[0]"),
        ({"allow": [], "deny": []}, "file"),
        ({"allow": [RULE | {"purpose": "any"}]}, "allow[0]"),
        ({"allow": [RULE] * 257}, "allow"),
        ({"allow": [], "answer_within_seconds": 0}, "answer_within_seconds"),
        ({"allow": [], "answer_within_seconds": 1e9}, "answer_within_seconds"),
        ("allow: []\nallow: []", "file"),
        ("allow: [", "file"),
    ],
)
def test_a_file_that_is_none_is_refused(load, content, named):
    with pytest.raises(ConfigurationFileError) as caught:
        load(content)
    assert caught.value.field == named


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigurationFileError, match=r"none\.yaml"):
        load_policy(tmp_path / "none.yaml")
