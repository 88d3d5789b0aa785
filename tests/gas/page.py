"""The tables of docs/gas.md, made from the snapshot."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from .snapshot import PROJECT, SIZELESS
from .whole_session import SIZES

PAGE = PROJECT / "docs" / "gas.md"

Snapshot = Mapping[str, Mapping[str, int]]
SIZE_NAMES = [str(size) for size in SIZES]
SMALL, TEN, LARGEST = "n=4 t=3", "n=10 t=6", "n=100 t=67"
OURS = "this project"


def rendered(text: str, snapshot: Snapshot) -> str:
    """The page with every table between a pair of markers made anew."""
    for name, table in TABLES.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        body = "\n".join(table(snapshot))
        text, count = pattern.subn(lambda found, body=body: f"{found[1]}{body}\n{found[2]}", text)
        if count != 1:
            raise ValueError(f"docs/gas.md has the markers of {name} {count} times, not once")
    return text


def _sessions(snapshot: Snapshot) -> list[str]:
    rows = [
        ("join and deal, who is first at both", "session, join and deal: first"),
        ("join and deal, anybody else at most", "session, join and deal: later"),
        ("activation with all signatures, once", "activateUnanimously"),
        ("**whole session, activated unanimously**", "session, unanimous: all"),
        ("divided by n", "session, unanimous: per participant"),
        ("activation by adding up, once", "aggregate: all transactions"),
        ("in so many transactions", "aggregate: transactions"),
        ("**whole session, activated by adding up**", "session, computed: all"),
        ("divided by n", "session, computed: per participant"),
        ("creation, apart from all that", "createSession"),
    ]
    return _table(["", *SIZE_NAMES], [[label, *_row(snapshot, kind)] for label, kind in rows])


def _disputes(snapshot: Snapshot) -> list[str]:
    rows = [
        ("invalid share, equation B", "complainInvalidShare: equation B"),
        ("invalid share, equation C", "complainInvalidShare: equation C"),
        ("invalid share, a word that is no scalar", "complainInvalidShare: a word that is no scalar"),
        ("invalid proof of knowledge", "complainInvalidProof"),
        ("missing share: report and answer", "dispute, missing share: answered"),
        ("missing share: report, then the fault is recorded", "dispute, missing share: never answered"),
        ("no dealing: the fault is recorded", "recordFault: no dealing"),
        ("a leak: conviction of one, free points", "convict, free points: 1 accused"),
        ("a leak: conviction of one, registered points", "convict, registered points: 1 accused"),
    ]
    table = [[label, *_row(snapshot, kind)] for label, kind in rows]
    for mode in ("free", "registered"):
        most = [f"convict, {mode} points: {size.t - 1} accused" for size in SIZES]
        figures = [_shown(snapshot[str(size)].get(kind)) for size, kind in zip(SIZES, most, strict=True)]
        table.append([f"a leak: conviction of t - 1, {mode} points", *figures])
    return _table(["", *SIZE_NAMES], table)


def _beside_others(snapshot: Snapshot) -> list[str]:
    def one(group: str, *kinds: str) -> str:
        return _range([snapshot[group][kind] for kind in kinds])

    joins, deals = ("join: first", "join: later"), ("deal: first", "deal: later")
    complaints = ("complainInvalidShare: equation B", "complainInvalidShare: equation C")
    rows = [
        ["registering a key", "ETHDKG", "96,600 to 113,700", f"join, (10,6): {one(TEN, *joins)}"],
        ["dealing, (4,3)", "ETHDKG", "110,900", one(SMALL, *deals)],
        ["dealing, (10,6)", "ETHDKG", "124,000", one(TEN, *deals)],
        ["dispute about a share, (4,3)", "ETHDKG", "106,400", one(SMALL, *complaints)],
        ["dispute about a share, (10,6)", "ETHDKG", "136,400", one(TEN, *complaints)],
        ["key share, of every participant", "ETHDKG", "226,900", "no such transaction"],
        ["master key, (4,3)", "ETHDKG", "264,000", f"activation: {one(SMALL, 'activateUnanimously')}"],
        ["master key, (10,6)", "ETHDKG", "323,000", f"activation: {one(TEN, 'activateUnanimously')}"],
        ["whole honest run, n = 10", "ETHDKG", "4,800,000", one(TEN, "session, unanimous: all")],
        ["dealing, n = 4", "davinci-dkg", "455,000", one(SMALL, *deals)],
        ["end of the dealing, n = 4", "davinci-dkg", "610,000", one(SMALL, "activateUnanimously")],
        ["partial decryption, n = 4", "davinci-dkg", "428,000", "off chain; an opening is one line: "
         + one(SMALL, "OpeningLog.anchor: first", "OpeningLog.anchor: later")],
        ["one Groth16 proof", "its verifier", "207,000 and 6,650 a public input",
         f"conviction, (4,3): {one(SMALL, 'convict, free points: 1 accused')}"],
        ["10 signed messages", "Hubble, BLS", "443,000", f"10 signatures: {one(TEN, 'activateUnanimously')}"],
        ["challenge of a DKG result, n = 100", "keep-core", "1,560,000",
         f"complaint about a share: {one(LARGEST, *complaints)}"],
        ["signature check, at worst", "EigenLayer", "3,500,000",
         f"100 signatures: {one(LARGEST, 'activateUnanimously')}"],
    ]  # fmt: skip
    return _table(["what", "whose", "gas", OURS], rows)


def _all_kinds(snapshot: Snapshot) -> list[str]:
    kinds = sorted({kind for size in SIZE_NAMES for kind in snapshot[size]}, key=_natural)
    deployment = ["deployment, once", *[_shown(snapshot[SIZELESS]["deployment"])] * len(SIZE_NAMES)]
    return _table(["kind", *SIZE_NAMES], [deployment, *([kind, *_row(snapshot, kind)] for kind in kinds)])


TABLES: Mapping[str, Callable[[Snapshot], list[str]]] = {
    "sessions": _sessions,
    "disputes": _disputes,
    "other systems": _beside_others,
    "all kinds": _all_kinds,
}


def _row(snapshot: Snapshot, kind: str) -> list[str]:
    return [_shown(snapshot[size].get(kind)) for size in SIZE_NAMES]


def _shown(figure: int | None) -> str:
    return "" if figure is None else f"{figure:,}"


def _range(figures: Sequence[int]) -> str:
    low, high = min(figures), max(figures)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _natural(kind: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", kind)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    figures = all(re.fullmatch(r"[\d,]*", cell) for row in rows for cell in row[1:])
    rule = ["---", *["---:" if figures else "---"] * (len(heads) - 1)]
    return [f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in (heads, rule, *rows)]
