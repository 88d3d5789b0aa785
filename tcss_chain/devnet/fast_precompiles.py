"""Fast BN254 precompiles.

py-evm runs the BN254 precompiles (addresses 6, 7 and 8) in pure Python; a pairing takes most of a second.
Where ``pyrevm`` is installed its native code computes the same outputs. Gas is charged by the same schedule
(EIP-1108) and an input that the reference rejects is rejected here too.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Final

from eth.abc import ComputationAPI
from eth.exceptions import VMError
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from eth_typing import Address

_NO_CALLER: Final = "0x" + "00" * 20
# More than any block holds: py-evm has already charged the real price when the native code runs.
_AMPLE_GAS: Final = 2**40
_PAIR_LENGTH: Final = 192

_GAS_SCHEDULE: Final[Mapping[int, Callable[[int], int]]] = {
    6: lambda length: 150,
    7: lambda length: 6_000,
    8: lambda length: 45_000 + 34_000 * (length // _PAIR_LENGTH),
}


def native_available() -> bool:
    """
    Tell whether the native precompiles can be used here.

    Returns
    -------
    bool
        True if ``pyrevm`` is installed.
    """
    return importlib.util.find_spec("pyrevm") is not None


def prague_vm(*, native: bool | None = None) -> type[PragueVM]:
    """
    Choose the virtual machine of a development chain.

    Parameters
    ----------
    native : bool, optional
        True for the native BN254 precompiles, False for those of py-evm; None takes the native ones if
        installed.

    Returns
    -------
    type of PragueVM
        py-evm's own Prague class, or a subclass of it with three precompiles replaced. Nothing is patched in
        place.

    Raises
    ------
    ModuleNotFoundError
        If `native` is True and ``pyrevm`` is not installed.
    """
    if native is None:
        native = native_available()
    if not native:
        return PragueVM
    replaced = dict(PragueComputation.get_precompiles())
    for number, price in _GAS_SCHEDULE.items():
        address = Address(number.to_bytes(20, "big"))
        replaced[address] = _native_precompile(address, price)

    class NativeComputation(PragueComputation):
        """Prague with native BN254 precompiles."""

        _precompiles = replaced

    class NativeState(PragueState):
        """State whose calls run in `NativeComputation`."""

        computation_class = NativeComputation

    class NativeVM(PragueVM):
        """Prague rules over `NativeState`."""

        _state_class = NativeState

    return NativeVM


def _native_precompile(
    address: bytes, price: Callable[[int], int]
) -> Callable[[ComputationAPI], ComputationAPI]:
    from pyrevm import EVM  # optional dependency

    machine = EVM(spec_id="PRAGUE")
    target = "0x" + address.hex()
    name = f"BN254 precompile {address[-1]}"

    def run(computation: ComputationAPI) -> ComputationAPI:
        data = bytes(computation.msg.data)
        computation.consume_gas(price(len(data)), reason=name)
        try:
            output = machine.message_call(_NO_CALLER, target, calldata=data, gas=_AMPLE_GAS, is_static=True)
        except RuntimeError as error:  # the only sign pyrevm gives of a rejected input
            raise VMError(f"{name} rejected its input") from error
        computation.output = bytes(output)
        return computation

    return run
