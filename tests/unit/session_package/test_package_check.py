"""A package is believed only if everything in it is what the contract keeps hashes of."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from support.session_packages import make_package, rehashed

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ChainContradictionError, ChainError, NodeError
from tcss_chain.chain.session_view import SessionView
from tcss_chain.curve import G
from tcss_chain.protocol.session import Configuration, Phase
from tcss_chain.session_package import (
    PackagedEvents,
    check_against_chain,
    check_package,
    collect_package,
    decode_package,
    encode_package,
)
from tcss_chain.session_package.errors import (
    PackageContradictsChainError,
    PackageError,
    PackageFormatError,
    PackageMismatchError,
)
from tcss_chain.session_package.package import SessionPackage

STRANGER = "0x" + "11" * 20
DOUBLED = [f"0x{word:064x}" for word in (G + G).words()]


def mismatch(package):
    with pytest.raises(PackageMismatchError, match="do not use it") as caught:
        check_package(package)
    return caught.value.what


def contradiction(package, connection):
    with pytest.raises(PackageContradictsChainError) as caught:
        check_against_chain(package, connection)
    return caught.value.what


def test_the_package_of_the_session_is_accepted(package, active):
    check_package(package)
    check_against_chain(package, active.connection)
    assert decode_package(encode_package(package)) == package


def first(items, change):
    return (change(items[0]), *items[1:])


def key(join, name):
    return replace(join, keys=replace(join.keys, **{name: getattr(join.keys, name) + G}))


def dealing(each, **changes):
    return replace(each, dealing=replace(each.dealing, **changes))


def bumped(vector, index):
    return (*vector[:index], vector[index] + G, *vector[index + 1 :])


def word(value):
    return bytes([value[0] ^ 1]) + value[1:]


CONFIGURATION = {
    "threshold": lambda value: value + 1,
    "members": lambda value: (*value[:-1], "0x" + "ff" * 20),
    "auditor": lambda _: STRANGER,
    **{
        name: lambda value: value + 1
        for name in (
            "confirm_by", "join_by", "deal_by", "complain_by", "reveal_by", "challenge_by",
            "bond_release_time", "bond",
        )
    },
    "beneficiary": lambda _: STRANGER,
    "parent": word,
}  # fmt: skip

ALTERED = {
    "sid": lambda p: replace(p, sid=word(p.sid)),
    "chain_id": lambda p: replace(p, chain_id=p.chain_id + 1),
    "contract": lambda p: replace(p, contract=STRANGER),
    "creator": lambda p: replace(p, creator=STRANGER),
    "salt": lambda p: replace(p, salt=word(p.salt)),
    "A": lambda p: replace(p, A=p.A + G),
    "roster_hash": lambda p: replace(p, roster_hash=word(p.roster_hash)),
    "dealings_hash": lambda p: replace(p, dealings_hash=word(p.dealings_hash)),
    "aggregate_hash": lambda p: replace(p, aggregate_hash=word(p.aggregate_hash)),
    "qualified": lambda p: replace(p, qualified=p.qualified | 0b10),
    "qualified less": lambda p: replace(p, qualified=p.qualified & p.qualified - 1),
    "qualified stranger": lambda p: replace(p, qualified=p.qualified | 1 << 100),
    "qualified none": lambda p: replace(p, qualified=0),
    "joins account": lambda p: replace(p, joins=first(p.joins, lambda j: replace(j, account=STRANGER))),
    "joins seat": lambda p: replace(p, joins=first(p.joins, lambda j: replace(j, seat=(j.seat + 1) % 5))),
    "joins far seat": lambda p: replace(p, joins=first(p.joins, lambda j: replace(j, seat=127))),
    "joins P": lambda p: replace(p, joins=first(p.joins, lambda j: key(j, "P"))),
    "joins D": lambda p: replace(p, joins=first(p.joins, lambda j: key(j, "D"))),
    "joins order": lambda p: replace(p, joins=p.joins[::-1]),
    "joins missing": lambda p: replace(p, joins=p.joins[:-1]),
    "joins none": lambda p: replace(p, joins=()),
    "joins twice": lambda p: replace(p, joins=(*p.joins, p.joins[0])),
    "dealings dealer": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: replace(d, dealer=p.dealings[1].dealer))
    ),
    "dealings stranger": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: replace(d, dealer=STRANGER))
    ),
    "dealings B": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: dealing(d, B=bumped(d.dealing.B, 0)))
    ),
    "dealings C": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: dealing(d, C=bumped(d.dealing.C, 1)))
    ),
    "dealings short": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: dealing(d, B=d.dealing.B[:-1]))
    ),
    "dealings long": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: dealing(d, C=(*d.dealing.C, G)))
    ),
    "dealings share_root": lambda p: replace(
        p, dealings=first(p.dealings, lambda d: dealing(d, share_root=word(d.dealing.share_root)))
    ),
    **{
        f"dealings {name}": lambda p, name=name: replace(
            p,
            dealings=first(
                p.dealings,
                lambda d: dealing(
                    d, proof=replace(d.dealing.proof, **{name: getattr(d.dealing.proof, name) ^ 1})
                ),
            ),
        )
        for name in ("challenge", "response_u", "response_v")
    },
    "dealings disqualified": lambda p: replace(
        p,
        dealings=tuple(
            dealing(d, B=bumped(d.dealing.B, 0)) if d == disqualified(p) else d for d in p.dealings
        ),
    ),
    "dealings disqualified missing": lambda p: replace(
        p, dealings=tuple(d for d in p.dealings if d != disqualified(p))
    ),
    "dealings order": lambda p: replace(p, dealings=p.dealings[::-1]),
    "dealings neighbours": lambda p: replace(
        p, dealings=(p.dealings[0], p.dealings[2], p.dealings[1], *p.dealings[3:])
    ),
    "dealings missing": lambda p: replace(p, dealings=p.dealings[1:]),
    "dealings none": lambda p: replace(p, dealings=()),
    "dealings twice": lambda p: replace(p, dealings=(*p.dealings, p.dealings[0])),
    "aggregate B": lambda p: replace(p, aggregate=replace(p.aggregate, B=bumped(p.aggregate.B, 0))),
    "aggregate C": lambda p: replace(p, aggregate=replace(p.aggregate, C=bumped(p.aggregate.C, 1))),
    "aggregate swapped": lambda p: replace(p, aggregate=replace(p.aggregate, B=p.aggregate.C)),
    "aggregate short": lambda p: replace(p, aggregate=replace(p.aggregate, B=p.aggregate.B[:-1])),
    **{
        f"configuration {name}": lambda p, name=name, change=change: replace(
            p,
            configuration=replace(p.configuration, **{name: change(getattr(p.configuration, name))}),
        )
        for name, change in CONFIGURATION.items()
    },
}


@pytest.mark.parametrize("name", ["dealings order", "dealings neighbours"])
def test_dealings_that_are_not_by_seat_are_refused_though_their_hash_fits(package, active, name):
    """No hash binds their order, so without a rule there would be several files of one session."""
    altered = ALTERED[name](package)
    assert rehashed(altered) == altered
    assert "order of the seats" in mismatch(altered)
    with pytest.raises(PackageMismatchError, match="order of the seats"):
        check_against_chain(altered, active.connection)


def disqualified(package):
    dealer = package.configuration.members[1]
    (found,) = [each for each in package.dealings if each.dealer == dealer]
    return found


def test_every_field_is_altered():
    names = {name.split(" ")[0] for name in ALTERED}
    assert names == {field.name for field in fields(SessionPackage)}
    assert set(CONFIGURATION) == {field.name for field in fields(Configuration)}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_package_does_not_fit_together(package, active, name):
    altered = ALTERED[name](package)
    assert altered != package
    mismatch(altered)
    with pytest.raises(PackageMismatchError):
        check_against_chain(altered, active.connection)


FITTING = [
    name
    for name in ALTERED
    if name.split(" ")[0] not in ("sid", "aggregate", "roster_hash", "dealings_hash", "aggregate_hash")
]


@pytest.mark.parametrize("name", FITTING)
def test_an_altered_package_with_hashes_made_to_fit_is_refused_by_the_chain(package, active, name):
    try:
        forged = rehashed(ALTERED[name](package))
    except ValueError:  # vectors of different lengths cannot be added up
        assert name in ("dealings short", "dealings long")
        return
    assert forged != package
    with pytest.raises((PackageMismatchError, PackageContradictsChainError)):
        check_against_chain(forged, active.connection)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("chain_id", "chain"),
        ("contract", "contract"),
        ("salt", "no such session"),
        ("configuration bond", "no such session"),
        ("A", "auditor's key"),
        ("joins P", "roster hash"),
        ("joins order", "roster hash"),
        ("dealings share_root", "dealings hash"),
        ("dealings disqualified", "dealings hash"),
        ("dealings disqualified missing", "dealings hash"),
        ("qualified", "qualified set"),
        ("qualified less", "qualified set"),
    ],
)
def test_the_chain_tells_what_a_package_that_fits_together_lies_about(package, active, name, what):
    forged = rehashed(ALTERED[name](package))
    check_package(forged)
    assert what in contradiction(forged, active.connection)


HARMLESS = [
    *(name for name in ALTERED if name.startswith(("aggregate", "qualified"))),
    "chain_id",
    "contract",
    "A",
    "roster_hash",
    "dealings_hash",
    "dealings order",
    "dealings neighbours",
]
"""What a view takes from the contract, or does not need."""


@pytest.mark.parametrize("name", [*ALTERED, *(f"{name}, made to fit" for name in FITTING)])
def test_a_view_never_believes_more_of_a_package_than_the_truth(package, active, name):
    """Whatever it is given, roster and aggregate are those of the contract, or there are none."""
    altered = ALTERED[name.removesuffix(", made to fit")](package)
    if name.endswith("made to fit"):
        try:
            altered = replace(rehashed(altered), sid=package.sid)
        except ValueError:
            return
    truth = active.view
    view = SessionView(active.connection, active.sid, events=PackagedEvents(altered))
    try:
        roster = view.roster()
        aggregate = view.aggregate(roster, view.dealings())
        configuration = view.configuration()
    except ChainContradictionError:
        assert name not in HARMLESS
        return
    assert roster == truth.roster()
    assert configuration == active.configuration
    assert aggregate == package.aggregate


def leaves(value, path=()):
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for step, each in items:
            yield from leaves(each, (*path, step))
    else:
        yield path, value


def other(value):
    if isinstance(value, int):
        return value + 1
    if len(value) == 66:
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return STRANGER if len(value) == 42 else value + "x"


def test_every_single_value_of_the_file_counts(package, active):
    text = encode_package(package)
    found = list(leaves(json.loads(text)))
    assert len(found) > 100
    for path, value in found:
        values = json.loads(text)
        place = values
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other(value)
        data = json.dumps(values, separators=(",", ":")).encode() + b"\n"
        assert data != text
        with pytest.raises((PackageFormatError, PackageMismatchError, PackageContradictsChainError)):
            check_against_chain(decode_package(data), active.connection)


def test_a_session_that_was_made_up_fits_together_and_is_refused_by_the_chain(active):
    made_up = make_package(4, 2)
    check_package(made_up)
    assert contradiction(made_up, active.connection) == "the chain is another one"
    here = rehashed(replace(made_up, chain_id=active.connection.chain_id))
    assert contradiction(here, active.connection) == "the contract is another one"
    here = rehashed(replace(here, contract=active.connection.contract_address))
    assert contradiction(here, active.connection) == "the contract has no such session"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"absent": 2, "disqualified": 0}, None),
        ({"absent": 0, "disqualified": 2}, None),
        ({"absent": 0, "disqualified": 3}, "fewer are qualified"),
        ({"absent": 3, "disqualified": 0}, "fewer are qualified"),
    ],
)
def test_at_least_the_threshold_must_be_qualified(change, what):
    package = make_package(4, 2, **change)
    if what is None:
        check_package(package)
    else:
        assert what in mismatch(package)


def test_a_session_that_is_not_active_has_no_true_package(consortium, connection):
    provider = connection.w3.provider
    consortium.run_to(Phase.COMPLAINING)
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    consortium.activate_unanimously()
    package = collect_package(consortium.view)
    check_against_chain(package, connection)
    provider.make_request("evm_revert", [snapshot])
    assert contradiction(package, connection) == "the session is not active"


def test_a_node_that_fails_is_no_verdict_on_the_package(package, active, monkeypatch):
    dead = Connection.__new__(Connection)
    dead.__dict__.update(active.connection.__dict__)

    def fail(action, _request):
        raise NodeError(action, "down")

    dead.ask = fail
    with pytest.raises(ChainError) as caught:
        check_against_chain(package, dead)
    assert not isinstance(caught.value, PackageError)
