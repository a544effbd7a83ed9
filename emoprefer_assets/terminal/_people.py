"""The printed boards' lines on people: judges beside annotators and in their place, and what labels owe to rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from rich.text import Text

from emoprefer_assets.display import in_terminal
from emoprefer_assets.names import ANNOTATOR, BASELINE, DAWID_SKENE, JUDGE, PERFECT_JUDGE
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import RULES_OF_SEVERAL
from emoprefer_assets.store.published import read_published
from emoprefer_assets.terminal._fitting import MORE, Column, FittedTable
from emoprefer_assets.terminal._intervals import Intervals
from emoprefer_assets.terminal._text import number, span

MOVED = f"""
    with each as (
        select judge, count(distinct rank) > 1 as moved from label_sensitivity
        where labels in {(*RULES_OF_SEVERAL, DAWID_SKENE)} group by judge
    )
    select count(*) as judges, count_if(moved)::integer as moved from each having count(*) > 1
"""
PERFECT = f"""
    select replace(labels, ' wrong', '') as wrong, * from label_sensitivity
    where judge = '{PERFECT_JUDGE}' order by waf_2class limit 1
"""


def people_lines(database: Path) -> list[FittedTable | Text]:
    """Judges beside annotators, or how far people agree where no judge can be compared with them."""
    found = read_published(database, "from judge_and_annotators order by judge_waf_2class desc, judge")
    compared = found[found["not_compared"].isna()]
    lines: list[FittedTable | Text] = []
    if len(compared):
        rows = [*each_row(compared)]
        ceiling = rows[0]
        columns: list[Column | Intervals] = [
            Column("judge", [row.judge for row in rows], right=False, folds=True),
            Column("WAF 2", [number(row.judge_waf_2class) for row in rows]),
            Intervals(
                [(row.judge_low, row.judge_waf_2class, row.judge_high) for row in rows],
                "WAF 2 with its 95 % interval over clips",
                ceiling.annotators_waf_2class,
                f"the human ceiling, annotators against the same others ({ceiling.annotators_waf_2class:.2f})",
            ),
            Column(
                "vs people",
                [number(row.difference, sign="+") for row in rows],
                explained="vs people: points above or below the annotators, paired.",
            ),
            Column("95 %", [span(row.difference_low, row.difference_high, sign="+") for row in rows]),
        ]
        if compared["log_loss"].notna().any():
            columns.append(
                Column(
                    "log-loss",
                    [number(row.log_loss) for row in rows],
                    rest=2,
                    explained=(
                        "log-loss: of its probabilities against the shares of votes, in nats; guessing has 0.69, and "
                        f"none can have less than {ceiling.least_log_loss:.2f}."
                    ),
                )
            )
        caption = [f"WAF 2 against the majority of all annotators but one, on all {ceiling.pairs} pairs with votes."]
        lines += [Text(""), FittedTable("Judges beside annotators", columns, caption, MORE)]
    elif len(found):
        lines.append(Text(f"Judges are not compared with people: {found['not_compared'].iloc[0]}."))
    lines += _replacement(database, set(found["not_compared"]))
    people = read_published(database, "from human_agreement where annotator = 'all' and two_class is not null")
    for row in each_row(people):
        lines.append(Text(f"Two annotators agree on {row.two_class:.1f} % of pairs, ties dropped ({row.source})."))
    return lines + [Text(line) for line in (*_sides(database), *_labels(database))]


def _replacement(database: Path, told: set[str]) -> Iterator[FittedTable | Text]:
    """Which judges may replace a person, or why nobody can say, if that is not among the reasons told already."""
    found = read_published(database, "from judge_replacement order by rho desc, name")
    of_judges = found[found["kind"] == JUDGE]
    tested = of_judges[of_judges["may_replace"].notna()]
    if found.empty:
        yield Text("No pair has votes of two people: nobody can say whether a judge may replace a person.")
    elif tested.empty and of_judges["not_tested"].isin(told).any():
        yield Text("Nor was it tested whether a judge may replace a person (table judge_replacement).")
    elif tested.empty and len(of_judges):
        yield Text(f"Whether a judge may replace a person was not tested: {of_judges['not_tested'].iloc[0]}.")
    if tested.empty:
        return
    rows = [*each_row(tested)]
    caption = [
        f"The alternative annotator test, at epsilon {rows[0].epsilon:g}: may replace at omega 0.5 or more "
        "(table judge_replacement).",
        *(
            f"{several}: rho {number(rho.min())} to {number(rho.max())}."
            for several, kind in (("Baselines that see no clip", BASELINE), ("Annotators", ANNOTATOR))
            if len(rho := found.loc[found["kind"] == kind, "rho"].dropna())
        ),
    ]
    columns = [
        Column("judge", [row.name for row in rows], right=False, folds=True),
        Column("order", ["swapped" if row.swapped else "normal" for row in rows], right=False),
        Column(
            "rho",
            [number(row.rho) for row in rows],
            explained="rho: how often it stands for the others at least as well as the annotator whose place it takes.",
        ),
        Column("95 %", [span(row.rho_low, row.rho_high, 2) for row in rows], rest=1),
        Column(
            "omega",
            [number(row.omega) for row in rows],
            explained="omega: share of annotators that it is shown to be at most epsilon worse than.",
        ),
        Column("may replace", ["yes" if row.may_replace else "no" for row in rows], right=False),
    ]
    yield Text("")
    yield FittedTable("May a judge replace a person?", columns, caption, MORE)


def _sides(database: Path) -> Iterator[str]:
    """Which side people prefer, and whose votes are unusual."""
    found = read_published(database, f"from position_bias where kind = '{ANNOTATOR}' order by name")
    for row in each_row(found[found["name"].eq("all") & found["first_share"].notna()]):
        interval = span(row.first_low, row.first_high)
        yield f"People prefer the left description in {row.first_share:.1f} % of decided votes ({interval})."
    for row in each_row(found[found["warnings"].notna()]):
        yield in_terminal(f"Look at annotator {row.name}: {row.warnings} (table position_bias).")


def _labels(database: Path) -> Iterator[str]:
    """What the judge board owes to how labels were made."""
    for row in each_row(read_published(database, MOVED)):
        change = "changes" if row.moved == 1 else "change"
        who = f"{row.moved} of {row.judges} judges {change}" if row.moved else "No judge changes"
        yield f"{who} rank between unanimous, majority and Dawid-Skene labels (table label_sensitivity)."
    for row in each_row(read_published(database, PERFECT)):
        balanced = "" if pd.isna(row.balanced_score) else f" and a balanced score of {row.balanced_score:.1f}"
        yield f"With {row.wrong} of the labels wrong, a perfect judge would have WAF 2 {row.waf_2class:.1f}{balanced}."
