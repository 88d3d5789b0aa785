"""Which sessions have the terms of a consortium."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.consortium import Auditor, Consortium, ConsortiumFileError, Organisation, PhaseSeconds, Terms
from tcss_chain.protocol.session import Configuration

NOW = 1_700_000_000
PARENT = b"p" * 32


def address(number):
    return to_checksum_address(number.to_bytes(20, "big"))


CONSORTIUM = Consortium(
    path="group.yaml",
    name="Group",
    threshold=2,
    organisations=tuple(Organisation(f"Member {index}", address(10 + index)) for index in range(3)),
    auditor=Auditor("Gateway", address(50)),
    bond=5,
    phases=PhaseSeconds(10, 20, 30, 40, 50, 60),
    bond_release=70,
    beneficiary=address(60),
)
TERMS = Terms.of(CONSORTIUM)
AGREED = CONSORTIUM.agreed_configuration(NOW)


def test_a_session_of_the_file_has_its_terms():
    assert TERMS.objections(AGREED, NOW) == ()


@pytest.mark.parametrize("later", [0, 1, 9, 10, 100, 10**9])
def test_it_has_them_at_any_time_after_its_creation(later):
    assert TERMS.objections(AGREED, NOW + later) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threshold": 3}, "The threshold is 3, agreed is 2."),
        ({"auditor": address(51)}, f"The auditor is {address(51)}, agreed is {address(50)}."),
        ({"bond": 6}, "The bond is 6 wei, agreed is 5 wei."),
        ({"bond": 0}, "The bond is 0 wei, agreed is 5 wei."),
        ({"beneficiary": address(61)}, f"The beneficiary is {address(61)}, agreed is {address(60)}."),
        ({"parent": PARENT}, f"It follows the session 0x{PARENT.hex()}, which was not agreed on."),
        ({"bond_release_time": AGREED.bond_release_time + 1}, "Bonds stay locked for 71 s"),
        ({"bond_release_time": AGREED.challenge_by}, "Bonds stay locked for 0 s"),
    ],
)
def test_what_differs_is_said(change, said):
    (objection,) = TERMS.objections(replace(AGREED, **change), NOW)
    assert objection.startswith(said)


@pytest.mark.parametrize("name", ["join", "deal", "complain", "reveal", "challenge"])
@pytest.mark.parametrize("by", [-1, 1, 10**6])
def test_every_phase_is_as_long_as_agreed(name, by):
    """All later deadlines move along, so that one phase alone differs."""
    names = [field.name for field in fields(PhaseSeconds)]
    moved = {f"{each}_by": getattr(AGREED, f"{each}_by") + by for each in names[names.index(name) :]}
    changed = replace(AGREED, **moved, bond_release_time=AGREED.bond_release_time + by)
    (objection,) = TERMS.objections(changed, NOW)
    wanted = getattr(CONSORTIUM.phases, name)
    assert objection == f"The {name} phase lasts {wanted + by} s, agreed are {wanted} s."


def test_a_session_that_begins_much_later_would_lock_bonds_for_longer():
    later = CONSORTIUM.agreed_configuration(NOW + 1000)
    (objection,) = TERMS.objections(later, NOW)
    assert objection.startswith("The confirm phase ends 1000 s later than the agreed 10 s")
    assert len(TERMS.objections(later, NOW + 999)) == 1
    assert TERMS.objections(later, NOW + 1000) == ()


def test_members_are_exactly_the_agreed_ones():
    fewer = replace(AGREED, members=AGREED.members[:-1])
    assert TERMS.objections(fewer, NOW) == (f"The member {address(12)} is not admitted.",)
    more = replace(AGREED, members=(*AGREED.members, address(99)))
    assert TERMS.objections(more, NOW) == (f"{address(99)} is admitted, but is no member.",)
    other = replace(AGREED, members=(*AGREED.members[:-1], address(99)))
    assert len(TERMS.objections(other, NOW)) == 2
    disordered = replace(AGREED, members=AGREED.members[::-1])
    assert TERMS.objections(disordered, NOW) == ("The members are not in the order of their addresses.",)
    twice = replace(AGREED, members=(*AGREED.members, AGREED.members[-1]))
    assert len(TERMS.objections(twice, NOW)) == 1


def test_a_parent_that_was_agreed_on_may_be_followed_or_not():
    terms = Terms.of(CONSORTIUM, frozenset({PARENT}))
    assert terms.objections(replace(AGREED, parent=PARENT), NOW) == ()
    assert terms.objections(AGREED, NOW) == ()
    assert len(terms.objections(replace(AGREED, parent=b"q" * 32), NOW)) == 1


def test_several_objections_are_all_said():
    changed = replace(AGREED, threshold=3, bond=7, challenge_by=AGREED.challenge_by + 1)
    assert len(TERMS.objections(changed, NOW)) == 4


def test_terms_need_all_addresses():
    for incomplete, field in (
        (replace(CONSORTIUM, beneficiary=None), "beneficiary"),
        (replace(CONSORTIUM, auditor=Auditor("Gateway")), "auditor.address"),
        (
            replace(CONSORTIUM, organisations=(*CONSORTIUM.organisations[:2], Organisation("Member 2"))),
            "organisations[2].address",
        ),
    ):
        with pytest.raises(ConsortiumFileError) as caught:
            Terms.of(incomplete)
        assert caught.value.field == field


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from([field.name for field in fields(Configuration)]), data=st.data())
def test_no_field_of_a_configuration_can_be_changed_unnoticed(name, data):
    """An earlier end of the confirm phase is noticed by the length of the join phase."""
    value = getattr(AGREED, name)
    others = {
        int: st.integers(0, 2**40 - 1),
        bytes: st.binary(min_size=32, max_size=32),
        str: st.integers(1, 2**160 - 1).map(address),
        tuple: st.lists(st.integers(1, 200).map(address), max_size=4).map(tuple),
    }
    other = data.draw(others[type(value)].filter(lambda drawn: drawn != value))
    assert TERMS.objections(replace(AGREED, **{name: other}), NOW)
