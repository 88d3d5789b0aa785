"""A session as it is after activation, made by somebody who knows all its secrets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from support.consortium import Consortium

from tcss_chain.auditor import TracedSession, open_sealed_keys
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.curve import GROUP_ORDER, G, evaluate
from tcss_chain.devnet.embedded_devnet import EmbeddedDevnet
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.roster import Participant, ParticipantKeys, Roster, bitmap_of, evaluation_point


@dataclass(frozen=True)
class SealedSession:
    """An active session together with what nobody knows in a real one."""

    roster: Roster
    aggregate: SealedAggregate
    qualified: int
    auditor: ChecksumAddress
    alpha: int
    a: tuple[int, ...]
    b: tuple[int, ...]

    @property
    def aggregate_hash(self) -> bytes:
        return self.aggregate.hash(self.roster.sid, self.roster.roster_hash, self.qualified)

    @property
    def secret(self) -> int:
        return self.a[0]

    def share(self, index: int) -> tuple[int, int]:
        x = self.roster.participants[index].x
        return x, evaluate(self.a, x)

    def shares(self, indices: Sequence[int]) -> tuple[tuple[int, int], ...]:
        return tuple(self.share(index) for index in indices)

    def accounts(self, indices: Sequence[int]) -> tuple[ChecksumAddress, ...]:
        return tuple(self.roster.participants[index].account for index in indices)


def make_session(n: int, t: int, seed: int = 0, *, skipped_seats: int = 1) -> SealedSession:
    """Make a session of ``n`` participants; the first seats belong to members who did not join."""
    rng = random.Random(f"{n}-{t}-{seed}")
    scalar = lambda: rng.randrange(1, GROUP_ORDER)  # noqa: E731
    sid, roster_hash = rng.randbytes(32), rng.randbytes(32)
    alpha = scalar()
    A = G * alpha
    accounts = sorted((to_checksum_address(rng.randbytes(20)) for _ in range(n)), key=lambda a: int(a, 16))
    key = ParticipantKeys(P=G * scalar(), D=G * scalar())
    participants = tuple(
        Participant(account, seat, key, evaluation_point(sid, roster_hash, account))
        for seat, account in enumerate(accounts, start=skipped_seats)
    )
    a = tuple(scalar() for _ in range(t))
    b = tuple(scalar() for _ in range(t))
    aggregate = SealedAggregate(
        B=tuple(G * b_m for b_m in b),
        C=tuple(G * a_m + A * b_m for a_m, b_m in zip(a, b, strict=True)),
    )
    return SealedSession(
        roster=Roster(sid, roster_hash, t, A, participants),
        aggregate=aggregate,
        qualified=bitmap_of(participant.seat for participant in participants),
        auditor=to_checksum_address(rng.randbytes(20)),
        alpha=alpha,
        a=a,
        b=b,
    )


@pytest.fixture(scope="session")
def sealed_session() -> Callable[..., SealedSession]:
    """A function that makes a session from ``n``, ``t`` and a seed."""
    return make_session


@pytest.fixture(scope="session")
def traced_session() -> Callable[[SealedSession], TracedSession]:
    """A function that opens a session with the auditor's key."""

    def open_session(session: SealedSession) -> TracedSession:
        keys = open_sealed_keys(session.alpha, session.roster, session.aggregate)
        return TracedSession(session.roster, session.aggregate_hash, keys)

    return open_session


@pytest.fixture(scope="module")
def shared_connection(embedded_devnet: EmbeddedDevnet) -> Connection:
    """The contract, deployed once. Tests take `connection`, which undoes what they do."""
    address, _ = deploy(embedded_devnet.rpc_url, embedded_devnet.accounts[-1])
    return Connection(embedded_devnet.rpc_url, address)


@pytest.fixture
def connection(shared_connection: Connection) -> Iterator[Connection]:
    """The contract; at the end of the test the chain is as it was before."""
    provider: Any = shared_connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    yield shared_connection
    assert provider.make_request("evm_revert", [snapshot])["result"] is True


@pytest.fixture
def consortium(connection: Connection, embedded_devnet: EmbeddedDevnet) -> Consortium:
    """Four members with threshold three; the session does not exist yet."""
    return Consortium(connection, embedded_devnet.accounts)
