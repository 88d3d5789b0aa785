"""The auditor's key: used twice, stolen before its use, or confirmed by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from eth_typing import ChecksumAddress
from support.consortium import Consortium
from support.misdealing import deal_vectors
from support.mocks import Mock
from support.refusals import refuses
from support.tracing import trace

from tcss_chain.curve import G1, GROUP_ORDER, G
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares
from tcss_chain.protocol.possession import KeyRole, PossessionProof, prove_possession
from tcss_chain.protocol.sealing_key import make_sealing_key
from tcss_chain.protocol.session import Phase


@dataclass(frozen=True)
class Named:
    """Whom a trace names as its auditor, who sends nothing by itself."""

    address: ChecksumAddress


def possession(consortium: Consortium, auditor: ChecksumAddress | None = None) -> PossessionProof:
    owner = auditor or consortium.auditor.address
    return prove_possession(consortium.sid, owner, KeyRole.AUDITOR, consortium.alpha, consortium.A)


@pytest.mark.parametrize("sign", [1, -1], ids=["same", "negated"])
def test_an_auditor_cannot_bring_a_used_key_into_another_session(
    make_consortium: Callable[..., Consortium], sign: int
) -> None:
    """With a proof that is right in the other session; also when the first one has come to nothing."""
    first = make_consortium(n=2, t=2).run_to(Phase.JOINING)
    first.travel_to(first.configuration.join_by)
    assert first.reads.phase(first.sid) is Phase.ABORTED
    second = make_consortium().run_to(Phase.CONFIRMING)
    second.alpha = sign * first.alpha % GROUP_ORDER
    with refuses("AuditorKeyReused", x=first.A.words()[0]):
        second.confirm()
    assert second.reads.phase(second.sid) is Phase.CONFIRMING


def test_another_auditor_cannot_bring_a_used_key_either(make_consortium: Callable[..., Consortium]) -> None:
    """Two auditors who share their key are one auditor."""
    first = make_consortium().run_to(Phase.JOINING)
    other = make_consortium(auditor=first.outsider.address)
    other.auditor = first.outsider
    other.alpha = first.alpha
    other.create()
    with refuses("AuditorKeyReused", x=first.A.words()[0]):
        other.confirm()


def test_a_front_runner_cannot_burn_a_key_before_its_auditor_uses_it(
    make_consortium: Callable[..., Consortium],
) -> None:
    """It has seen key and proof on their way, and offers them for a session of its own."""
    honest = make_consortium().run_to(Phase.CONFIRMING)
    thief = honest.outsider
    own = make_consortium(auditor=thief.address)
    own.create()
    with refuses("InvalidPossession", owner=thief.address, role=KeyRole.AUDITOR):
        thief.send(own.actions.confirm(own.sid, honest.A, possession(honest)))
    with refuses("InvalidPossession", owner=thief.address, role=KeyRole.AUDITOR):
        thief.send(own.actions.confirm(own.sid, -honest.A, possession(honest)))
    honest.confirm()


def reused(consortium: Consortium, B: tuple[G1, ...], C: tuple[G1, ...]) -> None:
    """All members of a session work together: one deals what it was given, the others deal nothing."""
    nothing = DealingPolynomials((0,) * len(B), (0,) * len(B))
    identities = [G1.identity()] * len(B)
    for place, member in enumerate(consortium.members):
        vectors = (list(B), list(C)) if place == 0 else (identities, identities)
        dealt: DealtShares = deal_vectors(consortium.roster(), member.address, member.d, *vectors, nothing)
        consortium.deal(member, dealt)


def test_a_key_that_serves_in_two_contracts_opens_both(
    make_consortium: Callable[..., Consortium], in_another_contract: Callable[..., Consortium]
) -> None:
    """
    Why a key serves once, and what no contract can see.

    The members of the second session deal the sealed sums of the first one, which nobody of them could prove
    and nobody complains about. Its honest auditor, who uses one key for both, tells its owners the first
    session's public key as their own. A contract refuses the keys that it has seen itself; the auditor's
    service draws a fresh one for every session.
    """
    victim = make_consortium(n=2, t=2).run_to(Phase.ACTIVE)
    other = in_another_contract(n=2, t=2)
    assert other.connection.contract_address != victim.connection.contract_address
    aggregate = victim.aggregate()
    other.alpha = victim.alpha
    other.run_to(Phase.DEALING)
    reused(other, aggregate.B, aggregate.C)
    other.activate_unanimously()
    aggregate_hash = other.reads.state(other.sid).aggregate_hash
    stolen = make_sealing_key(other.alpha, other.sid, other.A, other.aggregate(), aggregate_hash)
    polynomials = [member.polynomials for member in victim.members]
    assert stolen.PK == G * sum(each.a[0] for each in polynomials if each is not None)


def test_nobody_can_speak_for_an_auditor_that_is_a_contract(
    make_consortium: Callable[..., Consortium], contract_account: Mock
) -> None:
    """Who commands that contract confirms and convicts through it; who only knows its key cannot."""
    consortium = make_consortium(n=2, t=2, auditor=contract_account.address)
    consortium.create()
    contract = consortium.connection.contract_address

    def through(function: Any) -> Any:
        return contract_account.send("forward", contract, function._encode_transaction_data())

    confirm = consortium.actions.confirm(
        consortium.sid, consortium.A, possession(consortium, contract_account.address)
    )
    with refuses("NotAuditor", caller=consortium.auditor.address):
        consortium.auditor.simulate(confirm)
    through(confirm)
    for member in consortium.members:
        consortium.join(member)
    for member in consortium.members:
        consortium.deal(member)
    consortium.activate_unanimously()
    spoken_for = consortium.clone()
    spoken_for.auditor = Named(contract_account.address)  # type: ignore[assignment]
    each = trace(spoken_for, [1])
    function = each.function(each.prove())
    with refuses("NotAuditor", caller=consortium.auditor.address):
        consortium.auditor.simulate(function)
    through(function)
    assert consortium.reads.state(consortium.sid).convicted == 0b0010
