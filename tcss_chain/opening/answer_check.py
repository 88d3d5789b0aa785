"""Checking what participants answer (protocol section 11)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from eth_typing import ChecksumAddress

from tcss_chain.curve import G1
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import verify_partial
from tcss_chain.protocol.typed_signature import SignedKind, signer_of

from .answer_encryption import RecipientKey
from .errors import AnswerFormatError
from .opening_session import OpeningSession


class FalseAnswer(StrEnum):
    """What is wrong with an answer that its participant has signed: nobody else can have made it."""

    PROOF = "proof"
    """It was not made with the participant's share."""


class UnusableAnswer(StrEnum):
    """
    Why what came is no answer of the participant.

    Whoever stands between gateway and participant can make all of these, with one byte. None of them depends
    on a share.
    """

    MALFORMED = "malformed"
    """It is no message of the protocol."""

    UNREADABLE = "unreadable"
    """It was not encrypted for this request as this participant's answer, or does not hold an answer."""

    SIGNATURE = "signature"
    """The participant's account did not sign it for this request."""


class AnswerCheck:
    """
    Checks the answers to one request.

    Parameters
    ----------
    session : OpeningSession
        The session.
    request : OpeningRequest
        What was asked.
    key : RecipientKey
        What answers are encrypted to.
    chain_id : int
        The chain.
    contract : ChecksumAddress
        The contract that the session is in.
    """

    def __init__(
        self,
        session: OpeningSession,
        request: OpeningRequest,
        key: RecipientKey,
        chain_id: int,
        contract: ChecksumAddress,
    ) -> None:
        self._session: Final = session
        self._request: Final = request
        self._key: Final = key
        self._domain: Final = chain_id, contract

    def check(self, account: ChecksumAddress, encrypted: bytes) -> G1 | FalseAnswer | UnusableAnswer:
        """
        Check one answer.

        Parameters
        ----------
        account : ChecksumAddress
            The participant that was asked.
        encrypted : bytes
            What it sent.

        Returns
        -------
        G1, FalseAnswer or UnusableAnswer
            ``d_i``, made with the participant's share, or what is wrong with it; the signature is checked
            before the proof.
        """
        request = self._request
        try:
            answer = self._key.decrypt(request, account, encrypted)
        except AnswerFormatError:
            return UnusableAnswer.UNREADABLE
        digest = answer.partial.hash(request, account)
        if signer_of(SignedKind.ANSWER, digest, answer.signature, *self._domain) != account:
            return UnusableAnswer.SIGNATURE
        if not verify_partial(request, account, self._session.Y[account], answer.partial):
            return FalseAnswer.PROOF
        return answer.partial.d
