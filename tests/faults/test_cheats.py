"""Dealers who cheat, as processes of their own among honest ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chain_faults import faulty_chain, finish, kinds, start_each

from tcss_chain.demo.cheats import Cheat
from tcss_chain.protocol.session import Fault, Phase

pytestmark = pytest.mark.anvil

CASES = [
    (Cheat.INVALID_SHARE, Fault.INVALID_SHARE, "complainInvalidShare"),
    pytest.param(
        Cheat.WITHHOLD_SHARE, Fault.MISSING_SHARE, "complainMissingShare", marks=pytest.mark.long_faults
    ),
    pytest.param(Cheat.BAD_PROOF, Fault.INVALID_PROOF, "complainInvalidProof", marks=pytest.mark.long_faults),
]


@pytest.mark.parametrize(("cheat", "fault", "complaint"), CASES)
def test_a_cheat_is_caught_and_the_others_finish(
    anvil_binary: Path, tmp_path: Path, cheat: Cheat, fault: Fault, complaint: str
) -> None:
    with faulty_chain(anvil_binary, tmp_path) as chain, chain.fleet(tmp_path) as fleet:
        *honest, cheater = fleet.operators
        start_each(fleet, honest)
        fleet.start(cheater, cheat=cheat)
        sid = fleet.create_session()

        def complained() -> bool:
            return sum(each.reached().count(f"{complaint}.recorded") for each in honest) >= 1

        fleet.wait_until(complained, complaint)
        if cheat is Cheat.WITHHOLD_SHARE:  # it may still answer until the reveal deadline
            configuration = fleet.reads.configuration(sid)
            chain.move_to(configuration.complain_by)
            assert fleet.state(sid).qualified == 0b1111
            chain.move_to(configuration.reveal_by)
        fleet.await_phase(sid, Phase.ACTIVE)

        assert fleet.state(sid).qualified == 0b0111
        finish(fleet, sid, faults={cheater.address: fault})
        assert "activateUnanimously" in {kind for each in fleet.operators for kind in kinds(each)}
        assert "aggregate" not in {kind for each in fleet.operators for kind in kinds(each)}
