"""Models that are made here, run by the runtimes."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("onnxruntime")
pytest.importorskip("safetensors")

import onnx
from onnx import TensorProto, helper
from safetensors.numpy import load, save

from tcss_chain.gateway.errors import (
    InputsError,
    PredictionError,
    RuntimeMissingError,
    UnknownRuntimeError,
    UnsupportedModelError,
)
from tcss_chain.gateway.runtimes import Output, RuntimeName, load_runtime, runtime_of

SECRET = b"not-for-anybody"


def linear(activation="identity", metadata=True, **tensors):
    made = {"weight": np.array([[1.0, 2.0], [0.5, -1.0]]), "bias": np.array([0.25, 0.0])} | tensors
    kept = {name: tensor for name, tensor in made.items() if tensor is not None}
    content = save(kept, {"activation": activation} if metadata else None)
    return memoryview(content)


def graph(nodes, inputs, outputs, initializers=()):
    made = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return memoryview(model.SerializeToString())


def tensor(name, kind=TensorProto.FLOAT, shape=("N", 2)):
    return helper.make_tensor_value_info(name, kind, list(shape))


def classifier():
    weight = helper.make_tensor("W", TensorProto.FLOAT, [2, 2], [1.0, -1.0, 2.0, 0.5])
    return graph(
        [
            helper.make_node("MatMul", ["X", "W"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"]),
            helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
        ],
        [tensor("X")],
        [tensor("label", TensorProto.INT64, ("N",)), tensor("probabilities")],
        [weight],
    )


def identity(kind=TensorProto.FLOAT, shape=("N", 2), op="Identity"):
    return graph([helper.make_node(op, ["X"], ["Y"])], [tensor("X", kind, shape)], [tensor("Y", kind, shape)])


def test_the_runtime_follows_from_the_name():
    assert runtime_of("Churn-2.ONNX") is RuntimeName.ONNX
    assert runtime_of("a.safetensors") is RuntimeName.LINEAR
    with pytest.raises(UnknownRuntimeError, match="model-1"):
        runtime_of("model-1")


def test_a_linear_model():
    runtime = load_runtime(RuntimeName.LINEAR, linear())
    assert (runtime.input_width, runtime.outputs) == (2, (Output("output", "float[2]"),))
    assert runtime.predict([[1, 1.5], [0, 0]]) == {"output": [[4.25, -1.0], [0.25, 0.0]]}


def test_inputs_are_standardised():
    runtime = load_runtime(RuntimeName.LINEAR, linear(mean=np.array([1.0, 2.0]), scale=np.array([2.0, 4.0])))
    assert runtime.predict([[3, 6]]) == {"output": [[3.25, -0.5]]}


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2))
@settings(max_examples=50, deadline=None)
def test_activations_are_what_they_are_called(row):
    x = [row[0] + 2 * row[1] + 0.25, 0.5 * row[0] - row[1]]
    (logistic,) = load_runtime(RuntimeName.LINEAR, linear("logistic")).predict([row])["output"]
    for got, value in zip(logistic, x, strict=True):
        assert got == pytest.approx(1 / (1 + math.exp(-value)) if value > -700 else 0.0, abs=1e-12)
    (softmax,) = load_runtime(RuntimeName.LINEAR, linear("softmax")).predict([row])["output"]
    assert sum(softmax) == pytest.approx(1)
    assert softmax[0] == pytest.approx(1 / (1 + math.exp(min(700, x[1] - x[0]))), abs=1e-9)


@pytest.mark.parametrize(
    "content",
    [
        b"", SECRET, b"\xff" * 100, bytes(linear())[:-1],
        bytes(linear("relu")), bytes(linear(metadata=False)),
        bytes(linear(bias=None)), bytes(linear(more=np.zeros(2))), bytes(linear(bias=np.zeros(3))),
        bytes(linear(weight=np.zeros(2))), bytes(linear(weight=np.zeros((0, 2)), bias=np.zeros(0))),
        bytes(linear(weight=np.ones((2, 2), dtype=np.int64))), bytes(linear(bias=np.array([1.0, np.nan]))),
        bytes(linear(mean=np.zeros(3))), bytes(linear(scale=np.array([1.0, 0.0]))),
    ],
)  # fmt: skip
def test_what_is_no_linear_model_is_refused(content):
    with pytest.raises(UnsupportedModelError) as error:
        load_runtime(RuntimeName.LINEAR, memoryview(content))
    assert SECRET.decode() not in str(error.value)
    assert error.value.__cause__ is None


def test_metadata_that_is_null_is_no_activation():
    """The library loads such a file, as one without metadata."""
    content = bytes(linear(metadata=False))
    length = int.from_bytes(content[:8], "little")
    header = b'{"__metadata__":null,' + content[9 : 8 + length]
    nothing = len(header).to_bytes(8, "little") + header + content[8 + length :]
    assert set(load(nothing)) == {"weight", "bias"}
    with pytest.raises(UnsupportedModelError, match="no activation"):
        load_runtime(RuntimeName.LINEAR, memoryview(nothing))


def test_a_classifier_answers_label_and_probabilities():
    runtime = load_runtime(RuntimeName.ONNX, classifier())
    assert runtime.input_width == 2
    assert runtime.outputs == (Output("label", "integer"), Output("probabilities", "float[2]"))
    answer = runtime.predict([[1, 0], [-1, 0], [0.5, 2]])
    assert answer["label"] == [0, 1, 0]
    assert answer["probabilities"][0] == pytest.approx([1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2))])


def test_double_precision_is_kept():
    runtime = load_runtime(RuntimeName.ONNX, identity(TensorProto.DOUBLE))
    assert runtime.predict([[0.1, 1e300]]) == {"Y": [[0.1, 1e300]]}


def test_the_memory_that_a_model_was_loaded_from_is_not_needed():
    for name, content, expected in (
        (RuntimeName.ONNX, classifier(), 0),
        (RuntimeName.LINEAR, linear(), [4.25, -1.0]),
    ):
        memory = bytearray(content)
        runtime = load_runtime(name, memoryview(memory).toreadonly())
        memory[:] = bytes(len(memory))
        (first,) = runtime.predict([[1, 1.5]]).get("label") or runtime.predict([[1, 1.5]])["output"]
        assert first == expected


@pytest.mark.parametrize(
    "content",
    [
        b"", SECRET, bytes(classifier())[:-20],
        bytes(identity(shape=(4, 2))), bytes(identity(shape=("N", "M"))), bytes(identity(shape=("N", 2, 2))),
        bytes(identity(shape=("N",))), bytes(identity(TensorProto.INT64)),
        bytes(graph([helper.make_node("Add", ["A", "B"], ["Y"])], [tensor("A"), tensor("B")], [tensor("Y")])),
        bytes(graph([helper.make_node("SequenceConstruct", ["X"], ["Y"])], [tensor("X")],
                    [helper.make_tensor_sequence_value_info("Y", TensorProto.FLOAT, None)])),
    ],
)  # fmt: skip
def test_what_is_no_such_onnx_model_is_refused(content, capfd):
    with pytest.raises(UnsupportedModelError) as error:
        load_runtime(RuntimeName.ONNX, memoryview(content))
    assert SECRET.decode() not in str(error.value)
    assert error.value.__cause__ is None
    out, err = capfd.readouterr()
    assert out + err == ""


@pytest.mark.parametrize("place", ["weights.bin", "{folder}/weights.bin", "../{name}/weights.bin"])
def test_a_model_cannot_take_in_files_of_this_machine(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.bin").write_bytes(np.ones(4, np.float32).tobytes())
    weight = helper.make_tensor("W", TensorProto.FLOAT, [2, 2], [0.0] * 4)
    del weight.float_data[:]
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {
        "location": place.format(folder=tmp_path, name=tmp_path.name), "offset": "0", "length": "16"
    }.items():  # fmt: skip
        each = weight.external_data.add()
        each.key, each.value = key, value
    made = helper.make_graph(
        [helper.make_node("MatMul", ["X", "W"], ["Y"])], "g", [tensor("X")], [tensor("Y")], [weight]
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    with pytest.raises(UnsupportedModelError):
        load_runtime(RuntimeName.ONNX, memoryview(model.SerializeToString()))


@pytest.mark.parametrize("name", list(RuntimeName))
@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 10**400, -(10**400)])
def test_numbers_that_are_none_are_refused(name, number):
    runtime = load_runtime(name, classifier() if name is RuntimeName.ONNX else linear())
    with pytest.raises(InputsError) as error:
        runtime.predict([[1.0, number]])
    assert "0000" not in str(error.value)


def test_a_number_that_overflows_single_precision_is_refused():
    runtime = load_runtime(RuntimeName.ONNX, classifier())
    with pytest.raises(InputsError):
        runtime.predict([[1e39, 0]])


def test_an_answer_that_is_not_finite_is_no_answer():
    with pytest.raises(PredictionError, match="not finite"):
        load_runtime(RuntimeName.ONNX, identity(op="Log")).predict([[-1.0, 1.0]])
    with pytest.raises(PredictionError, match="not finite"):
        load_runtime(RuntimeName.LINEAR, linear(weight=np.full((2, 2), 1e308))).predict([[1e308, 1e308]])


def test_a_failing_model_tells_nothing_of_its_input():
    gather = graph(
        [
            helper.make_node("Cast", ["X"], ["places"], to=TensorProto.INT64),
            helper.make_node("Gather", ["X", "places"], ["Z"], axis=1),
            helper.make_node("Flatten", ["Z"], ["Y"]),
        ],
        [tensor("X")],
        [tensor("Y", shape=("N", 4))],
    )
    runtime = load_runtime(RuntimeName.ONNX, gather)
    with pytest.raises(PredictionError) as error:
        runtime.predict([[123456.0, 1.0]])
    assert "123456" not in str(error.value)
    assert error.value.__cause__ is None


def test_an_answer_of_another_length_is_no_answer():
    total = graph(
        [helper.make_node("ReduceSum", ["X"], ["Y"], keepdims=0)], [tensor("X")], [tensor("Y", shape=())]
    )
    with pytest.raises(PredictionError, match="shape"):
        load_runtime(RuntimeName.ONNX, total).predict([[1.0, 1.0]])


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("onnx", "onnx_runtime", "onnxruntime"), ("linear", "linear_runtime", "safetensors")],
)
def test_a_missing_package_says_what_to_install(name, module, package, monkeypatch):
    monkeypatch.delitem(sys.modules, f"tcss_chain.gateway.runtimes.{module}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RuntimeMissingError, match=r"tcss-chain\[gateway\]"):
        load_runtime(RuntimeName(name), linear())


def test_a_classifier_of_scikit_learn():
    skl2onnx = pytest.importorskip("skl2onnx")
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(1)
    points = rng.normal(size=(60, 3))
    made = linear_model.LogisticRegression().fit(points, (points.sum(axis=1) > 0).astype(int))
    exported = skl2onnx.to_onnx(made, points[:1].astype(np.float32), options={"zipmap": False})
    runtime = load_runtime(RuntimeName.ONNX, memoryview(exported.SerializeToString()))
    assert [each.name for each in runtime.outputs] == ["label", "probabilities"]
    answer = runtime.predict(points.tolist())
    assert answer["label"] == made.predict(points).tolist()
    assert np.allclose(answer["probabilities"], made.predict_proba(points), atol=1e-5)
    with_zipmap = skl2onnx.to_onnx(made, points[:1].astype(np.float32))
    with pytest.raises(UnsupportedModelError, match="ZipMap"):
        load_runtime(RuntimeName.ONNX, memoryview(with_zipmap.SerializeToString()))
