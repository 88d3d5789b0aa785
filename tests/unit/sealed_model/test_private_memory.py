"""Private memory, and models in it."""

from __future__ import annotations

import copy
import mmap
import pickle
from types import SimpleNamespace

import pytest
from support.sealed_models import OWNER, SID

from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.sealed_model import OpenedModel, private_memory
from tcss_chain.sealed_model.errors import ModelMemoryError, ModelWipedError
from tcss_chain.sealed_model.private_memory import PrivateMemory


def filled(size=10_000):
    memory = PrivateMemory(size)
    memory.view()[:] = b"\xaa" * size
    return memory


def model(memory, size=10_000):
    return OpenedModel(ModelLabel(SID, "scores-1", OWNER.address, "secret uses", bytes(32), size), memory)


def test_it_begins_with_zeros_and_has_exactly_the_size():
    memory = PrivateMemory(10_001)
    assert memory.view() == bytes(10_001)
    memory.wipe()


def test_wiping_gives_it_back():
    memory = filled()
    memory.wipe()
    memory.wipe()
    with pytest.raises(ValueError):
        memory.view()


def test_who_still_looks_sees_zeros():
    memory = filled()
    view = memory.view()[5:20]
    memory.wipe()
    assert view == bytes(15)
    memory.wipe()


def test_it_is_not_shared_with_other_processes(monkeypatch):
    made = []
    real = mmap.mmap
    monkeypatch.setattr(private_memory.mmap, "mmap", lambda *a, **k: made.append((a, k)) or real(*a, **k))
    PrivateMemory(5).wipe()
    assert made == [((-1, 5), {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS})]


def test_more_than_there_can_be_is_refused():
    with pytest.raises(ModelMemoryError) as caught:
        PrivateMemory(2**53 - 1)
    assert caught.value.size == 2**53 - 1


def test_where_nothing_can_be_locked_that_is_said(monkeypatch):
    monkeypatch.setattr(private_memory, "_LIBRARY", None)
    memory = filled(5000)
    assert memory.is_locked is False
    memory.wipe()


@pytest.mark.parametrize(
    ("calls", "locked"),
    [
        ({"mlock2": 0, "mlock": 1}, True),
        ({"mlock2": -1, "mlock": 0}, True),
        ({"mlock2": -1, "mlock": -1}, False),
        ({"mlock": 0}, True),
        ({"mlock": -1}, False),
    ],
)
def test_it_is_locked_as_the_system_can(monkeypatch, calls, locked):
    library = SimpleNamespace(**{name: lambda *_, result=result: result for name, result in calls.items()})
    monkeypatch.setattr(private_memory, "_LIBRARY", library)
    memory = PrivateMemory(100)
    assert memory.is_locked is locked
    memory.wipe()


def test_where_dumps_cannot_be_kept_from_it_that_is_said(monkeypatch):
    monkeypatch.delattr(mmap, "MADV_DONTDUMP")
    memory = PrivateMemory(100)
    assert memory.is_kept_out_of_dumps is False
    memory.wipe()


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTDUMP"), reason="this system has no such advice")
def test_it_is_kept_out_of_dumps():
    memory = PrivateMemory(100)
    assert memory.is_kept_out_of_dumps is True
    memory.wipe()


def test_a_model_is_read_only_and_wiped_at_the_end_of_its_block():
    with model(filled()) as opened:
        content = opened.content
        assert content == b"\xaa" * 10_000
        with pytest.raises(TypeError):
            content[0] = 1
        assert not opened.is_wiped
    assert opened.is_wiped
    assert content == bytes(10_000)
    with pytest.raises(ModelWipedError):
        opened.content  # noqa: B018
    opened.wipe()


def test_a_model_is_wiped_after_an_error():
    with pytest.raises(KeyboardInterrupt), model(filled()) as opened:
        raise KeyboardInterrupt
    assert opened.is_wiped


def test_a_model_is_neither_shown_nor_copied():
    with model(filled()) as opened:
        assert repr(opened) == "OpenedModel('scores-1', 10000 bytes)"
        for make in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                make(opened)
