"""What the organisations of a consortium agree on before they use the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Final, TypeVar

from eth_typing import ChecksumAddress

from tcss_chain.protocol.session import Configuration

from .errors import ConsortiumFileError

_NO_PARENT: Final = bytes(32)

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class PhaseSeconds:
    """
    How long each phase lasts at most, in seconds.

    Attributes
    ----------
    confirm, join, deal, complain, reveal, challenge : int
        Positive.
    """

    confirm: int
    join: int
    deal: int
    complain: int
    reveal: int
    challenge: int

    @classmethod
    def equal(cls, seconds: int) -> PhaseSeconds:
        """Make all phases equally long."""
        return cls(*(seconds for _ in fields(cls)))


@dataclass(frozen=True, slots=True)
class Organisation:
    """
    A member of the consortium.

    Attributes
    ----------
    name : str
        What it is called.
    address : ChecksumAddress or None
        The account that joins sessions; None in a file that only names the members.
    service : str or None
        The base URL where it hands out shares to the others.
    """

    name: str
    address: ChecksumAddress | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Auditor:
    """
    The consortium's auditor.

    Attributes
    ----------
    name : str
        What it is called.
    address : ChecksumAddress or None
        The account that confirms sessions and convicts.
    """

    name: str
    address: ChecksumAddress | None = None


@dataclass(frozen=True, slots=True)
class Consortium:
    """
    What the organisations agree on before they use the chain.

    Attributes
    ----------
    path : str
        The file that says so, for messages.
    name : str
        What the consortium is called.
    threshold : int
        ``t``.
    organisations : tuple of Organisation
        The members, in the order of the file.
    auditor : Auditor
        The auditor.
    bond : int
        Wei.
    phases : PhaseSeconds
        Lengths of the phases.
    bond_release : int
        How long after the last phase bonds stay locked, seconds.
    beneficiary : ChecksumAddress or None
        Who receives forfeited bonds.
    """

    path: str
    name: str
    threshold: int
    organisations: tuple[Organisation, ...]
    auditor: Auditor
    bond: int
    phases: PhaseSeconds
    bond_release: int
    beneficiary: ChecksumAddress | None = None

    @property
    def members(self) -> tuple[ChecksumAddress, ...]:
        """
        The members' addresses, in the order of their seats.

        Raises
        ------
        ConsortiumFileError
            If the file does not have all of them.
        """
        return _in_order(
            [
                self._needed(organisation.address, f"organisations[{index}].address", "an address")
                for index, organisation in enumerate(self.organisations)
            ]
        )

    @property
    def auditor_address(self) -> ChecksumAddress:
        """
        The auditor's address.

        Raises
        ------
        ConsortiumFileError
            If the file does not have it.
        """
        return self._needed(self.auditor.address, "auditor.address", "an address")

    @property
    def beneficiary_address(self) -> ChecksumAddress:
        """
        Who receives forfeited bonds.

        Raises
        ------
        ConsortiumFileError
            If the file does not have it.
        """
        return self._needed(self.beneficiary, "beneficiary", "an address")

    def services(self) -> Mapping[ChecksumAddress, str]:
        """
        Give the base URL of every member's service.

        Returns
        -------
        mapping of ChecksumAddress to str
            In the order of the file.

        Raises
        ------
        ConsortiumFileError
            If the file does not have all addresses and services.
        """
        services = {}
        for index, organisation in enumerate(self.organisations):
            place = f"organisations[{index}]"
            address = self._needed(organisation.address, f"{place}.address", "an address")
            services[address] = self._needed(organisation.service, f"{place}.service", "a base URL")
        return services

    def names(self) -> Mapping[ChecksumAddress, str]:
        """Give the names of the members and the auditor, as far as the file has their addresses."""
        named: tuple[Organisation | Auditor, ...] = (*self.organisations, self.auditor)
        return {each.address: each.name for each in named if each.address is not None}

    def configuration(
        self,
        members: Sequence[ChecksumAddress],
        auditor: ChecksumAddress,
        beneficiary: ChecksumAddress,
        now: int,
        parent: bytes = _NO_PARENT,
    ) -> Configuration:
        """
        Make a session's configuration for given addresses.

        Parameters
        ----------
        members : sequence of ChecksumAddress
            The members' addresses, in any order.
        auditor : ChecksumAddress
            The auditor's address.
        beneficiary : ChecksumAddress
            Who receives forfeited bonds.
        now : int
            The chain's time, Unix seconds.
        parent : bytes
            The session that it follows, or 32 zero bytes.

        Returns
        -------
        Configuration
            With absolute deadlines.
        """
        lengths = (getattr(self.phases, field.name) for field in fields(self.phases))
        confirm_by, join_by, deal_by, complain_by, reveal_by, challenge_by = (
            now + passed for passed in accumulate(lengths)
        )
        return Configuration(
            threshold=self.threshold,
            members=_in_order(members),
            auditor=auditor,
            confirm_by=confirm_by,
            join_by=join_by,
            deal_by=deal_by,
            complain_by=complain_by,
            reveal_by=reveal_by,
            challenge_by=challenge_by,
            bond_release_time=challenge_by + self.bond_release,
            bond=self.bond,
            beneficiary=beneficiary,
            parent=parent,
        )

    def agreed_configuration(self, now: int, parent: bytes = _NO_PARENT) -> Configuration:
        """
        Make a session's configuration for the addresses of the file.

        Parameters
        ----------
        now : int
            The chain's time, Unix seconds.
        parent : bytes
            The session that it follows, or 32 zero bytes.

        Returns
        -------
        Configuration
            With absolute deadlines; it has the consortium's terms.

        Raises
        ------
        ConsortiumFileError
            If the file does not have all addresses.
        """
        return self.configuration(self.members, self.auditor_address, self.beneficiary_address, now, parent)

    def _needed(self, value: _Value | None, field: str, what: str) -> _Value:
        if value is None:
            raise ConsortiumFileError(
                self.path, field, f"{what} is missing here; it is needed to create or join a session"
            )
        return value


def _in_order(addresses: Sequence[ChecksumAddress]) -> tuple[ChecksumAddress, ...]:
    """Sort as the contract wants it: by number, not by spelling."""
    return tuple(sorted(addresses, key=lambda address: int(address, 16)))
