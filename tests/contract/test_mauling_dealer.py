"""
A dishonest majority whose last dealer tries to choose the secret (protocol section 3).

To a dealing of its own the cheat adds the honest dealers' sealed commitments, negated and multiplied by a
polynomial that is 1 at zero and 0 at every honest point. It knows every honest recipient's share, so each of
them verifies; the honest contributions cancel at zero, and the secret is what the cheat chose. Only the proof
of knowledge is out of its reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from support.complaints import posted, share_complaint
from support.consortium import BOND, Consortium, TestMember
from support.misdealing import deal_vectors
from support.refusals import refuses

from tcss_chain.curve import G1, GROUP_ORDER, G, inverse, random_scalar
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import Dealing, DealingPolynomials, DealtShares, verify_polynomial_proof
from tcss_chain.protocol.session import Fault, Phase
from tcss_chain.protocol.share_encryption import decrypt_share
from tcss_chain.protocol.share_verification import ReceivedShare, failing_equation, find_invalid_shares

HONEST, CORRUPT = (0, 1), (2, 3)
CHEAT = 4


@dataclass
class Mauling:
    """The session after the attack, and what the cheat chose."""

    consortium: Consortium
    secret: int
    dealt: DealtShares
    own: DealingPolynomials

    @property
    def cheat(self) -> TestMember:
        return self.consortium.members[CHEAT]

    @property
    def honest(self) -> list[TestMember]:
        return [self.consortium.members[seat] for seat in HONEST]

    def received(self, recipient: TestMember, dealer: TestMember) -> ReceivedShare:
        """What the recipient decrypts of the share that the dealer made for it."""
        assert dealer.dealt is not None
        dealing, sid = dealer.dealt.dealing, self.consortium.sid
        digest = dealing.digest(sid)
        share = decrypt_share(
            sid, dealer.keys.D * recipient.e, dealer.address, recipient.address, digest.hash_B, digest.hash_C,
            dealer.dealt.shares[recipient.address],
        )  # fmt: skip
        return ReceivedShare(dealing, share)


def vanishing_polynomial(points: list[int]) -> list[int]:
    """Coefficients of ``prod (1 - X/x)``."""
    coefficients = [1]
    for x in points:
        slope = -inverse(x)
        shifted = [0, *(slope * each for each in coefficients)]
        coefficients = [
            (left + right) % GROUP_ORDER for left, right in zip([*coefficients, 0], shifted, strict=True)
        ]
    return coefficients


def maul(consortium: Consortium) -> Mauling:
    """Everybody else has dealt; the cheat deals last."""
    roster, cheat = consortium.roster(), consortium.members[CHEAT]
    posted = consortium.view.dealings()
    honest = [posted[consortium.members[seat].address] for seat in HONEST]
    points = [roster.participant(consortium.members[seat].address).x for seat in HONEST]
    P = vanishing_polynomial(points)
    assert len(P) == roster.threshold

    accomplices = [consortium.members[seat].polynomials for seat in CORRUPT]
    chosen = random_scalar()
    own = DealingPolynomials.draw(roster.threshold)
    known = sum(each.a[0] for each in accomplices if each is not None)
    own = replace(own, a=((chosen - known) % GROUP_ORDER, *own.a[1:]))

    sealed_B = G1.sum(dealing.B[0] for dealing in honest)
    sealed_C = G1.sum(dealing.C[0] for dealing in honest)
    B = [G * b_m - sealed_B * P_m for b_m, P_m in zip(own.b, P, strict=True)]
    C = [G * a_m + roster.A * b_m - sealed_C * P_m for a_m, b_m, P_m in zip(own.a, own.b, P, strict=True)]
    dealt = deal_vectors(roster, cheat.address, cheat.d, B, C, own)
    consortium.deal(cheat, dealt)
    return Mauling(consortium, chosen, dealt, own)


@pytest.fixture
def mauling(make_consortium: Callable[..., Consortium]) -> Mauling:
    consortium = make_consortium(n=5, t=3).run_to(Phase.DEALING)
    for seat in (*HONEST, *CORRUPT):
        consortium.deal(consortium.members[seat])
    result = maul(consortium)
    assert consortium.reads.phase(consortium.sid) is Phase.COMPLAINING
    return result


def test_every_honest_share_verifies(mauling: Mauling) -> None:
    """No recipient has anything to complain about, and the contract agrees."""
    roster = mauling.consortium.roster()
    dealers = mauling.consortium.members
    for recipient in mauling.honest:
        x = roster.participant(recipient.address).x
        received = {dealer.address: mauling.received(recipient, dealer) for dealer in dealers}
        assert find_invalid_shares(roster.A, x, received) == {}
        for equation in ShareEquation:
            with refuses("ShareHolds", dealer=mauling.cheat.address, recipient=recipient.address):
                share_complaint(mauling.consortium, mauling.cheat, recipient, equation).simulate()


def test_the_secret_would_be_the_cheats(mauling: Mauling) -> None:
    sealed_B, sealed_C = mauling.consortium.aggregate().encryption_at(0)
    assert sealed_C - sealed_B * mauling.consortium.alpha == G * mauling.secret
    assert mauling.consortium.reads.state(mauling.consortium.sid).qualified == 0b11111


def test_dishonest_shares_alone_would_show_it(mauling: Mauling) -> None:
    """At other points the cheat does not know its own polynomial; its accomplices do not complain."""
    roster = mauling.consortium.roster()
    for seat in CORRUPT:
        accomplice = mauling.consortium.members[seat]
        x = roster.participant(accomplice.address).x
        assert failing_equation(roster.A, x, mauling.received(accomplice, mauling.cheat)) is not None


def forged(mauling: Mauling) -> dict[str, Dealing]:
    """The best that the cheat can say: it knows neither of its polynomials at zeta."""
    dealing = mauling.dealt.dealing
    victim = mauling.honest[0].dealt
    assert victim is not None
    return {
        "a proof of what it knows": dealing,
        "the proof of a victim": replace(dealing, proof=victim.dealing.proof),
        "zeros": replace(dealing, proof=replace(dealing.proof, challenge=0, response_u=0, response_v=0)),
    }


def test_no_client_accepts_its_proof(mauling: Mauling) -> None:
    roster = mauling.consortium.roster()
    for member in mauling.consortium.members:
        assert member.dealt is not None
        valid = verify_polynomial_proof(roster, member.address, member.dealt.dealing)
        assert valid is (member is not mauling.cheat)
    for dealing in forged(mauling).values():
        assert not verify_polynomial_proof(roster, mauling.cheat.address, dealing)


@pytest.mark.parametrize("kind", ["a proof of what it knows", "the proof of a victim", "zeros"])
def test_the_contract_disqualifies_it(make_consortium: Callable[..., Consortium], kind: str) -> None:
    consortium = make_consortium(n=5, t=3).run_to(Phase.DEALING)
    for seat in (*HONEST, *CORRUPT):
        consortium.deal(consortium.members[seat])
    provider = consortium.connection.w3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]
    mauling = maul(consortium)
    # The same vectors and shares, posted with another proof.
    provider.make_request("evm_revert", [snapshot])
    dealing = forged(mauling)[kind]
    consortium.deal(mauling.cheat, replace(mauling.dealt, dealing=dealing))
    consortium.members[HONEST[0]].sender.send(
        consortium.actions.complain_invalid_proof(
            consortium.sid, mauling.cheat.address, posted(consortium, mauling.cheat, dealing)
        )
    )
    assert consortium.reads.fault(consortium.sid, mauling.cheat.address) is Fault.INVALID_PROOF
    assert consortium.reads.state(consortium.sid).qualified == 0b01111
    assert consortium.reads.bond(consortium.sid, mauling.cheat.address) == BOND - BOND // 2


def test_without_the_cheat_the_secret_is_nobodys_choice(mauling: Mauling) -> None:
    consortium = mauling.consortium
    consortium.outsider.send(
        consortium.actions.complain_invalid_proof(
            consortium.sid, mauling.cheat.address, posted(consortium, mauling.cheat, mauling.dealt.dealing)
        )
    )
    consortium.activate_unanimously()
    sealed_B, sealed_C = consortium.view.aggregate(
        consortium.roster(), consortium.view.dealings()
    ).encryption_at(0)
    others = [consortium.members[seat].polynomials for seat in (*HONEST, *CORRUPT)]
    expected = sum(each.a[0] for each in others if each is not None)
    assert sealed_C - sealed_B * consortium.alpha == G * expected
    assert expected % GROUP_ORDER != mauling.secret


def test_the_honest_dealers_it_built_upon_are_not_blamed(mauling: Mauling) -> None:
    for member in mauling.honest:
        function = mauling.consortium.actions.complain_invalid_proof(
            mauling.consortium.sid, member.address, posted(mauling.consortium, member)
        )
        with refuses("ProofHolds", dealer=member.address):
            mauling.cheat.sender.simulate(function)
