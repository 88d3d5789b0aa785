"""The whole loop: a key without a dealer, a sealed model, predictions, a leak, a trace, a verdict."""

from __future__ import annotations

import random
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from eth_typing import ChecksumAddress
from rich.markup import escape

from tcss_chain.auditor.http_box import HttpBox
from tcss_chain.auditor.outcome import NotTraced, Trace
from tcss_chain.auditor.session_auditor import AuditorKey, SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_reads import SessionReads
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.consortium import Consortium
from tcss_chain.gateway.policy import GatewayPolicy
from tcss_chain.opening.gateway_errors import TooFewParticipantsError
from tcss_chain.opening.opening_report import OpeningReport
from tcss_chain.opening.opening_settings import ConvictedAnswers
from tcss_chain.pirate.process import PirateProcess
from tcss_chain.protocol.session import Configuration, Fault, session_id

from .cheats import Cheat
from .diagnosis import Diagnosis
from .errors import DemoError
from .fresh_reader import read_records
from .model_owner import require_useless, seal_diagnosis
from .narrator import Narrator
from .organisations import Organisation, ascending, await_shares, fresh_account, running_organisations
from .report import DemoReport
from .serving import GatewayMeans, ServingGateway
from .stage import Stage

SUCCESS_RATE: Final = 0.6
"""How often the pirate box answers right."""


class Story:
    """
    Plays the demonstration once.

    Parameters
    ----------
    consortium : Consortium
        Who takes part.
    stage : Stage
        The chain.
    narrator : Narrator
        Tells what happens.
    cheat : Cheat or None
        How one organisation misdeals, if at all.
    seed : int or None
        Makes the choice of the leaking organisations and the box's errors repeatable. Keys are always fresh.
    """

    def __init__(
        self,
        consortium: Consortium,
        stage: Stage,
        narrator: Narrator,
        *,
        cheat: Cheat | None = None,
        seed: int | None = None,
    ) -> None:
        self._consortium = consortium
        self._stage = stage
        self._narrator = narrator
        self._cheat = cheat
        self._chance = random.Random(seed)  # noqa: S311  # chooses who leaks, no secret
        self._organisations = [Organisation(each.name, fresh_account()) for each in consortium.organisations]
        self._auditor_account, self._creator_account = fresh_account(), fresh_account()
        self._owner_account = fresh_account()
        self._auditor_key = AuditorKey.draw()

    def play(self) -> DemoReport:
        """
        Play it.

        Returns
        -------
        DemoReport
            What came out.

        Raises
        ------
        DemoError
            If it does not get to its end.
        TcssError
            If a part of it fails.
        """
        connection = self._prepare_chain()
        sid, agreed, auditor = self._create_session(connection)
        self._narrator.chapter("key", "A key without a dealer")
        cheating = self._chance.choice(self._organisations) if self._cheat else None
        with (
            running_organisations(
                self._organisations,
                connection,
                self._stage,
                sid,
                agreed,
                self._narrator,
                cheating,
                self._cheat,
            ) as services,
            TemporaryDirectory() as folder,
        ):
            await_shares(self._organisations, connection, self._stage, sid, self._narrator)
            faults = self._faults(connection, sid)
            sealed, diagnosis = self._seal(connection, auditor, Path(folder))
            means = GatewayMeans(
                connection, self._auditor_sender(connection), sid, self._auditor_key, services
            )
            with ServingGateway(means, sealed) as gateway:
                accuracy = self._serve(gateway, diagnosis)
                leaking, trace = self._leak_and_trace(auditor)
                self._convict(auditor, trace)
                refuses = self._refuse(gateway, means, sealed, diagnosis, trace.accused)
        record, verified = self._read_record(connection, sid)
        self._narrator.end_stage()
        return DemoReport(
            contract=connection.contract_address,
            session=f"0x{sid.hex()}",
            accuracy=accuracy,
            trained_accuracy=diagnosis.own_accuracy,
            leaked=ascending(organisation.account.address for organisation in leaking),
            accused=trace.accused,
            faults=faults,
            queries=trace.claim.queries,
            gas=self._narrator.gas,
            seconds=self._narrator.seconds,
            refuses=refuses,
            record=record,
            verified=verified,
        )

    def _prepare_chain(self) -> Connection:
        narrator, stage = self._narrator, self._stage
        narrator.chapter("chain", "The chain")
        narrator.line(stage.description)
        contract, mined = deploy(stage.rpc_url, stage.funder)
        narrator.transaction(mined)
        narrator.line(f"contract at {contract} [dim]({mined.gas_used:,} gas)[/]")
        participants = [organisation.account.address for organisation in self._organisations]
        stage.fund(participants, self._consortium.bond)
        stage.fund([self._auditor_account.address, self._creator_account.address], 0)
        narrator.introduce(
            {organisation.account.address: organisation.name for organisation in self._organisations}
            | {self._auditor_account.address: self._consortium.auditor.name}
        )
        return Connection(stage.rpc_url, contract)

    def _create_session(self, connection: Connection) -> tuple[bytes, Configuration, SessionAuditor]:
        narrator = self._narrator
        consortium = self._consortium
        narrator.chapter("session", f"A session: {consortium.name}")
        configuration = consortium.configuration(
            [organisation.account.address for organisation in self._organisations],
            self._auditor_account.address,
            self._creator_account.address,
            connection.chain_time(),
        )
        salt = secrets.token_bytes(32)
        creator = TransactionSender(connection, self._creator_account, narrator.transaction)
        creator.send(SessionActions(connection).create_session(salt, configuration))
        sid = session_id(
            connection.chain_id, connection.contract_address, creator.address, salt, configuration
        )
        shares = f"{consortium.threshold} of {len(self._organisations)}"
        narrator.line(f"session 0x{sid.hex()[:16]}...: {shares} shares reconstruct")
        auditor = SessionAuditor(connection, self._auditor_sender(connection), sid, self._auditor_key)
        auditor.confirm()
        narrator.line(f"{narrator.name(self._auditor_account.address)}  confirmed with a fresh auditor key")
        return sid, configuration, auditor

    def _faults(self, connection: Connection, sid: bytes) -> dict[ChecksumAddress, str]:
        members = SessionReads(connection).members(sid)
        faults = {
            member.account: member.fault.name.lower() for member in members if member.fault is not Fault.NONE
        }
        for account, fault in faults.items():
            verdict = f"[bold red]disqualified on chain: {fault.replace('_', ' ')}[/]"
            self._narrator.line(f"{self._narrator.name(account)}  {verdict}, half its bond is gone")
        return faults

    def _choose_leaking(self) -> list[Organisation]:
        return self._chance.sample(self._organisations, self._consortium.threshold - 1)

    def _auditor_sender(self, connection: Connection) -> TransactionSender:
        """Make it anew each time: what the gateway sends and what the auditor sends never overlap here."""
        return TransactionSender(connection, self._auditor_account, self._narrator.transaction)

    def _seal(self, connection: Connection, auditor: SessionAuditor, folder: Path) -> tuple[Path, Diagnosis]:
        narrator = self._narrator
        narrator.chapter("model", "A model: trained, and sealed for this session")
        sealed, diagnosis = seal_diagnosis(
            folder, self._owner_account, connection, auditor, self._auditor_key, narrator
        )
        shares = [organisation.share() for organisation in self._organisations]
        require_useless(sealed, shares, self._consortium.threshold, narrator)
        return sealed, diagnosis

    def _serve(self, gateway: ServingGateway, diagnosis: Diagnosis) -> float:
        narrator = self._narrator
        narrator.chapter("opening", "An opening: the gateway asks, in public, and everybody may answer")
        gateway.await_open()
        opening = gateway.opening
        narrator.line(f"line {opening.number} of the opening log says who, which model, when and why")
        narrator.line(f"opened with the answers of {narrator.names(opening.used)}")
        narrator.chapter("predictions", "Predictions: a ward asks the gateway")
        accuracy = gateway.predict(diagnosis)
        narrator.line(f"{len(diagnosis.labels)} patients, [bold green]{accuracy:.1%} right[/]")
        return accuracy

    def _refuse(
        self,
        gateway: ServingGateway,
        means: GatewayMeans,
        sealed: Path,
        diagnosis: Diagnosis,
        convicted: tuple[ChecksumAddress, ...],
    ) -> bool:
        """See what the gateway does now: by its policy, and by one that goes on with those who are left."""
        narrator = self._narrator
        narrator.chapter("refusal", "Afterwards: the gateway does not serve on")
        narrator.line(f"the model is closed: {escape(gateway.await_closed())}")
        refused = gateway.is_refused(diagnosis)
        narrator.line("the ward is refused" if refused else "[bold red]the ward is served all the same[/]")
        lenient = GatewayPolicy(ConvictedAnswers.REFUSE, most_convicted=len(convicted))
        reports: list[OpeningReport] = []
        try:
            means.opener(lenient, reports.append).open(sealed, "trying without those convicted").wipe()
        except TooFewParticipantsError as error:
            left = f"{len(error.eligible)} are left, and {error.threshold} must answer"
            narrator.line(f"without those convicted {left}: a new session is due")
        else:
            narrator.line(f"it opens with the others: {narrator.names(reports[-1].used)}")
        return refused and not any(set(report.answered) & set(convicted) for report in reports)

    def _leak_and_trace(self, auditor: SessionAuditor) -> tuple[list[Organisation], Trace]:
        narrator = self._narrator
        leaking = self._choose_leaking()
        narrator.chapter("leak", f"A leak: {len(leaking)} of the shares end up in a pirate's service")
        seed = self._chance.randrange(1 << 32)
        leaked_shares = [(share.x, share.y) for share in map(Organisation.share, leaking)]
        with PirateProcess(
            leaked_shares, self._consortium.threshold, success_rate=SUCCESS_RATE, seed=seed
        ) as pirate:
            narrator.line(f"a process of its own, which answers right {SUCCESS_RATE:.0%} of the time")
            return leaking, self._trace(auditor, pirate)

    def _trace(self, auditor: SessionAuditor, pirate: PirateProcess) -> Trace:
        self._narrator.chapter("trace", "A trace: the gateway, as the auditor, asks with made-up shares")
        outcome = auditor.trace(HttpBox(pirate.url), on_event=self._narrator.trace)
        if isinstance(outcome, NotTraced):
            raise DemoError(f"not traced: {outcome.reason}")
        return outcome

    def _convict(self, auditor: SessionAuditor, trace: Trace) -> None:
        self._narrator.chapter("verdict", "A verdict: the contract checks the proof")
        mined = auditor.convict(trace)
        self._narrator.line(f"proof of 320 bytes accepted [dim]({mined.gas_used:,} gas)[/]")
        self._narrator.line(f"[bold red]convicted for good: {self._narrator.names(trace.accused)}[/]")

    def _read_record(self, connection: Connection, sid: bytes) -> tuple[dict[str, Any], bool]:
        narrator = self._narrator
        narrator.chapter("record", "A fresh reader, who knows only the node and the contract's address")
        records = read_records(self._stage.rpc_url, connection.contract_address, sid)
        if len(records) != 1:
            raise DemoError(f"the reader found {len(records)} records instead of one")
        record = records[0]
        verified = record.pop("verified") is True
        narrator.line(f"record {record['number']}")
        for account in record["accused"]:
            narrator.line(f"  accused  {account}  {narrator.name(account)}")
        narrator.line(f"  claims   {record['queries']} queries, {record['agreeing']} evaluations agree")
        shown = "[bold green]yes[/]" if verified else "[bold red]no[/]"
        narrator.line(f"  proof verified by the reader's own arithmetic: {shown}")
        return record, verified
