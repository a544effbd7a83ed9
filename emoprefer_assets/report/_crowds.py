"""Crowds: do judges together beat the best one?"""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.finding import different_ensembles
from emoprefer_assets.names import JUDGE
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import Figure, Heading, Section, Table, intervals, numbers, table_of, words
from emoprefer_assets.report._judge_details import references
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import span
from emoprefer_assets.rows import each_row

HELD_OUT, IN_SAMPLE, NEW_STRATUM = "held-out", "in-sample", "new-stratum"


def crowds_section(published: Published) -> Section:
    """The section on judges combined."""
    question = "Do judges together beat the best single one, on pairs that did not choose them?"
    scores = published["ensemble_scores"]
    if scores.empty:
        return Section("crowds", "Crowds", question, ("No crowd: no judge that sees media takes part.",))
    return Section("crowds", "Crowds", question, _words(published), (_curve(scores, published), _table(scores)))


def _words(published: Published) -> tuple[str, ...]:
    words = []
    if len(published["crowd"]):
        crowd = published["crowd"].iloc[0]
        name = f"{crowd['ensemble']} of {crowd['k']}"
        words.append(
            f"The crowd that judges battles is {name} ({crowd['orders']}): {crowd['waf_2class']:.1f} held out "
            f"({span(crowd['waf_2class_low'], crowd['waf_2class_high'])}). It is {crowd['rule']}; the other ensembles "
            f"stand here to compare with. Who votes: {listed(list(crowd['voters']))}."
            if pd.isna(crowd["not_offered"])
            else f"No crowd judges battles: {name} is {crowd['not_offered']}."
        )
    barred = published.judges_by_rank.dropna(subset=["no_vote"])
    words += [f"{row.judge} does not vote: {row.no_vote}." for row in each_row(barred[barred["kind"] == JUDGE])]
    words.append(
        "In-sample: strategies, ranks and weights are from the pairs that are scored, as in the paper. Held-out: from "
        "the other nine tenths of the clips. The difference between the two is the optimism of choosing on the test "
        "set. New pair: from other pairs of systems, on other clips."
    )
    return tuple(words)


def _curve(scores: pd.DataFrame, published: Published) -> Figure:
    curve = scores[(scores["ensemble"] == "majority") & scores["sample"].isin([HELD_OUT, IN_SAMPLE])].sort_values(
        ["sample", "orders", "k"]
    )
    rows = curve[["sample", "orders", "k", "waf_2class", "waf_2class_low", "waf_2class_high"]].set_axis(
        ["series", "dash", "x", "y", "low", "high"], axis=1
    )
    # Intervals of four lines at one k would hide each other.
    rows.loc[(rows["series"] != HELD_OUT) | (rows["dash"] != "normal"), ["low", "high"]] = None
    return Figure(
        "topk",
        "Majority of the k best judges",
        "WAF 2 of the majority of the k best judges for each k, in-sample and held-out, with one or both orders.",
        _charts.curves(rows, "judges that vote (k)", "WAF 2 (percent)", references(published)),
        table_of(
            curve,
            "The curve in numbers.",
            words("k, votes", lambda row: f"{row.k}, {row.orders}"),
            words("sample"),
            numbers("WAF 2", "waf_2class", 2),
            intervals("waf_2class"),
        ),
        note="Bars: 95 % intervals of held-out, normal order.",
    )


def _table(scores: pd.DataFrame) -> Table:
    scores, repeats = different_ensembles(scores)
    key = ["ensemble", "orders", "k"]
    in_sample, new_stratum = (
        scores[scores["sample"] == sample].set_index(key)["waf_2class"] for sample in (IN_SAMPLE, NEW_STRATUM)
    )
    caption = "All ensembles: WAF 2, and gains in points over the best judge and the best baseline, paired."
    return table_of(
        scores[~scores["sample"].isin([IN_SAMPLE, NEW_STRATUM])].sort_values(key),
        " ".join((caption, *repeats)),
        words("ensemble"),
        words("votes", "orders"),
        numbers("k"),
        numbers("in-sample", lambda row: in_sample.get((row.ensemble, row.orders, row.k)), 1),
        (Heading("held-out", "bar"), lambda row: row.waf_2class),
        intervals("waf_2class"),
        numbers("new pair", lambda row: new_stratum.get((row.ensemble, row.orders, row.k)), 1, "of systems"),
        numbers("gain", "gain_over_best_judge", 1, "over judge", sign=True),
        intervals("gain_over_best_judge", sign=True),
        numbers("gain", "gain_over_baseline", 1, "over baseline", sign=True),
        intervals("gain_over_baseline", sign=True),
        numbers("balanced", "balanced_score", 1),
    )
