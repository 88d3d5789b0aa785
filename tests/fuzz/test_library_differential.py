"""The libraries against py_ecc: every input is answered as the reference does, or refused for its reason."""

from __future__ import annotations

from typing import Any

from support.fuzz_forms import require_agreement, short_and_long
from support.fuzz_library_cases import LIBRARY_CLASSES
from support.fuzz_schnorr_cases import SCHNORR_CLASSES


@short_and_long(LIBRARY_CLASSES | SCHNORR_CLASSES)
def test_libraries_agree_with_py_ecc(
    name: str, generate: Any, count: int, source: Any, tally: Any, machines: Any
) -> None:
    require_agreement(tally(name), generate(source(name)), count, machines)
