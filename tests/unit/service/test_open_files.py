"""A service may open as many files as the system lets it."""

from __future__ import annotations

import resource

import pytest

from tcss_chain.service.open_files import raise_open_file_limit


@pytest.fixture
def limits():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda: resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_is_raised_as_far_as_it_goes_and_stays_there(limits):
    _, hard = limits()
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    for _ in range(2):
        assert raise_open_file_limit() == (None if hard == resource.RLIM_INFINITY else hard)
        assert limits() == (hard, hard)


@pytest.mark.parametrize("error", [OSError, ValueError])
def test_a_limit_that_the_system_does_not_grant_leaves_things_as_they_are(limits, monkeypatch, error):
    _, hard = limits()
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    def refuse(_what, _limits):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(resource, "setrlimit", refuse)
        assert raise_open_file_limit() == 256
    assert limits() == (256, hard)
