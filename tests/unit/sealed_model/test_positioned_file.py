"""Files read and written at positions."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

import pytest

from tcss_chain.sealed_model import positioned_file
from tcss_chain.sealed_model.errors import ModelFileError
from tcss_chain.sealed_model.positioned_file import PositionedFile


@pytest.fixture(params=["positions", "no positions"])
def path(request, tmp_path, monkeypatch):
    """A file of 20 bytes, on a system that has calls for positions, or has none."""
    if request.param == "no positions":
        monkeypatch.setattr(positioned_file, "_HAS_POSITIONS", False)
        for call in ("preadv", "pwrite"):
            monkeypatch.delattr(os, call)
    path = tmp_path / "file"
    path.write_bytes(bytes(range(20)))
    return path


@pytest.mark.parametrize(
    ("offset", "length", "got"), [(0, 20, 20), (3, 5, 5), (18, 5, 2), (20, 1, 0), (99, 3, 0)]
)
def test_reading_gives_what_is_there(path, offset, length, got):
    buffer = bytearray(length)
    with PositionedFile.open(path, "model") as file:
        assert file.read(memoryview(buffer), offset) == got
        assert file.size == 20
    assert bytes(buffer[:got]) == bytes(range(20))[offset : offset + length]


def test_short_reads_and_writes_go_on(path, monkeypatch):
    with PositionedFile(os.open(path, os.O_RDWR), "model") as file:
        read, write = file._read, file._write
        monkeypatch.setattr(file, "_read", lambda buffer, offset: read(buffer[:3], offset))
        monkeypatch.setattr(file, "_write", lambda data, offset: write(data[:2], offset))
        buffer = bytearray(10)
        assert file.read(memoryview(buffer), 1) == 10
        file.write(memoryview(b"abcdefg"), 15)
    assert bytes(buffer) == bytes(range(1, 11))
    assert path.read_bytes() == bytes(range(15)) + b"abcdefg"


def test_what_was_written_a_while_ago_is_hurried_to_the_disk(tmp_path, monkeypatch):
    advised = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _fd, *rest: advised.append(rest))
    monkeypatch.setattr(positioned_file, "_FLUSHED_AT_ONCE", 10)
    with PositionedFile(os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT), "model") as file:
        for offset in range(0, 42, 6):
            file.write(memoryview(b"123456"), offset)
    assert advised == [
        (0, 10, os.POSIX_FADV_DONTNEED),
        (10, 10, os.POSIX_FADV_DONTNEED),
        (20, 10, os.POSIX_FADV_DONTNEED),
    ]
    assert (tmp_path / "file").read_bytes() == b"123456" * 7


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), os.mkfifo])
def test_only_regular_files_are_opened(tmp_path, make):
    make(tmp_path / "it")
    with pytest.raises(ModelFileError, match="no regular file"):
        PositionedFile.open(tmp_path / "it", "model")


def test_a_file_that_is_not_there_is_told_without_its_path(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be opened") as caught:
        PositionedFile.open(tmp_path / "hidden", "model")
    assert "hidden" not in str(caught.value)
    assert caught.value.file == "model"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no device that is always full")
def test_a_full_disk_is_an_error_of_this_package():
    with (
        PositionedFile(os.open("/dev/full", os.O_RDWR), "model") as file,
        pytest.raises(ModelFileError, match="written"),
    ):
        file.write(memoryview(b"x"), 0)


def test_errors_of_the_disk_are_errors_of_this_package(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "file"
    path.write_bytes(b"x")
    with PositionedFile(os.open(path, os.O_RDWR), "model") as file:
        monkeypatch.setattr(os, "preadv", fail)
        with pytest.raises(ModelFileError, match=r"read \(Input/output error\)"):
            file.read(memoryview(bytearray(1)), 0)
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(ModelFileError, match="written"):
            file.flush()


@pytest.mark.parametrize(
    ("number", "refused"),
    [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EOPNOTSUPP, False), (errno.EINVAL, False)],
)
def test_room_is_reserved_where_the_file_system_can(tmp_path, monkeypatch, number, refused):
    numbers = [number, errno.EINTR]

    def fail(*_arguments):
        ctypes.set_errno(numbers.pop())
        return -1

    with PositionedFile(os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT), "model") as file:
        monkeypatch.setattr(positioned_file, "_FALLOCATE", fail)
        if refused:
            with pytest.raises(ModelFileError, match="no room for its 10 bytes"):
                file.reserve(10)
        else:
            file.reserve(10)
    assert numbers == []


def test_a_system_that_reserves_nothing_is_good_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(positioned_file, "_FALLOCATE", None)
    with PositionedFile(os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT), "model") as file:
        file.reserve(10_000)
        assert file.size == 0


@pytest.mark.skipif(sys.platform != "linux", reason="room is reserved by a call of Linux")
def test_room_that_no_disk_has_is_refused_at_once(tmp_path):
    with PositionedFile(os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT), "model") as file:
        file.reserve(10_000)
        assert file.size in (0, 10_000)
        # More than any disk has: no part of it is taken.
        with pytest.raises(ModelFileError, match="no room"):
            file.reserve(1 << 62)


def test_closing_twice_is_closing_once(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    file = PositionedFile.open(tmp_path / "file", "model")
    file.close()
    file.close()
    with pytest.raises(OSError):
        file.size  # noqa: B018
