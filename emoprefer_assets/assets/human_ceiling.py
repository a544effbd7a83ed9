"""Judges beside annotators, both against the same others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emoprefer_assets.assets._ballots import ballots_of, codes_of
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, verdicts_by_judge
from emoprefer_assets.names import JUDGE
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats import HumanCeiling, clip_bootstrap
from emoprefer_assets.stats.agreement import Estimate
from emoprefer_assets.store import TABLES

# On pairs that people agree on an annotator is always right: a judge that saw these alone cannot be compared.
NOT_ASKED = (
    "not asked about all pairs that people voted on, contested ones too: set EMOPREFER_BATTLES_CONTESTED=yes; "
    "recordings cannot be asked"
)


@table(group="scores")
def judge_and_annotators(
    raw_pairs: pd.DataFrame,
    annotations: pd.DataFrame,
    annotators: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    predictions: Answers,
    battle_verdicts: Answers,
    judges: pd.DataFrame,
    board_strategies: pd.DataFrame,
) -> pd.DataFrame:
    """Each judge of the board against the majority of all annotators but one, beside the one left out."""
    ballots = ballots_of(annotations, annotators)
    several = (ballots.notna().sum(axis=0) >= 2).to_numpy()
    if not several.any():
        return TABLES["judge_and_annotators"].frame()
    # A judge answers labelled pairs as predictions, and contested ones as battles.
    labelled = ballots.columns.isin(consensus_pairs["pair_id"])
    parts = [pd.DataFrame({"pair_id": ballots.columns[several & part]}) for part in (labelled, ~labelled)]
    ballots = ballots[pd.concat(parts)["pair_id"]]
    said = [
        {(one.judge, one.strategy): one.normal for one in verdicts_by_judge(answers, pairs, judges)}
        for answers, pairs in zip((predictions, battle_verdicts), parts, strict=True)
    ]
    clips = raw_pairs.set_index("pair_id")["clip_id"][ballots.columns].to_numpy(dtype=str)
    ceiling = HumanCeiling(codes_of(ballots), clip_bootstrap(clips))
    on_board = board_strategies[board_strategies["kind"] == JUDGE]
    rows = []
    for judge in each_row(on_board):
        key = judge.judge, judge.strategy
        wanted = [of_part for of_part, pairs in zip(said, parts, strict=True) if len(pairs)]
        answered = [of_part[key] for of_part in wanted if key in of_part]
        row = {"judge": judge.judge, "strategy": judge.strategy, "pairs": ballots.shape[1]}
        if len(answered) < len(wanted):
            theirs = _columns("annotators_waf_2class", "annotators", ceiling.annotators)
            rows.append(row | theirs | {"not_compared": NOT_ASKED})
            continue
        rounds = min(len(verdicts) for verdicts in answered)
        found = ceiling.compare(np.concatenate([verdicts[:rounds] for verdicts in answered], axis=1))
        row |= _columns("judge_waf_2class", "judge", found.judge)
        row |= _columns("annotators_waf_2class", "annotators", found.annotators)
        rows.append(row | _columns("difference", "difference", found.difference))
    return pd.DataFrame(rows).reindex(columns=TABLES["judge_and_annotators"].column_names)


def _columns(value: str, ends: str, found: Estimate) -> dict[str, float]:
    return {value: found.value, f"{ends}_low": found.interval.low, f"{ends}_high": found.interval.high}
