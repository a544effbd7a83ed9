"""Judges beside annotators, both against the same others."""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.assets._ballots import VotedPairs
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.names import JUDGE
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.human_ceiling import HumanCeiling
from emoprefer_assets.stats.resampling import clip_bootstrap
from emoprefer_assets.stats.soft_labels import SoftLabels
from emoprefer_assets.store import TABLES

# On pairs that people agree on an annotator is always right: a judge that saw these alone cannot be compared.
NOT_ANSWERED = (
    "not all pairs that people voted on were answered: EMOPREFER_BATTLES_CONTESTED=yes asks about contested ones, "
    "which a recording has to hold"
)


@table(group="competition")
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
    voted = VotedPairs.of(raw_pairs, annotations, annotators, consensus_pairs, predictions, battle_verdicts, judges)
    if voted is None:
        return TABLES["judge_and_annotators"].frame()
    bootstrap = clip_bootstrap(voted.clips)
    ceiling, shares = HumanCeiling(voted.votes, bootstrap), SoftLabels.of(voted.votes, bootstrap)
    rows = []
    for judge in each_row(board_strategies[board_strategies["kind"] == JUDGE]):
        row = {
            "judge": judge.judge,
            "strategy": judge.strategy,
            "pairs": len(voted.pair_ids),
            **ceiling.annotators.columns("annotators_waf_2class", "annotators"),
            "least_log_loss": shares.least,
            "not_compared": NOT_ANSWERED,
        }
        if said := voted.said_by(judge.judge, judge.strategy):
            verdicts, margins = said
            found = ceiling.compare(verdicts)
            row |= found.judge.columns("judge_waf_2class", "judge") | found.difference.columns("difference")
            if margins is not None:
                row |= shares.log_loss(margins).columns("log_loss")
            row["not_compared"] = None
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=TABLES["judge_and_annotators"].column_names)
