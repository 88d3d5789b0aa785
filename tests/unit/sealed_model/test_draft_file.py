"""Files that get their name at the end."""

from __future__ import annotations

import os
import stat

import pytest

from tcss_chain.sealed_model import draft_file
from tcss_chain.sealed_model.draft_file import DraftFile
from tcss_chain.sealed_model.errors import ModelFileError, TargetExistsError


@pytest.fixture
def named_drafts(monkeypatch):
    """As on a system where every file has a name."""
    monkeypatch.setattr(draft_file, "_NAMELESS", 0)


@pytest.fixture(params=["nameless", "named"], autouse=True)
def _both_ways(request):
    if request.param == "named":
        request.getfixturevalue("named_drafts")


def write(target, content=b"new", *, keep=True, mode=0o600, overwrite=False, before_keep=lambda: None):
    with DraftFile(target, "model", mode=mode, overwrite=overwrite) as draft:
        draft.file.write(memoryview(content), 0)
        assert not target.exists() or target.read_bytes() != content
        before_keep()
        if keep:
            draft.keep()


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_a_kept_draft_is_the_only_file_and_has_its_mode(tmp_path, mode):
    mask = os.umask(0o022)
    try:
        write(tmp_path / "it", mode=mode)
    finally:
        os.umask(mask)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]
    assert (tmp_path / "it").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "it").stat().st_mode) == mode & ~0o022


def test_a_draft_has_no_name_where_it_can(tmp_path, request):
    if "named" in request.node.callspec.id.split("-"):
        pytest.skip("this is about the other way")
    with DraftFile(tmp_path / "it", "model", mode=0o600, overwrite=False) as draft:
        draft.file.write(memoryview(b"secret"), 0)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("named_drafts")
def test_a_draft_that_has_to_have_a_name_is_private(tmp_path):
    with DraftFile(tmp_path / "it", "model", mode=0o600, overwrite=False):
        (draft,) = tmp_path.iterdir()
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
        assert draft.name.startswith(".it.")


def test_a_draft_that_is_not_kept_leaves_nothing(tmp_path):
    write(tmp_path / "it", keep=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_error_leaves_nothing(tmp_path, kind):
    def fail():
        raise kind

    with pytest.raises(kind):
        write(tmp_path / "it", before_keep=fail)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(tmp_path):
    target = tmp_path / "it"
    target.write_bytes(b"old")
    with pytest.raises(TargetExistsError):
        write(target)
    assert target.read_bytes() == b"old"
    write(target, overwrite=True)
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_nor_is_a_link_that_leads_nowhere(tmp_path):
    (tmp_path / "it").symlink_to(tmp_path / "nowhere")
    with pytest.raises(TargetExistsError):
        write(tmp_path / "it")


def test_nor_is_what_came_meanwhile(tmp_path):
    target = tmp_path / "it"
    with pytest.raises(TargetExistsError):
        write(target, before_keep=lambda: target.write_bytes(b"others"))
    assert target.read_bytes() == b"others"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "it").mkdir()
    with pytest.raises(ModelFileError, match="folder"):
        write(tmp_path / "it", overwrite=True)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be made"):
        write(tmp_path / "nowhere" / "it")


def test_long_names_have_drafts_as_well(tmp_path):
    target = tmp_path / ("n" * 250)
    write(target)
    assert target.read_bytes() == b"new"
