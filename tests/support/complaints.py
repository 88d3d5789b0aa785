"""Complaints with all their parts, each of which a test may replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import G1
from tcss_chain.protocol.complaint import KeyEvidence, ShareEquation, make_key_evidence
from tcss_chain.protocol.dealing import Dealing, DealingDigest
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.roster import ParticipantKeys, keys_hash
from tcss_chain.protocol.share_encryption import EncryptedShare

from .consortium import Consortium, TestMember


@dataclass(frozen=True)
class ShareComplaint:
    """What a complaint about an invalid share shows."""

    consortium: Consortium
    sender: TransactionSender
    dealer: ChecksumAddress
    dealer_keys: ParticipantKeys
    recipient_keys: ParticipantKeys
    recipient_dealing: bytes
    digest: DealingDigest
    share: EncryptedShare
    evidence: KeyEvidence
    equation: ShareEquation
    vector: Sequence[G1]

    @property
    def function(self) -> ContractFunction:
        return self.consortium.actions.complain_invalid_share(
            self.consortium.sid,
            self.dealer,
            self.dealer_keys,
            self.recipient_keys,
            self.recipient_dealing,
            self.digest,
            self.share,
            self.evidence,
            self.equation,
            self.vector,
        )

    def simulate(self) -> None:
        self.sender.simulate(self.function)

    def send(self) -> MinedTransaction:
        return self.sender.send(self.function)


def share_complaint(
    consortium: Consortium, dealer: TestMember, recipient: TestMember, equation: ShareEquation
) -> ShareComplaint:
    """The true evidence about the share that the dealer made for the recipient."""
    assert dealer.dealt is not None
    roster, dealing = consortium.roster(), dealer.dealt.dealing
    return ShareComplaint(
        consortium=consortium,
        sender=recipient.sender,
        dealer=dealer.address,
        dealer_keys=dealer.keys,
        recipient_keys=recipient.keys,
        recipient_dealing=own_dealing_hash(consortium, recipient),
        digest=dealing.digest(consortium.sid),
        share=dealer.dealt.shares[recipient.address],
        evidence=make_key_evidence(
            consortium.sid,
            roster.participant(dealer.address),
            roster.participant(recipient.address),
            recipient.e,
        ),
        equation=equation,
        vector=dealing.B if equation is ShareEquation.B else dealing.C,
    )


def own_dealing_hash(consortium: Consortium, member: TestMember) -> bytes:
    """What a complaint shows of the complaining recipient's own dealing; zero if there is none."""
    if member.dealt is None:
        return bytes(32)
    return member.dealt.dealing.digest(consortium.sid).hash(consortium.sid, member.address)


def posted(consortium: Consortium, dealer: TestMember, dealing: Dealing | None = None) -> PostedDealing:
    """A dealer's dealing, or another in its place, with the hash of its keys."""
    if dealing is None:
        assert dealer.dealt is not None
        dealing = dealer.dealt.dealing
    return PostedDealing(keys_hash(consortium.sid, dealer.address, dealer.keys), dealing)


def complain_missing(consortium: Consortium, dealer: TestMember, recipient: TestMember) -> MinedTransaction:
    return recipient.sender.send(consortium.actions.complain_missing_share(consortium.sid, dealer.address))


def reveal_call(
    consortium: Consortium,
    dealer: TestMember,
    recipient: TestMember,
    *,
    keys: ParticipantKeys | None = None,
    share: EncryptedShare | None = None,
    digest: DealingDigest | None = None,
) -> ContractFunction:
    assert dealer.dealt is not None
    return consortium.actions.reveal_share(
        consortium.sid,
        dealer.address,
        recipient.address,
        keys_hash(consortium.sid, dealer.address, keys or dealer.keys),
        digest or dealer.dealt.dealing.digest(consortium.sid),
        share or dealer.dealt.shares[recipient.address],
    )


def reveal(consortium: Consortium, dealer: TestMember, recipient: TestMember) -> MinedTransaction:
    return dealer.sender.send(reveal_call(consortium, dealer, recipient))
