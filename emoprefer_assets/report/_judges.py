"""The judges: how good is each, and what does it cost?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.names import JUDGE, LEFT_OUT
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import (
    Figure,
    Section,
    Table,
    intervals,
    numbers,
    odds_ratio,
    shown,
    table_of,
    words,
    yes_or_no,
)
from emoprefer_assets.report._judge_details import (
    KINDS,
    SERIES_OF,
    between_judges,
    by_group,
    by_labels,
    by_strategy,
    costs,
    differences,
    kinds_in,
    readings,
    references,
    robustness,
    worst_subgroups,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, counted, span
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.comparing import POWER


def judges_section(published: Published) -> Section:
    """The section on judges: recognition, consistency, slices, costs, and what tells two apart."""
    question = "Which model can stand in for people, and is it better than a rule that sees nothing?"
    board = published.judges_by_rank
    if board.empty:
        return Section("judges", "Judges", question, ("No judge has been evaluated yet.",))
    board = board.assign(series=board["kind"].map(SERIES_OF).fillna(KINDS[2]))
    blocks = shown(
        _scores(board, published),
        _recognition_and_consistency(board, published),
        _slices(published),
        costs(board, published),
        by_strategy(published),
        readings(board),
        *by_group(published),
        worst_subgroups(published),
        by_labels(published),
        robustness(published),
        differences(published),
    )
    return Section("judges", "Judges", question, _words(board, published), blocks)


def _words(board: pd.DataFrame, published: Published) -> tuple[str, ...]:
    judges = board[board["kind"] == JUDGE]
    words = []
    above = judges[judges["odds_ratio_low"] > 1]["judge"].tolist()
    if published.best_baseline and len(judges):
        name, score = published.best_baseline
        words.append(
            f"The best baseline, {name}, scores {score:.1f}. Of {counted(len(judges), 'judge')}, "
            + (
                f"{len(above)} {'says' if len(above) == 1 else 'say'} more than all baselines together, with the whole "
                f"interval of the odds ratio above 1: {listed(above)}."
                if above
                else "none is shown to say more than all baselines together."
            )
        )
    if len(judges):
        best = judges.iloc[0]
        others = best["tied_with"] if hasattr(best["tied_with"], "__iter__") else ()
        if tied := [name for name in others if name in set(judges["judge"])]:
            words.append(f"The first, {best['judge']}, does not differ significantly from {listed(tied)}.")
    detectable = between_judges(published)["detectable_difference"].median()
    if pd.notna(detectable):
        words.append(
            f"These pairs are enough to find a true difference of {detectable:.1f} points of WAF 2 between two judges "
            f"with {100 * POWER:.0f} % power (median over judges). Smaller differences are mostly missed."
        )
    words.append(
        "WAF 2 is the paper's weighted F1 on pairs that people do not call the same, in percent. Each judge is shown "
        "at its best strategy, chosen on the pairs it is scored on; in the column nested the strategy is chosen on "
        "other clips."
    )
    if left_out := board[board["kind"] == LEFT_OUT]["judge"].tolist():
        words.append(
            "Left out, because more than a fifth of the answers failed or name no option, or a check of them failed: "
            f"{listed(left_out)}."
        )
    return tuple(words)


def _scores(board: pd.DataFrame, published: Published) -> Figure | None:
    rows = _charts.points(board, "judge", "waf_2class", "waf_2class", "series", "strategy").dropna(subset=["value"])
    if rows.empty:
        return None
    lines = references(published)
    chart = _charts.dots(rows, "WAF 2 (percent)", kinds_in(rows), lines, extra=["strategy"])
    marked = "; ".join(f"{name} {value:.1f}" for name, value in lines.items())
    return Figure(
        "scores",
        "Recognition: how often a judge agrees with people",
        f"For each judge its two-class weighted F1 with a 95 % interval over clips. Dashed lines: {marked or NOTHING}.",
        chart,
        _scores_table(board, published),
        note=f"Dashed lines: {marked}." if marked else "",
        open_table=True,
    )


def _scores_table(board: pd.DataFrame, published: Published) -> Table:
    of_plugins = published["judge_metrics"].groupby("metric")
    metrics = {str(metric): found.set_index(["judge", "strategy"])["value"] for metric, found in of_plugins}
    return table_of(
        board,
        "The judge board. By: the strategy. WAF 3: weighted F1 with ties. Swap: equal verdicts in both orders. Odds "
        "ratio: by how much its verdict multiplies the odds of people's, given what all baselines say; * not shown to "
        "be above 1. Gain: points over the best baseline, paired. Balanced: mean accuracy on the stereotype slice and "
        "on the rest.",
        words("judge"),
        numbers("rank"),
        words("tier"),
        words("kind"),
        words("by", "strategy"),
        numbers("WAF 2", "waf_2class", 1),
        intervals("waf_2class"),
        numbers("nested", "nested_waf_2class", 1),
        *odds_ratio(
            "odds ratio",
            "odds_ratio",
            "given all baselines; 1 adds nothing",
            lambda row: " *" if pd.notna(row.follows_shortcut) and row.follows_shortcut else "",
        ),
        numbers("gain", "gain_over_baseline", 1, "over the best baseline", sign=True),
        intervals("gain_over_baseline", sign=True),
        numbers("swap %", "swap_consistency", 1),
        numbers("balanced", "balanced_score", 1, "50 is chance"),
        numbers("WAF 3", "waf_3class", 1),
        *(numbers(metric, _score_in(values), 2) for metric, values in metrics.items()),
        numbers("failed %", lambda row: row.failed_rate or None, 1),
        numbers("paper", "published_waf_2class", 1),
    )


def _score_in(values: pd.Series) -> Callable[[Any], float | None]:
    return lambda row: values.get((row.judge, row.strategy))


def _recognition_and_consistency(board: pd.DataFrame, published: Published) -> Figure | None:
    drawn = board[["judge", "series", "swap_consistency", "waf_2class"]].dropna()
    rows = drawn.set_axis(["name", "series", "x", "y"], axis=1)
    if rows.empty:
        return None
    found = [
        f"{row.method.title()} {row.correlation:.2f} ({span(row.low, row.high, 2)})"
        for row in each_row(published["recognition_and_consistency"])
        if pd.notna(row.correlation)
    ]
    note = f"Over judges, baselines left out: {'; '.join(found)}." if found else "Too few judges for a correlation."
    return Figure(
        "consistency",
        "Are consistent judges also right?",
        "Each judge: swap consistency, the percent of equal verdicts in both orders, against WAF 2.",
        _charts.scatter(
            rows,
            "swap consistency (percent)",
            "WAF 2 (percent)",
            kinds_in(rows),
            references=references(published),
        ),
        table_of(
            rows,
            "Swap consistency and recognition.",
            words("judge", "name"),
            words("kind", "series"),
            numbers("swap %", "x", 1),
            numbers("WAF 2", "y", 1),
        ),
        note=note + " A rule that never looks at the order is fully consistent, and may still be wrong.",
    )


def _slices(published: Published) -> Figure | None:
    found = published.at_board_strategy("judge_audit").dropna(subset=["slice_score", "rest_score"])
    if found.empty:
        return None
    ends = ("people contradict the shortcut", "people agree with it")
    found = found.sort_values("balanced_score", ascending=False)
    rows = pd.concat(
        [
            _charts.points(found, "judge", f"{part}_score", part).assign(series=end)
            for part, end in zip(("slice", "rest"), ends, strict=True)
        ]
    )
    pairs = found.iloc[0]
    return Figure(
        "slices",
        "The stereotype slice",
        "For each judge its accuracy where people contradict the dominant shortcut, and where they agree with it.",
        _charts.pairs_of_dots(rows, "accuracy (percent)", ends, {"chance": 50.0}),
        table_of(
            found,
            "Accuracy on the slice and on the rest.",
            words("judge"),
            words("kind"),
            numbers("slice", "slice_score", 1),
            intervals("slice"),
            numbers("rest", "rest_score", 1),
            intervals("rest"),
            numbers("balanced", "balanced_score", 1),
            intervals("balanced"),
            words("above 50", lambda row: NOTHING if pd.isna(row.balanced_low) else yes_or_no(row.balanced_low > 50)),
        ),
        note=(
            f"{pairs['slice_pairs']} pairs contradict the shortcut and {pairs['rest_pairs']} agree with it. A "
            "judge that only follows the shortcut has its two dots at 0 and 100; a judge that looks has them together. "
            "Sorted by their mean."
        ),
    )
