"""The judge board, the ensembles and the system leaderboards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from emoprefer_assets.display import in_terminal, listed
from emoprefer_assets.finding import different_ensembles, finding, of_several_strategies, whose
from emoprefer_assets.names import BASELINE, BEST_BASELINE, COMBINED, CROWD, HUMAN, JUDGE, LEFT_OUT, MOST_READ_OTHERWISE
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.comparing import EQUIVALENT_POINTS, POWER
from emoprefer_assets.stats.media_use import NO_DIFFERENCE, NOT_SHOWN, SHOWN
from emoprefer_assets.store.published import read_published, read_rows
from emoprefer_assets.terminal._data_set import headline
from emoprefer_assets.terminal._fitting import MORE, Column, FittedTable
from emoprefer_assets.terminal._intervals import Intervals
from emoprefer_assets.terminal._leaderboard import LEADERBOARDS, TIER, leaderboard_table, read_leaderboard
from emoprefer_assets.terminal._output import as_json
from emoprefer_assets.terminal._people import people_lines
from emoprefer_assets.terminal._text import names_in, number, odds, ranks, span

JUDGES = f"from judge_board order by kind = '{LEFT_OUT}', waf_2class desc, judge"
DETECTABLE = f"""
    select median(detectable_difference) as points from judge_differences
    where '{BEST_BASELINE}' not in (judge1, judge2)
"""
BARRED = f"""
    select no_vote, list(judge order by waf_2class desc) as judges from judge_board
    where kind = '{JUDGE}' and no_vote is not null group by no_vote order by no_vote
"""
METRICS = "select judge, metric, value from judge_metrics join judge_board using (judge, strategy)"
ENSEMBLES = "from ensemble_scores order by ensemble, orders, k, sample"
WAF_2 = "WAF 2: weighted F1 on the pairs that people decide, in percent."
_KIND_STYLE = {BASELINE: "dim", LEFT_OUT: "dim"}


def print_boards(database: Path, console: Console, source: str | None = None) -> None:
    """Print the judge board, the ensembles and the system leaderboard."""
    console.print(headline(database))
    board = read_published(database, JUDGES)
    if said := [*finding(board, read_published(database, "from leaderboard"))]:
        console.print(Text("\n".join(map(in_terminal, said)) + "\n"))
    if board.empty:
        labelled = len(read_published(database, "from consensus_pairs where preference is not null limit 1"))
        why = "no judge has been asked" if labelled else "no pair has a label, so that nobody can be scored"
        console.print(f"No judge board: {why}.")
    else:
        detectable = read_published(database, DETECTABLE)["points"].iloc[0]
        console.print(_judge_board(board, detectable, read_published(database, METRICS)))
    if table := _strategies(board, read_published(database, "from judge_scores")):
        console.print()
        console.print(table)
    for line in people_lines(database):
        console.print(line)
    for sentence in _media_use(database):
        console.print(sentence)
    ensembles = read_published(database, ENSEMBLES)
    if len(ensembles):
        console.print()
        console.print(_ensembles(ensembles))
    console.print(_crowd(read_published(database, "from crowd"), read_published(database, BARRED)))
    there = set(read_published(database, "select distinct source from leaderboard")["source"])
    sources = [source] if source else [name for name in (COMBINED, HUMAN, CROWD) if name in there]
    for place, name in enumerate(sources):
        console.print()
        console.print(leaderboard_table(read_leaderboard(database, name), name, explains=not place))
        if name == COMBINED:
            both = read_published(database, "from people_with_crowd").iloc[0]
            console.print(
                f"People's votes on {both['voted']:.0f} battles and the crowd's verdicts on {both['battles']:.0f} are "
                f"worth people's votes on {both['worth']:.0f} battles."
            )
    for row in [] if source else read_rows(database, "from people_with_crowd where not_shown is not null"):
        console.print(Text(f"No leaderboard by {whose(row['source'])}: {row['not_shown']}."))
    if not sources:
        console.print("No leaderboard: no pair of two named systems has a verdict.")


def export_boards(database: Path, source: str | None = None) -> str:
    """All rows and columns of the boards as JSON: an object of the data set, and a list of objects a table.

    Args:
        source: whose leaderboard; everybody's if it is not named.

    Raises:
        EmopreferError: nothing is published, or there is no such source.
    """
    leaderboard = read_rows(database, LEADERBOARDS)
    if source is not None:
        read_leaderboard(database, source)
        leaderboard = [row for row in leaderboard if row["source"] == source]
    found: dict[str, Any] = {
        "data_set": read_rows(database, "from data_set")[0],
        "judge_board": read_rows(database, JUDGES),
        "judge_metrics": read_rows(database, "from judge_metrics order by judge, strategy, metric"),
        "ensemble_scores": read_rows(database, ENSEMBLES),
        "crowd": read_rows(database, "from crowd"),
        "leaderboard": leaderboard,
    }
    return as_json(found)


def _media_use(database: Path) -> Iterator[Text]:
    """Who is shown to look and to listen, of those that were asked."""
    board = read_published(database, "select judge, uses_picture, uses_sound from judge_board order by judge")
    for kind, uses in (("picture", board["uses_picture"]), ("sound", board["uses_sound"])):
        asked = board["judge"][uses.notna()]
        if len(asked):
            groups = {use: asked[uses == use].map(in_terminal).tolist() for use in (SHOWN, NOT_SHOWN, NO_DIFFERENCE)}
            told = "; ".join(f"{use} for {listed(names)}" for use, names in groups.items() if names)
            yield Text(f"Does worse with the {kind} of another clip, so uses it (table media_use): {told}.")


def _judge_board(board: pd.DataFrame, detectable: float | None, metrics: pd.DataFrame) -> FittedTable:
    rank_of = board.dropna(subset=["rank"]).set_index("judge")["rank"].astype(int)
    rows = [*each_row(board)]
    baseline, baseline_means = _best_baseline(board)
    columns: list[Column | Intervals] = [
        Column("tier", board["tier"].fillna("").tolist(), right=False, explained=TIER.format("judge")),
        Column("#", [number(row.rank, 0) for row in rows]),
        Column("judge", [row.judge for row in rows], right=False, folds=True),
        Column("kind", [row.kind for row in rows], right=False),
        Column("by", board["strategy"].fillna("-").tolist(), right=False, rest=5, called="by (strategy)"),
        Column("WAF 2", [number(row.waf_2class) for row in rows], explained=WAF_2),
        Intervals(
            [(row.waf_2class_low, row.waf_2class, row.waf_2class_high) for row in rows],
            "WAF 2 with its 95 % interval over clips",
            baseline,
            baseline_means,
        ),
        Column("95 %", [span(row.waf_2class_low, row.waf_2class_high) for row in rows], rest=4, called="WAF 2's 95 %"),
        Column(
            "swap",
            [number(row.swap_consistency) for row in rows],
            rest=3,
            explained="swap: percent of pairs with the same verdict in both orders.",
            called="swap (consistency)",
        ),
        Column(
            "gain",
            [number(row.gain_over_baseline, sign="+") for row in rows],
            explained="gain: points over that baseline; conservative, as it is the best of several on these pairs.",
            styles=[_style(row.gain_over_baseline_low, row.gain_over_baseline_high) for row in rows],
        ),
        Column(
            "95 %",
            [span(row.gain_over_baseline_low, row.gain_over_baseline_high, sign="+") for row in rows],
            rest=5,
            called="gain's 95 %",
        ),
        Column(
            "odds",
            [
                odds(row.odds_ratio) + ("*" if follows else "")
                for row, follows in zip(rows, board["follows_shortcut"].eq(True).fillna(False), strict=True)
            ],
            explained="odds: by how much its verdict multiplies the odds that people say the same, given what all "
            "baselines say; *: not shown to be above 1, that is to know anything beyond the baselines.",
            styles=[_style(row.odds_ratio_low, row.odds_ratio_high, none=1) for row in rows],
            called="odds (odds ratio)",
        ),
        Column(
            "95 %",
            [
                "-" if pd.isna(row.odds_ratio_low) else f"{odds(row.odds_ratio_low)}..{odds(row.odds_ratio_high)}"
                for row in rows
            ],
            rest=1,
            called="odds' 95 %",
        ),
        Column(
            "bal.",
            [number(row.balanced_score) for row in rows],
            rest=6,
            explained="bal.: mean accuracy where people contradict the dominant shortcut and where they do not; 50 for "
            "the shortcut alone and for chance.",
            called="bal. (balanced score)",
        ),
        *_of_plugins(rows, metrics),
        Column("tied with", [ranks(rank_of, names_in(row.tied_with)) for row in rows], right=False, rest=7),
        Column(
            "equal to",
            [ranks(rank_of, names_in(row.equivalent_to)) for row in rows],
            right=False,
            rest=8,
            explained=f"equal to: those among them shown to be equal within {EQUIVALENT_POINTS:.0f} points.",
        ),
    ]
    if board["published_waf_2class"].notna().any():
        columns.append(Column("paper", [number(row.published_waf_2class) for row in rows], rest=2))
    caption = []
    if not pd.isna(detectable):
        caption.append(
            f"A true difference of {detectable:.1f} points between two judges is found with {100 * POWER:.0f} % power "
            "(median)."
        )
    for row in each_row(board[board["kind"] == LEFT_OUT]):
        shares = f"{row.failed_rate:.0f} % of its answers failed and {row.unparsed_rate:.0f} % name no option"
        too_often = row.no_vote != "a check of its answers failed"
        caption.append(f"{row.judge} is left out: {shares if too_often else f'{row.no_vote} (table judge_checks)'}.")
    if thinking := board.loc[board["thinking_rate"] > 0, "judge"].tolist():
        caption.append(f"Thoughts are taken out before a reply is read by the paper's rule: {listed(thinking)}.")
    caption += [
        f"A careful reader takes {row.read_otherwise_rate:.0f} % of the replies of {row.judge} to say something else "
        "than the paper's rule (column strict_verdict)."
        for row in each_row(board[board["read_otherwise_rate"] > MOST_READ_OTHERWISE])
    ]
    styles = [_KIND_STYLE.get(row.kind, "") for row in rows]
    return FittedTable("Judge board", columns, caption, MORE, styles)


def _strategies(board: pd.DataFrame, scores: pd.DataFrame) -> FittedTable | None:
    """Each judge by strategy; None where no judge answered two."""
    scores = of_several_strategies(scores)
    judges = [judge for judge in board["judge"] if judge in set(scores["judge"])]
    if not judges:
        return None
    asked = [name for name in STRATEGIES if name in set(scores["strategy"])]
    found = {(row.judge, row.strategy): row for row in each_row(scores)}
    columns: list[Column | Intervals] = [Column("judge", judges, right=False, folds=True)]
    for place, name in enumerate(asked):
        of = [found.get((judge, name)) for judge in judges]
        columns += [
            Column(
                name,
                [number(row.waf_2class) if row else "-" for row in of],
                explained=f"{name}: {STRATEGIES[name].says}",
            ),
            Column(
                "95 %",
                [span(row.waf_2class_low, row.waf_2class_high) if row else "-" for row in of],
                rest=place + 1,
                called=f"{name}'s 95 %",
            ),
        ]
    caption = ["WAF 2, percent. View strategy_comparison counts the pairs that a strategy wins and loses against s1."]
    return FittedTable("Judges by strategy", columns, caption, MORE)


def _of_plugins(rows: Sequence[Any], metrics: pd.DataFrame) -> Iterator[Column]:
    """A column for each board metric of plugins."""
    for metric, found in metrics.groupby("metric"):
        value_of = found.set_index("judge")["value"].to_dict()
        yield Column(str(metric), [number(value_of.get(row.judge)) for row in rows], rest=9)


def _best_baseline(board: pd.DataFrame) -> tuple[float | None, str]:
    """What gains are taken over, as a mark on the axis."""
    best = board[board["judge"] == BEST_BASELINE]
    if best.empty or best["waf_2class"].isna().all():
        return None, ""
    baseline = float(best["waf_2class"].iloc[0])
    return baseline, f"the best baseline, {best['source'].iloc[0]} ({baseline:.2f})"


def _style(low: float, high: float, none: float = 0) -> str:
    """The colour of an interval that is above `none`, or below it."""
    return "green" if low > none else "red" if high < none else ""


def _ensembles(scores: pd.DataFrame) -> FittedTable:
    key = ["ensemble", "orders", "k"]
    scores, repeats = different_ensembles(scores)
    found = scores[scores["sample"] == "held-out"]
    for sample in ("in-sample", "new-stratum"):
        other = scores.loc[scores["sample"] == sample, [*key, "waf_2class"]]
        found = found.merge(other, on=key, how="left", suffixes=("", f"_{sample.replace('-', '_')}"))
    rows = [*each_row(found.sort_values(key))]
    columns: list[Column | Intervals] = [
        Column("ensemble", [row.ensemble for row in rows], right=False),
        Column("votes", [row.orders for row in rows], right=False),
        Column("k", [str(row.k) for row in rows]),
        Column("in-sample", [number(row.waf_2class_in_sample) for row in rows], rest=4),
        Column(
            "held-out",
            [number(row.waf_2class) for row in rows],
            explained="held-out: WAF 2, percent; strategies, ranks and weights are from other clips.",
        ),
        Intervals(
            [(row.waf_2class_low, row.waf_2class, row.waf_2class_high) for row in rows],
            "held-out WAF 2 with its 95 % interval",
        ),
        Column("95 %", [span(row.waf_2class_low, row.waf_2class_high) for row in rows], rest=3, called="its 95 %"),
        Column(
            "over best judge",
            [span(row.gain_over_best_judge_low, row.gain_over_best_judge_high, sign="+") for row in rows],
            rest=1,
            explained="over best judge: 95 % interval of the difference in points, paired.",
            styles=[_style(row.gain_over_best_judge_low, row.gain_over_best_judge_high) for row in rows],
        ),
        Column(
            "over baseline",
            [span(row.gain_over_baseline_low, row.gain_over_baseline_high, sign="+") for row in rows],
            rest=2,
            explained="over baseline: the same over the best baseline.",
        ),
    ]
    if (scores["sample"] == "new-stratum").any():
        columns.append(
            Column(
                "new pair",
                [number(row.waf_2class_new_stratum) for row in rows],
                rest=5,
                explained="new pair: chosen and weighted on other pairs of systems, on other clips.",
                called="new pair (of systems)",
            )
        )
    return FittedTable("Ensembles", columns, repeats, MORE)


def _crowd(crowd: pd.DataFrame, barred: pd.DataFrame) -> Text:
    """Who judges battles, and which judges may not."""
    if crowd.empty:
        return Text("No crowd: no judge that sees media takes part.")
    found = crowd.iloc[0]
    if pd.notna(found["not_offered"]):
        return Text(f"No crowd: {found['ensemble']} of {found['k']} is {found['not_offered']}.")
    balanced = "no balanced score, as people never contradict the dominant shortcut here"
    if pd.notna(found["balanced_score"]):
        low_high = span(found["balanced_low"], found["balanced_high"])
        balanced = f"balanced score {found['balanced_score']:.1f} ({low_high}) on held-out clips"
    words = f"The crowd is {found['ensemble']} of {found['k']} ({found['orders']}), {found['rule']}: {balanced}."
    if len(barred):
        reasons = (f"{listed([in_terminal(one) for one in row.judges])} ({row.no_vote})" for row in each_row(barred))
        words += f" It goes without {'; '.join(reasons)}."
    return Text(words)
