"""
The library: the verbs of the command line for programs (docs/library.md has an example of each).

Files are named by paths, sessions by their 32 bytes or by ``0x`` and 64 digits. Whatever fails raises a
`TcssError` that says what to do.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from eth_typing import ChecksumAddress

from tcss_chain.addresses import parse_address
from tcss_chain.auditor.http_box import HttpBox
from tcss_chain.auditor.outcome import NotTraced, Trace
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.mined_transaction import MinedTransaction
from tcss_chain.chain.opening_log import AnchoredEvent, OpeningLog
from tcss_chain.errors import TcssError
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import ConvictedAnswers
from tcss_chain.operation.auditor_file import load_auditor_file
from tcss_chain.operation.keystore import read_wallet
from tcss_chain.operation.passphrases import Passphrase
from tcss_chain.protocol.hashing import WORD_BYTES
from tcss_chain.records.record_reads import RecordReads, TraceRecord
from tcss_chain.sealed_model import (
    OpenedModel,
    SealedHeader,
    check_sealing_key,
    read_header,
    read_sealing_key,
    seal_file,
    write_sealing_key,
)
from tcss_chain.service.auditor_at_work import AuditorAtWork, auditor_at_work
from tcss_chain.session_package import session_view

__all__ = [
    "ArgumentError",
    "Auditor",
    "Chain",
    "NotTraced",
    "OpenedModel",
    "OpeningReport",
    "SealedHeader",
    "Trace",
    "TraceRecord",
    "inspect",
    "seal",
]

_SESSION: Final = re.compile(r"0x[0-9a-fA-F]{64}")


class ArgumentError(TcssError):
    """
    An argument is not of its form.

    Attributes
    ----------
    argument : str
        Which one.
    """

    def __init__(self, argument: str, expected: str) -> None:
        self.argument = argument
        super().__init__(f"{argument}: {expected} is expected")


@dataclass(frozen=True, slots=True)
class Chain:
    """
    A contract, seen through a node: what anybody may read.

    Attributes
    ----------
    rpc_url : str
        JSON-RPC endpoint of a node.
    contract : str
        The contract's address.
    first_block : int
        From which block on events are read: the contract's block, or any before it.
    """

    rpc_url: str
    contract: str
    first_block: int = 0

    def connect(self) -> Connection:
        """
        Connect to the node.

        Raises
        ------
        ArgumentError
            If the address is none.
        NodeError
            If the node does not answer.
        """
        address = parse_address(self.contract)
        if address is None:
            raise ArgumentError("contract", "0x and 40 digits, in one case or with a right checksum")
        return Connection(self.rpc_url, address)

    def openings(self, session: bytes | str | None = None) -> tuple[AnchoredEvent, ...]:
        """
        Read what gateways anchored, of one session or of all, in the order of the chain.

        Raises
        ------
        ChainError
            If the node does not answer, or the contract is older than the opening log.
        """
        sid = None if session is None else _sid(session)
        return OpeningLog(self.connect()).events(sid, self.first_block)

    def records(self, session: bytes | str | None = None) -> tuple[TraceRecord, ...]:
        """
        Read who was convicted, in one session or in all. Proofs are not verified anew here.

        Raises
        ------
        ChainError
            If the node does not answer.
        """
        reads = RecordReads(self.connect())
        return tuple(reads.all() if session is None else reads.of_session(_sid(session)))


def seal(
    model: Path,
    sealed: Path,
    *,
    sealing_key: Path,
    wallet: Path,
    passphrase: str,
    name: str,
    context: str = "",
    chain: Chain | None = None,
) -> SealedHeader:
    """
    Seal a model for the session of a sealing key.

    Parameters
    ----------
    model : Path
        The plain model; it is not changed.
    sealed : Path
        Where the sealed model goes; nothing may be there yet.
    sealing_key : Path
        The session's sealing key, from its auditor.
    wallet : Path
        Keystore file of the owner's account, which signs.
    passphrase : str
        Opens the wallet.
    name : str
        What to call the model: 1 to 64 letters, digits and ``._-``.
    context : str
        What it is for; participants' policies can ask for it.
    chain : Chain, optional
        Where to verify the sealing key. Without it, whoever made the key could open the model alone.

    Returns
    -------
    SealedHeader
        What the sealed model says of itself.

    Raises
    ------
    SealedModelError
        If a file cannot be used, or the sealing key is not the session's.
    TcssError
        If the wallet cannot be opened, or the node does not answer.
    """
    kept = read_sealing_key(sealing_key)
    if chain is not None:
        check_sealing_key(kept, session_view(chain.connect(), kept.key.sid, chain.first_block, None))
    seal_file(
        model,
        sealed,
        sealing_key=kept.key,
        account=read_wallet(wallet, Passphrase(passphrase)),
        model=name,
        context=context,
        chain_id=kept.chain_id,
        contract=kept.contract,
    )
    return read_header(sealed)


def inspect(sealed: Path) -> SealedHeader:
    """
    Read what a sealed model says of itself, and check its proof and its owner's signature. Nobody is asked.

    Raises
    ------
    SealedModelError
        If the file is not sound.
    """
    return read_header(sealed)


class Auditor:
    """
    The auditor of sessions: the gateway. Its service must not run while the ``with`` statement lasts.

    Parameters
    ----------
    configuration : Path
        Its ``auditor.yaml``: nodes, wallet, state, consortium files.
    passphrase : str
        Opens wallet and state.
    convicted_answers : ConvictedAnswers
        Whether convicted participants are asked when a model is opened.
    most_convicted : int
        With more convicted participants than this, a session's models are not opened.

    Attributes
    ----------
    reports : list of OpeningReport
        What became of every opening that was anchored. They must not reach the participants.
    """

    def __init__(
        self,
        configuration: Path,
        passphrase: str,
        *,
        convicted_answers: ConvictedAnswers = ConvictedAnswers.REFUSE,
        most_convicted: int = 0,
    ) -> None:
        self._configuration = configuration
        self._passphrase = Passphrase(passphrase)
        self._policy = convicted_answers, most_convicted
        self._running = ExitStack()
        self.reports: list[OpeningReport] = []

    def __enter__(self) -> Self:
        file = load_auditor_file(self._configuration)
        with ExitStack() as stack:
            self._at_work: AuditorAtWork = stack.enter_context(
                auditor_at_work(file, self._passphrase, "what is sent", "do it again")
            )
            answers, most = self._policy
            settings = replace(self._at_work.settings(), convicted_answers=answers, most_convicted=most)
            self._opener = self._at_work.opener(settings, self.reports.append)
            # Whatever fails before closes the state here: nobody else would.
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def account(self) -> ChecksumAddress:
        """The auditor's account."""
        return self._at_work.sender.address

    def write_sealing_key(self, session: bytes | str, target: Path) -> None:
        """
        Write the sealing key of an active session into a private file, for owners of models only.

        Raises
        ------
        TcssError
            If there is no key of this session, it is not active, or the file is there already.
        """
        connection = self._at_work.connection
        key = self._at_work.sealing_key(_sid(session))
        write_sealing_key(target, key, connection.chain_id, connection.contract_address)

    def open(self, sealed: Path, purpose: str) -> OpenedModel:
        """
        Open a sealed model into private memory, with the participants' answers.

        Parameters
        ----------
        sealed : Path
            The sealed model.
        purpose : str
            What it is opened for; public for ever.

        Returns
        -------
        OpenedModel
            Its ``content`` is the plain model. It is wiped at the end of its ``with`` statement.

        Raises
        ------
        OpeningError
            If the session's state, the policy or the participants do not let it be opened.
        SealedModelError
            If the file is not sound.
        ChainError
            If the nodes do not answer, or contradict each other.
        """
        return self._opener.open(sealed, purpose)

    def open_to_file(self, sealed: Path, target: Path, purpose: str) -> None:
        """
        Open a sealed model into a file that nobody else can read; raises what `open` raises.

        Raises
        ------
        TargetExistsError
            If there is something already.
        """
        self._opener.open_to_file(sealed, target, purpose)

    def trace(self, session: bytes | str, box_url: str, transcript: Path) -> Trace | NotTraced:
        """
        Find out whose shares a box holds, by asking it.

        Parameters
        ----------
        session : bytes or str
            The session.
        box_url : str
            Where the box answers.
        transcript : Path
            A private file that keeps what was asked; one that is there is gone on with.

        Returns
        -------
        Trace or NotTraced
            Nobody is accused without a confirmation.

        Raises
        ------
        TcssError
            If there is no key of this session, or the transcript or the nodes cannot be used.
        """
        auditor = self._at_work.session_auditor(_sid(session))
        return auditor.trace(HttpBox(box_url), transcript=transcript)

    def convict(self, session: bytes | str, trace: Trace) -> MinedTransaction:
        """
        Prove a trace to the contract, which records it for good.

        Raises
        ------
        TcssError
            If the contract does not accept it, or the nodes do not answer.
        """
        return self._at_work.session_auditor(_sid(session)).convict(trace)


def _sid(session: bytes | str) -> bytes:
    if isinstance(session, bytes):
        if len(session) != WORD_BYTES:
            raise ArgumentError("session", f"{WORD_BYTES} bytes, or 0x and 64 digits")
        return session
    if not _SESSION.fullmatch(session):
        raise ArgumentError("session", "0x and 64 digits")
    return bytes.fromhex(session[2:])
