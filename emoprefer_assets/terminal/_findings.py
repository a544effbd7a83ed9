"""What an examination of the installation has found."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from emoprefer_assets.display import in_terminal
from emoprefer_assets.doctor import OK, PROBLEM, WARNING, Finding

_STYLES = {OK: "green", WARNING: "yellow", PROBLEM: "bold red"}
NAME_WIDTH = 26


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print one entry a finding, its mend below it, and how many are how bad."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=max(map(len, _STYLES)))
    table.add_column(width=NAME_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for finding in findings:
        said = Text(in_terminal(finding.what))
        if finding.mend:
            said.append("\n" + in_terminal(f"Mend: {finding.mend}"), style="bold")
        table.add_row(Text(finding.state, style=_STYLES[finding.state]), Text(in_terminal(finding.name)), said)
    console.print(table)
    counts = {state: sum(finding.state == state for finding in findings) for state in _STYLES}
    console.print(f"Problems: {counts[PROBLEM]}, warnings: {counts[WARNING]}, ok: {counts[OK]}.")
