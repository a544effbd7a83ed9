"""May a judge replace a person, and could a baseline that sees no clip, or another person?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from emoprefer_assets.assets._ballots import VotedPairs
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.human_ceiling import NOT_ANSWERED
from emoprefer_assets.names import ANNOTATOR, BASELINE, JUDGE
from emoprefer_assets.offline import audited_baselines, verdicts_of_baseline
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.labels import codes
from emoprefer_assets.stats.replacement import EPSILONS, FEWEST_ANNOTATORS, FEWEST_PAIRS, Replacement, ReplacementTest
from emoprefer_assets.stats.resampling import clip_bootstrap
from emoprefer_assets.store import TABLES


@table(group="competition")
def judge_replacement(
    raw_pairs: pd.DataFrame,
    annotations: pd.DataFrame,
    annotators: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    predictions: Answers,
    battle_verdicts: Answers,
    judges: pd.DataFrame,
    board_strategies: pd.DataFrame,
    replacement_epsilon: float,
) -> pd.DataFrame:
    """Each judge in both orders, each baseline and each annotator, in the place of every annotator in turn."""
    voted = VotedPairs.of(raw_pairs, annotations, annotators, consensus_pairs, predictions, battle_verdicts, judges)
    if voted is None:
        return TABLES["judge_replacement"].frame()
    epsilons = tuple(sorted({*EPSILONS, replacement_epsilon}))
    test = ReplacementTest(voted.votes, clip_bootstrap(voted.clips), epsilons)
    rows = [
        {"kind": JUDGE, "name": judge.judge, "strategy": judge.strategy, "swapped": swapped, **found}
        for judge in each_row(board_strategies[board_strategies["kind"] == JUDGE])
        for swapped, found in _in_both_orders(test, voted, judge.judge, judge.strategy, replacement_epsilon)
    ]
    for name, verdicts in _of_baselines(raw_pairs, consensus_pairs, voted.pair_ids).items():
        found = _columns(test.of(verdicts[None]), replacement_epsilon)
        rows.append({"kind": BASELINE, "name": name, "swapped": False, **found})
    for place, annotator in enumerate(voted.annotators):
        found = _columns(test.of_annotator(place), replacement_epsilon)
        rows.append({"kind": ANNOTATOR, "name": annotator, "swapped": False, **found})
    return pd.DataFrame(rows).reindex(columns=TABLES["judge_replacement"].column_names)


def _in_both_orders(
    test: ReplacementTest, voted: VotedPairs, judge: str, strategy: str, epsilon: float
) -> Iterator[tuple[bool, dict[str, object]]]:
    for swapped in (False, True):
        if said := voted.said_by(judge, strategy, swapped):
            yield swapped, _columns(test.of(said[0]), epsilon)
        elif not swapped:
            yield swapped, {"annotators": 0, "pairs": 0, "epsilon": epsilon, "not_tested": NOT_ANSWERED}


def _of_baselines(
    raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame, pair_ids: np.ndarray
) -> dict[str, np.ndarray]:
    """Verdict codes on contested pairs too, which give no label to learn from; in the order of `pair_ids`."""
    pairs = raw_pairs.merge(consensus_pairs[["pair_id", "preference"]], on="pair_id", how="left")
    pairs = pairs[pairs["preference"].notna() | pairs["pair_id"].isin(pair_ids)].reset_index(drop=True)
    said = {name: verdicts_of_baseline(baseline, pairs) for name, baseline in audited_baselines().items()}
    return {name: codes(found.set_index("pair_id")["verdict"][pair_ids]) for name, found in said.items()}


def _columns(found: Replacement, epsilon: float) -> dict[str, object]:
    return {
        "annotators": found.annotators,
        "pairs": int(found.pairs[found.pairs >= FEWEST_PAIRS].sum()),
        **found.rho.columns("rho"),
        "annotators_rho": found.annotators_rho,
        "epsilon": epsilon,
        "omega": found.omega[epsilon],
        "may_replace": found.passes(epsilon),
        **{f"omega_{100 * each:.0f}": found.omega[each] for each in EPSILONS},
        "not_tested": _lacking(found),
    }


def _lacking(found: Replacement) -> str | None:
    if not found.votes_lacking:
        return None
    return (
        f"not enough votes: {FEWEST_ANNOTATORS} annotators whose place it could take are needed, with {FEWEST_PAIRS} "
        f"pairs each that somebody else voted on too; {found.annotators} have them, and at least {found.votes_lacking} "
        "votes are lacking"
    )
