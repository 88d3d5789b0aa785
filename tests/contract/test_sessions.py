"""Creating sessions, what is read of them, and the auditor's confirmation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from support.consortium import BOND, Consortium
from support.events import events_of
from support.refusals import refuses, reverts_unnamed

from tcss_chain.chain.connection import Connection
from tcss_chain.curve import FIELD_MODULUS, G1, GROUP_ORDER, G, random_nonzero_scalar
from tcss_chain.protocol.possession import KeyRole, PossessionProof, prove_possession
from tcss_chain.protocol.roster import empty_roster_hash
from tcss_chain.protocol.session import Configuration, Phase, session_id

NOBODY = "0x" + "00" * 20
UNKNOWN = b"\x77" * 32
_KEYS = ((1, 2), (1, 2))
_DIGEST = (bytes(32), bytes(32), bytes(32), (0, 0, 0))
_SHARE = (0, 0, [bytes(32)] * 7)

Change = Callable[[Configuration], Configuration]


def try_to_create(consortium: Consortium, change: Change) -> bytes:
    """Simulate the creation with a changed configuration."""
    function = consortium.actions.create_session(consortium.salt, change(consortium.configuration))
    return bytes(consortium.creator.simulate(function))


def many_members(count: int) -> tuple[Any, ...]:
    return tuple(to_checksum_address((1000 + index).to_bytes(20, "big")) for index in range(count))


def confirm_call(
    consortium: Consortium, A: Any, proof: PossessionProof | tuple[int, int], sid: bytes | None = None
) -> Any:
    words = A.words() if isinstance(A, G1) else A
    pair = (proof.challenge, proof.response) if isinstance(proof, PossessionProof) else proof
    return consortium.connection.contract.functions.confirm(sid or consortium.sid, words, pair)


def true_proof(consortium: Consortium) -> PossessionProof:
    return prove_possession(
        consortium.sid, consortium.auditor.address, KeyRole.AUDITOR, consortium.alpha, consortium.A
    )


# ---------------------------------------------------------------- creation


def test_creation_stores_the_whole_configuration(fresh: Consortium) -> None:
    mined = fresh.create()
    assert fresh.reads.configuration(fresh.sid) == fresh.configuration
    assert fresh.reads.phase(fresh.sid) is Phase.CONFIRMING
    (event,) = events_of(fresh, mined, "SessionCreated")
    assert event["sid"] == fresh.sid
    assert event["creator"] == fresh.creator.address
    assert event["auditor"] == fresh.auditor.address
    assert event["salt"] == fresh.salt
    state = fresh.reads.state(fresh.sid)
    assert (state.joined, state.dealt, state.qualified, state.convicted, state.forfeits) == (0, 0, 0, 0, 0)
    assert state.roster_hash == state.aggregate_hash == bytes(32)
    assert state.A is None


def test_members_sit_in_the_order_of_the_configuration(confirming: Consortium) -> None:
    members = confirming.reads.members(confirming.sid)
    assert [member.account for member in members] == list(confirming.configuration.members)
    assert [member.seat for member in members] == [0, 1, 2, 3]
    assert not any(member.joined or member.evaluation_point for member in members)


@pytest.mark.parametrize(("threshold", "members"), [(0, 4), (1, 4), (5, 4), (255, 4), (2, 1), (2, 0)])
def test_threshold_must_lie_between_2_and_the_number_of_members(
    fresh: Consortium, threshold: int, members: int
) -> None:
    with refuses("ThresholdOutOfRange", threshold=threshold, members=members):
        try_to_create(fresh, lambda c: replace(c, threshold=threshold, members=c.members[:members]))


@pytest.mark.parametrize(("threshold", "members"), [(2, 2), (2, 128), (128, 128)])
def test_extreme_sizes_are_possible(fresh: Consortium, threshold: int, members: int) -> None:
    sid = try_to_create(fresh, lambda c: replace(c, threshold=threshold, members=many_members(members)))
    assert len(sid) == 32


def test_more_than_128_members_are_refused(fresh: Consortium) -> None:
    with refuses("TooManyMembers", members=129):
        try_to_create(fresh, lambda c: replace(c, members=many_members(129)))


@pytest.mark.parametrize(
    ("order", "index"), [((1, 0, 2, 3), 1), ((0, 1, 2, 2), 3), ((0, 0, 1, 2), 1), ((3, 2, 1, 0), 1)]
)
def test_members_must_be_strictly_ascending(fresh: Consortium, order: tuple[int, ...], index: int) -> None:
    with refuses("MembersNotAscending", index=index):
        try_to_create(fresh, lambda c: replace(c, members=tuple(c.members[place] for place in order)))


def test_the_zero_address_is_no_member(fresh: Consortium) -> None:
    with refuses("MembersNotAscending", index=0):
        try_to_create(fresh, lambda c: replace(c, members=(to_checksum_address(NOBODY), *c.members[1:])))


@pytest.mark.parametrize("seat", range(4))
def test_the_auditor_is_no_member(fresh: Consortium, seat: int) -> None:
    auditor = fresh.configuration.members[seat]
    with refuses("AuditorIsMember", auditor=auditor):
        try_to_create(fresh, lambda c: replace(c, auditor=auditor))


@pytest.mark.parametrize("field", ["auditor", "beneficiary"])
def test_auditor_and_beneficiary_are_not_zero(fresh: Consortium, field: str) -> None:
    with refuses("ZeroAddress"):
        try_to_create(fresh, lambda c: replace(c, **{field: to_checksum_address(NOBODY)}))


DEADLINES = ["confirm_by", "join_by", "deal_by", "complain_by", "reveal_by", "challenge_by"]


@pytest.mark.parametrize(("earlier", "later"), pairwise(DEADLINES))
@pytest.mark.parametrize("difference", [0, -1])
def test_deadlines_must_be_strictly_ascending(
    fresh: Consortium, earlier: str, later: str, difference: int
) -> None:
    with refuses("DeadlinesNotAscending"):
        try_to_create(fresh, lambda c: replace(c, **{later: getattr(c, earlier) + difference}))


def test_the_confirmation_deadline_must_lie_ahead(fresh: Consortium) -> None:
    fresh.pin(fresh.configuration.confirm_by)
    with refuses("DeadlinesNotAscending"):
        try_to_create(fresh, lambda c: c)
    assert try_to_create(fresh, lambda c: replace(c, confirm_by=c.confirm_by + 1))


def test_bonds_are_not_released_before_the_last_deadline(fresh: Consortium) -> None:
    with refuses("DeadlinesNotAscending"):
        try_to_create(fresh, lambda c: replace(c, bond_release_time=c.challenge_by - 1))
    assert try_to_create(fresh, lambda c: replace(c, bond_release_time=c.challenge_by))


def test_the_parent_must_exist(fresh: Consortium) -> None:
    with refuses("UnknownParent", parent=UNKNOWN):
        try_to_create(fresh, lambda c: replace(c, parent=UNKNOWN))


def test_a_session_may_follow_another(make_consortium: Callable[..., Consortium]) -> None:
    parent = make_consortium().run_to(Phase.CONFIRMING)
    child = make_consortium(parent=parent.sid).run_to(Phase.CONFIRMING)
    assert child.reads.configuration(child.sid).parent == parent.sid


def test_the_same_session_cannot_be_created_twice(confirming: Consortium) -> None:
    with refuses("SessionExists", sid=confirming.sid):
        confirming.create()


def test_another_creator_or_salt_makes_another_session(confirming: Consortium) -> None:
    connection, configuration = confirming.connection, confirming.configuration
    for sender, salt in ((confirming.outsider, confirming.salt), (confirming.creator, b"\x01" * 32)):
        sid = bytes(sender.simulate(confirming.actions.create_session(salt, configuration)))
        contract = connection.contract_address
        assert sid == session_id(connection.chain_id, contract, sender.address, salt, configuration)
        assert sid != confirming.sid


def test_values_wider_than_their_fields_are_no_configuration(fresh: Consortium) -> None:
    data = fresh.actions.create_session(fresh.salt, fresh.configuration)._encode_transaction_data()
    # The threshold is the first word of the configuration, after selector, salt and offset.
    place = 2 + 2 * (4 + 32 + 32)
    assert int(data[place : place + 64], 16) == fresh.configuration.threshold
    widened = data[:place] + f"{256 + fresh.configuration.threshold:064x}" + data[place + 64 :]
    call: Any = {"to": fresh.connection.contract_address, "from": fresh.creator.address}
    w3 = fresh.connection.w3
    assert bytes(fresh.connection.ask("creation", lambda: w3.eth.call({**call, "data": data}))) == fresh.sid
    with reverts_unnamed():
        fresh.connection.ask("creation", lambda: w3.eth.call({**call, "data": widened}))


def test_a_bond_of_88_bits_is_the_largest_one(fresh: Consortium) -> None:
    configuration = replace(fresh.configuration, bond=2**88 - 1)
    data = fresh.actions.create_session(fresh.salt, configuration)._encode_transaction_data()
    call: Any = {"to": fresh.connection.contract_address, "from": fresh.creator.address}
    w3 = fresh.connection.w3

    def create(bond: int) -> bytes:
        word, widened = f"{2**88 - 1:064x}", f"{bond:064x}"
        assert data.count(word) == 1
        changed = {**call, "data": data.replace(word, widened)}
        return bytes(fresh.connection.ask("creation", lambda: w3.eth.call(changed)))

    assert create(2**88 - 1) == session_id(
        fresh.connection.chain_id,
        fresh.connection.contract_address,
        fresh.creator.address,
        fresh.salt,
        configuration,
    )
    for bond in (2**88, 2**96 - 1, 2**96, 2**128, 2**256 - 1):
        with reverts_unnamed():
            create(bond)


# ---------------------------------------------------------------- reading


def test_sessions_are_listed_in_the_order_of_creation(make_consortium: Callable[..., Consortium]) -> None:
    reads = make_consortium().reads
    before = reads.session_count()
    created = [make_consortium().run_to(Phase.CONFIRMING).sid for _ in range(3)]
    assert reads.session_count() == before + 3
    assert reads.session_ids(before, 10) == tuple(created)
    assert reads.session_ids(before + 1, 1) == (created[1],)
    assert reads.session_ids(before, 0) == ()
    assert reads.session_ids(before + 3, 5) == ()
    assert reads.session_ids(2**256 - 1, 2**256 - 1) == ()
    assert reads.session_ids(before, 2**256 - 1) == tuple(created)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("phaseOf", ()),
        ("configurationOf", ()),
        ("stateOf", ()),
        ("participantsOf", ()),
        ("faultOf", (NOBODY,)),
        ("bondOf", (NOBODY,)),
        ("acceptanceHash", (0, bytes(32))),
        ("recordFault", (NOBODY,)),
        ("complainMissingShare", (NOBODY,)),
        ("activateUnanimously", (0, bytes(32), [])),
        ("aggregate", (0, [], [], [])),
        ("withdrawBond", (NOBODY,)),
        ("withdrawForfeits", ()),
        ("confirm", ((1, 2), (0, 0))),
        ("join", (((1, 2), (1, 2)), (0, 0), (0, 0))),
        ("deal", (bytes(32), ([], [], bytes(32), (0, 0, 0)))),
        ("complainInvalidProof", (NOBODY, (bytes(32), ([], [], bytes(32), (0, 0, 0))))),
        ("complainInvalidShare", (NOBODY, _KEYS, _KEYS, bytes(32), _DIGEST, _SHARE, ((1, 2), 0, 0), 0, [])),
        ("revealShare", (NOBODY, NOBODY, bytes(32), _DIGEST, _SHARE)),
        ("recordsOfSession", ()),
    ],
)
def test_unknown_sessions_are_refused(connection: Connection, name: str, arguments: tuple[Any, ...]) -> None:
    function = connection.contract.get_function_by_name(name)(UNKNOWN, *arguments)
    with refuses("UnknownSession", sid=UNKNOWN):
        connection.ask(name, function.call)


def test_only_members_can_be_looked_up(confirming: Consortium) -> None:
    with refuses("NotMember", account=confirming.outsider.address):
        confirming.reads.member(confirming.sid, confirming.outsider.address)
    assert confirming.reads.member(confirming.sid, confirming.members[2].address).seat == 2


# ---------------------------------------------------------------- confirmation


def test_confirmation_opens_joining(confirming: Consortium) -> None:
    assert not confirming.connection.contract.functions.isAuditorKeyUsed(confirming.A.words()[0]).call()
    confirming.confirm()
    state = confirming.reads.state(confirming.sid)
    assert (state.phase, state.A) == (Phase.JOINING, confirming.A)
    assert state.roster_hash == empty_roster_hash(confirming.sid, confirming.A)
    assert confirming.connection.contract.functions.isAuditorKeyUsed(confirming.A.words()[0]).call()


def test_only_the_auditor_confirms(confirming: Consortium) -> None:
    for stranger in (confirming.outsider, confirming.creator, confirming.members[0].sender):
        proof = prove_possession(
            confirming.sid, stranger.address, KeyRole.AUDITOR, confirming.alpha, confirming.A
        )
        with refuses("NotAuditor", caller=stranger.address):
            stranger.simulate(confirm_call(confirming, confirming.A, proof))


def test_a_session_is_confirmed_once(joining: Consortium) -> None:
    joining.alpha = random_nonzero_scalar()
    with refuses("WrongPhase", current=Phase.JOINING):
        joining.confirm()


@pytest.mark.parametrize("sign", [1, -1], ids=["the key", "its negative"])
def test_an_auditor_key_serves_one_session(make_consortium: Callable[..., Consortium], sign: int) -> None:
    first, second = make_consortium().run_to(Phase.JOINING), make_consortium().run_to(Phase.CONFIRMING)
    second.alpha = sign * first.alpha % GROUP_ORDER
    with refuses("AuditorKeyReused", x=first.A.words()[0]):
        second.confirm()


def test_a_key_that_was_not_accepted_is_not_used_up(confirming: Consortium) -> None:
    proof = true_proof(confirming)
    with refuses("InvalidPossession", owner=confirming.auditor.address, role=KeyRole.AUDITOR):
        confirming.auditor.send(
            confirm_call(confirming, confirming.A, replace(proof, response=proof.response ^ 1))
        )
    confirming.confirm()


def test_the_identity_is_no_auditor_key(confirming: Consortium) -> None:
    confirming.alpha = 0
    with refuses("IdentityNotAllowed"):
        confirming.confirm()


def test_key_coordinates_and_proof_scalars_must_be_canonical(confirming: Consortium) -> None:
    (x, y), proof = confirming.A.words(), true_proof(confirming)
    for words, wrong in (((x + FIELD_MODULUS, y), x), ((x, y + FIELD_MODULUS), y)):
        with refuses("CoordinateOutOfRange", coordinate=wrong + FIELD_MODULUS):
            confirming.auditor.simulate(confirm_call(confirming, words, proof))
    with refuses("NotOnCurve", x=x, y=y ^ 1):
        confirming.auditor.simulate(confirm_call(confirming, (x, y ^ 1), proof))
    for field in ("challenge", "response"):
        scalar = getattr(proof, field) + GROUP_ORDER
        with refuses("ScalarOutOfRange", scalar=scalar):
            wider = replace(proof, **{field: scalar})
            confirming.auditor.simulate(confirm_call(confirming, confirming.A, wider))


def test_possession_is_bound_to_session_owner_role_and_key(
    confirming: Consortium, make_consortium: Callable[..., Consortium]
) -> None:
    auditor, alpha, A = confirming.auditor.address, confirming.alpha, confirming.A
    other_sid = make_consortium().run_to(Phase.CONFIRMING).sid
    proof = true_proof(confirming)
    wrong = [
        prove_possession(other_sid, auditor, KeyRole.AUDITOR, alpha, A),
        prove_possession(confirming.sid, confirming.outsider.address, KeyRole.AUDITOR, alpha, A),
        prove_possession(confirming.sid, auditor, KeyRole.ENCRYPTION, alpha, A),
        prove_possession(confirming.sid, auditor, KeyRole.DEALING, alpha, A),
        prove_possession(confirming.sid, auditor, KeyRole.AUDITOR, alpha + 1, A),
        prove_possession(confirming.sid, auditor, KeyRole.AUDITOR, alpha + 1, G * (alpha + 1)),
        replace(proof, challenge=proof.challenge ^ 1),
        replace(proof, response=proof.response ^ 1),
        PossessionProof(0, 0),
    ]
    for each in wrong:
        with refuses("InvalidPossession", owner=auditor, role=KeyRole.AUDITOR):
            confirming.auditor.simulate(confirm_call(confirming, A, each))
    confirming.auditor.simulate(confirm_call(confirming, A, proof))


def test_bond_may_be_zero(make_consortium: Callable[..., Consortium]) -> None:
    assert BOND > 0
    consortium = make_consortium(bond=0).run_to(Phase.DEALING)
    assert consortium.reads.phase(consortium.sid) is Phase.DEALING
