"""The audit: what would a judge get that sees nothing, and what else can be wrong with a judge?"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import numpy as np
import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.names import BASELINE, JUDGE
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import (
    Chooser,
    Figure,
    Heading,
    Section,
    Table,
    bars_by,
    intervals,
    numbers,
    odds_ratio,
    shown,
    table_of,
    words,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, number, share, span

PICKS = {
    "always_a1": "always the first",
    "always_a2": "always the second",
    "random": "by lot",
    "system_prior": "the system that wins more often on other clips",
    "text_classifier": "a classifier of the texts, fitted on other clips",
}


def audit_section(published: Published) -> Section:
    """The section on baselines, what judges say beyond them, position, calibration and planted battles."""
    question = "What would a judge get that has never seen a clip, and what else could explain a judge's score?"
    if published["shortcut_summary"].empty:
        return Section("audit", "Audit", question, ("There is no labelled pair to audit.",))
    blocks = shown(
        _baselines(published),
        _beyond(published),
        _position(published),
        _calibration(published),
        _together(published),
        _media_use(published),
        _adversarial_probes(published),
    )
    return Section("audit", "Audit", question, _words(published), blocks)


def _words(published: Published) -> tuple[str, ...]:
    summary = published["shortcut_summary"].iloc[0]
    rule, pairs = summary["dominant_shortcut"], summary["pairs_2class"]
    words = [
        f"The dominant shortcut here is {rule}: {_picks(rule, summary['direction'])}. Of {pairs} decided pairs "
        f"{summary['stereotype_pairs']} contradict it "
        f"({share(summary['stereotype_pairs'], pairs)}): the stereotype slice, where a judge has to look."
    ]
    if published.best_baseline:
        name, score = published.best_baseline
        words.append(
            f"Without any clip, and without asking who wrote a text, {name} reaches {score:.1f} WAF 2. A judge is "
            f"worth something where it says more than the baselines do together: where the whole interval of its odds "
            f"ratio, given what they say, is above 1. It need not be ahead of the best of them for that."
        )
    if pd.notna(summary["system_from_text"]):
        words.append(
            f"Which system wrote a text can be told from the text alone in {summary['system_from_text']:.0f} % "
            f"({span(summary['system_from_text_low'], summary['system_from_text_high'], 0)}; the commonest system: "
            f"{summary['system_from_text_chance']:.0f} %)."
        )
    against, left = number(summary["length_clips_against"]), number(summary["length_tolerance"], 2)
    separable = summary["length_and_system"] == "separable"
    apart = "can be told apart" if separable else "cannot be told apart: not identified"
    words.append(
        f"Length and system {apart}; clips on which length points against what the two systems usually differ by: "
        f"{against} (30 are needed), share of its information beside the systems and emotion words: {left} (0.10 is "
        f"needed). Pairs with lengths within 10 % of each other: {summary['length_matched_10']}."
    )
    audited = published.of_kind(JUDGE).dropna(subset=["follows_shortcut"])
    follow = audited.loc[audited["follows_shortcut"].astype(bool), "judge"].tolist()
    if follow:
        words.append(f"Not shown to do more than a shortcut or chance: {listed(follow)}.")
    elif len(audited):
        words.append("Every judge is shown to do more than a shortcut or chance.")
    return tuple(words)


def _baselines(published: Published) -> Figure | None:
    found = published["shortcut_audit"].dropna(subset=["waf_2class"]).sort_values("waf_2class", ascending=False)
    if found.empty:
        return None
    best = published.of_kind(JUDGE).head(1)
    lines = {"best judge": float(best["waf_2class"].iloc[0])} if len(best) and best["waf_2class"].notna().all() else {}
    return Figure(
        "baselines",
        "Baselines that see no clip",
        "For each content-blind baseline its WAF 2 with a 95 % interval.",
        _charts.dots(_charts.points(found, "baseline", "waf_2class"), "WAF 2 (percent)", references=lines),
        table_of(
            found,
            "Content-blind baselines on this data set, normal order. Followed: percent of decided pairs whose label is "
            "what it says; a tie counts half. Which way length, sentences and emotion words point is learned from "
            "other clips' labels.",
            words("baseline"),
            words("sees"),
            words("picks", lambda row: _picks(row.baseline, row.direction)),
            numbers("WAF 2", "waf_2class", 1),
            intervals("waf_2class"),
            numbers("followed %", "followed", 1),
            intervals("followed"),
        ),
        note="Dashed: " + "; ".join(f"{name} {value:.1f}" for name, value in lines.items()) + "." if lines else "",
    )


def _picks(baseline: str, direction: str | None) -> str:
    """What a baseline picks, in words."""
    return PICKS.get(baseline, NOTHING) if pd.isna(direction) else str(direction)


def _beyond(published: Published) -> Figure | None:
    found = published.at_board_strategy("judge_audit").dropna(subset=["odds_ratio"])
    found = found[found["kind"] == JUDGE]
    if found.empty:
        return None
    rows = _charts.points(found, "judge", "odds_ratio")
    rows = rows.assign(**{column: np.log10(rows[column].astype(float)) for column in ("value", "low", "high")})
    shortcut = published["shortcut_summary"].iloc[0]["dominant_shortcut"]
    beside = published.at_board_strategy("baseline_agreement")
    of_shortcut = beside[beside["baseline"] == shortcut].add_prefix("beside_")
    told = found.merge(of_shortcut, left_on="judge", right_on="beside_judge", how="left")
    return Figure(
        "beyond",
        "What a judge says beyond the baselines",
        "For each judge by how much its verdict multiplies the odds that people prefer the same description, given "
        "what all baselines say, with its 95 % interval; logarithms to base ten.",
        _charts.dots(rows, "log10 of the odds ratio given all baselines", references={"adds nothing": 0.0}, zero=True),
        table_of(
            told,
            "Odds ratios by logistic regression of people's label, clustered by clip. Gains are conservative: the best "
            "baseline was chosen on these same pairs.",
            words("judge"),
            *odds_ratio("odds ratio", "odds_ratio", "given all baselines"),
            words("above 1", lambda row: "yes" if row.odds_ratio_low > 1 else "no"),
            *odds_ratio(
                "given text", "odds_ratio_given_text", "given only what can be seen in the texts, not who wrote them"
            ),
            *odds_ratio("shortcut", "beside_baseline_odds_ratio", f"the odds ratio of {shortcut}, given the judge"),
            numbers("gain", "gain_over_baseline", 1, "points of WAF 2 over the best baseline", sign=True),
            intervals("gain_over_baseline", sign=True),
        ),
        note=(
            "An interval that touches the dashed line is no evidence of anything beyond the baselines. A judge that is "
            "right on 60 % of pairs whatever the baselines say has an odds ratio of 2.25; on 75 %, of 9."
        ),
    )


def _position(published: Published) -> Figure | None:
    found = published.at_board_strategy("judge_position").dropna(subset=["first_share"])
    found = found[found["kind"] != BASELINE]
    if found.empty:
        return None
    return Figure(
        "position",
        "Position bias",
        "For each judge the percent of answers, over both orders, that name the description that came first.",
        _charts.dots(
            _charts.points(found, "judge", "first_share", "first"),
            "answers for the first description (percent)",
            references={"no bias": 50.0},
        ),
        table_of(
            found,
            "Position bias, and what correcting it would give.",
            words("judge"),
            numbers("first %", "first_share", 1),
            intervals("first"),
            numbers("flips %", "flip_rate", 1),
            numbers("tie changes %", "tie_change_rate", 1),
            numbers("WAF 2", "waf_2class", 1),
            numbers("centred", "waf_centred", 1, "after subtracting the position bias in log-odds"),
            numbers("averaged", "waf_averaged", 1, "by the mean of both orders' log-odds"),
            numbers("both vote", "waf_both_orders_vote", 1, "by the vote of both orders"),
        ),
        note="Without bias the interval holds 50.",
    )


def _calibration(published: Published) -> Figure | None:
    found = published.at_board_strategy("reliability_curve").sort_values(["place", "bin"])
    if found.empty:
        return None
    judges = found["judge"].drop_duplicates().tolist()
    rows = found[["judge", "mean_probability", "frequency", "pairs"]].set_axis(["choice", "x", "y", "pairs"], axis=1)
    scores = published.at_board_strategy("judge_calibration").set_index("judge")
    table = table_of(
        found,
        "Reliability by tenth of probability.",
        words("judge, tenth", lambda row: f"{row.judge}, {row.bin / 10:.1f} to {(row.bin + 1) / 10:.1f}"),
        numbers("mean probability", "mean_probability", 2),
        numbers("frequency", digits=2),
        numbers("pairs"),
    )
    scored = [judge for judge in judges if judge in scores.index]
    brier = "; ".join(f"{judge} {number(score, 3)}" for judge, score in scores.loc[scored, "brier"].items())
    ends = scores.loc[scored, ["expected_calibration_error", "error_if_calibrated"]]
    errors = "; ".join(f"{judge} {number(error, 3)} ({number(most, 3)})" for judge, error, most in ends.itertuples())
    return Figure(
        "calibration",
        "When a judge says 70 percent, how often is it right?",
        "For one judge at a time, how often people prefer a1 against the probability the judge gives it; the "
        "diagonal is a judge that knows.",
        _charts.reliability(rows, "judge", judges[0]),
        replace(table, choices=tuple(found["judge"])),
        note=(
            f"Brier score (0.25 for a coin): {brier}. Expected calibration error, and in brackets what a perfectly "
            f"calibrated judge stays below in 95 of 100 data sets of this size: {errors}."
            if scored
            else ""
        ),
        chooser=Chooser("Judge", "judge", tuple(judges)),
    )


def _together(published: Published) -> Table:
    found = published.at_board_strategy("baseline_agreement").dropna(subset=["agreement"])
    found = found[found["kind"] == JUDGE]
    caption = (
        "Where a baseline contradicts people, how often does a judge go wrong with it? Percent; 50 is what "
        "tossing a coin gives."
    )
    return bars_by(found, "baseline", "agreement", caption, lambda name: Heading(name, "bar"))


def _media_use(published: Published) -> Table | None:
    """What each judge loses when its clip is changed; None where no judge was asked."""
    found = published["media_use"]
    if found.empty:
        return None
    return table_of(
        found,
        f"Does a judge look and listen? What it loses when its clip is changed, on {found['pairs'].max():.0f} labelled "
        f"pairs in both orders: points of {' or '.join(sorted(set(found['measure'])))} of what people prefer, with "
        "95 % by clip.",
        words("judge: its clip", lambda row: f"{row.judge}: {row.condition}"),
        numbers("changed %", "verdicts_changed", 1),
        numbers("repeats %", "repeats_changed", 1),
        numbers("loss", "change", 1, sign=True),
        intervals("change", sign=True),
        numbers("can be found", "detectable_change", 1),
        words("use"),
        numbers("WAF 2", "waf_change", 1, "change in points, normal order", sign=True),
        intervals("waf_change", sign=True),
    )


def _adversarial_probes(published: Published) -> Table:
    return table_of(
        published["probe_scores"],
        "Planted battles with a known answer: an empty text, another clip's text, one that carries an instruction to "
        "the judge, one that says nothing about any clip, or one that goes on as if it were the prompt.",
        words("judge, planted", lambda row: f"{row.judge}, {row.kind.replace('_', ' ')}"),
        numbers("verdicts"),
        (Heading("right %", "bar"), attrgetter("right_percent")),
        numbers("fooled %", "fooled_percent", 1),
        numbers("same %", "same_percent", 1),
    )
