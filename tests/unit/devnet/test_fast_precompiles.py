"""The native BN254 precompiles against those of py-evm: equal outputs, failures and gas."""

from __future__ import annotations

from typing import Any

import pytest
from eth.vm.forks.prague import PragueVM
from eth_typing import Address
from py_ecc import optimized_bn128 as bn

from tcss_chain.devnet.embedded_chain import EmbeddedChain
from tcss_chain.devnet.embedded_execution import CallRequest, _execute
from tcss_chain.devnet.fast_precompiles import native_available, prague_vm

pytestmark = pytest.mark.skipif(
    not native_available(), reason="pyrevm has no wheel for this platform, so there is nothing to compare"
)

Q, R = bn.field_modulus, bn.curve_order
ADD, MUL, PAIRING = 6, 7, 8


def words(*values: int) -> bytes:
    return b"".join(value.to_bytes(32, "big") for value in values)


def g1(scalar: int) -> bytes:
    if scalar % R == 0:
        return bytes(64)
    x, y = bn.normalize(bn.multiply(bn.G1, scalar % R))
    return words(x.n, y.n)


def g2(scalar: int) -> bytes:
    if scalar % R == 0:
        return bytes(128)
    x, y = bn.normalize(bn.multiply(bn.G2, scalar % R))
    return words(x.coeffs[1], x.coeffs[0], y.coeffs[1], y.coeffs[0])


def square_root(value: int) -> int | None:
    root = pow(value, (Q + 1) // 4, Q)
    return root if root * root % Q == value % Q else None


def twist_point_outside_the_subgroup() -> bytes:
    """Encode a point on the twist whose order is not r: the check that a careless implementation forgets."""
    half = pow(2, -1, Q)
    for real in range(1, 100):
        x = bn.FQ2([real, 0])
        a, b = (int(c) for c in (x * x * x + bn.b2).coeffs)
        norm_root = square_root(a * a + b * b)
        if norm_root is None:
            continue
        first = square_root((a + norm_root) * half) or square_root((a - norm_root) * half)
        if first is None:
            continue
        y = bn.FQ2([first, b * pow(2 * first, -1, Q) % Q])
        point = (x, y, bn.FQ2.one())
        assert bn.is_on_curve(point, bn.b2)
        if not bn.is_inf(bn.multiply(point, R)):
            return words(0, real, *(int(c) for c in reversed(y.coeffs)))
    raise AssertionError("no such point found")


CASES: dict[str, tuple[int, bytes]] = {
    "add": (ADD, g1(2) + g1(3)),
    "add equal": (ADD, g1(5) + g1(5)),
    "add opposite": (ADD, g1(5) + g1(-5)),
    "add identity left": (ADD, g1(0) + g1(7)),
    "add identity right": (ADD, g1(7) + g1(0)),
    "add identities": (ADD, g1(0) + g1(0)),
    "add empty input": (ADD, b""),
    "add short input": (ADD, g1(2)),
    "add trailing bytes": (ADD, g1(2) + g1(3) + b"\x01"),
    "add coordinate plus q": (ADD, words(1 + Q, 2) + g1(3)),
    "add coordinate q": (ADD, words(Q, 0) + g1(3)),
    "add off curve": (ADD, words(1, 3) + g1(3)),
    "mul": (MUL, g1(2) + words(12345)),
    "mul by zero": (MUL, g1(2) + words(0)),
    "mul by r": (MUL, g1(2) + words(R)),
    "mul by more than r": (MUL, g1(2) + words(2**256 - 1)),
    "mul identity": (MUL, g1(0) + words(9)),
    "mul short input": (MUL, g1(2)),
    "mul off curve": (MUL, words(2, 2) + words(9)),
    "mul coordinate plus q": (MUL, words(1, 2 + Q) + words(9)),
    "pairing of nothing": (PAIRING, b""),
    "pairing true": (PAIRING, g1(6) + g2(1) + g1(-2) + g2(3)),
    "pairing false": (PAIRING, g1(6) + g2(1) + g1(-2) + g2(4)),
    "pairing four": (PAIRING, g1(1) + g2(1) + g1(2) + g2(1) + g1(3) + g2(1) + g1(-6) + g2(1)),
    "pairing identity left": (PAIRING, g1(0) + g2(1)),
    "pairing identity right": (PAIRING, g1(1) + g2(0)),
    "pairing identities": (PAIRING, g1(0) + g2(0)),
    "pairing odd length": (PAIRING, g1(1) + g2(1) + b"\x00"),
    "pairing too short": (PAIRING, g1(1)),
    "pairing off curve left": (PAIRING, words(1, 3) + g2(1)),
    "pairing coordinate plus q": (PAIRING, words(1, 2 + Q) + g2(1)),
    "pairing off twist": (PAIRING, g1(1) + words(1, 2, 3, 4)),
    "pairing outside subgroup": (PAIRING, g1(1) + twist_point_outside_the_subgroup()),
    "pairing outside subgroup with identity": (PAIRING, g1(0) + twist_point_outside_the_subgroup()),
}


def run(chain: EmbeddedChain, target: int, data: bytes, gas: int) -> tuple[bytes, bool, int]:
    request: Any = CallRequest(b"\x11" * 20, target.to_bytes(20, "big"), data)
    outcome = _execute(chain._chain, request, chain.head.header, gas)
    return bytes(outcome.output), outcome.is_error, outcome.get_gas_remaining()


@pytest.fixture(scope="module")
def chains() -> tuple[EmbeddedChain, EmbeddedChain]:
    return EmbeddedChain({}, native_precompiles=True), EmbeddedChain({}, native_precompiles=False)


@pytest.mark.parametrize("name", CASES)
def test_output_failure_and_gas_equal_the_reference(
    chains: tuple[EmbeddedChain, EmbeddedChain], name: str
) -> None:
    native, reference = (run(chain, *CASES[name], gas=1_000_000) for chain in chains)
    assert native == reference


@pytest.mark.parametrize(("target", "price"), [(ADD, 150), (MUL, 6_000), (PAIRING, 45_000 + 34_000)])
def test_gas_price_is_exact(chains: tuple[EmbeddedChain, EmbeddedChain], target: int, price: int) -> None:
    data = {ADD: g1(2) + g1(3), MUL: g1(2) + words(9), PAIRING: g1(0) + g2(0)}[target]
    base = 21_000 + sum(16 if byte else 4 for byte in data)
    ample = 200_000
    for chain in chains:
        assert run(chain, target, data, gas=ample)[1:] == (False, ample - base - price)


def test_one_unit_too_little_gas_fails(chains: tuple[EmbeddedChain, EmbeddedChain]) -> None:
    data = g1(0) + g2(0)
    enough = 21_000 + sum(16 if byte else 4 for byte in data) + 45_000 + 34_000
    for chain in chains:
        assert run(chain, PAIRING, data, gas=enough)[1:] == (False, 0)
        assert run(chain, PAIRING, data, gas=enough - 1)[1:] == (True, 0)


def test_unpatched_machine_is_py_evms_own() -> None:
    assert prague_vm(native=False) is PragueVM


def test_nothing_is_patched_in_place() -> None:
    computation = PragueVM._state_class.computation_class
    before = dict(computation.get_precompiles())  # type: ignore[union-attr]
    machine = prague_vm(native=True)
    assert machine is not PragueVM
    assert computation.get_precompiles() == before  # type: ignore[union-attr]
    replaced = machine._state_class.computation_class.get_precompiles()  # type: ignore[union-attr]
    changed = {int.from_bytes(key, "big") for key, value in replaced.items() if before[key] is not value}
    assert changed == {ADD, MUL, PAIRING}
    assert set(replaced) == set(before)
    assert Address((8).to_bytes(20, "big")) in replaced
