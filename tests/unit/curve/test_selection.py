"""The backend is chosen by itself, can be overridden, and the choice is visible."""

import logging
import os
import subprocess
import sys

import pytest

from tcss_chain.curve import active_backend_name
from tcss_chain.curve import arkworks_backend as arkworks_module
from tcss_chain.curve.errors import BackendUnavailableError, UnknownBackendError
from tcss_chain.curve.selection import ENVIRONMENT_VARIABLE, KNOWN_BACKENDS, select_backend

# The main operations through the public interface; what it prints is compared between the backends.
MAIN_OPERATIONS = """
from tcss_chain.curve import *
from tcss_chain.curve.errors import CurveDecodingError

points = [G * (3 + index) for index in range(4)]
twisted = [V * (3 + index) for index in range(2)]
scalars = [5, -7, GROUP_ORDER + 2, 0]
print(G1.msm(points, scalars).words(), (points[0] - points[1]).words(), G1.sum(points).words())
print(G2.msm(twisted, scalars[:2]).words(), (twisted[0] - twisted[1]).words(), G2.sum(twisted).words())
print(pairing_product_is_one([(G * 6, V), (-G, V * 6)]), pairing_product_is_one([(G * 6, V), (G, V * 6)]))
print(decode_g1_bytes(points[2].to_bytes(), allow_identity=False) == points[2])
print(decode_g2_bytes(twisted[1].to_bytes(), allow_identity=False) == twisted[1])
x_1 = (0, 1, 5912654199736721486680175016176231956195085055698687135131307249486702594212,
       18278151005453108793778860132295291098363647455926340152056652516292830556603)
for words in ((1, 3), (1 + FIELD_MODULUS, 2), (0, 0), (True, 2), (1, 2**9999)):
    try:
        decode_g1(*words, allow_identity=False)
    except CurveDecodingError as error:
        print(type(error).__name__)
try:
    decode_g2(*x_1, allow_identity=False)
except CurveDecodingError as error:
    print(type(error).__name__)
"""


def run(code, backend):
    environment = {key: value for key, value in os.environ.items() if key != ENVIRONMENT_VARIABLE}
    if backend is not None:
        environment[ENVIRONMENT_VARIABLE] = backend
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120
    )


def test_public_operations_give_the_same_under_both_backends():
    outputs = {}
    for backend in KNOWN_BACKENDS:
        code = MAIN_OPERATIONS + f"assert active_backend_name() == {backend!r}\n"
        finished = run(code, backend)
        assert finished.returncode == 0, finished.stderr
        assert finished.stderr == ""
        outputs[backend] = finished.stdout.splitlines()
    assert outputs["arkworks"] == outputs["py_ecc"]
    assert outputs["py_ecc"][2:] == [
        "True False",
        "True",
        "True",
        "NotOnCurveError",
        "CoordinateOutOfRangeError",
        "IdentityNotAllowedError",
        "WordTypeError",
        "CoordinateOutOfRangeError",
        "NotInSubgroupError",
    ]


def test_arkworks_is_preferred_where_it_works():
    assert select_backend(None).name == "arkworks"


@pytest.mark.parametrize("name", KNOWN_BACKENDS)
def test_a_backend_can_be_asked_for(name):
    assert select_backend(name).name == name


@pytest.mark.parametrize("name", ["", "Arkworks", "mcl"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(UnknownBackendError, match="arkworks or py_ecc") as caught:
        select_backend(name)
    assert caught.value.requested == name
    assert caught.value.known == KNOWN_BACKENDS


def test_an_unknown_name_in_the_environment_stops_the_import_with_a_clear_message():
    finished = run("import tcss_chain.curve", "mcl")
    assert finished.returncode != 0
    assert "TCSS_CURVE_BACKEND is 'mcl'; set it to arkworks or py_ecc" in finished.stderr


def test_py_ecc_replaces_a_missing_library_with_a_warning(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "zksnake._algebra", None)
    with caplog.at_level(logging.WARNING):
        assert select_backend(None).name == "py_ecc"
    assert "py_ecc" in caplog.text
    assert "zksnake" in caplog.text


def test_py_ecc_replaces_a_library_that_computes_wrong_results(monkeypatch):
    monkeypatch.setattr(arkworks_module.ArkworksBackend, "pairing_product_is_one", lambda *_: True)
    assert select_backend(None).name == "py_ecc"


def test_nothing_replaces_a_backend_that_was_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "zksnake._algebra", None)
    with pytest.raises(BackendUnavailableError) as caught:
        select_backend("arkworks")
    assert caught.value.backend_name == "arkworks"


def test_the_choice_of_this_process_is_visible():
    assert active_backend_name() == (os.environ.get(ENVIRONMENT_VARIABLE) or "arkworks")
