"""Keys of an opening are gone after it, and are shown nowhere."""

from __future__ import annotations

import gc
import logging
import traceback
import weakref

import pytest
from support.audit_desk import Died
from support.openings import refusing

from tcss_chain.opening import threshold_opener
from tcss_chain.opening.answer_encryption import RecipientKey
from tcss_chain.opening.gateway_errors import (
    ModelDamagedError,
    TooFewAnswersError,
)
from tcss_chain.sealed_model import opening as sealed_opening

from .conftest import damage


def test_the_key_is_gone_after_use(gateway, monkeypatch, tmp_path):
    keys = []

    def keeping(function):
        def call(*arguments, **more):
            keys.extend(each for each in arguments if isinstance(each, bytearray))
            assert any(keys[-1])
            return function(*arguments, **more)

        return call

    for name in ("open_to_memory", "open_to_file"):
        monkeypatch.setattr(threshold_opener, name, keeping(getattr(sealed_opening, name)))
    opener = gateway.opener()
    opener.open(gateway.sealed, "a test").wipe()
    opener.open_to_file(gateway.sealed, tmp_path / "opened", "a test")
    damage(gateway)
    with pytest.raises(ModelDamagedError):
        opener.open(gateway.sealed, "a test")
    assert [bytes(key) for key in keys] == [bytes(32)] * 3


def test_the_recipient_key_is_dropped_with_the_opening(gateway, monkeypatch):
    drawn = []

    class Watched(RecipientKey):
        def __init__(self):
            super().__init__()
            drawn.append(weakref.ref(self))

    monkeypatch.setattr(threshold_opener, "RecipientKey", Watched)
    gateway.opener().open(gateway.sealed, "a test").wipe()
    gc.collect()
    assert [reference() for reference in drawn] == [None]


def test_a_report_that_fails_leaves_no_key(gateway, monkeypatch):
    keys = []
    real = threshold_opener.model_key
    monkeypatch.setattr(threshold_opener, "model_key", lambda *a: keys.append(real(*a)) or keys[-1])

    def die(moment):
        if moment == "opening.combined":
            raise Died(moment)

    with pytest.raises(Died):
        gateway.opener(reached=die).open(gateway.sealed, "a test")
    assert [bytes(key) for key in keys] == [bytes(32)]


def test_nothing_secret_is_logged_or_shown(gateway, caplog, monkeypatch):
    secrets = [f"{gateway.consortium.alpha:x}", str(gateway.consortium.alpha)]
    secrets.append(bytes(gateway.consortium.auditor.account.key).hex())
    captured = []
    real_key, real_combine = threshold_opener.model_key, threshold_opener.combine

    def model_key(K, capsule):
        key = real_key(K, capsule)
        captured.extend([bytes(key).hex(), repr(bytes(key))])
        return key

    def combine(partials):
        K = real_combine(partials)
        for point in (K, *partials.values()):
            captured.extend(form for word in point.words() for form in (f"{word:x}", str(word)))
        return K

    monkeypatch.setattr(threshold_opener, "model_key", model_key)
    monkeypatch.setattr(threshold_opener, "combine", combine)
    opener = gateway.opener()
    with caplog.at_level(logging.DEBUG):
        opener.open(gateway.sealed, "a test").wipe()
        damage(gateway)
        with pytest.raises(ModelDamagedError) as damaged:
            opener.open(gateway.sealed, "a test")
        gateway.services[0].respond = gateway.services[1].respond = refusing("limit")
        gateway.services[2].respond = refusing("limit")
        with pytest.raises(TooFewAnswersError) as few:
            opener.open(gateway.sealed, "a test")
    for Y in opener._sessions._read[gateway.consortium.sid].Y.values():
        captured.extend(form for word in Y.words() for form in (f"{word:x}", str(word)))
    shown = caplog.text + repr(gateway.reports) + repr(opener) + repr(opener._sessions._read)
    for error in (damaged, few):
        shown += "".join(traceback.format_exception(error.value)) + repr(vars(error.value))
    assert len(captured) > 40
    for secret in secrets + captured:
        assert secret not in shown
