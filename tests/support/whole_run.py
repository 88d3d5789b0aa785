"""One session from its creation to a conviction, with complaints on the way, on any chain."""

from __future__ import annotations

from eth_account.signers.local import LocalAccount

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import DealingPolynomials
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.protocol.trace_evidence import TraceEvidence
from tcss_chain.protocol.trace_query import QueryMode

from .complaints import complain_missing, posted, reveal, share_complaint
from .consortium import BOND, Consortium
from .misdealing import deal_tampered, with_invalid_proof
from .refusals import refuses
from .tracing import trace


def run_session_to_conviction(rpc_url: str, accounts: tuple[LocalAccount, ...]) -> None:
    """
    Five members, threshold two: one deals a wrong share, one an invalid proof, one answers a false report.

    The dealings of the three others are added up in one transaction, and the cheat of the wrong share leaks.
    """
    address, _ = deploy(rpc_url, accounts[-1])
    connection = Connection(rpc_url, address)
    consortium = Consortium(connection, accounts, n=5, t=2).run_to(Phase.DEALING)
    leaker, braggart, honest, crier, _ = consortium.members
    roster = consortium.roster()

    leaker.polynomials = DealingPolynomials.draw(2)
    consortium.deal(
        leaker,
        deal_tampered(
            roster,
            leaker.address,
            leaker.d,
            lambda recipient, words: ((words[0] + (recipient == honest.address)) % GROUP_ORDER, words[1]),
            leaker.polynomials,
        ),
    )
    consortium.deal(braggart, with_invalid_proof(consortium.prepare_dealing(braggart)))
    for member in consortium.members[2:]:
        consortium.deal(member)
    assert consortium.reads.phase(consortium.sid) is Phase.COMPLAINING

    with refuses("ShareHolds"):
        share_complaint(consortium, leaker, crier, ShareEquation.C).simulate()
    share_complaint(consortium, leaker, honest, ShareEquation.C).send()
    consortium.outsider.send(
        consortium.actions.complain_invalid_proof(
            consortium.sid, braggart.address, posted(consortium, braggart)
        )
    )
    complain_missing(consortium, honest, crier)
    consortium.travel_to(consortium.configuration.complain_by)
    reveal(consortium, honest, crier)
    faults = [consortium.reads.fault(consortium.sid, member.address) for member in consortium.members]
    assert faults == [Fault.INVALID_SHARE, Fault.INVALID_PROOF, Fault.NONE, Fault.NONE, Fault.NONE]

    consortium.travel_to(consortium.configuration.challenge_by)
    consortium.activate_computed()
    assert consortium.reads.state(consortium.sid).qualified == 0b11100
    aggregate = consortium.view.aggregate(roster, consortium.view.dealings())
    for member in consortium.members:
        R, S = aggregate.encryption_at(roster.participant(member.address).x)
        assert S - R * consortium.alpha == G * consortium.final_share(member)

    innocent = trace(consortium, [2])
    guilty = trace(consortium, [0], mode=QueryMode.REGISTERED, dropped=0b10)
    with refuses("InvalidTraceProof"):
        innocent.simulate(innocent.function(guilty.prove()))
    guilty.send()
    (record,) = connection.contract.functions.records(0, 10).call()
    evidence = TraceEvidence(guilty.statement.challenge, guilty.statement.claim)
    assert record == (
        consortium.sid,
        0,
        consortium.auditor.address,
        [leaker.address],
        connection.chain_time(),
        QueryMode.REGISTERED,
        62,
        31,
        19,
        evidence.hash(consortium.sid, 0),
    )
    assert consortium.reads.member(consortium.sid, leaker.address).convicted
    assert consortium.reads.state(consortium.sid).forfeits == BOND + BOND // 2

    consortium.travel_to(consortium.configuration.bond_release_time)
    for member in consortium.members[1:]:
        member.sender.send(consortium.actions.withdraw_bond(consortium.sid, member.address))
    consortium.outsider.send(consortium.actions.withdraw_forfeits(consortium.sid))
    assert connection.w3.eth.get_balance(address) == 0
