"""The gateway's configuration file."""

from __future__ import annotations

import pytest
import yaml

from tcss_chain.gateway.api_keys import api_key_hash, draw_api_key
from tcss_chain.gateway.gateway_file import RequestLimits, load_gateway_file
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.gateway.runtimes import RuntimeName
from tcss_chain.opening.opening_settings import ConvictedAnswers
from tcss_chain.yaml_files import ConfigurationFileError

HASHES = [api_key_hash(draw_api_key()).hex() for _ in range(3)]


def content(**changes):
    made = {
        "auditor": "auditor.yaml",
        "audit_trail": "audit.jsonl",
        "models": [
            {"name": "churn", "file": "churn.tcss", "purpose": "to predict", "tenants": ["billing"]},
            {"name": "all", "file": "/models/b.tcss", "purpose": "p", "tenants": "all", "runtime": "onnx"},
        ],
        "tenants": [
            {"name": "billing", "key_sha256": HASHES[0], "requests_per_minute": 60, "burst": 7},
            {"name": "sales", "key_sha256": HASHES[1]},
        ],
    }
    return made | changes


@pytest.fixture
def load(tmp_path):
    def read(made):
        path = tmp_path / "gateway.yaml"
        path.write_text(yaml.safe_dump(made))
        return load_gateway_file(path)

    return read


def test_everything_is_read(load, tmp_path):
    file = load(
        content(
            listen="0.0.0.0:80",
            operator_key_sha256=HASHES[2],
            policy={"convicted_answers": "accept", "most_convicted": 2},
            limits={"body_bytes": 10, "rows": 11, "in_flight": 12, "connections": 13, "request_seconds": 1.5},
        )
    )
    assert (file.auditor, file.audit_trail) == (tmp_path / "auditor.yaml", tmp_path / "audit.jsonl")
    assert str(file.listen) == "0.0.0.0:80"
    assert file.operator_key_sha256 == bytes.fromhex(HASHES[2])
    assert file.policy == GatewayPolicy(ConvictedAnswers.ACCEPT, 2)
    assert file.limits == RequestLimits(10, 11, 12, 13, 1.5)
    churn, other = file.models
    assert (churn.file, churn.runtime, churn.tenants) == (
        tmp_path / "churn.tcss",
        None,
        frozenset({"billing"}),
    )
    assert (str(other.file), other.runtime, other.tenants) == ("/models/b.tcss", RuntimeName.ONNX, None)
    assert churn.may_be_used_by("billing")
    assert not churn.may_be_used_by("sales")
    assert other.may_be_used_by("sales")
    billing, sales = file.tenants
    assert (billing.requests_per_minute, billing.burst) == (60, 7)
    assert (sales.requests_per_minute, sales.burst) == (600, 60)


def test_no_hash_is_shown(load):
    shown = repr(load(content(operator_key_sha256=HASHES[2])))
    for each in HASHES:
        assert each not in shown
        assert repr(bytes.fromhex(each)) not in shown


def test_what_is_left_out_is_strict(load):
    file = load(content())
    assert file.policy == GatewayPolicy(ConvictedAnswers.REFUSE, 0)
    assert file.operator_key_sha256 is None
    assert file.limits == RequestLimits()
    assert str(file.listen) == "127.0.0.1:7400"


def change(part, index, **changes):
    made = content()
    made[part][index] |= changes
    return made


@pytest.mark.parametrize(
    ("made", "field"),
    [
        ({}, "file"),
        (content(more=1), "file"),
        (content(listen="here"), "listen"),
        (content(operator_key_sha256="ab"), "operator_key_sha256"),
        (content(operator_key_sha256=HASHES[0]), "operator_key_sha256"),
        (content(models="all"), "models"),
        (change("models", 0, name="a b"), "models[0].name"),
        (change("models", 1, name="churn"), "models[1].name"),
        (change("models", 0, file=""), "models[0].file"),
        (change("models", 0, purpose=""), "models[0].purpose"),
        (change("models", 0, purpose="ä"), "models[0].purpose"),
        (change("models", 0, purpose="x" * 201), "models[0].purpose"),
        (change("models", 0, tenants="billing"), "models[0].tenants"),
        (change("models", 0, tenants=["nobody"]), "models[0].tenants[0]"),
        (change("models", 0, tenants=["billing", 3]), "models[0].tenants[1]"),
        (change("models", 0, runtime="torch"), "models[0].runtime"),
        (change("models", 0, key=1), "models[0]"),
        (change("tenants", 0, name=""), "tenants[0].name"),
        (change("tenants", 0, name="all"), "tenants[0].name"),
        (change("tenants", 1, name="billing"), "tenants[1].name"),
        (change("tenants", 1, key_sha256=HASHES[0]), "tenants[1].key_sha256"),
        (change("tenants", 1, key_sha256=HASHES[1].upper()), "tenants[1].key_sha256"),
        (change("tenants", 1, key_sha256=draw_api_key()), "tenants[1].key_sha256"),
        (change("tenants", 0, requests_per_minute=0), "tenants[0].requests_per_minute"),
        (change("tenants", 0, burst=True), "tenants[0].burst"),
        (content(policy={"convicted_answers": "maybe"}), "policy.convicted_answers"),
        (content(policy={"most_convicted": -1}), "policy.most_convicted"),
        (content(policy={"most": 1}), "policy"),
        (content(limits={"rows": 0}), "limits.rows"),
        (content(limits={"body_bytes": 1 << 40}), "limits.body_bytes"),
        (content(limits={"request_seconds": 0}), "limits.request_seconds"),
        (content(limits={"speed": 1}), "limits"),
    ],
)
def test_a_wrong_field_is_named(load, made, field):
    with pytest.raises(ConfigurationFileError) as error:
        load(made)
    assert error.value.field == field


def test_a_key_in_place_of_its_hash_is_not_repeated(load):
    key = draw_api_key()
    with pytest.raises(ConfigurationFileError) as error:
        load(change("tenants", 0, key_sha256=key))
    assert key not in str(error.value)
