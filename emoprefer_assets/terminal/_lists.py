"""What is registered, handed in or planned, as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from emoprefer_assets.display import in_message
from emoprefer_assets.names import OPEN
from emoprefer_assets.submissions import REPORT_SUFFIX, Decision, Kind, Version
from emoprefer_assets.tally import Tally
from emoprefer_assets.terminal._fitting import Column, FittedTable


def print_judges(rows: Sequence[tuple[str, str, str, str, str]], console: Console) -> None:
    """Print name, backend, what it sees, strategies and state of each judge."""
    judges, backends, seen, strategies, states = zip(*rows, strict=True) if rows else ((),) * 5
    columns = [
        Column("judge", judges, right=False, folds=True),
        Column("backend", backends, right=False, rest=1),
        Column("sees", seen, right=False, rest=3),
        Column("strategies", strategies, right=False, rest=2),
        Column("state", states, right=False, folds=True),
    ]
    console.print(FittedTable("Judges", columns))


def print_plan(plans: Mapping[str, Tally | str], console: Console) -> None:
    """Print what a run would take, by judge; a text says why a judge cannot be asked."""
    rows: list[tuple[str, ...]] = []
    total = Tally()
    for judge, found in plans.items():
        if isinstance(found, str):
            rows.append((judge, "-", f"cannot be asked: {found}", "", "", ""))
            continue
        asked = ", ".join(f"{step} {count}" for step, count in found.calls.items())
        rows.append((judge, *_taken(found, asked)))
        total.add("", found.all_calls, found.tokens_in, found.tokens_out, found.cost)
    rows.append(("all", *_taken(total, "")))
    caption = (
        "No call was made. Tokens and cost are upper estimates, by the longest replies on record; before the first one "
        "a verdict counts 32 tokens, which a model that thinks first exceeds. Cost by the prices of the registry."
    )
    judges, calls, steps, tokens_in, tokens_out, costs = zip(*rows, strict=True)
    columns = [
        Column("judge", judges, right=False, folds=True),
        Column("calls", calls),
        Column("of which", steps, right=False, folds=True),
        Column("tokens in", tokens_in, rest=1),
        Column("tokens out", tokens_out, rest=2),
        Column("cost", costs),
    ]
    console.print(FittedTable("What a run would ask", columns, [caption]))


def _taken(tally: Tally, steps: str) -> tuple[str, ...]:
    return f"{tally.all_calls:,}", steps, f"{tally.tokens_in:,}", f"{tally.tokens_out:,}", f"{tally.cost:.2f}"


def print_submissions(
    versions: Sequence[Version],
    states: Mapping[tuple[str, str, str], str],
    decisions: Mapping[tuple[Kind, str], Decision],
    console: Console,
) -> None:
    """Print every accepted version, oldest first.

    Args:
        states: what has become of it, by kind, name and content; a version that is not there waits for the next run.
        decisions: what an organiser has decided about the newest version, by kind and name.
    """
    newest = {(version.kind, version.name): version for version in versions}
    numbers: dict[tuple[str, str], int] = {}
    rows = []
    for version in versions:
        key = (version.kind, version.name)
        numbers[key] = numbers.get(key, 0) + 1
        state = states.get((*key, version.hash), "received, not judged yet")
        state = "on the boards" if state == OPEN else state
        if decision := decisions.get(key):
            why = f": {in_message(decision.note)}" if decision.note else ""
            state = f"{decision.what} by {in_message(decision.by)}{why}"
        state = state if newest[key] is version else "replaced"
        received = version.received_at[:16].replace("T", " ")
        rows.append((*key, str(numbers[key]), f"{version.rows:,}", received, version.hash[:12], state))
    if not rows:
        console.print("Nothing has been handed in yet.")
        return
    kinds, names, places, counts, times, contents, found = zip(*rows, strict=True)
    columns = [
        Column("kind", kinds, right=False),
        Column("name", names, right=False, folds=True),
        Column("version", places),
        Column("rows", counts, rest=3),
        Column("received (UTC)", times, right=False, rest=2),
        Column("content", contents, right=False, rest=1),
        Column("state", found, right=False, folds=True),
    ]
    console.print(FittedTable("Submissions", columns))


def print_refused(reports: Sequence[Path], console: Console) -> None:
    """Print each refused file with the first thing that is wrong with it; nothing without any."""
    if not reports:
        return
    found = [report.read_text().splitlines() for report in reports]
    columns = [
        Column(
            "file", [in_message(report.name.removesuffix(REPORT_SUFFIX)) for report in reports], right=False, folds=True
        ),
        Column("what is wrong first", [lines[1].strip() for lines in found], right=False, folds=True),
        Column("problems", [str(len(lines) - 1) for lines in found]),
    ]
    whole = f"A report beside each file in {reports[0].parent} lists all of them."
    console.print(FittedTable("Refused files", columns, [whole]))
