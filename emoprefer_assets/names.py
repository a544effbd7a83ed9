"""Names that tables, boards and commands share."""

from __future__ import annotations

# Whose verdicts a leaderboard is made from; any other source is a judge's name.
HUMAN, CROWD, COMBINED = "human", "crowd", "people with crowd"
SOURCES = (CROWD, HUMAN, COMBINED)
# What a row of the judge board is.
PEOPLE, JUDGE, BASELINE, LEFT_OUT = "people", "judge", "floor", "left out"
# What becomes of a submitted description.
OPEN, QUARANTINED, RELEASED = "open", "quarantined", "released"
