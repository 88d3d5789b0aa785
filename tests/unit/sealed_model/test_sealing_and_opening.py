"""From a plain model to a sealed one and back, in memory and in files."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from blake3 import blake3
from support.sealed_models import (
    CHAIN_ID,
    CONTRACT,
    OWNER,
    SEALING_KEY,
    SID,
    file_key_of,
    key_of,
    lying_sealed_model,
    opened_header,
    plain_model,
    seal,
    sealed_model,
)

from tcss_chain.curve import G1
from tcss_chain.errors import TcssError
from tcss_chain.protocol.errors import IdentityKeyError, LabelError
from tcss_chain.sealed_model import open_to_file, open_to_memory, opening, read_header, sealing
from tcss_chain.sealed_model.errors import (
    DigestMismatchError,
    EmptyModelError,
    FileLengthError,
    ModelChangedError,
    ModelFileError,
    ModelKeyError,
    ModelTooLargeError,
    TargetExistsError,
    WrongModelKeyError,
)
from tcss_chain.sealed_model.model_lanes import OpeningLane, SealingLane
from tcss_chain.sealed_model.positioned_file import PositionedFile
from tcss_chain.sealed_model.private_memory import PrivateMemory
from tcss_chain.sealed_model.sealed_file import DATA_OFFSET
from tcss_chain.sealed_model.stream import CHUNK_BYTES, TAG_BYTES

SIZES = (1, 17, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 12345)
PLAIN = plain_model(2 * CHUNK_BYTES + 777)


@pytest.fixture
def sealed(tmp_path):
    """A model of three chunks."""
    return sealed_model(tmp_path, PLAIN)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def open_both_ways(path, key, header):
    """Open into memory and into a file, which must end in the same way."""
    target = path.with_name("opened")
    outcomes = []
    for way in ("memory", "file"):
        try:
            if way == "memory":
                with open_to_memory(path, key, header) as opened:
                    outcomes.append(bytes(opened.content))
            else:
                open_to_file(path, target, key, header)
                outcomes.append(target.read_bytes())
        except TcssError as error:
            outcomes.append((type(error), str(error)))
            raised = error
    assert outcomes[0] == outcomes[1]
    if isinstance(outcomes[0], tuple):
        assert names(path.parent) == sorted({"model.plain", "model.tcss"} & set(names(path.parent)))
        raise raised
    return outcomes[0]


@pytest.mark.parametrize("size", SIZES)
def test_the_same_model_comes_out(tmp_path, size):
    plain = plain_model(size)
    path = sealed_model(tmp_path, plain)
    header, key = opened_header(path)
    assert open_both_ways(path, key, header) == plain
    assert header.label.size == size
    assert header.label.digest == blake3(plain).digest()
    assert path.stat().st_size == header.file_size == 4096 + size + 16 * -(-size // CHUNK_BYTES)


def test_the_header_says_who_sealed_what_for_which_session(tmp_path):
    (tmp_path / "model.plain").write_bytes(b"model")
    signed = seal(tmp_path / "model.plain", tmp_path / "model.tcss")
    header = read_header(tmp_path / "model.tcss")
    assert header.signed == signed
    assert (header.chain_id, header.contract) == (CHAIN_ID, CONTRACT)
    label = header.label
    assert (label.sid, label.model, label.owner, label.context) == (SID, "scores-1", OWNER.address, "tests")


def test_the_model_is_left_alone_and_nothing_else_is_there(tmp_path):
    sealed_model(tmp_path, PLAIN)
    assert names(tmp_path) == ["model.plain", "model.tcss"]
    assert (tmp_path / "model.plain").read_bytes() == PLAIN


def test_sealing_again_gives_other_keys_and_no_common_chunk(tmp_path):
    first = sealed_model(tmp_path, PLAIN, "one")
    second = sealed_model(tmp_path, PLAIN, "two")
    (one, key_one), (two, key_two) = opened_header(first), opened_header(second)
    assert key_one != key_two
    assert one.signed.capsule.c != two.signed.capsule.c
    assert file_key_of(one) != file_key_of(two)
    # In blocks of the cipher: not even a part of a chunk is there twice.
    blocks = [
        {chunk[place : place + 16] for chunk in chunks_of(content) for place in range(0, len(chunk), 16)}
        for content in (first.read_bytes()[DATA_OFFSET:], second.read_bytes()[DATA_OFFSET:])
    ]
    assert all(len(each) > len(PLAIN) // 16 for each in blocks)
    assert not blocks[0] & blocks[1]
    with pytest.raises(WrongModelKeyError):
        open_to_memory(first, key_two, one)


def test_progress_goes_from_the_first_chunk_to_the_size_of_the_model(tmp_path):
    told = []
    path = sealed_model(tmp_path, PLAIN, progress=lambda *each: told.append(each))
    assert {total for _, total in told} == {len(PLAIN)}
    assert told[-1] == (len(PLAIN), len(PLAIN))
    assert told == sorted(set(told))
    header, key = opened_header(path)
    told.clear()
    open_to_memory(path, key, header, lambda *each: told.append(each)).wipe()
    assert told[-1] == (len(PLAIN), len(PLAIN))


@pytest.mark.parametrize("size", SIZES)
def test_the_model_is_read_once_and_the_sealed_one_written_once(tmp_path, monkeypatch, size):
    """Counted where the system is called: every byte of the model is read a single time."""
    read, written = [], []
    preadv, pwrite = os.preadv, os.pwrite

    def count_read(descriptor, buffers, offset):
        got = preadv(descriptor, buffers, offset)
        read.append((os.fstat(descriptor).st_ino, offset, got))
        return got

    def count_write(descriptor, data, offset):
        done = pwrite(descriptor, data, offset)
        written.append((offset, done))
        return done

    monkeypatch.setattr(os, "preadv", count_read)
    monkeypatch.setattr(os, "pwrite", count_write)
    path = sealed_model(tmp_path, plain_model(size))
    inode = (tmp_path / "model.plain").stat().st_ino
    assert {each[0] for each in read} == {inode}
    assert covers_once([each[1:] for each in read], size)
    assert written[-1] == (0, DATA_OFFSET), "the header is the last that is written"
    assert covers_once(written, path.stat().st_size)


def covers_once(parts, size):
    """Whether parts, each a place and a length, make up a whole without gap or overlap."""
    end = 0
    for offset, length in sorted(parts):
        if offset != end:
            return False
        end += length
    return end == size


def chunks_of(content):
    return [
        content[begin : begin + CHUNK_BYTES + TAG_BYTES]
        for begin in range(0, len(content), CHUNK_BYTES + TAG_BYTES)
    ]


def test_opened_and_sealed_files_are_private(sealed, tmp_path):
    header, key = opened_header(sealed)
    mask = os.umask(0o022)
    try:
        open_to_file(sealed, tmp_path / "opened", key, header)
        seal(tmp_path / "model.plain", tmp_path / "again.tcss")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "opened").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "again.tcss").stat().st_mode) == 0o600


def test_an_empty_model_is_refused(tmp_path):
    with pytest.raises(EmptyModelError):
        sealed_model(tmp_path, b"")
    assert names(tmp_path) == ["model.plain"]


def test_a_model_with_more_chunks_than_the_counter_counts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "MAX_MODEL_BYTES", 4)
    with pytest.raises(ModelTooLargeError) as caught:
        sealed_model(tmp_path, b"12345")
    assert (caught.value.size, caught.value.limit) == (5, 4)
    sealed_model(tmp_path, b"1234")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_only_regular_files_are_sealed(tmp_path, make):
    make(tmp_path / "it")
    with pytest.raises(ModelFileError, match="no regular file"):
        seal(tmp_path / "it", tmp_path / "it.tcss")


@pytest.mark.parametrize(
    "facts", [{"model": "no spaces"}, {"context": "\n"}, {"context": 'say "so"'}, {"model": ""}]
)
def test_bad_names_are_refused_before_anything_is_read(tmp_path, facts, monkeypatch):
    monkeypatch.setattr(PositionedFile, "read", None)
    with pytest.raises(LabelError):
        sealed_model(tmp_path, PLAIN, **facts)
    assert names(tmp_path) == ["model.plain"]


def test_the_identity_is_no_sealing_key(tmp_path):
    with pytest.raises(IdentityKeyError):
        sealed_model(tmp_path, PLAIN, sealing_key=replace(SEALING_KEY, PK=G1.identity()))
    assert names(tmp_path) == ["model.plain"]


def test_nothing_is_overwritten_unasked(sealed, tmp_path):
    before = sealed.read_bytes()
    with pytest.raises(TargetExistsError):
        seal(tmp_path / "model.plain", sealed)
    assert sealed.read_bytes() == before
    seal(tmp_path / "model.plain", sealed, overwrite=True)
    assert sealed.read_bytes() != before
    header, key = opened_header(sealed)
    with pytest.raises(TargetExistsError):
        open_to_file(sealed, tmp_path / "model.plain", key, header)
    open_to_file(sealed, tmp_path / "model.plain", key, header, overwrite=True)
    assert names(tmp_path) == ["model.plain", "model.tcss"]


def test_the_model_itself_is_never_overwritten(tmp_path):
    (tmp_path / "model").write_bytes(PLAIN)
    os.link(tmp_path / "model", tmp_path / "same")
    for target in ("model", "same"):
        with pytest.raises(TargetExistsError):
            seal(tmp_path / "model", tmp_path / target, overwrite=True)
    assert (tmp_path / "model").read_bytes() == PLAIN


def alter(path):
    """Write one byte in the middle; the file is as long as before at every moment."""
    with path.open("r+b") as file:
        file.seek(CHUNK_BYTES + 5)
        file.write(b"\1")


CHANGES = {
    "altered": alter,
    "cut": lambda path: os.truncate(path, len(PLAIN) - 1),
    "emptied": lambda path: os.truncate(path, 0),
    "longer": lambda path: path.open("ab").write(b"x"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_model_that_changes_while_it_is_sealed_is_refused(tmp_path, change):
    source = long_unchanged(tmp_path, PLAIN.replace(b"\1", b"\2"))
    done = []

    def progress(_done, _total):
        if not done:
            done.append(True)
            CHANGES[change](source)

    with pytest.raises(ModelChangedError):
        seal(source, tmp_path / "model.tcss", progress=progress)
    assert done
    assert names(tmp_path) == ["model.plain"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_model_that_changes_after_its_last_byte_was_read_is_refused(tmp_path, change):
    source = long_unchanged(tmp_path, PLAIN.replace(b"\1", b"\2"))
    done = []

    def progress(done_bytes, total):
        if done_bytes == total:
            done.append(True)
            CHANGES[change](source)

    with pytest.raises(ModelChangedError):
        seal(source, tmp_path / "model.tcss", progress=progress)
    assert done
    assert names(tmp_path) == ["model.plain"]


def test_a_change_that_nobody_can_see_gives_the_model_that_was_read(tmp_path):
    """Without a trace in size or time, what was sealed is still what the label says."""
    source = long_unchanged(tmp_path, PLAIN.replace(b"\1", b"\2"))
    before = source.stat()

    def progress(_done, _total):
        alter(source)
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))

    seal(source, tmp_path / "model.tcss", progress=progress)
    header, key = opened_header(tmp_path / "model.tcss")
    content = open_both_ways(tmp_path / "model.tcss", key, header)
    assert blake3(content).digest() == header.label.digest


def long_unchanged(folder, plain):
    """A model whose file has a time that is not now: some file systems do not tell close times apart."""
    source = folder / "model.plain"
    source.write_bytes(plain)
    os.utime(source, (10**9, 10**9))
    return source


def test_a_model_that_shrinks_while_it_is_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        SealingLane,
        "in_turn",
        lambda lane, _index: os.truncate(tmp_path / "model.plain", 1),
    )
    with pytest.raises(ModelChangedError):
        sealed_model(tmp_path, plain_model(40 * CHUNK_BYTES))
    assert names(tmp_path) == ["model.plain"]


def test_another_key_opens_nothing(sealed):
    header, key = opened_header(sealed)
    key[31] ^= 1
    with pytest.raises(WrongModelKeyError):
        open_both_ways(sealed, key, header)


def test_a_key_for_another_context_opens_nothing(sealed):
    header, _ = opened_header(sealed)
    capsule = header.signed.capsule
    moved = replace(capsule, label=replace(capsule.label, context="other uses"))
    other = key_of(replace(header, signed=replace(header.signed, capsule=moved)))
    with pytest.raises(WrongModelKeyError):
        open_both_ways(sealed, other, header)


def test_a_key_of_another_length_is_refused(sealed):
    header, _ = opened_header(sealed)
    with pytest.raises(ModelKeyError):
        open_both_ways(sealed, bytearray(16), header)


def test_the_key_is_left_to_its_maker(sealed):
    header, key = opened_header(sealed)
    before = bytes(key)
    open_to_memory(sealed, key, header).wipe()
    assert key == before


def test_an_owner_who_names_another_model_is_found_out_at_the_end(tmp_path):
    path = tmp_path / "model.tcss"
    lying_sealed_model(path, PLAIN, blake3(b"what everybody believes").digest())
    header, key = opened_header(path)
    with pytest.raises(DigestMismatchError):
        open_both_ways(path, key, header)


def test_the_file_must_still_be_as_long_as_it_was(sealed):
    header, key = opened_header(sealed)
    os.truncate(sealed, header.file_size - 1)
    with pytest.raises(FileLengthError) as caught:
        open_both_ways(sealed, key, header)
    assert (caught.value.expected, caught.value.actual) == (header.file_size, header.file_size - 1)


def test_a_file_that_is_cut_while_it_is_opened_is_refused(tmp_path, monkeypatch):
    path = sealed_model(tmp_path, plain_model(40 * CHUNK_BYTES))
    (tmp_path / "model.plain").unlink()
    header, key = opened_header(path)

    def cut(_lane, _index):
        os.truncate(path, DATA_OFFSET + 5)

    monkeypatch.setattr(OpeningLane, "in_turn", cut)
    with pytest.raises(FileLengthError):
        open_to_memory(path, key, header)
    assert names(tmp_path) == ["model.tcss"]


def test_what_was_opened_before_an_error_is_wiped_at_once(tmp_path, monkeypatch):
    path = tmp_path / "model.tcss"
    lying_sealed_model(path, PLAIN, bytes(32))
    header, key = opened_header(path)
    views = []
    view = PrivateMemory.view
    monkeypatch.setattr(PrivateMemory, "view", lambda memory: views.append(view(memory)) or views[-1])
    with pytest.raises(DigestMismatchError):
        open_to_memory(path, key, header)
    assert views[0] == bytes(len(PLAIN))


@pytest.mark.parametrize("fails", [False, True])
def test_no_part_of_the_plain_model_stays_in_buffers(tmp_path, monkeypatch, fails):
    lanes = []

    class NotedLane(SealingLane):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            lanes.append(self)

        def finish(self, index):
            assert any(self._buffer)
            if fails and index == 1:
                raise KeyboardInterrupt
            super().finish(index)

    monkeypatch.setattr(sealing, "SealingLane", NotedLane)
    if fails:
        with pytest.raises(KeyboardInterrupt):
            sealed_model(tmp_path, PLAIN)
    else:
        sealed_model(tmp_path, PLAIN)
    assert lanes
    assert not any(any(lane._buffer) for lane in lanes)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError])
def test_an_interruption_leaves_no_part_of_the_model(sealed, tmp_path, kind, monkeypatch):
    header, key = opened_header(sealed)
    wiped = []
    monkeypatch.setattr("tcss_chain.sealed_model.opening.wipe", lambda buffer: wiped.append(bytes(buffer)))

    def interrupt(_done, _total):
        raise kind

    with pytest.raises(kind):
        open_to_file(sealed, tmp_path / "opened", key, header, interrupt)
    with pytest.raises(kind):
        seal(tmp_path / "model.plain", tmp_path / "again.tcss", progress=interrupt)
    assert names(tmp_path) == ["model.plain", "model.tcss"]
    assert any(any(buffer[:100]) and buffer[:100] in PLAIN for buffer in wiped)


@pytest.mark.parametrize("way", ["sealing", "opening", "failing"])
def test_file_keys_are_wiped(sealed, tmp_path, monkeypatch, way):
    keys = []

    def noted(make):
        return lambda *arguments: keys.append(make(*arguments)) or keys[-1]

    monkeypatch.setattr(sealing, "new_file_key", noted(sealing.new_file_key))
    monkeypatch.setattr(opening, "unwrap_file_key", noted(opening.unwrap_file_key))
    if way == "sealing":
        seal(tmp_path / "model.plain", tmp_path / "again.tcss")
    elif way == "opening":
        header, key = opened_header(sealed)
        open_both_ways(sealed, key, header)
    else:
        with pytest.raises(IdentityKeyError):
            seal(
                tmp_path / "model.plain",
                tmp_path / "again.tcss",
                sealing_key=replace(SEALING_KEY, PK=G1.identity()),
            )
    assert keys
    assert all(key == bytes(32) for key in keys)


def test_a_header_does_not_show_the_wrapped_key(sealed):
    """With it, whoever reads a log could test guesses of the secret."""
    header = read_header(sealed)
    assert header.wrapped_key.hex().encode() in sealed.read_bytes()[:DATA_OFFSET]
    assert repr(header.wrapped_key) not in repr(header)
    assert header.wrapped_key.hex() not in repr(header)
