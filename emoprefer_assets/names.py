"""Names that tables, boards and commands share."""

from __future__ import annotations

# Whose verdicts a leaderboard is made from; any other source is a judge's name.
HUMAN, CROWD, COMBINED = "human", "crowd", "people with crowd"
SOURCES = (COMBINED, CROWD, HUMAN)
# What a row of the judge board is.
JUDGE, BASELINE, LEFT_OUT = "judge", "baseline", "left out"
# Who else says what of a pair, beside judges and baselines.
ANNOTATOR = "annotator"
# Its row that is no judge's.
BEST_BASELINE = "best baseline"
# A judge that is always right.
PERFECT_JUDGE = "perfect judge"
# Labels by a model of annotators.
DAWID_SKENE = "dawid_skene"
# Battles of the data set's own pairs without a label.
CONTESTED = "contested"
# Percent of replies that a careful reader may take to say something else, before it is said.
MOST_READ_OTHERWISE = 20.0
# What becomes of a submitted description.
OPEN, QUARANTINED, RELEASED = "open", "quarantined", "released"
WITHDRAWN, DISQUALIFIED = "withdrawn", "disqualified"
NOT_JUDGED = (QUARANTINED, WITHDRAWN, DISQUALIFIED)
