"""The contract's transactions, with typed arguments."""

from __future__ import annotations

from collections.abc import Sequence

from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.curve import G1
from tcss_chain.protocol.acceptance import CompactSignature
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.complaint import KeyEvidence, ShareEquation
from tcss_chain.protocol.dealing import Dealing, DealingDigest
from tcss_chain.protocol.possession import PossessionProof
from tcss_chain.protocol.posted_dealing import PostedDealing
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.session import Configuration
from tcss_chain.protocol.share_encryption import EncryptedShare
from tcss_chain.protocol.trace_proof import TraceProof
from tcss_chain.protocol.trace_query import QueryChallenge
from tcss_chain.protocol.transcript import TranscriptClaim

from . import abi_values as abi
from .connection import Connection


class SessionActions:
    """
    Builds the contract's calls; a `TransactionSender` simulates or sends them.

    Parameters
    ----------
    connection : Connection
        The node.
    """

    def __init__(self, connection: Connection) -> None:
        self._functions = connection.contract.functions

    def create_session(self, salt: bytes, configuration: Configuration) -> ContractFunction:
        """Create a session."""
        return self._functions.createSession(salt, configuration.as_abi_tuple())

    def confirm(self, sid: bytes, A: G1, possession: PossessionProof) -> ContractFunction:
        """Confirm a session as its auditor."""
        return self._functions.confirm(sid, abi.encode_point(A), abi.encode_possession(possession))

    def join(
        self, sid: bytes, keys: ParticipantKeys, possession_P: PossessionProof, possession_D: PossessionProof
    ) -> ContractFunction:
        """Join a session; the bond is paid with it."""
        return self._functions.join(
            sid,
            abi.encode_keys(keys),
            abi.encode_possession(possession_P),
            abi.encode_possession(possession_D),
        )

    def deal(self, sid: bytes, roster_hash: bytes, dealing: Dealing) -> ContractFunction:
        """Deal."""
        return self._functions.deal(sid, roster_hash, abi.encode_dealing(dealing))

    def complain_invalid_share(
        self,
        sid: bytes,
        dealer: ChecksumAddress,
        dealer_keys: ParticipantKeys,
        recipient_keys: ParticipantKeys,
        recipient_dealing: bytes,
        digest: DealingDigest,
        share: EncryptedShare,
        evidence: KeyEvidence,
        equation: ShareEquation,
        vector: Sequence[G1],
    ) -> ContractFunction:
        """Show that the sender's share fails an equation. Without a dealing of its own, that hash is zero."""
        return self._functions.complainInvalidShare(
            sid,
            dealer,
            abi.encode_keys(dealer_keys),
            abi.encode_keys(recipient_keys),
            recipient_dealing,
            abi.encode_digest(digest),
            abi.encode_share(share),
            abi.encode_evidence(evidence),
            int(equation),
            abi.encode_vector(vector),
        )

    def complain_invalid_proof(
        self, sid: bytes, dealer: ChecksumAddress, posted: PostedDealing
    ) -> ContractFunction:
        """Show that a dealer's proof of knowledge is invalid."""
        return self._functions.complainInvalidProof(sid, dealer, abi.encode_posted_dealing(posted))

    def complain_missing_share(self, sid: bytes, dealer: ChecksumAddress) -> ContractFunction:
        """Say that a dealer does not hand out the sender's share."""
        return self._functions.complainMissingShare(sid, dealer)

    def reveal_share(
        self,
        sid: bytes,
        dealer: ChecksumAddress,
        recipient: ChecksumAddress,
        dealer_keys_hash: bytes,
        digest: DealingDigest,
        share: EncryptedShare,
    ) -> ContractFunction:
        """Answer a complaint about a missing share."""
        return self._functions.revealShare(
            sid, dealer, recipient, dealer_keys_hash, abi.encode_digest(digest), abi.encode_share(share)
        )

    def record_fault(self, sid: bytes, account: ChecksumAddress) -> ContractFunction:
        """Record the fault of a participant who let a deadline pass."""
        return self._functions.recordFault(sid, account)

    def activate_unanimously(
        self,
        sid: bytes,
        qualified: int,
        aggregate_hash: bytes,
        signatures: Sequence[tuple[ChecksumAddress, CompactSignature]],
    ) -> ContractFunction:
        """Activate with everybody's acceptance: all participants, ascending, with their signatures."""
        signed = [(account, signature.r, signature.vs) for account, signature in signatures]
        return self._functions.activateUnanimously(sid, qualified, aggregate_hash, signed)

    def aggregate(
        self, sid: bytes, next_seat: int, partial: SealedAggregate | None, dealings: Sequence[PostedDealing]
    ) -> ContractFunction:
        """Add the next qualified dealings to the sender's partial aggregate."""
        partial_B, partial_C = ([], []) if partial is None else (partial.B, partial.C)
        return self._functions.aggregate(
            sid,
            next_seat,
            abi.encode_vector(partial_B),
            abi.encode_vector(partial_C),
            [abi.encode_posted_dealing(posted) for posted in dealings],
        )

    def convict(
        self,
        sid: bytes,
        accused: Sequence[ChecksumAddress],
        challenge: QueryChallenge,
        claim: TranscriptClaim,
        aggregate: SealedAggregate,
        proof: TraceProof,
    ) -> ContractFunction:
        """Convict participants as the session's auditor."""
        return self._functions.convict(
            sid,
            list(accused),
            challenge.as_abi_tuple(),
            claim.as_abi_tuple(),
            abi.encode_vector(aggregate.B),
            abi.encode_vector(aggregate.C),
            abi.encode_trace_proof(proof),
        )

    def withdraw_bond(self, sid: bytes, recipient: ChecksumAddress) -> ContractFunction:
        """Withdraw what is left of the sender's bond."""
        return self._functions.withdrawBond(sid, recipient)

    def withdraw_forfeits(self, sid: bytes) -> ContractFunction:
        """Send forfeited bonds to the beneficiary."""
        return self._functions.withdrawForfeits(sid)
