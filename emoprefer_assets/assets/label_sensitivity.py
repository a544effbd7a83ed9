"""What the judge board owes to how labels were made: other consensus rules, and labels that are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import audit_of, is_right, waf
from emoprefer_assets.assets._ballots import VotedPairs, labels_by_rule
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.names import JUDGE, PERFECT_JUDGE
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.label_noise import balanced_with_wrong_labels, with_wrong_labels
from emoprefer_assets.stats.labels import SAME, codes
from emoprefer_assets.stats.metrics import CLASSES, confusion_cells, recognition_of
from emoprefer_assets.store import TABLES

WRONG = (0.05, 0.10)


@table(group="competition")
def label_sensitivity(
    raw_pairs: pd.DataFrame,
    annotations: pd.DataFrame,
    annotators: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    baseline_verdicts: pd.DataFrame,
    predictions: Answers,
    battle_verdicts: Answers,
    judges: pd.DataFrame,
    board_strategies: pd.DataFrame,
) -> pd.DataFrame:
    """The scores and ranks of the board's judges under other consensus rules, and if some labels were wrong."""
    ranked = board_strategies[board_strategies["kind"] == JUDGE]
    on_board = {(row.judge, row.strategy) for row in each_row(ranked)}
    wrong = _if_labels_were_wrong(raw_pairs, consensus_pairs, baseline_verdicts, predictions, judges, on_board)
    voted = VotedPairs.of(raw_pairs, annotations, annotators, consensus_pairs, predictions, battle_verdicts, judges)
    rules = labels_by_rule(raw_pairs, annotations, annotators)
    other = _by_rule(rules, voted, on_board) if voted else ()
    parts = [_ranked(rows) for rows in (*other, *wrong) if rows]
    return pd.concat([TABLES["label_sensitivity"].frame(), *parts], ignore_index=True)


def _by_rule(
    rules: Mapping[str, pd.Series], voted: VotedPairs, on_board: set[tuple[str, str]]
) -> Iterator[list[dict[str, object]]]:
    """The judges that answered every pair with votes, each rule in turn; a contested pair may have a label by some."""
    said = {key: answered for key in sorted(on_board) if (answered := voted.said_by(*key))}
    for rule, of_pairs in rules.items():
        labels = of_pairs.reindex(voted.pair_ids)
        known = labels.notna().to_numpy()
        coded = codes(labels[known])
        yield [
            {
                "labels": rule,
                "judge": judge,
                "strategy": strategy,
                "pairs": int(known.sum()),
                "waf_2class": waf(coded, verdicts[:, known]),
            }
            for (judge, strategy), (verdicts, _) in said.items()
        ]


def _if_labels_were_wrong(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    baseline_verdicts: pd.DataFrame,
    predictions: Answers,
    judges: pd.DataFrame,
    on_board: set[tuple[str, str]],
) -> Iterator[list[dict[str, object]]]:
    """All judges of the board, and one that would be right without these errors, by the board's own labels."""
    audit = audit_of(raw_pairs, consensus_pairs, baseline_verdicts, predictions, judges)
    if audit is None or (audit.labels == SAME).all():
        return
    contradicted, agreed = (int(where.sum()) for where in audit.slices)
    share = contradicted / (contradicted + agreed) if contradicted + agreed else np.nan
    found = [(one.judge, one.strategy, one.normal) for one in audit.judged if (one.judge, one.strategy) in on_board] + [
        (PERFECT_JUDGE, None, audit.labels[None])
    ]
    counted = []
    for judge, strategy, verdicts in found:
        cells = [np.bincount(confusion_cells(audit.labels, said), minlength=CLASSES**2) for said in verdicts]
        right = is_right(audit.labels, verdicts)
        on_slice, on_rest = (float(right[:, where].mean()) if where.any() else np.nan for where in audit.slices)
        counted.append((judge, strategy, np.reshape(cells, (-1, CLASSES, CLASSES)), on_slice, on_rest))
    for wrong in WRONG:
        yield [
            {
                "labels": f"{100 * wrong:.0f} % wrong",
                "judge": judge,
                "strategy": strategy,
                "pairs": len(audit.labels),
                "waf_2class": float(recognition_of(with_wrong_labels(confusion, wrong)).waf_2class.mean()),
                "balanced_score": balanced_with_wrong_labels(on_slice, on_rest, share, wrong),
            }
            for judge, strategy, confusion, on_slice, on_rest in counted
        ]


def _ranked(rows: list[dict[str, object]]) -> pd.DataFrame:
    found = pd.DataFrame(rows).reindex(columns=TABLES["label_sensitivity"].column_names)
    scores = found["waf_2class"].where(found["judge"] != PERFECT_JUDGE)
    return found.assign(rank=scores.rank(ascending=False, method="min").astype("Int64"))
