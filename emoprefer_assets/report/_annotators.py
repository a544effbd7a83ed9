"""What is shown of annotators: who votes, how far they agree, which side they prefer; and judges in their place."""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.names import ANNOTATOR, BASELINE, JUDGE
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import Figure, Heading, Table, made_table, text
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, number, span
from emoprefer_assets.rows import each_row, first_row
from emoprefer_assets.stats.replacement import EPSILONS


def who_votes(published: Published) -> tuple[Table, ...]:
    """Whose votes count, and why; nothing without annotators."""
    found = published["annotators"]
    if found.empty:
        return ()
    cells = [
        (
            row.annotator,
            "yes" if row.qualified else "no",
            number(row.share_correct, 1),
            number(row.items),
            number(row.votes),
        )
        for row in each_row(found)
    ]
    return (
        made_table(
            "Annotators: whose votes count.",
            [text("annotator"), text("qualified"), "correct %", "items", "votes"],
            cells,
        ),
    )


def agreement(published: Published) -> Figure | None:
    """How far annotators agree; None where it is not known."""
    found = published["human_agreement"].dropna(subset=["two_class"])
    if found.empty:
        return None
    found = pd.concat(
        [
            found[found["annotator"] == "all"],
            found[found["annotator"] != "all"].sort_values("two_class", ascending=False),
        ]
    )
    rows = found[["annotator", "two_class", "two_class_low", "two_class_high"]].set_axis(
        ["name", "value", "low", "high"], axis=1
    )
    cells = [
        (
            row.annotator,
            number(row.two_class, 1),
            span(row.two_class_low, row.two_class_high),
            number(row.three_class, 1),
            span(row.three_class_low, row.three_class_high),
            number(row.waf_2class, 1),
            number(row.cohen_kappa, 2),
        )
        for row in each_row(found)
    ]
    everyone = found[found["annotator"] == "all"].head(1)
    note = "".join(
        (
            f"Fleiss' kappa {number(row.fleiss_kappa, 2)}, Krippendorff's alpha {number(row.krippendorff_alpha, 2)}. "
            if pd.notna(row.fleiss_kappa)
            else ""
        )
        + f"From: {row.source}."
        for row in each_row(everyone)
    )
    return Figure(
        "agreement",
        "Agreement between people",
        "For each qualified annotator, and for all, the percent of equal votes with the others, ties dropped.",
        _charts.dots(rows, "equal votes, ties dropped (percent)"),
        made_table(
            "Agreement of each annotator with the others, and of all.",
            [text("annotator"), "2 labels %", text("95 %"), "3 labels %", text("95 %"), "WAF 2", "kappa"],
            cells,
        ),
        note=note,
    )


def least_agreement(published: Published) -> tuple[Table, ...]:
    """The kind of pair on which annotators agree least, for each grouping; nothing where pairs are of one kind."""
    found = published["human_agreement_by_group"]
    found = found[found["worst"].eq(True)]
    if found.empty:
        return ()
    cells = [
        (
            row.grouping_by,
            row.subgroup,
            number(row.pairs),
            number(row.two_class, 1),
            span(row.all_low, row.all_high),
            number(row.three_class, 1),
        )
        for row in each_row(found)
    ]
    caption = (
        "Where do people agree least? Percent of equal votes of two annotators, ties dropped. The intervals hold for "
        "all subgroups of the grouping together; all are in table human_agreement_by_group."
    )
    headings: list[Heading | str] = [
        text("by"),
        text("least agreement"),
        "pairs",
        "agree %",
        text("95 %"),
        "ties too %",
    ]
    return (made_table(caption, headings, cells),)


def beside_annotators(published: Published) -> Figure | None:
    """Judges and annotators against the same others; None where no judge was asked about all pairs that have votes."""
    found = published["judge_and_annotators"].dropna(subset=["judge_waf_2class"])
    found = found.sort_values(["judge_waf_2class", "judge"], ascending=[False, True])
    if found.empty:
        return None
    columns = {"judge": "name", "judge_waf_2class": "value", "judge_low": "low", "judge_high": "high"}
    ceiling = first_row(found)
    cells = [
        (
            row.judge,
            number(row.judge_waf_2class, 1),
            span(row.judge_low, row.judge_high),
            number(row.difference, 1, sign=True),
            span(row.difference_low, row.difference_high, sign=True),
            number(row.log_loss, 3),
        )
        for row in each_row(found)
    ]
    low_high = span(ceiling["annotators_low"], ceiling["annotators_high"])
    return Figure(
        "annotators",
        "Judges beside annotators",
        "For each judge its WAF 2 against the majority of all annotators but one, beside the one left out.",
        _charts.dots(
            found[list(columns)].rename(columns=columns),
            "WAF 2 against the other annotators (percent)",
            references={"human ceiling": float(ceiling["annotators_waf_2class"])},
        ),
        made_table(
            f"Judge and annotators against the same others on the same {number(ceiling['pairs'])} pairs. Annotators: "
            f"{number(ceiling['annotators_waf_2class'], 1)} ({low_high}).",
            [
                text("judge"),
                "WAF 2",
                text("95 %"),
                "less annotators",
                text("95 %"),
                Heading(
                    "log-loss",
                    hint="of its probabilities against the shares of votes, in nats: guessing has 0.693, and none "
                    f"can have less than {number(ceiling['least_log_loss'], 3)}",
                ),
            ],
            cells,
        ),
        note="All pairs with two votes or more, contested ones too: another scale than that of the judge board.",
    )


def replacement(published: Published) -> tuple[Table, ...]:
    """Who may replace a person: judges in both orders, baselines and annotators; nothing without votes."""
    found = published["judge_replacement"]
    if found.empty:
        return ()
    order = {kind: place for place, kind in enumerate((JUDGE, BASELINE, ANNOTATOR))}
    found = found.assign(kind_order=found["kind"].map(order))
    found = found.sort_values(["kind_order", "rho", "name", "swapped"], ascending=[True, False, True, True])
    cells = [
        (
            f"{row.name} (swapped order)" if row.swapped else row.name,
            row.kind,
            number(row.rho, 2),
            span(row.rho_low, row.rho_high, 2),
            *(number(omega, 2) for omega in (row.omega, row.omega_10, row.omega_15, row.omega_20)),
            NOTHING if pd.isna(row.may_replace) else "yes" if row.may_replace else "no",
        )
        for row in each_row(found)
    ]
    caption = (
        "May a judge replace a person? The alternative annotator test (Calderon, Reichart and Dror 2025) by clip, with "
        "baselines that see no clip and the annotators themselves in a judge's place. May replace: omega of 0.5 or "
        f"more at epsilon {number(found['epsilon'].iloc[0], 2)}."
    )
    reasons = found["not_tested"].dropna().unique()
    if len(reasons):
        caption += f" Not tested, where there is no omega: {'; '.join(reasons)}."
    rho = "how often it agrees with the other annotators at least as well as the one whose place it takes, 0 to 1"
    omega = "share of annotators that it is shown to be worse than by less than epsilon, 0 to 1"
    headings: list[Heading | str] = [
        text("who"),
        text("kind"),
        Heading("rho", hint=rho),
        text("95 %"),
        Heading("omega", hint=omega),
        *(f"omega at {epsilon:g}" for epsilon in EPSILONS),
        text("may replace"),
    ]
    return (made_table(caption, headings, cells),)


def sides(published: Published) -> tuple[Figure | Table, ...]:
    """Position bias, consistency and speed of people beside judges; nothing without votes."""
    found = published["position_bias"]
    if not (found["kind"] == ANNOTATOR).any():
        return ()
    cells = [
        (
            row.name,
            row.kind,
            number(row.first_share, 1),
            span(row.first_low, row.first_high),
            number(row.decided),
            number(row.consistency, 1),
            number(row.repeats),
            number(row.median_seconds, 1),
            number(row.two_class, 1),
        )
        for row in each_row(found)
    ]
    headings: list[Heading | str] = [
        text("who"),
        text("kind"),
        Heading("left or first %", hint="50 without bias"),
        text("95 %"),
        "decided",
        Heading("consistent %", hint="in the other order"),
        "shown again",
        Heading("seconds", hint="median of a vote"),
        Heading("agree %", hint="with others"),
    ]
    title = "Which side do people and judges prefer, and how steady and fast are people?"
    table = made_table("Position bias, consistency and speed of each annotator and judge.", headings, cells)
    drawn = found.dropna(subset=["first_share"])
    if not (drawn["kind"] == ANNOTATOR).any():
        return (table,)
    columns = {"name": "name", "first_share": "value", "first_low": "low", "first_high": "high", "kind": "series"}
    chart = _charts.dots(
        drawn[list(columns)].rename(columns=columns),
        "left or first (percent)",
        [kind for kind in (ANNOTATOR, JUDGE) if (drawn["kind"] == kind).any()],
        {"no bias": 50.0},
    )
    about = "For each annotator and judge how often the description on the left, or asked about first, is preferred."
    note = "A person who changes sides and a judge that flips with the order have one cause: where a text stands."
    return (Figure("sides", title, about, chart, table, note, open_table=True),)
