"""Who takes part: accounts with private keys, and one with code."""

from __future__ import annotations

from dataclasses import dataclass

from eth_keys.datatypes import PrivateKey
from model.material import Address
from model.words import keccak

MEMBERS, AUDITORS = 6, 2


@dataclass(frozen=True)
class Actor:
    """An account; one with code has no key, acts through `relayer`, and pays with the relayer's money."""

    name: str
    address: Address
    key: PrivateKey | None = None

    @property
    def has_code(self) -> bool:
        return self.key is None

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Actors:
    """Everybody; the account with code may be a member, an auditor or a beneficiary too."""

    members: tuple[Actor, ...]
    auditors: tuple[Actor, ...]
    outsider: Actor
    beneficiary: Actor
    relayer: Actor
    code: Actor

    @property
    def everybody(self) -> tuple[Actor, ...]:
        others = (self.outsider, self.beneficiary, self.relayer, self.code)
        return (*self.members, *self.auditors, *others)

    def by_address(self, address: Address) -> Actor:
        return next(actor for actor in self.everybody if actor.address == address)


def make_actors(code_account: Address) -> Actors:
    return Actors(
        members=tuple(_with_key(f"member {number}") for number in range(MEMBERS)),
        auditors=tuple(_with_key(f"auditor {number}") for number in range(AUDITORS)),
        outsider=_with_key("outsider"),
        beneficiary=_with_key("beneficiary"),
        relayer=_with_key("relayer"),
        code=Actor("account with code", code_account),
    )


def _with_key(name: str) -> Actor:
    key = PrivateKey(keccak(name.encode()))
    return Actor(name, key.public_key.to_canonical_address(), key)
