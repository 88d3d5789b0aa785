"""Plots: the same measurements give the same files."""

from __future__ import annotations

import builtins
import importlib
import sys
from dataclasses import replace

import pytest

from tcss_chain.benchmarks.errors import PlotLibraryError


@pytest.fixture
def plots():
    pytest.importorskip("matplotlib", reason="plots need the extra `bench`")
    return importlib.import_module("tcss_chain.benchmarks.plots")


def test_plots_repeat_byte_for_byte(plots, report, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    names = plots.write_plots(report, first)
    assert plots.write_plots(report, second) == names
    assert len(names) == 3
    for name in names:
        content = (first / name).read_bytes()
        assert content == (second / name).read_bytes()
        assert b"<dc:date>" not in content
        assert content.rstrip().endswith(b"</svg>")


def test_without_measurements_of_sizes_there_is_nothing_to_draw(plots, report, tmp_path):
    assert plots.write_plots(replace(report, traces={}), tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_explained(monkeypatch):
    real = builtins.__import__

    def without_matplotlib(name, *arguments, **options):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "tcss_chain.benchmarks.plots", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(PlotLibraryError, match="make bench-tracing"):
        importlib.import_module("tcss_chain.benchmarks.plots")
