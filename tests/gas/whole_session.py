"""Every kind of transaction of one session, each measured where it costs most or where it is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth_typing import ChecksumAddress
from support.complaints import complain_missing, posted, reveal, share_complaint
from support.consortium import Consortium, TestMember
from support.direct_consortium import DirectConsortium
from support.direct_sender import DirectSender
from support.misdealing import Words, deal_tampered, with_invalid_proof
from support.tracing import trace

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.opening_log import OpeningLog
from tcss_chain.chain.transactions import MinedTransaction, TransactionSender
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.participant.activation import Activator
from tcss_chain.protocol.complaint import ShareEquation
from tcss_chain.protocol.dealing import Dealing, DealingPolynomials
from tcss_chain.protocol.trace_query import QueryMode

from .meter import GasMeter

PURPOSE = "serving predictions to the emergency department"
CHEAT, BAD_PROVER = 0, 1
"""The seats of the dealers who cheat where a cheat is measured; they are the last to deal."""


@dataclass(frozen=True, order=True)
class Size:
    """How many members a session has, and how many of them reconstruct."""

    n: int
    t: int

    def __str__(self) -> str:
        return f"n={self.n} t={self.t}"


SIZES = (Size(4, 3), Size(10, 6), Size(10, 7), Size(32, 21), Size(100, 67))


def measure(meter: GasMeter, size: Size) -> dict[str, int]:
    """
    Measure every kind of transaction of one size.

    Parameters
    ----------
    meter : GasMeter
        The contract.
    size : Size
        The session's size.

    Returns
    -------
    dict of str to int
        Gas by kind.
    """
    with meter.session(str(size)) as figures:
        consortium = DirectConsortium(meter.connection, meter.accounts, n=size.n, t=size.t)
        _Measurement(meter, consortium).run()
    return figures


class _Measurement:
    def __init__(self, meter: GasMeter, consortium: Consortium) -> None:
        self.meter = meter
        self.consortium = consortium
        self.members = consortium.members

    def run(self) -> None:
        opening = self.open_session()
        with self.meter.apart("one member does not deal"):
            self.consortium.deal(self.members[CHEAT])
            self.fault_of_no_dealing(self.members[BAD_PROVER])
        with self.meter.apart("two dealers cheat"):
            self.deal_with_cheats()
            self.complaints_that_disqualify()
        self.meter.randomness.start_again("all are honest")
        last = [self.consortium.deal(self.members[seat]) for seat in (CHEAT, BAD_PROVER)]
        first, *later = opening.dealings
        self.meter.note("deal: first", first)
        self.meter.note("deal: later", *later, *last)
        honest = [opening.confirmed, *opening.joins, *opening.dealings, *last]
        with self.meter.apart("a share is missing"):
            self.missing_shares()
        with self.meter.apart("a share stays missing"):
            self.fault_of_missing_share()
        with self.meter.apart("computed"):
            computed = self.activate_computed()
        unanimous = self.consortium.activate_unanimously()
        self.meter.note("activateUnanimously", unanimous)
        self.totals(honest, unanimous, computed)
        with self.meter.apart("opening log"):
            self.openings()
        with self.meter.apart("bonds"):
            self.bonds()
        self.convictions()

    # ------------------------------------------------------------------ the honest way

    def open_session(self) -> _Opening:
        """Everything up to the last two dealings."""
        consortium = self.consortium
        self.meter.note("createSession", consortium.create())
        confirmed = consortium.confirm()
        self.meter.note("confirm", confirmed)
        joins = [consortium.join(member) for member in self.members]
        self.meter.note("join: first", joins[0])
        self.meter.note("join: later", *joins[1:])
        dealings = [consortium.deal(member) for member in self.members[2:]]
        return _Opening(confirmed, joins, dealings)

    def activate_computed(self) -> list[MinedTransaction]:
        """As the participants' service does it, in as many transactions as it takes."""
        consortium = self.consortium
        consortium.travel_to(consortium.configuration.challenge_by)
        sender = _Remembering(consortium.connection, consortium.outsider)
        # Only activation with signatures asks peers and checks what they signed.
        nobody: Any = None
        activator = Activator(consortium.actions, sender, nobody, nobody, stagger_seconds=0)
        qualified = consortium.reads.state(consortium.sid).qualified
        assert activator.activate_computed(consortium.roster(), consortium.view.dealings(), qualified)
        self.meter.note("aggregate: dearest transaction", *sender.sent)
        self.meter.note_figure("aggregate: transactions", len(sender.sent))
        self.meter.note_total("aggregate: all transactions", sender.sent)
        return sender.sent

    def totals(
        self,
        honest: Sequence[MinedTransaction],
        unanimous: MinedTransaction,
        computed: Sequence[MinedTransaction],
    ) -> None:
        n = len(self.members)
        whole = sum(mined.gas_used for mined in [*honest, unanimous])
        alone = sum(mined.gas_used for mined in [*honest, *computed])
        for when in ("first", "later"):
            own = self.meter.figures[f"join: {when}"] + self.meter.figures[f"deal: {when}"]
            self.meter.note_figure(f"session, join and deal: {when}", own)
        self.meter.note_figure("session, unanimous: all", whole)
        self.meter.note_figure("session, unanimous: per participant", -(-whole // n))
        self.meter.note_figure("session, computed: all", alone)
        self.meter.note_figure("session, computed: per participant", -(-alone // n))

    # ------------------------------------------------------------------ disputes

    def deal_with_cheats(self) -> None:
        """A dealer whose words are wrong in three ways, and one whose proof of knowledge is invalid."""
        consortium, cheat = self.consortium, self.members[CHEAT]
        wrong = {
            self.members[1].address: lambda words: (words[0], (words[1] + 1) % GROUP_ORDER),
            self.members[2].address: lambda words: ((words[0] + 1) % GROUP_ORDER, words[1]),
            self.members[3].address: lambda words: (GROUP_ORDER, words[1]),
        }

        def tamper(recipient: ChecksumAddress, words: Words) -> Words:
            return wrong.get(recipient, lambda right: right)(words)

        cheat.polynomials = DealingPolynomials.draw(consortium.configuration.threshold)
        consortium.deal(
            cheat, deal_tampered(consortium.roster(), cheat.address, cheat.d, tamper, cheat.polynomials)
        )
        prover = self.members[BAD_PROVER]
        consortium.deal(prover, with_invalid_proof(consortium.prepare_dealing(prover)))

    def complaints_that_disqualify(self) -> None:
        for label, seat, equation in (
            ("equation B", 1, ShareEquation.B),
            ("equation C", 2, ShareEquation.C),
            ("a word that is no scalar", 3, ShareEquation.C),
        ):
            with self.meter.apart(label):
                complaint = share_complaint(
                    self.consortium, self.members[CHEAT], self.members[seat], equation
                )
                self.meter.note(f"complainInvalidShare: {label}", complaint.send())
        with self.meter.apart("invalid proof"):
            prover = self.members[BAD_PROVER]
            dealing = cast(Dealing, prover.dealt and prover.dealt.dealing)
            call = self.consortium.actions.complain_invalid_proof(
                self.consortium.sid, prover.address, posted(self.consortium, prover, dealing)
            )
            self.meter.note("complainInvalidProof", self.members[CHEAT].sender.send(call))

    def missing_shares(self) -> None:
        dealer, one, other = self.members[0], self.members[1], self.members[2]
        first, later = (complain_missing(self.consortium, dealer, each) for each in (one, other))
        answer, last = (reveal(self.consortium, dealer, each) for each in (one, other))
        self.meter.note("complainMissingShare: first about a dealer", first)
        self.meter.note("complainMissingShare: later about the same dealer", later)
        self.meter.note("revealShare: others are still missing", answer)
        self.meter.note("revealShare: none is missing any more", last)
        self.meter.note_total("dispute, missing share: answered", [first, last])

    def fault_of_missing_share(self) -> None:
        consortium, silent = self.consortium, self.members[0]
        complaint = complain_missing(consortium, silent, self.members[1])
        consortium.travel_to(consortium.configuration.reveal_by)
        recorded = self.record_fault(silent)
        self.meter.note("recordFault: missing share", recorded)
        self.meter.note_total("dispute, missing share: never answered", [complaint, recorded])

    def fault_of_no_dealing(self, late: TestMember) -> None:
        self.consortium.travel_to(self.consortium.configuration.deal_by)
        self.meter.note("recordFault: no dealing", self.record_fault(late))

    def record_fault(self, member: TestMember) -> MinedTransaction:
        consortium = self.consortium
        return consortium.outsider.send(consortium.actions.record_fault(consortium.sid, member.address))

    # ------------------------------------------------------------------ an active session

    def openings(self) -> None:
        log, consortium = OpeningLog(self.consortium.connection), self.consortium
        for when in ("first", "later"):
            core, model = (self.meter.randomness.token_bytes() for _ in range(2))
            mined = consortium.auditor.send(log.anchor(consortium.sid, core, model, PURPOSE))
            self.meter.note(f"OpeningLog.anchor: {when}", mined)

    def bonds(self) -> None:
        consortium = self.consortium
        consortium.travel_to(consortium.configuration.bond_release_time)
        for when, member in zip(("first", "later"), self.members, strict=False):
            call = consortium.actions.withdraw_bond(consortium.sid, member.address)
            self.meter.note(f"withdrawBond: {when}", member.sender.send(call))

    def convictions(self) -> None:
        consortium, t = self.consortium, self.consortium.configuration.threshold
        for mode in (QueryMode.FREE, QueryMode.REGISTERED):
            name = f"convict, {mode.name.lower()} points"
            with self.meter.apart(name):
                self.meter.note(f"{name}: 1 accused", trace(consortium, [0], mode=mode).send())
                later = trace(consortium, [1], mode=mode)
                self.meter.note(f"{name}: 1 accused, later record", later.send())
                if mode is QueryMode.FREE:
                    call = consortium.actions.withdraw_forfeits(consortium.sid)
                    self.meter.note("withdrawForfeits", consortium.outsider.send(call))
            with self.meter.apart(f"{name}, most accused"):
                most = trace(consortium, range(t - 1), mode=mode)
                self.meter.note(f"{name}: {t - 1} accused", most.send())


class _Remembering(DirectSender):
    def __init__(self, connection: Connection, sender: TransactionSender) -> None:
        super().__init__(connection, sender)
        self.sent: list[MinedTransaction] = []

    def send(self, *call: Any, **names: Any) -> MinedTransaction:
        self.sent.append(super().send(*call, **names))
        return self.sent[-1]


@dataclass(frozen=True)
class _Opening:
    confirmed: MinedTransaction
    joins: Sequence[MinedTransaction]
    dealings: Sequence[MinedTransaction]
