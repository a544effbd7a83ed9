"""What a judge costs, which errors it sees through, and whether two judges differ."""

from __future__ import annotations

from typing import Any

import pandas as pd

from emoprefer_assets.finding import of_several_strategies
from emoprefer_assets.names import BASELINE, BEST_BASELINE, JUDGE, LEFT_OUT, PERFECT_JUDGE
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import (
    Figure,
    Heading,
    Table,
    bars_by,
    intervals,
    made_table,
    numbers,
    table_of,
    text,
    words,
    yes_or_no,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import counted, number, span
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.comparing import EQUIVALENT_POINTS, POWER

KINDS = ("judge", "baseline (sees no media)", LEFT_OUT)
SERIES_OF = {JUDGE: KINDS[0], BASELINE: KINDS[1], LEFT_OUT: KINDS[2]}


def kinds_in(rows: pd.DataFrame) -> list[str]:
    """Those of `KINDS` that the column `series` has, in their order."""
    return [kind for kind in KINDS if kind in set(rows["series"])]


def references(published: Published) -> dict[str, float]:
    """Scores that any judge is read against: the best baseline. People have another scale: see `beside_annotators`."""
    return {BEST_BASELINE: published.best_baseline[1]} if published.best_baseline else {}


def _steps(strategy: str) -> list[str]:
    """The names of the steps that a strategy takes; the best baseline has no strategy."""
    if strategy not in STRATEGIES:
        return []
    last = STRATEGIES[strategy].step
    return [step.name for step in (*last.steps_before(), last)]


def costs(board: pd.DataFrame, published: Published) -> Figure | None:
    """Cost, or model time where nothing has a price, against quality; None where no judge was asked."""
    calls, amounts = published["judge_costs"], ["cost", "seconds", "tokens_in", "tokens_out"]
    calls = calls[calls["calls"] > 0].groupby(["judge", "step"], as_index=False)[["calls", *amounts]].sum()
    rows = []
    for row in each_row(board[board["waf_2class"].notna()]):
        steps = calls[(calls["judge"] == row.judge) & calls["step"].isin(_steps(row.strategy))]
        if len(steps):
            each = steps[amounts].div(steps["calls"], axis=0).sum().to_dict()
            rows.append({"name": row.judge, "series": row.series, "y": row.waf_2class, **each})
    if not rows:
        return None
    found = pd.DataFrame(rows)
    paid = bool((found["cost"] > 0).any())
    found["x"] = 1000 * found["cost"] if paid else found["seconds"]
    axis = "cost of 1,000 verdicts (registry's currency)" if paid else "seconds of model time a verdict"
    drawn = found[found["x"] > 0]
    if drawn.empty:
        return None
    wide = bool(drawn["x"].max() > 20 * drawn["x"].min())
    return Figure(
        "costs",
        "Cost against quality",
        f"Each judge that is asked: {axis}, against WAF 2.",
        _charts.scatter(
            drawn[["name", "series", "x", "y"]],
            axis + (", logarithmic" if wide else ""),
            "WAF 2 (percent)",
            kinds_in(drawn),
            wide,
            references(published),
        ),
        table_of(
            found,
            "What one verdict takes at the board's strategy, all its steps.",
            words("judge", "name"),
            numbers("cost of 1,000", lambda row: 1000 * row.cost, 2),
            numbers("seconds", digits=3),
            numbers("tokens in", "tokens_in"),
            numbers("tokens out", "tokens_out", 1),
            numbers("WAF 2", "y", 1),
        ),
        note="Rules, and recorded predictions that do not say their seconds, are left out."
        + ("" if paid else " The registry names no price, so model time stands for cost; it depends on the machine."),
    )


def by_strategy(published: Published) -> Table:
    """Each judge's score by strategy; no rows where no judge answered two."""
    scores = of_several_strategies(published["judge_scores"])
    asked = [name for name in STRATEGIES if name in set(scores["strategy"])]
    said = {
        (row.judge, row.strategy): f"{number(row.waf_2class, 1)} ({span(row.waf_2class_low, row.waf_2class_high)})"
        for row in each_row(scores)
    }
    cells = [
        (judge, *(said.get((judge, name)) for name in asked))
        for judge in published.judges_by_rank["judge"]
        if judge in set(scores["judge"])
    ]
    meanings = "; ".join(f"{name}: {STRATEGIES[name].says.rstrip('.')}" for name in asked)
    caption = (
        "How does the strategy matter? WAF 2 of each judge with its 95 % interval. The board shows the best; view "
        f"strategy_comparison counts the pairs that each one wins and loses against s1. {meanings}."
    )
    return made_table(caption, [text("judge"), *asked], cells)


def readings(board: pd.DataFrame) -> Table:
    """How what models say becomes verdicts; no rows where no model was asked."""
    return table_of(
        board[board["p_options"].notna() | board["cut_rate"].notna()],
        "How is a verdict read? Options: the median share of all probability that a1, a2 and same hold together; near "
        "0 the judge would say something else, and below 0.001 the answer is a failure. Of replies, in percent: with "
        "thoughts, which are taken out before the paper's rule is applied; cut at the token limit, which decides "
        "nothing; taken by a careful reader to say something else than the paper's rule reads.",
        words("judge"),
        words("by", "strategy"),
        (Heading("options"), lambda row: None if pd.isna(row.p_options) else f"{row.p_options:.2g}"),
        numbers("thoughts %", "thinking_rate", 1),
        numbers("cut %", "cut_rate", 1),
        numbers("read otherwise %", "read_otherwise_rate", 1),
    )


def robustness(published: Published) -> Table:
    """Accuracy on controlled edits by type of error; no rows without a robustness set."""
    found = published.at_board_strategy("robustness_scores")
    if found.empty:
        found = published["robustness_scores"].drop_duplicates(["judge", "error_type"])
    pairs = found.groupby("error_type")["pairs"].max()
    return bars_by(
        found,
        "error_type",
        "accuracy",
        "Which errors does a judge see through? Percent of verdicts for the unedited description, both orders; chance "
        "is 50.",
        lambda name: Heading(name.replace("_", " "), "bar", f"{pairs[name]} pairs"),
    )


def worst_subgroups(published: Published) -> Table:
    """Where each judge is right least often; no rows where pairs are of one kind."""
    found = published["judge_heterogeneity"]
    order = published.judges_by_rank["judge"].drop_duplicates().tolist()
    found = found[found["worst"].eq(True) & found["grouping_by"].isin(("systems", "length"))].sort_values(
        ["grouping_by", "judge"], key=lambda cells: cells.map(order.index) if cells.name == "judge" else cells
    )
    return table_of(
        found,
        "Where is a judge right least often? Its worst subgroup by the systems that wrote the two descriptions, and by "
        "how many times longer one is: accuracy on decided pairs in percent. The intervals hold for all subgroups of "
        "the judge and grouping together; all are in table judge_heterogeneity.",
        words("judge"),
        words("by", "grouping_by"),
        words("worst subgroup", "subgroup"),
        numbers("pairs"),
        numbers("accuracy", "acc_2class", 1),
        intervals("all"),
    )


def by_group(published: Published) -> tuple[Table, ...]:
    """Each judge's accuracy by what clips.csv says of a clip, a table a column, emotion first; nothing without it."""
    found = published["judge_heterogeneity"]
    found = found[~found["grouping_by"].isin(("systems", "length"))]
    order = published.judges_by_rank["judge"].drop_duplicates()
    tables = []
    for column in sorted(found["grouping_by"].unique(), key=lambda name: (name.lower() != "emotion", name)):
        rows = found[found["grouping_by"] == column]
        values = rows.drop_duplicates("subgroup").sort_values("pairs", ascending=False)
        said = {(row.judge, row.subgroup): row for row in each_row(rows)}
        cells = [
            (judge, *(_accuracy(said[judge, value]) for value in values["subgroup"]))
            for judge in order[order.isin(rows["judge"])]
        ]
        headings = [
            Heading(value.subgroup, hint=f"{counted(value.pairs, 'pair')} on {counted(value.clips, 'clip')}")
            for value in each_row(values)
        ]
        caption = (
            f"How often is a judge right, by {column.replace('_', ' ')} (clips.csv)? Accuracy on decided pairs in "
            "percent, with its 95 % interval by clip where there are 5 clips or more. View judge_by_group has more."
        )
        tables.append(made_table(caption, [text("judge"), *headings], cells))
    return tuple(tables)


def _accuracy(row: Any) -> str:
    low_high = "" if pd.isna(row.acc_2class_low) else f" ({span(row.acc_2class_low, row.acc_2class_high)})"
    return f"{number(row.acc_2class, 1)}{low_high}"


def by_labels(published: Published) -> Table:
    """The judges by other consensus rules, and if some labels were wrong; no rows without labels."""
    found = published["label_sensitivity"]
    kinds = found["labels"].drop_duplicates().tolist()
    scored = {
        (row.judge, row.labels): number(row.waf_2class, 1) + ("" if pd.isna(row.rank) else f" ({row.rank:.0f})")
        for row in each_row(found)
    }
    judges = set(found["judge"])
    order = [*published.judges_by_rank["judge"].drop_duplicates(), PERFECT_JUDGE]
    cells = [(judge, *(scored.get((judge, kind)) for kind in kinds)) for judge in order if judge in judges]
    caption = (
        "How much does the board depend on how labels were made? WAF 2 and rank by each consensus rule, over all "
        "pairs with votes, for the judges that answered all of these; and by the board's own labels if 5 or 10 percent "
        "of them were wrong, for all judges and for one that is always right. Table label_sensitivity has the balanced "
        "scores."
    )
    return made_table(caption, [text("judge"), *kinds], cells)


def between_judges(published: Published) -> pd.DataFrame:
    """The rows of `judge_differences` without the best baseline."""
    rows = published["judge_differences"]
    return rows[(rows["judge1"] != BEST_BASELINE) & (rows["judge2"] != BEST_BASELINE)]


def differences(published: Published) -> Table:
    """The judges two by two, paired by clip; no rows where there is only one."""
    found = between_judges(published)
    caption = (
        "Do two judges differ? Points of WAF 2; intervals and p hold for all comparisons together, those with the best "
        f"baseline included. Equal: the 90 % interval of the difference is within {EQUIVALENT_POINTS:.0f} points. "
        f"Detectable: the smallest true difference that is found with {100 * POWER:.0f} % power."
    )
    caption += f" The first 60 of {len(found)}; all are in table judge_differences." if len(found) > 60 else ""
    return table_of(
        found.head(60),
        caption,
        words("judges", lambda row: f"{row.judge1} over {row.judge2}"),
        numbers("difference", digits=1, sign=True),
        intervals("difference", sign=True),
        numbers("p", "p_value", 3),
        words("differ", lambda row: yes_or_no(row.significant)),
        words("equal", lambda row: yes_or_no(row.equivalent)),
        numbers("detectable", "detectable_difference", 1),
    )
