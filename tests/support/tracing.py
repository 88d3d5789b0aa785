"""Traces by somebody who knows the leaked shares: valid ones, and all their parts for forgeries."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.chain.abi_values import encode_trace_proof
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import GROUP_ORDER, G, U, V, lagrange_at_zero, random_scalar
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.trace_proof import (
    TraceProof,
    TraceStatement,
    delta,
    prove,
    sealed_combination,
    trace_statement,
)
from tcss_chain.protocol.trace_query import QueryChallenge, QueryMode, derive_query
from tcss_chain.protocol.transcript import TranscriptClaim

from .consortium import Consortium

G1_WORDS = tuple[int, int]
G2_WORDS = tuple[int, int, int, int]


@dataclass(frozen=True)
class Trace:
    """One statement about an active session, with all that is needed to prove and to send it."""

    consortium: Consortium
    statement: TraceStatement
    aggregate: SealedAggregate
    qualified: int
    T: int

    @property
    def accused(self) -> tuple[ChecksumAddress, ...]:
        return self.statement.accused

    def prove(self) -> TraceProof:
        return prove(
            self.statement,
            self.consortium.roster(),
            self.aggregate,
            self.qualified,
            alpha=self.consortium.alpha,
            T=self.T,
        )

    def function(
        self,
        proof: TraceProof | tuple[G2_WORDS, G2_WORDS, G1_WORDS],
        *,
        sid: bytes | None = None,
        accused: Sequence[str] | None = None,
        challenge: tuple[int, bytes, int] | None = None,
        claim: tuple[Any, ...] | None = None,
        aggregate: SealedAggregate | None = None,
    ) -> ContractFunction:
        """The call that sends the proof, with other arguments where they are named."""
        sums = aggregate or self.aggregate
        return self.consortium.connection.contract.functions.convict(
            sid or self.consortium.sid,
            list(self.accused if accused is None else accused),
            challenge or self.statement.challenge.as_abi_tuple(),
            claim or self.statement.claim.as_abi_tuple(),
            [point.words() for point in sums.B],
            [point.words() for point in sums.C],
            encode_trace_proof(proof) if isinstance(proof, TraceProof) else proof,
        )

    def send(self, proof: TraceProof | None = None) -> MinedTransaction:
        return self.consortium.auditor.send(self.function(proof or self.prove()))

    def simulate(self, function: ContractFunction, sender: TransactionSender | None = None) -> int:
        return int((sender or self.consortium.auditor).simulate(function))


def statement_tuple(statement: TraceStatement) -> tuple[Any, ...]:
    """The fields in the order of ``ITraceVerifier.Statement``; addresses are passed beside it."""
    return (
        statement.sid,
        statement.auditor,
        statement.accused_seats,
        statement.challenge.as_abi_tuple(),
        statement.claim.as_abi_tuple(),
        statement.aggregate_hash,
        statement.A.words(),
    )


def random_claim() -> TranscriptClaim:
    return TranscriptClaim(secrets.token_bytes(32), secrets.token_bytes(32), 62, 31, 19)


def trace(
    consortium: Consortium,
    seats: Sequence[int],
    *,
    mode: QueryMode = QueryMode.FREE,
    dropped: int = 0,
    nonce: bytes | None = None,
    claim: TranscriptClaim | None = None,
) -> Trace:
    """The true combination of the shares at these seats, as a right answer of a box reveals it."""
    roster, state = consortium.roster(), consortium.reads.state(consortium.sid)
    accused = [consortium.members[seat] for seat in seats]
    challenge = QueryChallenge(mode, nonce or secrets.token_bytes(32), dropped)
    accounts = [member.address for member in accused]
    query = derive_query(roster, state.aggregate_hash, challenge, accounts)
    points = [roster.participant(account).x for account in accounts]
    weights = lagrange_at_zero([*points, *query.used])[: len(points)]
    shares = [consortium.final_share(member) for member in accused]
    T = sum(weight * share for weight, share in zip(weights, shares, strict=True)) % GROUP_ORDER
    return Trace(
        consortium=consortium,
        statement=trace_statement(
            roster,
            consortium.auditor.address,
            accounts,
            challenge,
            claim or random_claim(),
            state.aggregate_hash,
        ),
        aggregate=consortium.view.aggregate(roster, consortium.view.dealings()),
        qualified=state.qualified,
        T=T,
    )


def prove_unchecked(forged: Trace, *, alpha: int | None = None, T: int | None = None) -> TraceProof:
    """
    The prover of protocol section 8 from its text, which does not ask whether the relation holds.

    ``forged.statement`` may be about anything; alpha and T default to the true ones.
    """
    statement, consortium = forged.statement, forged.consortium
    chosen_alpha = consortium.alpha if alpha is None else alpha
    chosen_T = forged.T if T is None else T
    roster = consortium.roster()
    points = [roster.participant(account).x for account in statement.accused]
    query = derive_query(roster, statement.aggregate_hash, statement.challenge, statement.accused)
    sealed = sealed_combination(forged.aggregate, points, query.used)
    s_1, s_2 = random_scalar(), random_scalar()
    d1 = U * chosen_alpha + V * s_1
    d2 = U * chosen_T + V * s_2
    challenge = delta(statement, sealed, d1, d2)
    return TraceProof(d1, d2, (G + sealed[0] * challenge) * s_1 + G * (s_2 * challenge))
