"""Session packages as JSON, each in exactly one way (docs/protocol.md, section 10)."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Final

from tcss_chain.chain.session_events import JoinedEvent
from tcss_chain.curve import G1, decode_g1
from tcss_chain.curve.errors import CurveDecodingError
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.dealing import Dealing, PolynomialProof
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import MAX_BOND, MAX_MEMBERS, Configuration
from tcss_chain.strict_json import JsonObject, StrictJsonError, account, parse_json, scalar, word_digits

from .errors import PackageFormatError
from .package import PackagedDealing, SessionPackage

FORMAT: Final = "tcss-session-package-1"

MAX_BYTES: Final = 5_000_000
"""Room for 128 participants with threshold 128."""

_HIGHEST_TIME: Final = 2**40 - 1
_TIMES: Final = (
    "confirm_by",
    "join_by",
    "deal_by",
    "complain_by",
    "reveal_by",
    "challenge_by",
    "bond_release_time",
)
_CONFIGURATION_FIELDS: Final = tuple(field.name for field in fields(Configuration))
_JOIN_FIELDS: Final = ("account", "seat", "P", "D")
_DEALING_FIELDS: Final = ("dealer", "B", "C", "share_root", "challenge", "response_u", "response_v")
_FIELDS: Final = (
    "format",
    "session",
    "chain_id",
    "contract",
    "creator",
    "salt",
    "configuration",
    "auditor_key",
    "joins",
    "roster_hash",
    "dealings",
    "dealings_hash",
    "qualified",
    "aggregate",
    "aggregate_hash",
)


def encode_package(package: SessionPackage) -> bytes:
    """
    Write a package; equal packages give the same bytes.

    Parameters
    ----------
    package : SessionPackage
        The package.

    Returns
    -------
    bytes
        One line of JSON.
    """
    aggregate = package.aggregate
    values = {
        "format": FORMAT,
        "session": _hex(package.sid),
        "chain_id": package.chain_id,
        "contract": package.contract,
        "creator": package.creator,
        "salt": _hex(package.salt),
        "configuration": _encode_configuration(package.configuration),
        "auditor_key": _encode_point(package.A),
        "joins": [_encode_join(join) for join in package.joins],
        "roster_hash": _hex(package.roster_hash),
        "dealings": [_encode_dealing(each) for each in package.dealings],
        "dealings_hash": _hex(package.dealings_hash),
        "qualified": _word(package.qualified),
        "aggregate": {"B": _encode_vector(aggregate.B), "C": _encode_vector(aggregate.C)},
        "aggregate_hash": _hex(package.aggregate_hash),
    }
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def decode_package(data: bytes) -> SessionPackage:
    """
    Read a package.

    Parameters
    ----------
    data : bytes
        A file from anybody.

    Returns
    -------
    SessionPackage
        All values are in range and all points on the curve; whether they belong together is up to
        `check_package`, and whether they are true to `check_against_chain`.

    Raises
    ------
    PackageFormatError
        If it is too long, not in the format, or not written as `encode_package` writes it.
    """
    if len(data) > MAX_BYTES:
        raise PackageFormatError(f"it is longer than {MAX_BYTES} bytes")
    try:
        package = _decode(JsonObject(parse_json(data), _FIELDS))
    except StrictJsonError as error:
        raise PackageFormatError(error.what) from None
    except CurveDecodingError as error:
        raise PackageFormatError(str(error)) from None
    if encode_package(package) != data:
        raise PackageFormatError("spaces or the order of its fields are not those of the format")
    return package


def _encode_configuration(configuration: Configuration) -> dict[str, Any]:
    values = {name: getattr(configuration, name) for name in _CONFIGURATION_FIELDS}
    return values | {
        "members": list(configuration.members),
        "bond": _word(configuration.bond),
        "parent": _hex(configuration.parent),
    }


def _encode_join(join: JoinedEvent) -> dict[str, Any]:
    P, D = _encode_point(join.keys.P), _encode_point(join.keys.D)
    return {"account": join.account, "seat": join.seat, "P": P, "D": D}


def _encode_dealing(packaged: PackagedDealing) -> dict[str, Any]:
    dealing, proof = packaged.dealing, packaged.dealing.proof
    return {
        "dealer": packaged.dealer,
        "B": _encode_vector(dealing.B),
        "C": _encode_vector(dealing.C),
        "share_root": _hex(dealing.share_root),
        "challenge": _word(proof.challenge),
        "response_u": _word(proof.response_u),
        "response_v": _word(proof.response_v),
    }


def _encode_vector(vector: tuple[G1, ...]) -> list[list[str]]:
    return [_encode_point(point) for point in vector]


def _encode_point(point: G1) -> list[str]:
    return [_word(word) for word in point.words()]


def _word(number: int) -> str:
    return f"0x{number:064x}"


def _hex(word: bytes) -> str:
    return f"0x{word.hex()}"


def _decode(values: JsonObject) -> SessionPackage:
    if values.raw("format") != FORMAT:
        raise StrictJsonError(f"the format {FORMAT} is expected")
    aggregate = JsonObject(values.raw("aggregate"), ("B", "C"))
    return SessionPackage(
        sid=values.word("session"),
        chain_id=values.integer("chain_id"),
        contract=account(values.raw("contract"), "contract"),
        creator=account(values.raw("creator"), "creator"),
        salt=values.word("salt"),
        configuration=_configuration(values.raw("configuration")),
        A=_key(values.raw("auditor_key"), "auditor_key"),
        joins=tuple(_join(each) for each in _few(values, "joins")),
        roster_hash=values.word("roster_hash"),
        dealings=tuple(_dealing(each) for each in _few(values, "dealings")),
        dealings_hash=values.word("dealings_hash"),
        qualified=_bounded(values, "qualified", 2**MAX_MEMBERS - 1),
        aggregate=SealedAggregate(_vector(aggregate, "B"), _vector(aggregate, "C")),
        aggregate_hash=values.word("aggregate_hash"),
    )


def _configuration(value: object) -> Configuration:
    values = JsonObject(value, _CONFIGURATION_FIELDS)
    members = values.accounts("members")
    if not 2 <= len(members) <= MAX_MEMBERS:
        raise StrictJsonError(f"there are not 2 to {MAX_MEMBERS} members")
    threshold = values.integer("threshold", len(members))
    if threshold < 2:
        raise StrictJsonError("the threshold is below 2")
    return Configuration(
        threshold=threshold,
        members=members,
        auditor=account(values.raw("auditor"), "auditor"),
        bond=_bounded(values, "bond", MAX_BOND),
        beneficiary=account(values.raw("beneficiary"), "beneficiary"),
        parent=values.word("parent"),
        **{name: values.integer(name, _HIGHEST_TIME) for name in _TIMES},
    )


def _join(value: object) -> JoinedEvent:
    values = JsonObject(value, _JOIN_FIELDS)
    return JoinedEvent(
        account(values.raw("account"), "account"),
        values.integer("seat", MAX_MEMBERS - 1),
        ParticipantKeys(P=_key(values.raw("P"), "P"), D=_key(values.raw("D"), "D")),
    )


def _dealing(value: object) -> PackagedDealing:
    values = JsonObject(value, _DEALING_FIELDS)
    proof = PolynomialProof(
        *(scalar(values.raw(name), name) for name in ("challenge", "response_u", "response_v"))
    )
    dealing = Dealing(_vector(values, "B"), _vector(values, "C"), values.word("share_root"), proof)
    return PackagedDealing(account(values.raw("dealer"), "dealer"), dealing)


def _vector(values: JsonObject, name: str) -> tuple[G1, ...]:
    return tuple(decode_g1(*_pair(each, name), allow_identity=True, name=name) for each in _few(values, name))


def _key(value: object, name: str) -> G1:
    return decode_g1(*_pair(value, name), allow_identity=False, name=name)


def _pair(value: object, name: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise StrictJsonError(f"{name} has something that is no pair of coordinates")
    return int(word_digits(value[0], name), 16), int(word_digits(value[1], name), 16)


def _bounded(values: JsonObject, name: str, highest: int) -> int:
    number = int.from_bytes(values.word(name), "big")
    if number > highest:
        raise StrictJsonError(f"{name} is above {highest}")
    return number


def _few(values: JsonObject, name: str) -> list[object]:
    found = values.items(name)
    if len(found) > MAX_MEMBERS:
        raise StrictJsonError(f"{name} are more than {MAX_MEMBERS}")
    return found
