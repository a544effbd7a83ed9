"""Does a judge really differ from the next, and from the best of those that see nothing?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import Audit, audit_of, is_right
from emoprefer_assets.assets._table import step_table, table
from emoprefer_assets.assets.answers import Answers, JudgeVerdicts
from emoprefer_assets.names import BEST_BASELINE, JUDGE
from emoprefer_assets.stats.comparing import EQUIVALENT_POINTS, Comparisons, compare_scores
from emoprefer_assets.stats.labels import SAME
from emoprefer_assets.stats.power import discordances
from emoprefer_assets.stats.resampling import LEVEL
from emoprefer_assets.stats.tiers import tiers
from emoprefer_assets.store import TABLES

# Equal scores may differ in their last digits.
DIGITS = 9
ROUNDING = 10.0**-DIGITS

board_strategies = step_table(
    "board_strategies", group="scores", says="The strategy by which each judge stands on every board of judges."
)


@table(group="scores")
def judge_differences(
    predictions: Answers,
    baseline_verdicts: pd.DataFrame,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
    board_strategies: pd.DataFrame,
) -> pd.DataFrame:
    """The judges of the board against each other, and each against the best baseline, tested together."""
    audit = audit_of(raw_pairs, consensus_pairs, baseline_verdicts, predictions, judges)
    strategy = board_strategies.set_index("judge")["strategy"]
    on_board = set(board_strategies.loc[board_strategies["kind"] == JUDGE, "judge"])
    if audit is None or not on_board:
        return TABLES["judge_differences"].frame()
    judged = [one for one in audit.judged if one.judge in on_board and one.strategy == strategy[one.judge]]
    names = [*(one.judge for one in judged), BEST_BASELINE]
    strategies = [*(one.strategy for one in judged), None]
    scores = [*(audit.waf_samples(one.normal) for one in judged), audit.best_baseline_waf]
    found = compare_scores(
        np.array([one.value for one in scores]),
        np.stack([one.samples for one in scores], axis=1),
        audit.best_baseline_waf.clips,
    )
    apart = _discordances(audit, judged)
    # Differences from any one of them have the order of the scores.
    order = np.lexsort((np.array(names), -found.difference[:, 0].round(DIGITS)))
    rows = [
        (
            *(names[one], names[two]),
            *(strategies[one], strategies[two]),
            *(values[one, two] for values in (found.difference, found.low, found.high)),
            *(values[one, two] for values in (found.p_value, found.significant, found.equivalent)),
            found.detectable[one, two],
            *(values[one, two] for values in apart),
        )
        for place, one in enumerate(order)
        for two in order[place + 1 :]
    ]
    return TABLES["judge_differences"].frame(rows)


def _discordances(audit: Audit, judged: list[JudgeVerdicts]) -> tuple[np.ndarray, np.ndarray]:
    """Discordance, in percent, and design effect of every two; nan for the best baseline, which stands last."""
    decided = audit.labels != SAME
    right = np.stack([is_right(audit.labels, one.normal).mean(axis=0)[decided] for one in judged], axis=1)
    clips = np.unique(audit.bootstrap.clips[decided], return_inverse=True)[1]
    found = discordances(right, clips)
    share, effect = (np.pad(values, (0, 1), constant_values=np.nan) for values in (found.share, found.design_effect))
    return 100.0 * share, effect


@table(group="scores")
def judge_ranks(judge_differences: pd.DataFrame) -> pd.DataFrame:
    """The ranks and ties that the differences leave open."""
    if judge_differences.empty:
        return TABLES["judge_ranks"].frame()
    names, found = _as_compared(judge_differences)
    baseline = names.index(BEST_BASELINE)
    rank_low, rank_high = found.rank_interval
    rows = [
        (
            name,
            1 + (found.difference[place] < -ROUNDING).sum(),
            *(rank_low[place], rank_high[place]),
            tier,
            *([names[other] for other in others[place]] for others in (found.tied_with, found.equivalent_to)),
            *(found.low[place, baseline], found.high[place, baseline]),
        )
        for place, (name, tier) in enumerate(zip(names, tiers(found.tied), strict=True))
    ]
    return TABLES["judge_ranks"].frame(rows)


def _as_compared(judge_differences: pd.DataFrame) -> tuple[list[str], Comparisons]:
    """The names compared, best first, and their comparisons."""
    one, two = judge_differences["judge1"], judge_differences["judge2"]
    # Who is better stands first, so the best one has most rows there.
    names = pd.concat([one, two]).drop_duplicates().to_frame("name")
    names["rows"] = names["name"].map(one.value_counts()).fillna(0)
    ordered = pd.Index(names.sort_values("rows", ascending=False)["name"])
    first, second = ordered.get_indexer(one), ordered.get_indexer(two)

    def matrix(there: str, back: pd.Series, itself: object) -> np.ndarray:
        values = np.full((len(ordered), len(ordered)), itself)
        values[first, second], values[second, first] = judge_differences[there], back
        return values

    rows = judge_differences
    return ordered.tolist(), Comparisons(
        difference=matrix("difference", -rows["difference"], 0.0),
        low=matrix("difference_low", -rows["difference_high"], np.nan),
        high=matrix("difference_high", -rows["difference_low"], np.nan),
        p_value=matrix("p_value", rows["p_value"], np.nan),
        significant=matrix("significant", rows["significant"], False),
        equivalent=matrix("equivalent", rows["equivalent"], False),
        detectable=matrix("detectable_difference", rows["detectable_difference"], np.nan),
        together=np.ones((len(ordered), len(ordered)), dtype=bool),
        level=LEVEL,
        margin=EQUIVALENT_POINTS,
    )
