"""
A participant's answers to opening requests: everything is checked before the share is used.

Nothing is kept between requests. How often a model was opened is counted in the opening log, so neither a
restart nor a restored backup allows anything more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.block_reads import SessionOpenings
from tcss_chain.chain.opening_log import OpeningLine
from tcss_chain.participant.secrets_store import FinalShare, SecretsStore
from tcss_chain.protocol.capsule import verify_capsule
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import decrypt_partially
from tcss_chain.protocol.roster import evaluation_point
from tcss_chain.protocol.session import Phase
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed, signer_of

from .answer_encryption import SignedAnswer, encrypt_answer
from .errors import RecipientKeyError, RequestFormatError
from .messages import Refusal, SignedRequest, decode_request
from .opening_chain import OpeningChain
from .policy import MAX_LINES, OpeningPolicy, OpeningRule

FIRST_LINES: Final = 256
"""How many lines are read at first; if they do not reach back far enough, `MAX_LINES`."""


@dataclass(frozen=True, slots=True)
class OpeningOutcome:
    """
    What became of a request that the session's auditor has signed; all of it is public.

    Attributes
    ----------
    request : OpeningRequest
        What was asked.
    refusal : Refusal or None
        Why it was not answered, None if it was.
    """

    request: OpeningRequest
    refusal: Refusal | None


OutcomeObserver = Callable[[OpeningOutcome], None]


class OpeningAnswerer:
    """
    Answers the openings that a policy allows. May be used by several threads.

    Parameters
    ----------
    policy : OpeningPolicy
        What is allowed.
    account : LocalAccount
        The participant's, which signs its answers.
    store : SecretsStore
        Has its final shares; each is loaded for one request.
    chain : OpeningChain
        Where requests are anchored.
    observe : callable
        Told of every request that the session's auditor has signed, and of no other: anybody can send
        anything.
    """

    def __init__(
        self,
        policy: OpeningPolicy,
        account: LocalAccount,
        store: SecretsStore,
        chain: OpeningChain,
        observe: OutcomeObserver,
    ) -> None:
        self._policy = policy
        self._account = account
        self._store = store
        self._chain = chain
        self._observe = observe

    def answer(self, sid: bytes, body: bytes) -> bytes | Refusal:
        """
        Answer a request, or refuse it for the first reason that is found.

        It is settled first who asks, so nobody but a session's auditor learns anything of the policy, or
        makes this participant look at the chain's state. The same request may be answered again: the answer
        may have been lost, and another one tells nothing new.

        Parameters
        ----------
        sid : bytes
            The session that was asked about.
        body : bytes
            From anybody.

        Returns
        -------
        bytes or Refusal
            The answer, encrypted to the key in the request, or why there is none.

        Raises
        ------
        ChainError
            If the nodes do not tell what is needed.
        StoreError
            If the state cannot be read.
        """
        try:
            signed = decode_request(body)
        except RequestFormatError:
            return Refusal.MALFORMED
        request = signed.request
        if request.sid != sid:
            return Refusal.MALFORMED
        if not self._is_signed_by_gateway(signed):
            return Refusal.GATEWAY
        if self._store.load_share(sid) is None:
            return Refusal.NO_SHARE
        if not self._chain.is_auditor(sid, request.gateway):
            return Refusal.GATEWAY
        result = self._answer_auditor(signed)
        self._observe(OpeningOutcome(request, result if isinstance(result, Refusal) else None))
        return result

    def _answer_auditor(self, signed: SignedRequest) -> bytes | Refusal:
        request = signed.request
        rule = self._policy.rule_for(request)
        if rule is None:
            return Refusal.POLICY
        # Without these two, the gateway could have any point multiplied by the share.
        if not verify_capsule(request.capsule):
            return Refusal.PROOF
        if not self._is_sealed_by_owner(signed):
            return Refusal.OWNER
        found = self._look_at_chain(signed, rule)
        return found if isinstance(found, Refusal) else self._decrypt(request, found)

    def _is_signed_by_gateway(self, signed: SignedRequest) -> bool:
        request = signed.request
        signer = signer_of(
            SignedKind.REQUEST, request.hash(), signed.signature, self._chain.chain_id, self._chain.contract
        )
        return signer == request.gateway

    def _is_sealed_by_owner(self, signed: SignedRequest) -> bool:
        capsule = signed.request.capsule
        signer = signer_of(
            SignedKind.CAPSULE,
            capsule.hash(),
            signed.owner_signature,
            self._chain.chain_id,
            self._chain.contract,
        )
        return signer == capsule.label.owner

    def _look_at_chain(self, signed: SignedRequest, rule: OpeningRule) -> FinalShare | Refusal:
        """Check all that is on chain, as of one block; give the share to answer with."""
        me, within = self._account.address, self._policy.answer_within_seconds
        for lines in (FIRST_LINES, MAX_LINES):
            openings = self._chain.openings(signed.request.sid, me, signed.number, lines - 1)
            if openings is None:
                return Refusal.UNAVAILABLE
            share = self._own_share(signed.request, rule, openings)
            if isinstance(share, Refusal):
                return share
            line = _anchoring_line(signed, openings)
            if line is None:
                return Refusal.NOT_ANCHORED
            if openings.time - line.time > within:
                return Refusal.TOO_OLD
            # The block is that of the node with the lowest head. If it alone is behind, or says so, the line
            # may be old, and who was convicted since is not seen.
            if openings.latest_time - line.time > within:
                return Refusal.UNAVAILABLE
            count, is_complete = count_openings(openings.lines, line, rule.per.seconds)
            if count > rule.limit:
                return Refusal.LIMIT
            if is_complete:
                return share
        # More lines than are counted lie within the time: there may be too many among the others.
        return Refusal.LIMIT

    def _own_share(
        self, request: OpeningRequest, rule: OpeningRule, openings: SessionOpenings
    ) -> FinalShare | Refusal:
        """Check where the session stands, and give the share if it is the one of that session."""
        state = openings.state
        if state.phase is not Phase.ACTIVE:
            return Refusal.NOT_ACTIVE
        if openings.auditor != request.gateway:
            return Refusal.GATEWAY
        member = openings.member
        if member is None or not member.joined:
            return Refusal.NO_SHARE
        if member.convicted or state.convicted.bit_count() > rule.most_convicted:
            return Refusal.CONVICTED
        share = self._store.load_share(request.sid)
        if share is None or share.x != evaluation_point(request.sid, state.roster_hash, member.account):
            return Refusal.NO_SHARE
        return share

    def _decrypt(self, request: OpeningRequest, share: FinalShare) -> bytes | Refusal:
        me: ChecksumAddress = self._account.address
        partial = decrypt_partially(request, me, share.y)
        signature = sign_typed(
            self._account,
            SignedKind.ANSWER,
            partial.hash(request, me),
            self._chain.chain_id,
            self._chain.contract,
        )
        try:
            return encrypt_answer(request, me, SignedAnswer(partial, signature))
        except RecipientKeyError:
            return Refusal.MALFORMED


def count_openings(lines: tuple[OpeningLine, ...], line: OpeningLine, seconds: int) -> tuple[int, bool]:
    """
    Count how often a model was to be opened, up to and with one line, by the times in the log alone.

    So every participant counts the same, whenever it is asked.

    Parameters
    ----------
    lines : tuple of OpeningLine
        Lines of one session, ascending without gaps.
    line : OpeningLine
        The last of them.
    seconds : int
        From how long before it lines count.

    Returns
    -------
    count : int
        Lines of the same model digest within the time.
    is_complete : bool
        Whether the lines reach back to the beginning of the time, or of the log.
    """
    within = [each for each in lines if each.time > line.time - seconds]
    count = sum(each.model_digest == line.model_digest for each in within)
    first = lines[0]
    return count, first.number == 0 or first.time <= line.time - seconds


def _anchoring_line(signed: SignedRequest, openings: SessionOpenings) -> OpeningLine | None:
    request = signed.request
    line = openings.line(signed.number)
    if line is None or line.gateway != request.gateway:
        return None
    said = (line.request, line.model_digest)
    return line if said == (request.hash(), request.model_digest) else None
