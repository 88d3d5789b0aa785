"""Files with secrets are written whole, for their owner only, or not at all."""

from __future__ import annotations

import os
import resource
import stat
from contextlib import contextmanager

import pytest

from tcss_chain.private_file import write_private

SECRET = b"hunter2\r\n\x00" * 2000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "secret"


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("content", [b"", b"7", SECRET])
def test_the_content_is_written_as_it_is(path, content):
    write_private(path, content)
    assert path.read_bytes() == content


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_nobody_but_the_owner_can_read_it_whatever_the_umask_is(path, umask):
    before = os.umask(umask)
    try:
        write_private(path, SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("there", [b"mine", SECRET])
def test_what_is_there_is_neither_overwritten_nor_removed(path, there):
    path.write_bytes(there)
    path.chmod(0o644)
    with pytest.raises(FileExistsError):
        write_private(path, SECRET)
    assert path.read_bytes() == there
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_link_is_not_followed_and_not_removed(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        write_private(path, SECRET)
    assert path.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "none" / "secret", SECRET)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 8192, len(SECRET) - 1])
def test_a_file_that_could_not_be_written_whole_is_removed(path, size):
    with files_of_at_most(size), pytest.raises(OSError, match="large"):
        write_private(path, SECRET)
    assert not path.exists()
    write_private(path, SECRET)
    assert path.read_bytes() == SECRET


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_file_that_may_not_survive_a_crash_is_removed(path, monkeypatch, error):
    sync = os.fsync

    def fail(descriptor):
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise error
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error):
        write_private(path, SECRET)
    assert not path.exists()


def test_the_whole_content_is_in_the_file_before_it_is_synchronised(path, monkeypatch):
    lengths, sync = [], os.fsync

    def watch(descriptor):
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            lengths.append(os.fstat(descriptor).st_size)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    write_private(path, SECRET)
    assert lengths == [len(SECRET)]
