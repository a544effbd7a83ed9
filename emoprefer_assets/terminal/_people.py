"""The printed boards' lines on people: judges beside annotators, and what labels owe to how they were made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from emoprefer_assets.names import DAWID_SKENE, PERFECT_JUDGE
from emoprefer_assets.settings import RULES_OF_SEVERAL
from emoprefer_assets.store.published import read_published
from emoprefer_assets.terminal._fitting import MORE, Column, FittedTable
from emoprefer_assets.terminal._intervals import Intervals
from emoprefer_assets.terminal._text import number, signed, span

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
        rows: list[Any] = list(compared.itertuples())
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
                "less people",
                [signed(row.difference) for row in rows],
                explained="less people: in points, 95 %, paired.",
            ),
            Column("95 %", [span(row.difference_low, row.difference_high, signed=True) for row in rows]),
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
    people = read_published(database, "from human_agreement where annotator = 'all' and two_class is not null")
    for row in people.itertuples():
        lines.append(Text(f"Agreement of two annotators: {row.two_class:.2f} %, ties dropped, no WAF ({row.source})."))
    return lines + [Text(line) for line in _labels(database)]


def _labels(database: Path) -> Iterator[str]:
    """What the judge board owes to how labels were made."""
    for row in read_published(database, MOVED).itertuples():
        yield (
            f"Of {row.judges} judges {row.moved} change their rank between unanimous, majority and Dawid-Skene labels "
            "(table label_sensitivity)."
        )
    worst: list[Any] = list(read_published(database, PERFECT).itertuples())
    for row in worst:
        balanced = "" if pd.isna(row.balanced_score) else f" and a balanced score of {row.balanced_score:.1f}"
        yield f"With {row.wrong} of the labels wrong, a perfect judge would have WAF 2 {row.waf_2class:.1f}{balanced}."
