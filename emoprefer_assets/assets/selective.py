"""Which pairs may a judge decide alone?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, labelled_pairs, verdicts_by_judge
from emoprefer_assets.stats.labels import codes
from emoprefer_assets.stats.selective import ALPHAS, SelectiveVerdicts, accept_verdicts
from emoprefer_assets.store import TABLES


@table(group="scores")
def selective_verdicts(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """From which probability on each judge's verdicts are wrong in at most 5, 10 or 20 percent."""
    pairs = labelled_pairs(consensus_pairs)
    labels, clips = codes(pairs["preference"]), pairs["clip_id"].to_numpy(dtype=str)
    rows = []
    for said in verdicts_by_judge(predictions, pairs, judges) if len(pairs) else ():
        if said.margin is None or said.swapped_margin is None:
            continue
        margin = (said.margin.mean(axis=0) + said.swapped_margin.mean(axis=0)) / 2
        for alpha in ALPHAS:
            found = accept_verdicts(margin, labels, clips, alpha)
            decided = found.threshold, 100 * found.coverage, int(found.accepted.sum()), found.clips, 100 * found.error
            rows.append((said.judge, said.strategy, alpha, *decided, _not_reached(found, len(np.unique(clips)))))
    return TABLES["selective_verdicts"].frame(rows)


def _not_reached(found: SelectiveVerdicts, clips: int) -> str | None:
    if not np.isnan(found.threshold):
        return None
    if clips < found.clips_needed:
        return f"too few labelled clips: {found.clips_needed} are needed, there are {clips}"
    return "no threshold reaches it"
