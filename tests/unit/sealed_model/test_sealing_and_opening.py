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
    changed,
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
from tcss_chain.sealed_model import open_to_file, open_to_memory, read_header, sealing
from tcss_chain.sealed_model.errors import (
    ChunkError,
    DigestMismatchError,
    EmptyModelError,
    FileLengthError,
    ModelChangedError,
    ModelFileError,
    ModelKeyError,
    ModelTooLargeError,
    TargetExistsError,
)
from tcss_chain.sealed_model.model_lanes import OpeningLane, ReadingLane
from tcss_chain.sealed_model.private_memory import PrivateMemory
from tcss_chain.sealed_model.stream import CHUNK_BYTES

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
    assert path.stat().st_size == header.file_size == header.data_offset + size + 16 * -(-size // CHUNK_BYTES)


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


def test_sealing_again_gives_another_key_and_no_common_chunk(tmp_path):
    first = sealed_model(tmp_path, PLAIN, "one")
    second = sealed_model(tmp_path, PLAIN, "two")
    (one, key_one), (two, key_two) = opened_header(first), opened_header(second)
    assert key_one != key_two
    assert one.signed.capsule.c != two.signed.capsule.c
    chunks = [path.read_bytes()[header.data_offset :] for path, header in ((first, one), (second, two))]
    assert chunks[0][:64] != chunks[1][:64]
    with pytest.raises(ChunkError):
        open_to_memory(first, key_two, one)


def test_progress_goes_over_both_passes(tmp_path):
    told = []
    path = sealed_model(tmp_path, PLAIN, progress=lambda *each: told.append(each))
    assert told[-1] == (2 * len(PLAIN), 2 * len(PLAIN))
    assert (len(PLAIN), 2 * len(PLAIN)) in told
    assert told == sorted(set(told))
    header, key = opened_header(path)
    told.clear()
    open_to_memory(path, key, header, lambda *each: told.append(each)).wipe()
    assert told[-1] == (len(PLAIN), len(PLAIN))


def test_the_opened_file_is_private_and_the_sealed_one_is_not(sealed, tmp_path):
    header, key = opened_header(sealed)
    mask = os.umask(0o022)
    try:
        open_to_file(sealed, tmp_path / "opened", key, header)
        seal(tmp_path / "model.plain", tmp_path / "again.tcss")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "opened").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "again.tcss").stat().st_mode) == 0o644


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
    monkeypatch.setattr(sealing, "_read_through", None)
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


CHANGES = {
    "altered": lambda path: changed(path, lambda content: content.__setitem__(CHUNK_BYTES + 5, 1)),
    "cut": lambda path: os.truncate(path, len(PLAIN) - 1),
    "emptied": lambda path: os.truncate(path, 0),
    "longer": lambda path: path.open("ab").write(b"x"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_model_that_changes_while_it_is_sealed_is_refused(tmp_path, change):
    source = tmp_path / "model.plain"
    done = []

    def progress(done_bytes, total):
        if done_bytes >= total // 2 and not done:
            done.append(True)
            CHANGES[change](source)

    # The first pass has read everything when this is told; the second has not begun.
    with pytest.raises(ModelChangedError):
        sealed_model(tmp_path, PLAIN.replace(b"\1", b"\2"), progress=progress)
    assert done
    assert names(tmp_path) == ["model.plain"]


def test_a_model_that_shrinks_while_its_digest_is_taken_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        ReadingLane,
        "in_turn",
        lambda lane, _index: os.truncate(tmp_path / "model.plain", 1),
    )
    with pytest.raises(ModelChangedError):
        sealed_model(tmp_path, plain_model(40 * CHUNK_BYTES))
    assert names(tmp_path) == ["model.plain"]


def test_another_key_opens_nothing(sealed):
    header, key = opened_header(sealed)
    key[31] ^= 1
    with pytest.raises(ChunkError) as caught:
        open_both_ways(sealed, key, header)
    assert caught.value.index == 0


def test_a_key_for_another_context_opens_nothing(sealed):
    header, _ = opened_header(sealed)
    capsule = header.signed.capsule
    moved = replace(capsule, label=replace(capsule.label, context="other uses"))
    other = key_of(replace(header, signed=replace(header.signed, capsule=moved)))
    with pytest.raises(ChunkError):
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
        os.truncate(path, header.data_offset + 5)

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

    class NotedLane(ReadingLane):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            lanes.append(self)

        def finish(self, index):
            assert any(self._buffer)
            if fails and index == 1:
                raise KeyboardInterrupt
            super().finish(index)

    monkeypatch.setattr(sealing, "ReadingLane", NotedLane)
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
