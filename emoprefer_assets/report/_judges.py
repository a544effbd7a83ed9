"""The judges: how good is each, and what does it cost?"""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import Column, Figure, Section, Table, made_table, text
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, counted, listed, number, span

KINDS = ("judge", "floor (sees no media)", "left out")
STEPS = {
    "s1": ("s1",), "s2": ("describe", "s2"), "s3": ("describe", "s3"), "s4": ("describe", "s4_reasoning", "s4_answer"), "s5": ("s5",),
}  # fmt: skip


def judges_section(published: Published) -> Section:
    question = "Which model can stand in for people, and is it better than a rule that sees nothing?"
    board = published.judges_by_rank
    if board.empty:
        return Section("judges", "Judges", question, ("No judge has been evaluated yet.",))
    board = board.assign(series=board["kind"].map({"judge": KINDS[0], "floor": KINDS[1]}).fillna(KINDS[2]))
    figures = (_scores(board, published), _recognition_and_consistency(board, published), _slices(board, published), _costs(board, published))
    blocks = (*filter(None, figures), *_robustness(published), *_differences(published))
    return Section("judges", "Judges", question, _words(board, published), blocks)


def references(published: Published) -> dict[str, float]:
    """Scores that any judge is read against: the best floor and the human ceiling."""
    lines = {}
    if published.best_floor:
        lines["best floor"] = published.best_floor[1]
    ceiling = published.ceiling
    if ceiling is not None and pd.notna(ceiling["acc_2class"]):
        lines["human ceiling"] = float(ceiling["acc_2class"])
    return lines


def _words(board: pd.DataFrame, published: Published) -> tuple[str, ...]:
    judges = board[board["kind"] == "judge"]
    words = []
    above = judges[judges["gain_over_floor_low"] > 0]["judge"].tolist()
    if published.best_floor and len(judges):
        name, score = published.best_floor
        words.append(
            f"The best content-blind rule, {name}, scores {score:.1f}. Of {counted(len(judges), 'judge')}, "
            + (f"{len(above)} {'is' if len(above) == 1 else 'are'} above it with the whole interval of the difference: {listed(above)}." if above else "none is above it with the whole interval of the difference.")
        )
    if len(judges):
        best = judges.iloc[0]
        tied = [name for name in best["tied_with"] if name in set(judges["judge"])] if hasattr(best["tied_with"], "__iter__") else []
        if tied:
            words.append(f"The first, {best['judge']}, cannot be told from {listed(tied)} (Holm-adjusted McNemar).")
    words.append(
        "WAF 2 is the paper's weighted F1 on pairs that people do not call the same, in percent. Each judge stands at its best "
        "strategy, chosen on the pairs it is scored on; the column nested has the strategy chosen on other clips."
    )
    left_out = board[board["kind"] == "left out"]["judge"].tolist()
    if left_out:
        words.append(f"Left out, because more than a fifth of the answers failed or name no option: {listed(left_out)}.")
    return tuple(words)


def _scores(board: pd.DataFrame, published: Published) -> Figure | None:
    rows = board[["judge", "waf_2class", "waf_2class_low", "waf_2class_high", "series", "strategy"]].set_axis(
        ["name", "value", "low", "high", "series", "strategy"], axis=1
    ).dropna(subset=["value"])  # fmt: skip
    if rows.empty:
        return None
    lines = references(published)
    chart = _charts.dots(rows, "WAF 2 (percent)", [kind for kind in KINDS if kind in set(rows["series"])], lines, extra=["strategy"])
    marked = "; ".join(f"{name} {value:.1f}" for name, value in lines.items())
    return Figure(
        "scores", "Recognition: how often a judge agrees with people",
        f"For each judge its two-class weighted F1 with a 95 % interval over clips. Dashed lines: {marked or NOTHING}.",
        chart, _scores_table(board, published), note=f"Dashed lines: {marked}." if marked else "", open_table=True,
    )  # fmt: skip


def _scores_table(board: pd.DataFrame, published: Published) -> Table:
    columns = [
        text("judge"), "rank", text("kind"), text("by", "strategy"), Column("WAF 2", "bar"), text("95 %"), "nested",
        Column("gain", hint="points over the best content-blind judge or rule"), text("95 %"), "swap %",
        Column("balanced", hint="mean accuracy on the stereotype slice and the rest; 50 is chance"), "WAF 3", "failed %", "paper",
    ]  # fmt: skip
    people = published.ceiling
    rows = [] if people is None else [
        (people["judge"], NOTHING, "people", NOTHING, float(people["acc_2class"]), NOTHING, *([NOTHING] * 5), number(people["acc_3class"], 1), NOTHING, NOTHING)
    ]  # fmt: skip
    rows += [
        (
            row.judge, number(row.rank), row.kind, row.strategy or NOTHING, row.waf_2class, span(row.waf_2class_low, row.waf_2class_high),
            number(row.nested_waf_2class, 1), number(row.gain_over_floor, 1, sign=True),
            span(row.gain_over_floor_low, row.gain_over_floor_high, sign=True), number(row.swap_consistency, 1),
            number(row.balanced_score, 1) + (" *" if pd.notna(row.follows_shortcut) and row.follows_shortcut else ""),
            number(row.waf_3class, 1), number(row.failed_rate, 1), number(row.published_waf_2class, 1),
        )
        for row in board.itertuples()
    ]  # fmt: skip
    caption = (
        "The judge board. Of people: agreement with each other, ties dropped, as WAF 2; ties kept, as WAF 3. * not shown to be above the 50 that the "
        "shortcut alone, or chance, gets."
    )
    return made_table(caption, columns, rows)


def _recognition_and_consistency(board: pd.DataFrame, published: Published) -> Figure | None:
    rows = board[["judge", "series", "swap_consistency", "waf_2class"]].set_axis(["name", "series", "x", "y"], axis=1).dropna()
    if rows.empty:
        return None
    found = [
        f"{row.method.title()} {row.correlation:.2f} ({span(row.low, row.high, 2)})"
        for row in published["recognition_and_consistency"].itertuples() if pd.notna(row.correlation)
    ]  # fmt: skip
    note = f"Over judges, floors left out: {'; '.join(found)}." if found else "Too few judges for a correlation."
    return Figure(
        "consistency", "Are consistent judges also right?",
        "Each judge: swap consistency, the percent of equal verdicts in both orders, against WAF 2.",
        _charts.scatter(rows, "swap consistency (percent)", "WAF 2 (percent)", [kind for kind in KINDS if kind in set(rows["series"])], references=references(published)),
        made_table("Swap consistency and recognition.", [text("judge"), text("kind"), "swap %", "WAF 2"],
                   [(row.name, row.series, number(row.x, 1), number(row.y, 1)) for row in rows.itertuples(index=False)]),
        note=note + " A rule that never looks at the order is fully consistent, and may still be wrong.",
    )  # fmt: skip


def _slices(board: pd.DataFrame, published: Published) -> Figure | None:
    found = published.at_board_strategy("judge_audit").dropna(subset=["slice_score", "rest_score"])
    if found.empty:
        return None
    ends = ("people contradict the shortcut", "people agree with it")
    found = found.sort_values("balanced_score", ascending=False)
    rows = pd.concat([
        found[["judge", f"{part}_score", f"{part}_low", f"{part}_high"]].set_axis(["name", "value", "low", "high"], axis=1).assign(series=end)
        for part, end in zip(("slice", "rest"), ends, strict=True)
    ])  # fmt: skip
    pairs = found.iloc[0]
    cells = [
        (row.judge, row.kind, number(row.slice_score, 1), span(row.slice_low, row.slice_high), number(row.rest_score, 1),
         span(row.rest_low, row.rest_high), number(row.balanced_score, 1), span(row.balanced_low, row.balanced_high),
         "yes" if row.follows_shortcut else "no")
        for row in found.itertuples()
    ]  # fmt: skip
    columns = [text("judge"), text("kind"), "slice", text("95 %"), "rest", text("95 %"), "balanced", text("95 %"), text("not above 50")]
    return Figure(
        "slices", "The stereotype slice",
        "For each judge its accuracy where people contradict the dominant shortcut, and where they agree with it.",
        _charts.pairs_of_dots(rows, "accuracy (percent)", ends, {"chance": 50.0}),
        made_table("Accuracy on the slice and on the rest.", columns, cells),
        note=f"{pairs['slice_pairs']} pairs contradict the shortcut and {pairs['rest_pairs']} agree with it. A judge that only follows "
        "the shortcut has its two dots at 0 and 100; a judge that looks has them together. Sorted by their mean.",
    )  # fmt: skip


def _costs(board: pd.DataFrame, published: Published) -> Figure | None:
    costs = published["judge_costs"]
    costs = costs[costs["calls"] > 0].groupby(["judge", "step"], as_index=False)[["calls", "cost", "seconds", "tokens_in", "tokens_out"]].sum()
    rows = []
    for row in board[board["waf_2class"].notna()].itertuples():
        steps = costs[(costs["judge"] == row.judge) & costs["step"].isin(STEPS.get(row.strategy, ()))]
        if len(steps):
            each = {name: float((steps[name] / steps["calls"]).sum()) for name in ("cost", "seconds", "tokens_in", "tokens_out")}
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
    cells = [
        (row.name, number(1000 * row.cost, 2), number(row.seconds, 3), number(row.tokens_in), number(row.tokens_out, 1), number(row.y, 1))
        for row in found.itertuples(index=False)
    ]  # fmt: skip
    return Figure(
        "costs", "Cost against quality", f"Each judge that is asked: {axis}, against WAF 2.",
        _charts.scatter(drawn[["name", "series", "x", "y"]], axis + (", logarithmic" if wide else ""), "WAF 2 (percent)", [kind for kind in KINDS if kind in set(drawn["series"])], wide, references(published)),
        made_table("What one verdict takes at the board's strategy, all its steps.",
                   [text("judge"), "cost of 1,000", "seconds", "tokens in", "tokens out", "WAF 2"], cells),
        note="Recorded predictions and rules cost nothing here and are left out."
        + ("" if paid else " The registry names no price, so model time stands for cost; it depends on the machine."),
    )  # fmt: skip


def _robustness(published: Published) -> tuple[Table, ...]:
    found = published.at_board_strategy("robustness_scores")
    if found.empty:
        found = published["robustness_scores"].drop_duplicates(["judge", "error_type"])
    if found.empty:
        return ()
    wide = found.pivot_table(index="judge", columns="error_type", values="accuracy", sort=False)
    cells = [(name, *(None if pd.isna(value) else value for value in row)) for name, row in zip(wide.index, wide.to_numpy(), strict=True)]
    pairs = found.groupby("error_type")["pairs"].max()
    columns = [text("judge"), *(Column(name.replace("_", " "), "bar", f"{pairs[name]} pairs") for name in wide.columns)]
    caption = "Which errors does a judge see through? Percent of verdicts for the unedited description, both orders; chance is 50."
    return (made_table(caption, columns, cells),)


def _differences(published: Published) -> tuple[Table, ...]:
    found = published["judge_differences"]
    judges = set(published.judges_by_rank.query("kind == 'judge'")["judge"])
    found = found[found["judge1"].isin(judges) & found["judge2"].isin(judges)]
    if found.empty:
        return ()
    cells = [
        (f"{row.judge1} over {row.judge2}", number(row.difference, 1, sign=True), span(row.difference_low, row.difference_high, sign=True),
         f"{row.only_judge1_right} : {row.only_judge2_right}", f"{row.p_holm:.3f}", "yes" if row.p_holm < 0.05 else "no")
        for row in found.head(60).itertuples()
    ]  # fmt: skip
    caption = "Do two judges differ? Points of WAF 2; pairs that only one has right; McNemar's p, Holm-adjusted."
    caption += f" The first 60 of {len(found)}; all are in table judge_differences." if len(found) > 60 else ""
    return (made_table(caption, [text("judges"), "difference", text("95 %"), "only one right", "p", text("told apart")], cells),)
