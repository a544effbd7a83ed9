"""What is registered, handed in or planned, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console

from emoprefer_assets.asking.interview import Tally
from emoprefer_assets.submissions import Version
from emoprefer_assets.terminal._tables import Column, table


def print_judges(rows: Iterable[tuple[str, ...]], console: Console) -> None:
    """Print name, backend, what it sees, strategies and state of each judge."""
    columns = [
        ("judge", "left"),
        ("backend", "left"),
        ("sees", "left"),
        ("strategies", "left"),
        ("state", "left"),
    ]
    console.print(table("Judges", columns, rows))


def print_plan(plans: Mapping[str, Tally | str], console: Console) -> None:
    """Print what a run would take, by judge; a text says why a judge cannot be asked."""
    columns: list[Column] = [
        ("judge", "left"), ("calls", "right"), ("of which", "left"), ("tokens in", "right"), ("tokens out", "right"),
        ("cost", "right"),
    ]  # fmt: skip
    rows, total = [], Tally()
    for judge, found in plans.items():
        if isinstance(found, str):
            rows.append((judge, "-", f"cannot be asked: {found}", "", "", ""))
            continue
        steps = ", ".join(f"{step} {count}" for step, count in found.calls.items())
        rows.append((judge, *_taken(found, steps)))
        total.add("", found.all_calls, found.tokens_in, found.tokens_out, found.cost)
    rows.append(("all", *_taken(total, "")))
    caption = "No call was made. Tokens and cost are upper estimates; cost by the prices of the registry."
    console.print(table("What a run would ask", columns, rows, caption))


def _taken(tally: Tally, steps: str) -> tuple[str, ...]:
    return f"{tally.all_calls:,}", steps, f"{tally.tokens_in:,}", f"{tally.tokens_out:,}", f"{tally.cost:.2f}"


def print_submissions(
    versions: Sequence[Version], states: Mapping[tuple[str, str, str], str], console: Console
) -> None:
    """Print every accepted version, oldest first.

    Args:
        states: what has become of it, by kind, name and content; a version that is not there waits for the next run.
    """
    columns: list[Column] = [
        ("kind", "left"), ("name", "left"), ("version", "right"), ("rows", "right"), ("received (UTC)", "left"),
        ("content", "left"), ("state", "left"),
    ]  # fmt: skip
    newest = {(version.kind, version.name): version for version in versions}
    numbers: dict[tuple[str, str], int] = {}
    rows = []
    for version in versions:
        key = (version.kind, version.name)
        numbers[key] = numbers.get(key, 0) + 1
        state = states.get((*key, version.hash), "not evaluated yet") if newest[key] is version else "replaced"
        received = version.received_at[:16].replace("T", " ")
        rows.append((*key, str(numbers[key]), f"{version.rows:,}", received, version.hash[:12], state))
    if rows:
        console.print(table("Submissions", columns, rows))
    else:
        console.print("Nothing has been handed in yet.")
