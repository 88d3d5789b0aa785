"""What a participant keeps secret in a session, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from eth_typing import ChecksumAddress

from tcss_chain.curve import G, random_nonzero_scalar
from tcss_chain.protocol.dealing import DealingPolynomials, DealtShares
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.share_encryption import EncryptedShare


@dataclass(frozen=True, slots=True)
class SessionSecrets:
    """
    The secrets of a session before it is active.

    Attributes
    ----------
    e : int
        Secret of the encryption key ``P``.
    d : int
        Secret of the dealing key ``D``.
    roster_hash : bytes
        The roster that the polynomials were drawn for; empty before.
    polynomials : DealingPolynomials or None
        Drawn for this roster hash, once.
    dealt : DealtShares or None
        What was made of them; kept because its proof must never be made twice differently.
    earlier : tuple of SessionSecrets
        Dealings for other rosters: a reorganisation may bring such a roster, and its dealing, back.
    """

    e: int = field(repr=False)
    d: int = field(repr=False)
    roster_hash: bytes = b""
    polynomials: DealingPolynomials | None = field(default=None, repr=False)
    dealt: DealtShares | None = field(default=None, repr=False)
    earlier: tuple[SessionSecrets, ...] = field(default=(), repr=False)

    @classmethod
    def draw(cls) -> SessionSecrets:
        """Draw fresh keys."""
        return cls(e=random_nonzero_scalar(), d=random_nonzero_scalar())

    @property
    def keys(self) -> ParticipantKeys:
        """The public keys."""
        return ParticipantKeys(P=G * self.e, D=G * self.d)

    def with_dealing(
        self, roster_hash: bytes, polynomials: DealingPolynomials, dealt: DealtShares
    ) -> SessionSecrets:
        """Add a dealing for a roster; one for another roster is kept as an earlier one."""
        return replace(
            self,
            roster_hash=roster_hash,
            polynomials=polynomials,
            dealt=dealt,
            earlier=self._without_current(),
        )

    def for_roster(self, roster_hash: bytes) -> SessionSecrets | None:
        """Give these secrets with the dealing that was made for a roster, or None if none was made for it."""
        if self.roster_hash == roster_hash:
            return self
        for each in self.earlier:
            if each.roster_hash == roster_hash:
                others = tuple(other for other in self._without_current() if other is not each)
                return replace(each, earlier=others)
        return None

    def _without_current(self) -> tuple[SessionSecrets, ...]:
        return (*self.earlier, replace(self, earlier=())) if self.roster_hash else self.earlier


@dataclass(frozen=True, slots=True)
class FinalShare:
    """
    A participant's share of the secret, all that is left when a session is active.

    Attributes
    ----------
    x : int
        The evaluation point.
    y : int
        The share.
    """

    x: int
    y: int = field(repr=False)


class SecretsStore(Protocol):
    """
    Keeps what a participant needs of each session.

    Every method that keeps something returns only when it would survive a crash, and keeps all of it or
    nothing. Everything that leaves the participant depends on secrets that were saved before.
    """

    def load(self, sid: bytes) -> SessionSecrets | None:
        """Give the secrets of a session, or None."""

    def save(self, sid: bytes, secrets: SessionSecrets) -> None:
        """Keep the secrets of a session in place of earlier ones."""

    def load_received(self, sid: bytes) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Give the encrypted shares that were received, by dealer."""

    def save_received(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Keep encrypted shares that were received, in place of earlier ones of the same dealers."""

    def load_handed_out(self, sid: bytes) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Give the encrypted shares that this participant hands out, by recipient."""

    def save_handed_out(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Keep the encrypted shares that this participant hands out, in place of earlier ones."""

    def load_share(self, sid: bytes) -> FinalShare | None:
        """Give the final share of a session, or None."""

    def save_share(self, sid: bytes, share: FinalShare) -> None:
        """Keep the final share of a session."""

    def erase(self, sid: bytes) -> None:
        """
        Erase the secrets of a session and the shares that were received.

        The final share stays, and so do the shares that are handed out: without the recipient's key, which it
        erases as well, they say nothing, and a recipient that was away for long still needs its own.
        """

    def forget_handed_out(self, sid: bytes) -> None:
        """Forget the shares that this participant hands out, when the session is over."""


class MemorySecretsStore:
    """
    Keeps secrets in memory only: for demonstrations and tests, they do not survive the process.

    Erasing drops the references; the interpreter reuses the memory when it likes.
    """

    def __init__(self) -> None:
        self._secrets: dict[bytes, SessionSecrets] = {}
        self._received: dict[bytes, dict[ChecksumAddress, EncryptedShare]] = {}
        self._handed_out: dict[bytes, Mapping[ChecksumAddress, EncryptedShare]] = {}
        self._shares: dict[bytes, FinalShare] = {}

    def load(self, sid: bytes) -> SessionSecrets | None:
        """Give the secrets of a session, or None."""
        return self._secrets.get(sid)

    def save(self, sid: bytes, secrets: SessionSecrets) -> None:
        """Keep the secrets of a session in place of earlier ones."""
        self._secrets[sid] = secrets

    def load_received(self, sid: bytes) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Give the encrypted shares that were received, by dealer."""
        return dict(self._received.get(sid, {}))

    def save_received(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Keep encrypted shares that were received, in place of earlier ones of the same dealers."""
        self._received.setdefault(sid, {}).update(shares)

    def load_handed_out(self, sid: bytes) -> Mapping[ChecksumAddress, EncryptedShare]:
        """Give the encrypted shares that this participant hands out, by recipient."""
        return self._handed_out.get(sid, {})

    def save_handed_out(self, sid: bytes, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        """Keep the encrypted shares that this participant hands out, in place of earlier ones."""
        self._handed_out[sid] = dict(shares)

    def load_share(self, sid: bytes) -> FinalShare | None:
        """Give the final share of a session, or None."""
        return self._shares.get(sid)

    def save_share(self, sid: bytes, share: FinalShare) -> None:
        """Keep the final share of a session."""
        self._shares[sid] = share

    def erase(self, sid: bytes) -> None:
        """Erase the secrets of a session and the shares that were received."""
        self._secrets.pop(sid, None)
        self._received.pop(sid, None)

    def forget_handed_out(self, sid: bytes) -> None:
        """Forget the shares that this participant hands out, when the session is over."""
        self._handed_out.pop(sid, None)
