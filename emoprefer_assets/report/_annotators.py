"""What is shown of annotators: who votes, how far they agree, which side they prefer; and judges in their place."""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.names import ANNOTATOR, BASELINE, JUDGE
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import Figure, Table, intervals, numbers, table_of, words, yes_or_no
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import number, span
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.replacement import EPSILONS


def who_votes(published: Published) -> Table:
    """Whose votes count, and why."""
    return table_of(
        published["annotators"],
        "Annotators: whose votes count.",
        words("annotator"),
        words("qualified", lambda row: yes_or_no(row.qualified)),
        numbers("correct %", "share_correct", 1),
        numbers("items"),
        numbers("votes"),
    )


def agreement(published: Published) -> Figure | None:
    """How far annotators agree; None where it is not known."""
    found = published["human_agreement"].dropna(subset=["two_class"])
    if found.empty:
        return None
    everyone, each = found[found["annotator"] == "all"], found[found["annotator"] != "all"]
    found = pd.concat([everyone, each.sort_values("two_class", ascending=False)])
    note = ""
    for row in each_row(everyone):
        fleiss, alpha = number(row.fleiss_kappa, 2), number(row.krippendorff_alpha, 2)
        beyond = "" if pd.isna(row.fleiss_kappa) else f"Fleiss' kappa {fleiss}, Krippendorff's alpha {alpha}. "
        note = f"{beyond}From: {row.source}."
    return Figure(
        "agreement",
        "Agreement between people",
        "For each qualified annotator, and for all, the percent of equal votes with the others, ties dropped.",
        _charts.dots(_charts.points(found, "annotator", "two_class"), "equal votes, ties dropped (percent)"),
        table_of(
            found,
            "Agreement of each annotator with the others, and of all.",
            words("annotator"),
            numbers("2 labels %", "two_class", 1),
            intervals("two_class"),
            numbers("3 labels %", "three_class", 1),
            intervals("three_class"),
            numbers("WAF 2", "waf_2class", 1),
            numbers("kappa", "cohen_kappa", 2),
        ),
        note=note,
    )


def least_agreement(published: Published) -> Table:
    """The kind of pair on which annotators agree least, for each grouping; no rows where pairs are of one kind."""
    found = published["human_agreement_by_group"]
    return table_of(
        found[found["worst"].eq(True)],
        "Where do people agree least? Percent of equal votes of two annotators, ties dropped. The intervals hold for "
        "all subgroups of the grouping together; all are in table human_agreement_by_group.",
        words("by", "grouping_by"),
        words("least agreement", "subgroup"),
        numbers("pairs"),
        numbers("agree %", "two_class", 1),
        intervals("all"),
        numbers("ties too %", "three_class", 1),
    )


def beside_annotators(published: Published) -> Figure | None:
    """Judges and annotators against the same others; None where no judge was asked about all pairs that have votes."""
    found = published["judge_and_annotators"].dropna(subset=["judge_waf_2class"])
    found = found.sort_values(["judge_waf_2class", "judge"], ascending=[False, True])
    if found.empty:
        return None
    ceiling = found.iloc[0]
    low_high = span(ceiling["annotators_low"], ceiling["annotators_high"])
    return Figure(
        "annotators",
        "Judges beside annotators",
        "For each judge its WAF 2 against the majority of all annotators but one, beside the one left out.",
        _charts.dots(
            _charts.points(found, "judge", "judge_waf_2class", "judge"),
            "WAF 2 against the other annotators (percent)",
            references={"human ceiling": float(ceiling["annotators_waf_2class"])},
        ),
        table_of(
            found,
            f"Judge and annotators against the same others on the same {number(ceiling['pairs'])} pairs. Annotators: "
            f"{number(ceiling['annotators_waf_2class'], 1)} ({low_high}).",
            words("judge"),
            numbers("WAF 2", "judge_waf_2class", 1),
            intervals("judge"),
            numbers("less annotators", "difference", 1, sign=True),
            intervals("difference", sign=True),
            numbers(
                "log-loss",
                "log_loss",
                3,
                "of its probabilities against the shares of votes, in nats: guessing has 0.693, and none can have less "
                f"than {number(ceiling['least_log_loss'], 3)}",
            ),
        ),
        note="All pairs with two votes or more, contested ones too: another scale than that of the judge board.",
    )


def replacement(published: Published) -> Table | None:
    """Who may replace a person: judges in both orders, baselines and annotators; None without votes."""
    found = published["judge_replacement"]
    if found.empty:
        return None
    order = {kind: place for place, kind in enumerate((JUDGE, BASELINE, ANNOTATOR))}
    found = found.assign(kind_order=found["kind"].map(order))
    found = found.sort_values(["kind_order", "rho", "name", "swapped"], ascending=[True, False, True, True])
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
    return table_of(
        found,
        caption,
        words("who", lambda row: f"{row.name} (swapped order)" if row.swapped else row.name),
        words("kind"),
        numbers("rho", digits=2, hint=rho),
        intervals("rho", 2),
        numbers("omega", digits=2, hint=omega),
        *(numbers(f"omega at {epsilon:g}", f"omega_{100 * epsilon:.0f}", 2) for epsilon in EPSILONS),
        words("may replace", lambda row: yes_or_no(row.may_replace)),
    )


def sides(published: Published) -> Figure | Table | None:
    """Position bias, consistency and speed of people beside judges; None without votes."""
    found = published["position_bias"]
    if not (found["kind"] == ANNOTATOR).any():
        return None
    title = "Which side do people and judges prefer, and how steady and fast are people?"
    table = table_of(
        found,
        "Position bias, consistency and speed of each annotator and judge.",
        words("who", "name"),
        words("kind"),
        numbers("left or first %", "first_share", 1, "50 without bias"),
        intervals("first"),
        numbers("decided"),
        numbers("consistent %", "consistency", 1, "in the other order"),
        numbers("shown again", "repeats"),
        numbers("seconds", "median_seconds", 1, "median of a vote"),
        numbers("agree %", "two_class", 1, "with others"),
    )
    drawn = found.dropna(subset=["first_share"])
    if not (drawn["kind"] == ANNOTATOR).any():
        return table
    chart = _charts.dots(
        _charts.points(drawn.rename(columns={"kind": "series"}), "name", "first_share", "first", "series"),
        "left or first (percent)",
        [kind for kind in (ANNOTATOR, JUDGE) if (drawn["kind"] == kind).any()],
        {"no bias": 50.0},
    )
    about = "For each annotator and judge how often the description on the left, or asked about first, is preferred."
    note = "A person who changes sides and a judge that flips with the order have one cause: where a text stands."
    return Figure("sides", title, about, chart, table, note, open_table=True)
