"""Tables for people at a terminal, read from the published database."""

from emoprefer_assets.terminal._boards import print_boards
from emoprefer_assets.terminal._leaderboard import export_leaderboard, print_leaderboard, read_leaderboard
from emoprefer_assets.terminal._lists import print_judges, print_plan, print_submissions
from emoprefer_assets.terminal._reproduction import print_comparison
from emoprefer_assets.terminal._tables import console, read_published

__all__ = [
    "console",
    "export_leaderboard",
    "print_boards",
    "print_comparison",
    "print_judges",
    "print_leaderboard",
    "print_plan",
    "print_submissions",
    "read_leaderboard",
    "read_published",
]
