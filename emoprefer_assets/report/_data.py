"""The data: how are labels balanced, how long are descriptions, and which is preferred?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import Figure, Section, Table, made_table, numbers, shown, table_of, text, words
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, counted, number, share
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.labels import LABELS

BINS = 21


def data_section(published: Published) -> Section:
    """The section on labels, lengths and consensus rules."""
    about, consensus = published["data_set"].iloc[0], published["consensus_pairs"]
    pairs = consensus.merge(published["raw_pairs"].drop(columns=["clip_id", "position"]), on="pair_id")
    labelled, kinds = pairs.dropna(subset=["preference"]), consensus["provenance"].value_counts()
    about_data = [
        f"{counted(about['pairs'], 'pair')} on {counted(about['clips'], 'clip')} in the files; judges are asked "
        f"about {len(consensus):,}, of which "
        f"{len(labelled):,} carry a human label ({', '.join(f'{name} {count}' for name, count in kinds.items())}).",
        *_media(published["clips"]),
    ]
    return Section(
        "data",
        "Data",
        "How are labels balanced, how long are the descriptions, and which is preferred?",
        tuple(about_data),
        shown(
            _balance(labelled),
            _lengths(labelled),
            _systems(published),
            table_of(
                published["consensus_rules"],
                "What each consensus rule keeps.",
                words("rule"),
                *map(numbers, ("kept", "lost", *LABELS)),
                numbers("as Dawid and Skene %", "agrees_with_dawid_skene", 1),
            ),
        ),
    )


def _media(clips: pd.DataFrame) -> list[str]:
    if clips.empty:
        return ["No clip is known."]
    shown, heard = clips["video_problem"].isna() & clips["video"].notna(), clips["audio_problem"].isna()
    seconds = clips["seconds"].dropna()
    length = (
        f" They last {seconds.min():.1f} to {seconds.max():.1f} s, median {seconds.median():.1f} s."
        if len(seconds)
        else ""
    )
    return [f"Of {counted(len(clips), 'clip')} {shown.sum()} can be seen and {heard.sum()} heard.{length}"]


def _balance(labelled: pd.DataFrame) -> Figure | None:
    if labelled.empty:
        return None
    groups = {"all pairs": labelled["preference"].value_counts()}
    longer = labelled["a1"].str.len() > labelled["a2"].str.len()
    groups |= {
        "a1 is longer": labelled.loc[longer, "preference"].value_counts(),
        "a1 is not longer": labelled.loc[~longer, "preference"].value_counts(),
    }
    rows = pd.DataFrame(
        [
            {"name": name, "series": label, "value": int(counts.get(label, 0)), "order": place}
            for name, counts in groups.items()
            for place, label in enumerate(LABELS)
        ]
    )
    cells = [
        (name, *(f"{counts.get(label, 0)} ({share(counts.get(label, 0), counts.sum())})" for label in LABELS))
        for name, counts in groups.items()
    ]
    return Figure(
        "balance",
        "Label balance",
        "How many pairs people label a1, a2 and same; among all, and where a1 is the longer text and where not.",
        _charts.parts(rows, "pairs", LABELS),
        made_table("Labels.", [text("pairs"), *LABELS], cells),
        note="Where length did not matter, the lower two bars would be divided alike.",
    )


def _lengths(labelled: pd.DataFrame) -> Figure | None:
    decided = labelled[labelled["preference"] != "same"]
    if decided.empty:
        return None
    longer = decided["a1"].str.len() - decided["a2"].str.len()
    difference = longer.where(decided["preference"] == "a1", -longer).to_numpy()
    edge = max(10, int(np.ceil(np.quantile(np.abs(difference), 0.98) / 10) * 10))
    step = max(1, round(2 * edge / BINS / 5) * 5)
    edges = np.arange(-int(np.ceil(edge / step)) * step, int(np.ceil(edge / step)) * step + step, step)
    counts, _ = np.histogram(np.clip(difference, edges[0], edges[-1] - 1), edges)
    rows = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "count": counts})
    cells = [(f"{number(row.start)} to {number(row.end)}", number(row.count)) for row in each_row(rows)]
    return Figure(
        "lengths",
        "Do people prefer the longer text?",
        "A histogram of the characters by which the preferred description is longer than the other.",
        _charts.bars(rows, "characters by which the preferred description is longer", "pairs"),
        made_table(
            "Characters by which the preferred description is longer; the ends hold what lies beyond.",
            [text("characters"), "pairs"],
            cells,
        ),
        note=(
            f"The preferred one is longer in {share((difference > 0).sum(), len(difference))} of {len(difference)} "
            f"decided pairs, by {number(np.median(difference))} characters in the median."
        ),
    )


def _systems(published: Published) -> Table:
    pairs = published["raw_pairs"].merge(
        published["consensus_pairs"][["pair_id", "preference"]], on="pair_id", how="left"
    )
    sides = pd.concat(
        [
            pairs[[f"system{side}", f"a{side}", "preference"]]
            .set_axis(["system", "text", "preference"], axis=1)
            .assign(side=f"a{side}")
            for side in (1, 2)
        ]
    ).dropna(subset=["system"])
    cells = []
    for system, rows in sides.groupby("system"):
        decided = rows[rows["preference"].isin(["a1", "a2"])]
        length, words = rows["text"].str.len(), rows["text"].str.split().map(len, na_action="ignore")
        cells.append(
            (
                system,
                number(len(rows)),
                number(length.mean()),
                number(length.min()),
                number(length.max()),
                number(words.mean(), 1),
                share((decided["preference"] == decided["side"]).sum(), len(decided)) if len(decided) else NOTHING,
            )
        )
    return made_table(
        "The systems' descriptions, in characters, and how often people prefer them.",
        [text("system"), "pairs", "mean length", "shortest", "longest", "mean words", "preferred"],
        cells,
    )
