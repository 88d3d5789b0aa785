"""Which sessions an auditor confirms."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.office import agreed_file

from tcss_chain.chain.session_events import CreatedEvent
from tcss_chain.service.auditor_gate import Admission, AuditorGate


@pytest.fixture
def created(consortium):
    return CreatedEvent(consortium.creator.address, consortium.salt, consortium.configuration)


@pytest.fixture
def now(consortium):
    return consortium.connection.chain_time()


@pytest.fixture
def file(consortium):
    return agreed_file(consortium)


def test_agreed_terms_from_an_admitted_creator_are_confirmed(file, created, now):
    gate = AuditorGate([replace(file, threshold=2), file], [created.creator])
    assert gate.admission(created, now) == (Admission.CONFIRMED, "Group")
    assert gate.objections(created, now) == ()


def test_without_admitted_creators_the_operator_decides(file, created, now):
    admission, note = AuditorGate([file], ()).admission(created, now)
    assert admission is Admission.BY_HAND
    assert created.creator in note


def test_a_creator_who_is_not_admitted_is_strange_whatever_the_terms(file, created, now, consortium):
    admitted = [consortium.outsider.address]
    for files in ([file], [], [replace(file, bond=1)]):
        admission, note = AuditorGate(files, admitted).admission(created, now)
        assert admission is Admission.STRANGE
        assert created.creator in note


@pytest.mark.parametrize("creators", [True, False])
def test_other_terms_are_not_confirmed_for_anybody(file, created, now, creators):
    gate = AuditorGate([replace(file, bond=1)], [created.creator] if creators else ())
    admission, note = gate.admission(created, now)
    assert admission is Admission.UNAGREED
    assert "The bond is" in note
    assert gate.objections(created, now) == (note,)
    admission, note = AuditorGate([], [created.creator] if creators else ()).admission(created, now)
    assert (admission, note) == (Admission.UNAGREED, "there is no consortium file")
