"""Reading and checking a consortium file (YAML)."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from tcss_chain.protocol.session import MAX_BOND, MAX_MEMBERS
from tcss_chain.yaml_files import FieldReader, load_yaml

from .agreement import Auditor, Consortium, Organisation, PhaseSeconds
from .errors import ConsortiumFileError

_MAX_SECONDS: Final = 1 << 32
_NEEDED: Final = ("consortium", "threshold", "organisations", "auditor", "bond", "phases", "bond_release")
_PHASES: Final = tuple(field.name for field in fields(PhaseSeconds))


def load_consortium(path: Path) -> Consortium:
    """
    Read a consortium file.

    Names, threshold, bond and lengths of the phases must be there. Addresses and services may be left out, as
    for a demonstration that makes its own; what needs them says so.

    Parameters
    ----------
    path : Path
        A YAML file; ``examples/consortium.yaml`` explains the fields.

    Returns
    -------
    Consortium
        Checked.

    Raises
    ------
    ConsortiumFileError
        If the file cannot be read, or a field is missing, unknown, out of range or contradicts another.
    """
    reader = FieldReader(path, ConsortiumFileError)
    top = reader.mapping(load_yaml(path, ConsortiumFileError), "file", _NEEDED, ("beneficiary",))
    organisations = _organisations(reader, top["organisations"])
    auditor = _auditor(reader, top["auditor"])
    if auditor.address is not None and auditor.address in {each.address for each in organisations}:
        reader.fail("auditor.address", "this is an organisation's address; the auditor is no member")
    phases = reader.mapping(top["phases"], "phases", _PHASES)
    return Consortium(
        path=str(path),
        name=reader.name(top["consortium"], "consortium"),
        threshold=reader.integer(top["threshold"], "threshold", 2, len(organisations)),
        organisations=organisations,
        auditor=auditor,
        bond=reader.integer(top["bond"], "bond", 0, MAX_BOND),
        phases=PhaseSeconds(
            **{
                name: reader.integer(value, f"phases.{name}", 1, _MAX_SECONDS)
                for name, value in phases.items()
            }
        ),
        bond_release=reader.integer(top["bond_release"], "bond_release", 0, _MAX_SECONDS),
        beneficiary=reader.address(top["beneficiary"], "beneficiary") if "beneficiary" in top else None,
    )


def _organisations(reader: FieldReader, value: Any) -> tuple[Organisation, ...]:
    organisations = tuple(
        _organisation(reader, entry, f"organisations[{index}]")
        for index, entry in enumerate(reader.entries(value, "organisations", 2, MAX_MEMBERS))
    )
    names = [each.name for each in organisations]
    if len(set(names)) < len(names):
        reader.fail("organisations", "every name must be there once only")
    for field in ("address", "service"):
        first: dict[str, int] = {}
        for index, each in enumerate(organisations):
            given = getattr(each, field)
            if given is None:
                continue
            if given in first:
                reader.fail(
                    f"organisations[{index}].{field}",
                    f"organisations[{first[given]}] has the same; everybody needs its own",
                )
            first[given] = index
    return organisations


def _organisation(reader: FieldReader, value: Any, place: str) -> Organisation:
    entry = reader.mapping(value, place, ("name",), ("address", "service"))
    return Organisation(
        name=reader.name(entry["name"], f"{place}.name"),
        address=reader.address(entry["address"], f"{place}.address") if "address" in entry else None,
        service=reader.service_url(entry["service"], f"{place}.service") if "service" in entry else None,
    )


def _auditor(reader: FieldReader, value: Any) -> Auditor:
    if not isinstance(value, dict):
        return Auditor(reader.name(value, "auditor"))
    entry = reader.mapping(value, "auditor", ("name",), ("address",))
    return Auditor(
        name=reader.name(entry["name"], "auditor.name"),
        address=reader.address(entry["address"], "auditor.address") if "address" in entry else None,
    )
