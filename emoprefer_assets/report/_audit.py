"""The audit: what would a judge get that sees nothing, and what else can be wrong with a judge?"""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.names import BASELINE, JUDGE
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import Chooser, Figure, Heading, Section, Table, made_table, text
from emoprefer_assets.report._judge_details import references
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, number, share, span
from emoprefer_assets.rows import each_row, first_row

RULES = {
    "always_a1": "always the first",
    "always_a2": "always the second",
    "random": "by lot",
    "longer": "the longer text",
    "shorter": "the shorter text",
    "system_prior": "the system that wins more often",
    "emotion_words": "more emotion words",
    "text_classifier": "a classifier of the texts",
}


def audit_section(published: Published) -> Section:
    """The section on floors, gains, position, calibration and planted battles."""
    question = "What would a judge get that has never seen a clip, and what else could explain a judge's score?"
    if published["shortcut_summary"].empty:
        return Section("audit", "Audit", question, ("There is no labelled pair to audit.",))
    blocks = (
        _floors(published),
        _gains(published),
        _position(published),
        _calibration(published),
        *_together(published),
        *_canaries(published),
    )
    return Section("audit", "Audit", question, _words(published), tuple(filter(None, blocks)))


def _words(published: Published) -> tuple[str, ...]:
    summary = first_row(published["shortcut_summary"])
    rule, pairs = summary["dominant_shortcut"], summary["pairs_2class"]
    words = [
        f"The dominant shortcut here is {rule}: {RULES.get(rule, rule)}. Of {pairs} decided pairs "
        f"{summary['stereotype_pairs']} contradict it "
        f"({share(summary['stereotype_pairs'], pairs)}): the stereotype slice, where a judge has to look."
    ]
    if published.best_floor:
        name, score = published.best_floor
        words.append(
            f"Without any clip, {name} reaches {score:.1f} WAF 2. A judge is worth something only where the whole "
            f"interval of its gain is above 0."
        )
    if pd.notna(summary["system_from_text"]):
        words.append(
            f"Which system wrote a text can be told from the text alone in {summary['system_from_text']:.0f} % "
            f"({span(summary['system_from_text_low'], summary['system_from_text_high'], 0)}; the commonest system: "
            f"{summary['system_from_text_chance']:.0f} %)."
        )
    against = number(summary["length_against_system"])
    apart = (
        "can be told apart" if summary["length_and_system"] == "separable" else "cannot be told apart: not identified"
    )
    words.append(
        f"Length and system {apart}; decided pairs that set one against the other: {against} (30 are needed). "
        f"Pairs with lengths within 10 % of each other: {summary['length_matched_10']}."
    )
    audited = published.of_kind(JUDGE).dropna(subset=["follows_shortcut"])
    follow = audited.loc[audited["follows_shortcut"].astype(bool), "judge"].tolist()
    if follow:
        words.append(f"Not shown to do more than the shortcut or chance: {listed(follow)}.")
    elif len(audited):
        words.append("Every judge is shown to do more than the shortcut or chance.")
    return tuple(words)


def _floors(published: Published) -> Figure | None:
    found = published["shortcut_audit"].dropna(subset=["waf_2class"]).sort_values("waf_2class", ascending=False)
    if found.empty:
        return None
    rows = found[["floor", "waf_2class", "waf_2class_low", "waf_2class_high"]].set_axis(
        ["name", "value", "low", "high"], axis=1
    )
    best = published.of_kind(JUDGE).head(1)
    lines = {"best judge": float(best["waf_2class"].iloc[0])} if len(best) and best["waf_2class"].notna().all() else {}
    lines |= {name: value for name, value in references(published).items() if name == "human ceiling"}
    cells = [
        (
            row.floor,
            RULES.get(row.floor, NOTHING),
            number(row.waf_2class, 1),
            span(row.waf_2class_low, row.waf_2class_high),
            number(row.acc_2class, 1),
            span(row.acc_2class_low, row.acc_2class_high),
        )
        for row in each_row(found)
    ]
    return Figure(
        "floors",
        "Rules that see no clip",
        "For each content-blind rule its WAF 2 with a 95 % interval.",
        _charts.dots(rows, "WAF 2 (percent)", references=lines),
        made_table(
            "Content-blind rules on this data set, normal order.",
            [text("rule"), text("picks"), "WAF 2", text("95 %"), "accuracy", text("95 %")],
            cells,
        ),
        note="Dashed: " + "; ".join(f"{name} {value:.1f}" for name, value in lines.items()) + "." if lines else "",
    )


def _gains(published: Published) -> Figure | None:
    found = published.judges_by_rank.dropna(subset=["gain_over_floor"])
    found = found[found["kind"] == JUDGE]
    if found.empty:
        return None
    rows = found[["judge", "gain_over_floor", "gain_over_floor_low", "gain_over_floor_high"]].set_axis(
        ["name", "value", "low", "high"], axis=1
    )
    cells = [
        (
            row.judge,
            number(row.gain_over_floor, 1, sign=True),
            span(row.gain_over_floor_low, row.gain_over_floor_high, sign=True),
            "yes" if row.gain_over_floor_low > 0 else "no",
        )
        for row in each_row(found)
    ]
    return Figure(
        "gains",
        "Gain over the best floor",
        "For each judge its WAF 2 less that of the best content-blind judge or rule, with the paired 95 % interval.",
        _charts.dots(rows, "points over the best floor", references={"no gain": 0.0}, zero=True),
        made_table(
            "Gain in points of WAF 2, paired by clip.", [text("judge"), "gain", text("95 %"), text("above 0")], cells
        ),
        note="An interval that touches the dashed line is no evidence of a gain.",
    )


def _position(published: Published) -> Figure | None:
    found = published.at_board_strategy("judge_position").dropna(subset=["first_share"])
    found = found[found["kind"] != BASELINE]
    if found.empty:
        return None
    rows = found[["judge", "first_share", "first_low", "first_high"]].set_axis(["name", "value", "low", "high"], axis=1)
    cells = [
        (
            row.judge,
            number(row.first_share, 1),
            span(row.first_low, row.first_high),
            number(row.flip_rate, 1),
            number(row.tie_change_rate, 1),
            number(row.waf_2class, 1),
            number(row.waf_centred, 1),
            number(row.waf_averaged, 1),
            number(row.waf_both_orders_vote, 1),
        )
        for row in each_row(found)
    ]
    columns: list[Heading | str] = [
        text("judge"),
        "first %",
        text("95 %"),
        "flips %",
        "tie changes %",
        "WAF 2",
        Heading("centred", hint="after subtracting the position bias in log-odds"),
        Heading("averaged", hint="by the mean of both orders' log-odds"),
        Heading("both vote", hint="by the vote of both orders"),
    ]
    return Figure(
        "position",
        "Position bias",
        "For each judge the percent of answers, over both orders, that name the description that came first.",
        _charts.dots(rows, "answers that name the first description (percent)", references={"no bias": 50.0}),
        made_table("Position bias, and what correcting it would give.", columns, cells),
        note="Without bias the interval holds 50.",
    )


def _calibration(published: Published) -> Figure | None:
    found = published.at_board_strategy("reliability_curve").sort_values(["rank", "bin"])
    if found.empty:
        return None
    judges = found["judge"].drop_duplicates().tolist()
    rows = found[["judge", "mean_probability", "frequency", "pairs"]].set_axis(["choice", "x", "y", "pairs"], axis=1)
    scores = published.at_board_strategy("judge_calibration").set_index("judge")
    cells = [
        (
            f"{row.judge}, {row.bin / 10:.1f} to {(row.bin + 1) / 10:.1f}",
            number(row.mean_probability, 2),
            number(row.frequency, 2),
            number(row.pairs),
        )
        for row in each_row(found)
    ]
    brier = "; ".join(f"{judge} {scores.loc[judge, 'brier']:.3f}" for judge in judges if judge in scores.index)
    return Figure(
        "calibration",
        "When a judge says 70 percent, how often is it right?",
        "For one judge at a time, how often people prefer a1 against the probability the judge gives it; the "
        "diagonal is a judge that knows.",
        _charts.reliability(rows, "judge", judges[0]),
        made_table(
            "Reliability by tenth of probability.",
            [text("judge, tenth"), "mean probability", "frequency", "pairs"],
            cells,
            found["judge"],
        ),
        note=f"Brier score (0.25 for a coin): {brier}." if brier else "",
        chooser=Chooser("Judge", "judge", tuple(judges)),
    )


def _together(published: Published) -> tuple[Table, ...]:
    found = published.at_board_strategy("floor_agreement").dropna(subset=["agreement"])
    found = found[found["kind"] == JUDGE]
    if found.empty:
        return ()
    wide = found.pivot_table(index="judge", columns="floor", values="agreement", sort=False)
    cells = [
        (name, *(None if pd.isna(value) else value for value in row))
        for name, row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    caption = (
        "Where a rule contradicts people, how often does a judge go wrong with it? Percent; 50 is what "
        "tossing a coin gives."
    )
    return (made_table(caption, [text("judge"), *(Heading(name, "bar") for name in wide.columns)], cells),)


def _canaries(published: Published) -> tuple[Table, ...]:
    found = published["canary_scores"]
    if found.empty:
        return ()
    cells = [
        (
            f"{row.judge}, {row.kind.replace('_', ' ')}",
            number(row.verdicts),
            row.right_percent,
            number(row.fooled_percent, 1),
            number(row.same_percent, 1),
        )
        for row in each_row(found)
    ]
    caption = (
        "Planted battles with a known answer: an empty text, another clip's text, or one that carries an "
        "instruction to the judge."
    )
    return (
        made_table(
            caption, [text("judge, planted"), "verdicts", Heading("right %", "bar"), "fooled %", "same %"], cells
        ),
    )
