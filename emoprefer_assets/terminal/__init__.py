"""Tables for people at a terminal, and the same as JSON."""

from emoprefer_assets.terminal._boards import export_boards, print_boards
from emoprefer_assets.terminal._findings import print_findings
from emoprefer_assets.terminal._leaderboard import (
    HOW_TO_READ,
    export_leaderboard,
    leaderboard_on_page,
    leaderboard_table,
    read_leaderboard,
)
from emoprefer_assets.terminal._lists import print_judges, print_plan, print_refused, print_submissions
from emoprefer_assets.terminal._output import as_json, console
from emoprefer_assets.terminal._reproduction import print_comparison
from emoprefer_assets.terminal._study import print_status

__all__ = [
    "HOW_TO_READ",
    "as_json",
    "console",
    "export_boards",
    "export_leaderboard",
    "leaderboard_on_page",
    "leaderboard_table",
    "print_boards",
    "print_comparison",
    "print_findings",
    "print_judges",
    "print_plan",
    "print_refused",
    "print_status",
    "print_submissions",
    "read_leaderboard",
]
