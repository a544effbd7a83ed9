"""Position bias of people beside that of judges, and annotators who are to be looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

from emoprefer_assets.assets._ballots import codes_of
from emoprefer_assets.assets._table import table
from emoprefer_assets.datasets import DataSet
from emoprefer_assets.names import ANNOTATOR, JUDGE
from emoprefer_assets.offline import words_to_read
from emoprefer_assets.stats.position_bias import SideShare, like_votes, named_first, side_share, too_fast
from emoprefer_assets.stats.resampling import LEVEL, clip_bootstrap
from emoprefer_assets.store import TABLES

# Of a person's timed votes.
TOO_MANY_FAST = 50.0


@table(group="scores")
def position_bias(
    raw_pairs: pd.DataFrame,
    annotations: pd.DataFrame,
    human_agreement: pd.DataFrame,
    judge_position: pd.DataFrame,
    board_strategies: pd.DataFrame,
    data_files: DataSet,
) -> pd.DataFrame:
    """Everybody who votes and every judge: how often the first side, how consistent, how fast, and what is unusual."""
    of_judges = judge_position.merge(board_strategies[board_strategies["kind"] == JUDGE], on=["judge", "strategy"])
    judges = of_judges.assign(
        kind=JUDGE,
        name=of_judges["judge"],
        consistency=100 - of_judges["flip_rate"] - of_judges["tie_change_rate"],
    )
    columns = TABLES["position_bias"].column_names
    found = judges.reindex(columns=columns)
    if len(annotations):
        people = pd.DataFrame(_of_people(raw_pairs, annotations, data_files.repeats)).assign(kind=ANNOTATOR)
        people["two_class"] = people["name"].map(human_agreement.set_index("annotator")["two_class"])
        found = pd.concat([people.reindex(columns=columns), found], ignore_index=True)
    return found.astype({"decided": "Int64", "repeats": "Int64"})


def _of_people(raw_pairs: pd.DataFrame, annotations: pd.DataFrame, repeats: pd.DataFrame) -> list[dict[str, object]]:
    ballots = annotations.pivot(index="annotator", columns="pair_id", values="vote")
    left = annotations.pivot(index="annotator", columns="pair_id", values="shown_left")
    votes = codes_of(ballots)
    first, decided = named_first(votes, codes_of(left))
    bootstrap = clip_bootstrap(raw_pairs.set_index("pair_id")["clip_id"][ballots.columns].to_numpy(dtype=str))
    # Warnings of all annotators together are wrong once in twenty data sets.
    level = 1 - (1 - LEVEL) / len(ballots)
    sides = [side_share(*of_one, bootstrap, level) for of_one in zip(first, decided, strict=True)]
    seconds = annotations.pivot(index="annotator", columns="pair_id", values="seconds").astype(float)
    # Each pair that was shown again, and whether the vote is that of the first time.
    again = repeats.merge(annotations, on=["pair_id", "annotator"], suffixes=("_again", ""))
    again = again.assign(same=again["vote_again"] == again["vote"])
    warned = _warnings(raw_pairs, ballots, votes, sides, seconds)
    rows = [
        _row(name, side, again[again["annotator"] == name], seconds.loc[name])
        | {"warnings": "; ".join(warned[name]) or None}
        for name, side in zip(ballots.index, sides, strict=True)
    ]
    together = side_share(first.sum(axis=0), decided.sum(axis=0), bootstrap)
    return [*rows, _row("all", together, again, annotations["seconds"].astype(float))]


def _row(name: str, side: SideShare, again: pd.DataFrame, seconds: pd.Series) -> dict[str, object]:
    return {
        "name": name,
        **side.share.columns("first_share", "first"),
        "decided": side.decided,
        "consistency": 100.0 * again["same"].mean() if len(again) else None,
        "repeats": len(again),
        "median_seconds": seconds.median(),
    }


def _warnings(
    raw_pairs: pd.DataFrame,
    ballots: pd.DataFrame,
    votes: np.ndarray,
    sides: Sequence[SideShare],
    seconds: pd.DataFrame,
) -> dict[str, list[str]]:
    """What is unusual, by annotator."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, side in zip(ballots.index, sides, strict=True):
        if side.constant or side.biased:
            what = "constant side" if side.constant else "position bias"
            found[name].append(f"{what}: left in {side.share.value:.0f} % of {side.decided} decided votes")
    texts = raw_pairs.set_index("pair_id").loc[ballots.columns, ["a1", "a2"]]
    words = texts["a1"].map(words_to_read) + texts["a2"].map(words_to_read)
    for row, name in enumerate(seconds.index):
        fast = too_fast(seconds.to_numpy()[row], words.to_numpy())
        if fast > TOO_MANY_FAST:
            found[name].append(f"faster than reading: {fast:.0f} % of votes")
    for like in like_votes(votes):
        for one, other in ((like.one, like.other), (like.other, like.one)):
            found[ballots.index[one]].append(
                f"votes like {ballots.index[other]} on {like.equal} of {like.shared} shared pairs"
            )
    return found
