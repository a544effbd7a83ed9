"""How far a study is, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from emoprefer_assets.display import in_terminal, listed
from emoprefer_assets.people import StudyStatus
from emoprefer_assets.terminal._fitting import Column, FittedTable
from emoprefer_assets.terminal._text import number

SHOWN_PAIRS = 10


def print_status(found: StudyStatus, console: Console) -> None:
    """Print what is done, what is missing, and each annotator's answers in short."""
    for line in _about_pairs(found):
        console.print(Text(in_terminal(line)))
    people = found.annotators
    columns = [
        Column("annotator", [one.annotator for one in people], right=False),
        Column("done", [f"{one.done}/{one.asked}" for one in people]),
        Column(
            "seconds",
            [number(one.seconds, 1) for one in people],
            explained="seconds: the median a vote.",
        ),
        Column("left %", [_percent(one.left) for one in people], rest=1, explained="left %: of votes for one side."),
        Column(
            "agree %",
            [_percent(one.agreement) for one in people],
            explained="agree %: with each other annotator, ties dropped.",
        ),
        Column(
            "repeats %",
            [_percent(one.consistency) for one in people],
            rest=2,
            explained="repeats %: same vote when shown again.",
        ),
        Column(
            "checks %",
            [_percent(one.attention) for one in people],
            rest=3,
            explained="checks %: attention checks right.",
        ),
        Column(
            "qualified", [{None: "-", True: "yes", False: "no"}[one.qualified] for one in people], right=False, rest=4
        ),
        Column("unusual", ["; ".join(one.unusual) for one in people], right=False, folds=True),
    ]
    console.print(FittedTable("Annotators", columns, more="a wider terminal or --json"))
    if found.agreement is not None:
        alpha = "" if found.krippendorff_alpha is None else f"; Krippendorff's alpha {found.krippendorff_alpha:.2f}"
        console.print(Text(f"Two annotators agree in {_percent(found.agreement)} % (ties dropped{alpha})."))
    if found.consistency is not None:
        console.print(Text(f"Shown a pair again, they vote as before in {_percent(found.consistency)} %."))


def _about_pairs(found: StudyStatus) -> Iterator[str]:
    done, asked = (sum(getattr(pair, what) for pair in found.pairs) for what in ("done", "asked"))
    missing = sorted((pair for pair in found.pairs if pair.done < pair.asked), key=lambda pair: pair.done)
    whole = len(found.pairs) - len(missing)
    yield f"{found.study}: {done} of {asked} votes; {whole} of {len(found.pairs)} pairs have all of theirs."
    if missing:
        yield f"Missing: {listed([f'{pair.pair} ({pair.done}/{pair.asked})' for pair in missing], SHOWN_PAIRS)}."
    if skipped := [f"{pair.pair} ({pair.skipped})" for pair in found.pairs if pair.skipped]:
        yield f"Skipped: {listed(skipped, SHOWN_PAIRS)}."


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}"
