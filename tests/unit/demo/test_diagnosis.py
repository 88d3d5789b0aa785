"""The classifier of the demonstration."""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime
import pytest

from tcss_chain.demo.diagnosis import train_diagnosis
from tcss_chain.demo.errors import MissingPackagesError


@pytest.fixture(scope="module")
def diagnosis():
    return train_diagnosis()


def test_a_quarter_of_the_patients_is_held_out(diagnosis):
    assert len(diagnosis.inputs) == len(diagnosis.labels) == 143
    assert {len(row) for row in diagnosis.inputs} == {30}
    assert set(diagnosis.labels) == {0, 1}


def test_it_is_right_for_most_of_them(diagnosis):
    assert 0.9 < diagnosis.own_accuracy < 1


def test_the_exported_classifier_is_as_good_as_the_one_that_was_trained(diagnosis):
    session = onnxruntime.InferenceSession(diagnosis.onnx)
    rows = np.asarray(diagnosis.inputs, np.float32)
    labels, probabilities = session.run(None, {session.get_inputs()[0].name: rows})
    assert diagnosis.accuracy(labels.tolist()) == diagnosis.own_accuracy
    assert probabilities.shape == (143, 2)


def test_accuracy_counts_what_is_right(diagnosis):
    assert diagnosis.accuracy(list(diagnosis.labels)) == 1
    assert diagnosis.accuracy([1 - label for label in diagnosis.labels]) == 0


def test_training_again_gives_the_same(diagnosis):
    assert train_diagnosis().onnx == diagnosis.onnx


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(MissingPackagesError, match=r"tcss-chain\[demo\]") as caught:
        train_diagnosis()
    assert caught.value.package == "skl2onnx"
