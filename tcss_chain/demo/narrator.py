"""Tells a person what happens, while it happens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock

from eth_typing import ChecksumAddress
from rich.console import Console
from rich.markup import escape

from tcss_chain.auditor.events import (
    CandidateConfirmed,
    CandidateRefuted,
    QueryMade,
    RoundStarted,
    TraceEvent,
)
from tcss_chain.chain.transactions import MinedTransaction
from tcss_chain.opening.answerer import OpeningOutcome
from tcss_chain.participant.events import Happening, ParticipantEvent

from .report import DemoReport

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")
_ALARMS = {Happening.SHARE_INVALID, Happening.PROOF_INVALID, Happening.SHARE_MISSING, Happening.COMPLAINED}


class Narrator:
    """
    Prints the story, and keeps the figures.

    Parameters
    ----------
    console : Console
        Where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._stage: tuple[str, float] | None = None
        self._names: dict[ChecksumAddress, str] = {}
        self._lock = Lock()
        self.gas: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}

    def introduce(self, names: Mapping[ChecksumAddress, str]) -> None:
        """Give the accounts names."""
        width = max((len(name) for name in names.values()), default=0)
        for index, (account, name) in enumerate(names.items()):
            colour = _COLOURS[index % len(_COLOURS)]
            self._names[account] = f"[{colour}]{escape(name)}[/]{' ' * (width - len(name))}"

    def chapter(self, stage: str, title: str) -> None:
        """Begin a stage; the one before ends."""
        self.end_stage()
        self._stage = (stage, time.monotonic())
        self._console.print(f"\n[bold]{escape(title)}[/]")

    def end_stage(self) -> None:
        """End the current stage and keep its duration."""
        if self._stage is not None:
            stage, since = self._stage
            self.seconds[stage] = time.monotonic() - since
            self._stage = None

    def line(self, text: str) -> None:
        """Print one line; it may contain markup."""
        with self._lock:
            self._console.print(f"[dim]{time.monotonic() - self._started:6.2f} s[/]  {text}", highlight=False)

    def name(self, account: ChecksumAddress) -> str:
        """Give an account's name, or its address."""
        return self._names.get(account, str(account))

    def names(self, accounts: tuple[ChecksumAddress, ...]) -> str:
        """Give several accounts' names."""
        return " and ".join(self.name(account).rstrip() for account in accounts)

    def transaction(self, mined: MinedTransaction) -> None:
        """Keep a transaction's gas."""
        with self._lock:
            self.gas.setdefault(mined.kind, []).append(mined.gas_used)

    def participant(self, event: ParticipantEvent) -> None:
        """Tell what a participant did or found."""
        if event.happening is Happening.SHARE_RECEIVED:
            if event.about != event.participant and event.about is not None:
                self.line(f"{self.name(event.participant)}  verified its share from {self.name(event.about)}")
            return
        about = f" [dim]about[/] {self.name(event.about)}" if event.about else ""
        style = "bold red" if event.happening in _ALARMS else "white"
        detail = f" [dim]({escape(event.detail)})[/]" if event.detail else ""
        self.line(f"{self.name(event.participant)}  [{style}]{event.happening.value}[/]{about}{detail}")

    def opening(self, account: ChecksumAddress, outcome: OpeningOutcome) -> None:
        """Tell how an organisation took an opening request."""
        if outcome.refusal is None:
            self.line(f"{self.name(account)}  answered, proven, for the gateway's eyes only")
        elif not outcome.refusal.is_passing:
            self.line(f"{self.name(account)}  [bold red]refused: {outcome.refusal.value}[/]")

    def trace(self, event: TraceEvent) -> None:
        """Tell how a trace goes on."""
        match event:
            case RoundStarted(mode=mode, arity=arity):
                shares = "share" if arity == 1 else "shares"
                self.line(f"new points, {mode.name.lower()}: {arity} made-up {shares} a query")
            case QueryMade(number=number, problem=problem):
                answer = "an answer, right or wrong" if problem is None else f"[dim]{problem}[/]"
                self.line(f"query {number + 1:3}: {answer}")
            case CandidateRefuted(accounts=accounts):
                self.line(f"[dim]refuted: {self.names(accounts)}[/]")
            case CandidateConfirmed(accounts=accounts, strategy=strategy):
                self.line(f"[bold red]confirmed by {strategy}: {self.names(accounts)}[/]")

    def verdict(self, report: DemoReport) -> None:
        """Print what came out."""
        gas = sum(sum(amounts) for amounts in self.gas.values())
        total = time.monotonic() - self._started
        matches = "exactly those who leaked" if report.equal else "NOT those who leaked"
        style = "green" if report.succeeded else "red"
        shortcomings = "".join(f" {sentence}" for sentence in report.shortcomings)
        self._console.print(
            f"\n[bold {style}]Convicted: {matches}.{shortcomings}[/] "
            f"{report.queries} queries, {gas:,} gas in all, {total:.1f} s."
        )
