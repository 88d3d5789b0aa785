"""Labels, capsules and opening requests of a session whose secret is known, without a chain."""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.curve import G1, G, evaluate, random_scalar
from tcss_chain.protocol.capsule import Capsule, encapsulate
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.opening import OpeningRequest

from .known_roster import KnownRoster, known_roster

KNOWN: KnownRoster = known_roster()
OWNER, GATEWAY, *_ = KNOWN.accounts


def label(**changes: object) -> ModelLabel:
    """A label, but for what is said otherwise."""
    facts = {
        "sid": KNOWN.roster.sid,
        "model": "diagnosis-1.0",
        "owner": OWNER,
        "context": "hospital group, production",
        "digest": bytes(range(32)),
        "size": 1234,
    }
    return ModelLabel(**(facts | changes))  # type: ignore[arg-type]


@dataclass(frozen=True)
class KnownSecret:
    """A polynomial of degree ``t - 1`` and the shares of the roster's participants."""

    coefficients: tuple[int, ...]

    @property
    def PK(self) -> G1:
        return G * self.coefficients[0]

    def share(self, x: int) -> int:
        return evaluate(self.coefficients, x)


def known_secret(t: int = 3) -> KnownSecret:
    return KnownSecret(tuple(random_scalar() for _ in range(t)))


def capsule_of(secret: KnownSecret, **changes: object) -> tuple[Capsule, G1]:
    """A capsule and its key."""
    return encapsulate(label(**changes), secret.PK)


def request_for(capsule: Capsule, **changes: object) -> OpeningRequest:
    """A request for a capsule, but for what is said otherwise."""
    fields = {
        "capsule": capsule,
        "gateway": GATEWAY,
        "recipient_key": bytes(range(1, 33)),
        "purpose": "serving predictions",
        "nonce": bytes(range(2, 34)),
    }
    return OpeningRequest(**(fields | changes))  # type: ignore[arg-type]
