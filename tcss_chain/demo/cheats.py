"""Participants who misdeal, each in one way: for the demonstration and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from eth_typing import ChecksumAddress

from tcss_chain.curve import GROUP_ORDER
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settlement import Settlement
from tcss_chain.protocol.dealing import (
    DealingPolynomials,
    DealtShares,
    commit,
    encrypt_shares,
    make_dealing,
    seal_dealing,
)
from tcss_chain.protocol.roster import Roster
from tcss_chain.protocol.share_encryption import EncryptedShare


class Cheat(StrEnum):
    """How a participant misdeals."""

    INVALID_SHARE = "invalid-share"
    WITHHOLD_SHARE = "withhold-share"
    BAD_PROOF = "bad-proof"


class InvalidShareDealer(Participant):
    """Commits properly, but encrypts a wrong share for one recipient."""

    def _make_dealing(self, roster: Roster, dealing_key: int) -> tuple[DealingPolynomials, DealtShares]:
        polynomials = DealingPolynomials.draw(roster.threshold)
        commitments = commit(roster.A, polynomials)
        words = encrypt_shares(roster, self.address, dealing_key, polynomials, commitments)
        victim = first_other(words, self.address)
        c0, c1 = words[victim]
        words[victim] = ((c0 + 1) % GROUP_ORDER, c1)
        return polynomials, seal_dealing(roster, self.address, polynomials, commitments, words)


class WithholdingDealer(Participant):
    """Deals properly, but never hands out one recipient's share, not even when the contract asks for it."""

    def _hand_out(self, shares: Mapping[ChecksumAddress, EncryptedShare]) -> None:
        victim = first_other(shares, self.address)
        super()._hand_out({account: share for account, share in shares.items() if account != victim})

    def _answer_complaints(
        self, settlement: Settlement, shares: Mapping[ChecksumAddress, EncryptedShare]
    ) -> None:
        """Stay silent."""


class BadProofDealer(Participant):
    """Deals properly, but posts a proof of knowledge that is invalid."""

    def _make_dealing(self, roster: Roster, dealing_key: int) -> tuple[DealingPolynomials, DealtShares]:
        polynomials = DealingPolynomials.draw(roster.threshold)
        dealt = make_dealing(roster, self.address, dealing_key, polynomials)
        proof = dealt.dealing.proof
        bad = replace(proof, response_u=(proof.response_u + 1) % GROUP_ORDER)
        return polynomials, replace(dealt, dealing=replace(dealt.dealing, proof=bad))


PARTICIPANTS: Mapping[Cheat, type[Participant]] = {
    Cheat.INVALID_SHARE: InvalidShareDealer,
    Cheat.WITHHOLD_SHARE: WithholdingDealer,
    Cheat.BAD_PROOF: BadProofDealer,
}
"""The participant that cheats in each way."""


def first_other(accounts: Mapping[ChecksumAddress, object], me: ChecksumAddress) -> ChecksumAddress:
    """Choose the victim: the first account that is not the dealer's own."""
    return next(account for account in accounts if account != me)
