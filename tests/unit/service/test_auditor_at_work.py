"""What an auditor works with: session packages that were given, and those of its state."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from support.session_packages import make_package
from support.states import new_state

from tcss_chain.service import archived_packages, auditor_at_work
from tcss_chain.service.auditor_at_work import AuditorAtWork
from tcss_chain.session_package import encode_package
from tcss_chain.session_package.errors import PackageMismatchError
from tcss_chain.store.session_table import SessionTable

PACKAGE = make_package(3, 2)
SID = PACKAGE.sid


@pytest.fixture
def used(monkeypatch):
    """The packages through which sessions were viewed."""
    found = []
    monkeypatch.setattr(auditor_at_work, "session_view", lambda *arguments: found.append(arguments[3]))
    return found


@pytest.fixture
def checks(monkeypatch):
    """How often the chain was asked about a package, and when it begins to contradict."""
    made = SimpleNamespace(count=0, right=1)

    def check(_package, _connection):
        made.count += 1
        if made.count > made.right:
            raise PackageMismatchError("it")

    monkeypatch.setattr(archived_packages, "check_against_chain", check)
    return made


@pytest.fixture
def make(tmp_path):
    with new_state(tmp_path / "data") as database:
        yield lambda packages: AuditorAtWork(
            connection=None,
            sender=None,
            database=database,
            node=SimpleNamespace(first_block=0),
            consortia=(),
            packages=packages,
        )


def test_an_archived_package_is_checked_once_for_each_use(make, used, checks):
    auditor = make({})
    SessionTable(auditor.database).save_package(SID, encode_package(PACKAGE))
    auditor.view(SID)
    assert used == [PACKAGE]
    assert checks.count == 1


def test_an_archived_package_that_contradicts_the_chain_is_not_used(make, used, checks):
    checks.right = 0
    auditor = make({})
    SessionTable(auditor.database).save_package(SID, encode_package(PACKAGE))
    auditor.view(SID)
    assert used == [None]
    assert checks.count == 1


def test_a_given_package_comes_before_the_archived_one(make, used, checks):
    other = make_package(3, 2, 1)
    auditor = make({SID: other})
    SessionTable(auditor.database).save_package(SID, encode_package(PACKAGE))
    auditor.view(SID)
    auditor.view(b"\7" * 32)
    assert used == [other, None]
    assert checks.count == 0
