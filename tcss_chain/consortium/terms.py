"""The terms that an organisation has agreed to, and whether a session has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.protocol.session import Configuration

from .agreement import Consortium, PhaseSeconds

_NO_PARENT: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What every session of a consortium must look like.

    An organisation's service joins any session with these terms and pays its bond, and declines any other.

    Attributes
    ----------
    consortium : str
        The consortium's name.
    members : tuple of ChecksumAddress
        Exactly the admitted addresses, in the order of their seats.
    threshold : int
        ``t``.
    auditor : ChecksumAddress
        Who may confirm and convict.
    bond : int
        Wei.
    beneficiary : ChecksumAddress
        Who receives forfeited bonds.
    phases : PhaseSeconds
        Lengths of the phases.
    bond_release : int
        How long after the last phase bonds stay locked, seconds.
    parents : frozenset of bytes
        The sessions that one may follow; following none is always allowed.
    """

    consortium: str
    members: tuple[ChecksumAddress, ...]
    threshold: int
    auditor: ChecksumAddress
    bond: int
    beneficiary: ChecksumAddress
    phases: PhaseSeconds
    bond_release: int
    parents: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, consortium: Consortium, parents: frozenset[bytes] = frozenset()) -> Terms:
        """
        Take the terms from a consortium file.

        Parameters
        ----------
        consortium : Consortium
            The file's content.
        parents : frozenset of bytes
            The sessions that one may follow.

        Returns
        -------
        Terms
            What was agreed on.

        Raises
        ------
        ConsortiumFileError
            If the file does not have all addresses.
        """
        return cls(
            consortium=consortium.name,
            members=consortium.members,
            threshold=consortium.threshold,
            auditor=consortium.auditor_address,
            bond=consortium.bond,
            beneficiary=consortium.beneficiary_address,
            phases=consortium.phases,
            bond_release=consortium.bond_release,
            parents=parents,
        )

    def objections(self, configuration: Configuration, now: int) -> tuple[str, ...]:
        """
        Say what about a session was not agreed on.

        Deadlines are absolute, terms are lengths. All phases after the first must be as long as agreed. The
        first one runs from the creation, and so it ends at most ``phases.confirm`` seconds from any later
        time: a session where it ends later would lock the bonds for longer than agreed. Only this objection
        can pass with time.

        Parameters
        ----------
        configuration : Configuration
            What the session is made of.
        now : int
            The chain's time, Unix seconds: that of a block that has the session.

        Returns
        -------
        tuple of str
            One sentence an objection; empty if the session has these terms.
        """
        return (*self._about_who(configuration), *self._about_when(configuration, now))

    def _about_who(self, configuration: Configuration) -> Iterator[str]:
        agreed, found = set(self.members), set(configuration.members)
        for member in self.members:
            if member not in found:
                yield f"The member {member} is not admitted."
        for member in configuration.members:
            if member not in agreed:
                yield f"{member} is admitted, but is no member."
        if agreed == found and configuration.members != self.members:
            yield "The members are not in the order of their addresses."
        for name in ("threshold", "auditor", "bond", "beneficiary"):
            given, wanted = getattr(configuration, name), getattr(self, name)
            if given != wanted:
                unit = " wei" if name == "bond" else ""
                yield f"The {name} is {given}{unit}, agreed is {wanted}{unit}."
        if configuration.parent != _NO_PARENT and configuration.parent not in self.parents:
            yield f"It follows the session 0x{configuration.parent.hex()}, which was not agreed on."

    def _about_when(self, configuration: Configuration, now: int) -> Iterator[str]:
        names = [field.name for field in fields(PhaseSeconds)]
        for before, name in pairwise(names):
            length = getattr(configuration, f"{name}_by") - getattr(configuration, f"{before}_by")
            wanted = getattr(self.phases, name)
            if length != wanted:
                yield f"The {name} phase lasts {length} s, agreed are {wanted} s."
        release = configuration.bond_release_time - configuration.challenge_by
        if release != self.bond_release:
            yield f"Bonds stay locked for {release} s after the last phase, agreed are {self.bond_release} s."
        latest = now + self.phases.confirm
        if configuration.confirm_by > latest:
            yield (
                f"The confirm phase ends {configuration.confirm_by - latest} s later than the agreed"
                f" {self.phases.confirm} s from the chain's time."
            )
