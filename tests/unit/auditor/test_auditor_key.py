"""The file of a session's key."""

from __future__ import annotations

import stat

import pytest

from tcss_chain.auditor.auditor_key import AuditorKey, read_auditor_key, write_auditor_key
from tcss_chain.private_file import PrivateFileError


@pytest.mark.parametrize("alpha", [1, 2**200 + 5])
def test_what_is_written_is_read_and_nobody_else_can_read_it(tmp_path, alpha):
    path = tmp_path / "key"
    write_auditor_key(path, AuditorKey(alpha))
    assert read_auditor_key(path) == AuditorKey(alpha)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "key"
    path.write_text("mine")
    with pytest.raises(PrivateFileError, match="none is overwritten"):
        write_auditor_key(path, AuditorKey(7))
    assert path.read_text() == "mine"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrivateFileError):
        write_auditor_key(link, AuditorKey(7))
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_that_is_not_there_is_explained_without_the_key(tmp_path):
    with pytest.raises(PrivateFileError, match="cannot be written") as caught:
        write_auditor_key(tmp_path / "no folder" / "key", AuditorKey(2**200 + 5))
    assert f"{2**200 + 5:x}" not in str(caught.value)
