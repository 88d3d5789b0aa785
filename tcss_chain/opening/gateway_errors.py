"""What keeps the gateway from opening a sealed model. No message holds a key, a share or an answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from eth_typing import ChecksumAddress

from tcss_chain.errors import TcssError
from tcss_chain.protocol.session import Phase

from .errors import OpeningError

if TYPE_CHECKING:
    from .opening_report import OpeningReport


class WrongDeploymentError(OpeningError):
    """
    A model was sealed for a session of another contract or chain.

    Attributes
    ----------
    chain_id, expected_chain_id : int
        The chain that the model names, and the one that the gateway is on.
    contract, expected_contract : ChecksumAddress
        The contract that the model names, and the gateway's.
    """

    def __init__(
        self,
        chain_id: int,
        contract: ChecksumAddress,
        expected_chain_id: int,
        expected_contract: ChecksumAddress,
    ) -> None:
        self.chain_id = chain_id
        self.contract = contract
        self.expected_chain_id = expected_chain_id
        self.expected_contract = expected_contract
        super().__init__(
            f"the model was sealed for contract {contract} on chain {chain_id}, and this gateway works with "
            f"{expected_contract} on chain {expected_chain_id}; give it to the gateway that it was sealed for"
        )


class SessionKeyMissingError(OpeningError):
    """
    The gateway has no key of the session that a model was sealed for.

    Attributes
    ----------
    sid : bytes
        The session.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(
            f"there is no auditor's key of session 0x{sid.hex()} here, without which no answer can be "
            "checked; give the model to the gateway of that session"
        )


class SessionNotActiveError(OpeningError):
    """
    The session that a model was sealed for is not active.

    Attributes
    ----------
    sid : bytes
        The session.
    phase : Phase or None
        Where it stands; None if the nodes do not know it.
    """

    def __init__(self, sid: bytes, phase: Phase | None) -> None:
        self.sid = sid
        self.phase = phase
        stands = "is not known to the nodes" if phase is None else f"stands at {phase.name.lower()}"
        super().__init__(
            f"session 0x{sid.hex()} {stands}, and only active sessions open models; check the nodes and the "
            "model's session"
        )


class GatewayAccountError(OpeningError):
    """
    The gateway's account is not the session's auditor.

    Attributes
    ----------
    account : ChecksumAddress
        The gateway's account.
    auditor : ChecksumAddress
        Whom the session names.
    """

    def __init__(self, account: ChecksumAddress, auditor: ChecksumAddress) -> None:
        self.account = account
        self.auditor = auditor
        super().__init__(
            f"the session's auditor is {auditor}, and the gateway's account is {account}; only the auditor "
            "may open its models, use that account"
        )


class ConvictedBeyondUseError(OpeningError):
    """
    More participants of a session are convicted than the gateway's policy accepts.

    Attributes
    ----------
    sid : bytes
        The session.
    convicted : tuple of ChecksumAddress
        Who is convicted.
    most_convicted : int
        How many the policy accepts.
    """

    def __init__(self, sid: bytes, convicted: tuple[ChecksumAddress, ...], most_convicted: int) -> None:
        self.sid = sid
        self.convicted = convicted
        self.most_convicted = most_convicted
        super().__init__(
            f"{len(convicted)} participants of session 0x{sid.hex()} leaked their shares, and the policy "
            f"accepts {most_convicted}; seal the models for a new session, or raise most_convicted"
        )


class TooFewParticipantsError(OpeningError):
    """
    A session has fewer participants who may be asked than its threshold. Nobody was asked.

    Attributes
    ----------
    sid : bytes
        The session.
    threshold : int
        ``t``.
    eligible : tuple of ChecksumAddress
        Who may be asked and has a service.
    convicted : tuple of ChecksumAddress
        Who is left out since it is convicted.
    without_service : tuple of ChecksumAddress
        Who is left out since no consortium file names its service.
    """

    def __init__(
        self,
        sid: bytes,
        threshold: int,
        *,
        eligible: tuple[ChecksumAddress, ...],
        convicted: tuple[ChecksumAddress, ...],
        without_service: tuple[ChecksumAddress, ...],
    ) -> None:
        self.sid = sid
        self.threshold = threshold
        self.eligible = eligible
        self.convicted = convicted
        self.without_service = without_service
        super().__init__(
            f"{len(eligible)} participants of session 0x{sid.hex()} may be asked, and {threshold} must "
            f"answer: {len(convicted)} are convicted, {len(without_service)} have no service in the "
            "consortium files; complete the files, or seal the models for a new session"
        )


class AnchoringError(OpeningError):
    """
    An opening was not anchored, so nobody was asked.

    Attributes
    ----------
    request_hash : bytes
        The request.
    error : TcssError
        What went wrong.
    """

    def __init__(self, request_hash: bytes, error: TcssError) -> None:
        self.request_hash = request_hash
        self.error = error
        super().__init__(f"the opening was not anchored, and nobody was asked: {error}")


class NotConfirmedError(OpeningError):
    """
    The line of an opening did not get deep enough in the chain in time, so nobody was asked.

    Attributes
    ----------
    request_hash : bytes
        The request.
    transaction : str
        The transaction that was mined.
    number : int
        The number that its line had then.
    seconds : float
        How long it was waited for.
    """

    def __init__(self, request_hash: bytes, transaction: str, number: int, seconds: float) -> None:
        self.request_hash = request_hash
        self.transaction = transaction
        self.number = number
        self.seconds = seconds
        super().__init__(
            f"transaction {transaction}, which anchors the opening, is not confirmed after {seconds:.0f} "
            "seconds; check the nodes and open the model again, which anchors a new request"
        )


class TooFewAnswersError(OpeningError):
    """
    Fewer right answers came than the threshold.

    The message counts; the report tells who. Neither may leave the gateway: a verdict about an answer lets
    its sender test shares.

    Attributes
    ----------
    report : OpeningReport
        What everybody said.
    """

    def __init__(self, report: OpeningReport) -> None:
        self.report = report
        super().__init__(
            f"{len(report.used)} right answers came, and {report.threshold} are needed: {len(report.false)} "
            f"answered wrong, {_listed(report.refused.values())} refused, {len(report.silent)} gave no "
            "usable answer; see the report of this opening, talk to them, and open the model again"
        )


class ModelDamagedError(OpeningError):
    """
    The participants' answers were right, and the model does not open: it was damaged, or its owner lied.

    Attributes
    ----------
    error : TcssError
        Which part is wrong.
    """

    def __init__(self, error: TcssError) -> None:
        self.error = error
        super().__init__(
            "the key is right, for every answer was proven, but the model does not open with it: the file "
            f"was damaged, or its owner sealed something else; ask the owner for the file again ({error})"
        )


def _listed(refusals: Collection[str]) -> str:
    """Count, and tell why."""
    reasons = ", ".join(sorted(set(refusals)))
    return f"{len(refusals)} ({reasons})" if reasons else "0"
