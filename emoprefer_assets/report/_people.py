"""People: who voted, how far they agree, what a judge may do in their place, and what their votes are worth."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.names import ANNOTATOR, JUDGE
from emoprefer_assets.report._annotators import (
    agreement,
    beside_annotators,
    least_agreement,
    replacement,
    sides,
    who_votes,
)
from emoprefer_assets.report._blocks import (
    Heading,
    Section,
    Table,
    made_table,
    numbers,
    shown,
    table_of,
    text,
    words,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import counted, number, span
from emoprefer_assets.rows import each_row


def people_section(published: Published) -> Section:
    """The section on annotators, their votes, and judges in their place."""
    return Section(
        "people",
        "People",
        "Who voted, how far do people agree, and what may a judge decide in their place?",
        (
            *_votes(published),
            *_agreed(published),
            *_unusual(published),
            *_in_their_place(published),
            *_decided_alone(published),
            *_worth(published),
        ),
        shown(
            who_votes(published),
            agreement(published),
            least_agreement(published),
            sides(published),
            beside_annotators(published),
            replacement(published),
            _selective(published),
            _battles(published),
        ),
    )


def _votes(published: Published) -> Iterator[str]:
    """Who cast how many votes, and when."""
    people, votes, of_battles = (published[name] for name in ("annotators", "annotations", "human_battle_votes"))
    cast = pd.concat([votes, of_battles])
    if cast.empty:
        labelled = published["consensus_pairs"]["preference"].notna().any()
        yield (
            "There are labels without votes: who gave them, and how sure they are, is not known."
            if labelled
            else "Nobody has voted yet. The command emoprefer study init prepares a study."
        )
        return
    qualified = people.loc[people["qualified"].astype(bool), "annotator"]
    counts = int(cast["annotator"].isin(qualified).sum())
    words = f"{counted(cast['annotator'].nunique(), 'annotator')} cast {counted(len(cast), 'vote')}: "
    words += listed(
        [
            f"{len(found):,} on {counted(asked, thing)} ({number(len(found) / asked, 1).removesuffix('.0')} a {thing})"
            for found, thing in ((votes, "pair"), (of_battles, "battle"))
            if (asked := found["pair_id"].nunique())
        ]
    )
    words += "."
    if people["items"].notna().any():
        words += f" {len(qualified)} of them passed the qualification, and their {counted(counts, 'vote')} count."
    if cast["voted_at"].notna().any():
        words += f" They voted from {cast['voted_at'].min():%Y-%m-%d} to {cast['voted_at'].max():%Y-%m-%d}."
    yield words


def _agreed(published: Published) -> Iterator[str]:
    found = published.agreement
    if found is None:
        return
    words = f"Two annotators agree on {number(found['two_class'], 1)} % of pairs, ties dropped ({found['source']})"
    if pd.notna(found["krippendorff_alpha"]):
        low_high = span(found["krippendorff_alpha_low"], found["krippendorff_alpha_high"], 2)
        words += f"; Krippendorff's alpha is {number(found['krippendorff_alpha'], 2)} ({low_high}), ties too"
    yield f"{words}: another scale than WAF 2."


def _unusual(published: Published) -> Iterator[str]:
    found = published["position_bias"].dropna(subset=["warnings"])
    why = [f"{row.name} ({row.warnings})" for row in each_row(found[found["kind"] == ANNOTATOR])]
    if why:
        yield f"To be looked at: {listed(why)}. It changes no label, and nobody is left out for it."


def _in_their_place(published: Published) -> Iterator[str]:
    """Whether judges are compared with people, and which may replace one."""
    compared = published["judge_and_annotators"]
    if len(compared) and compared["judge_waf_2class"].isna().all():
        yield f"Judges are not compared with people: {compared['not_compared'].iloc[0]}."
    found = published["judge_replacement"]
    if found.empty:
        yield "No pair has votes of two people: nobody can say whether a judge may replace a person."
        return
    of_judges = found[found["kind"] == JUDGE].dropna(subset=["may_replace"])
    if of_judges.empty:
        return
    # In each order in which it was asked, or it may not.
    may = of_judges.astype({"may_replace": bool}).groupby("name")["may_replace"].all()
    epsilon = number(found["epsilon"].iloc[0], 2)
    yield (
        f"{listed(may.index[may].tolist())} may replace a person at epsilon {epsilon}, in each order that was tested."
        if may.any()
        else f"No judge is shown to be able to replace a person at epsilon {epsilon}."
    )


def _decided_alone(published: Published) -> Iterator[str]:
    found = published.at_board_strategy("selective_verdicts")
    if found.empty:
        return
    reached = found.dropna(subset=["threshold"])
    if reached.empty:
        yield "No judge may decide alone: no threshold keeps the share of wrong verdicts below one in five."
        return
    best = reached.sort_values(["alpha", "coverage"], ascending=[True, False]).iloc[0]
    yield (
        f"{best['judge']} may decide alone where its probability is {number(best['threshold'], 3)} or more: with "
        f"90 % confidence at most {number(100 * best['alpha'])} % of these verdicts are wrong. That is "
        f"{number(best['coverage'])} % of pairs like the labelled ones; people decide the rest."
    )


def _worth(published: Published) -> Iterator[str]:
    """What votes on battles are worth together with the crowd's verdicts."""
    for row in each_row(published["people_with_crowd"]):
        if pd.isna(row.not_shown):
            yield (
                f"The leaderboard by {row.source} rests on people's votes on {number(row.voted)} battles and the "
                f"crowd's verdicts on {number(row.battles)}: together they are worth people's votes on "
                f"{number(row.worth)} battles."
            )


def _selective(published: Published) -> Table:
    """What each judge may decide alone."""
    return table_of(
        published.at_board_strategy("selective_verdicts"),
        "What may a judge decide alone? Thresholds are calibrated on the labelled clips (Learn then Test); each row "
        "holds by itself. People decide the rest: the command emoprefer study next lists it.",
        words("judge"),
        (Heading("wrong at most", hint="with 90 % confidence"), lambda row: f"{number(100 * row.alpha)} %"),
        numbers("from probability", "threshold", 3, "of its verdict"),
        numbers("decides %", "coverage", 1, "of labelled pairs"),
        numbers("pairs", "accepted"),
        numbers("wrong here %", "error", 1, "of these"),
        words("why nothing", "not_reached"),
    )


def _battles(published: Published) -> Table:
    """Between which systems people voted on battles, and how likely each of these was to be drawn."""
    votes = published["human_battle_votes"]
    between = [" and ".join(sorted(both)) for both in zip(votes["system1"], votes["system2"], strict=True)]
    asked = set(published["battles"]["battle_id"])
    cells = []
    for systems, found in votes.assign(between=between).groupby("between"):
        battles = found.drop_duplicates("battle_id")
        low, high = battles["probability"].min(), battles["probability"].max()
        cells.append(
            (
                str(systems),
                number(len(battles)),
                number(len(found)),
                number(low, 3) if low == high else span(low, high, 3),
                number(battles["battle_id"].isin(asked).sum()),
            )
        )
    return made_table(
        "Battles of submitted systems that people voted on.",
        [
            text("systems"),
            "battles",
            "votes",
            Heading("drawn with", hint="probability of each"),
            Heading("judged", hint="by judges too, or the votes do not count"),
        ],
        cells,
    )
