"""Is a judge as good on all kinds of pairs, and do people agree as much?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import is_right, pairs_with_texts, waf
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, verdicts_by_judge
from emoprefer_assets.names import JUDGE
from emoprefer_assets.stats.labels import SAME, VERDICTS, codes
from emoprefer_assets.stats.subgroups import Subgroups, by_subgroup
from emoprefer_assets.store import TABLES

PARTS = 3
SYSTEMS, LENGTH = "systems", "length"
# Of fewer clips no interval is worth printing.
FEWEST_CLIPS = 5
# Of hundreds of systems there are tens of thousands of pairs, with a handful of clips each.
MOST_SYSTEM_PAIRS = 50
# A column of clips.csv is a grouping if it has so few values, and two clips a value or more: a speaker, not a sentence.
MOST_VALUES = 12


@table(group="scores")
def judge_heterogeneity(
    predictions: Answers,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
    board_strategies: pd.DataFrame,
    clips: pd.DataFrame,
) -> pd.DataFrame:
    """How often each judge of the board is right by system pair, by length and by what clips.csv says of the clip."""
    pairs = pairs_with_texts(raw_pairs, consensus_pairs)
    labels = codes(pairs["preference"])
    on_board = board_strategies[board_strategies["kind"] == JUDGE].set_index("judge")["strategy"]
    judged = [
        one
        for one in (verdicts_by_judge(predictions, pairs, judges) if len(pairs) else [])
        if on_board.get(one.judge) == one.strategy
    ]
    decided = labels != SAME
    if not judged or not decided.any():
        return TABLES["judge_heterogeneity"].frame()
    right = np.stack([is_right(labels, one.normal).mean(axis=0)[decided] for one in judged], axis=1)
    clip_places, _ = pd.factorize(pairs.loc[decided, "clip_id"])
    rows = []
    for grouping, names in _groupings(pairs[decided], clips):
        known = names.notna().to_numpy()
        parts, subgroups = pd.factorize(names[known])
        found = by_subgroup(right[known], clip_places[known], parts, fewest_clips=FEWEST_CLIPS)
        inside = np.flatnonzero(decided)[known]
        rows += [
            (
                *(one.judge, one.strategy, grouping, subgroup),
                *(found.pairs[part], found.clips[part]),
                *(100.0 * values[part, place] for values in _ends(found)),
                found.worst[part, place],
                waf(labels[inside[parts == part]], one.normal[:, inside[parts == part]]),
            )
            for place, one in enumerate(judged)
            for part, subgroup in enumerate(subgroups)
        ]
    return TABLES["judge_heterogeneity"].frame(sorted(rows, key=lambda row: row[:4]))


@table(group="data")
def human_agreement_by_group(
    raw_pairs: pd.DataFrame, annotations: pd.DataFrame, annotators: pd.DataFrame, clips: pd.DataFrame
) -> pd.DataFrame:
    """How often two annotators agree by system pair, by length and by what clips.csv says of the clip."""
    qualified = annotators.loc[annotators["qualified"], "annotator"]
    votes = annotations.loc[annotations["annotator"].isin(qualified), ["pair_id", "annotator", "vote"]]
    two = votes.merge(votes, on="pair_id", suffixes=("", "_other")).query("annotator < annotator_other")
    two = two.assign(equal=(two["vote"] == two["vote_other"]).astype(float))
    decided = two[(two[["vote", "vote_other"]] != VERDICTS[SAME]).all(axis=1)]
    pairs = raw_pairs.set_index("pair_id").loc[two["pair_id"].unique()]
    rows = []
    for grouping, names in _groupings(pairs, clips) if len(decided) else ():
        kept = decided.assign(subgroup=decided["pair_id"].map(names)).dropna(subset="subgroup")
        parts, subgroups = pd.factorize(kept["subgroup"])
        clip_places, _ = pd.factorize(kept["pair_id"].map(pairs["clip_id"]))
        found = by_subgroup(kept[["equal"]].to_numpy(), clip_places, parts, fewest_clips=FEWEST_CLIPS)
        own_pairs = kept.groupby("subgroup")["pair_id"].nunique()
        with_ties = two["equal"].groupby(two["pair_id"].map(names)).mean()
        rows += [
            (
                *(grouping, subgroup, own_pairs[subgroup], found.clips[part], found.pairs[part]),
                *(100.0 * values[part, 0] for values in _ends(found)),
                *(found.worst[part, 0], 100.0 * with_ties[subgroup]),
            )
            for part, subgroup in enumerate(subgroups)
        ]
    return TABLES["human_agreement_by_group"].frame(sorted(rows, key=lambda row: row[:2]))


def _ends(found: Subgroups) -> tuple[np.ndarray, ...]:
    return found.share, found.low, found.high, found.all_low, found.all_high


def _groupings(pairs: pd.DataFrame, clips: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Each grouping with two subgroups or more, and the subgroup of each pair; null where it is not known."""
    systems = pairs[["system1", "system2"]]
    both = (systems.min(axis=1).astype(object) + " and " + systems.max(axis=1).astype(object)).where(
        systems.notna().all(axis=1)
    )
    commonest = both.value_counts().index[:MOST_SYSTEM_PAIRS]
    of_pairs = {SYSTEMS: both.where(both.isin(commonest)), LENGTH: _thirds(pairs)}
    for grouping, names in (of_pairs | _said_of_clips(pairs, clips)).items():
        if names.nunique() >= 2:
            yield grouping, names


def _said_of_clips(pairs: pd.DataFrame, clips: pd.DataFrame) -> dict[str, pd.Series]:
    """What each pair's clip is by each column of clips.csv that groups clips; null where its cell is empty."""
    texts = clips.set_index("clip_id")["metadata"].reindex(pairs["clip_id"].unique()).dropna()
    said = pd.DataFrame([json.loads(text) for text in texts], index=texts.index)
    found = {}
    for column in said:
        values = said[column].nunique()
        if 2 <= values <= MOST_VALUES and said[column].notna().sum() >= 2 * values:
            name = f"{column} (clips.csv)" if column in (SYSTEMS, LENGTH) else str(column)
            found[name] = pairs["clip_id"].map(said[column]).astype(object)
    return found


def _thirds(pairs: pd.DataFrame) -> pd.Series:
    """In which third each pair is by how many times longer one description is; fewer parts where many are alike."""
    lengths = pairs[["a1", "a2"]].apply(lambda texts: texts.str.len().clip(lower=1))
    factor = (lengths.max(axis=1) / lengths.min(axis=1)).round(2)
    edges = np.unique(factor.quantile([part / PARTS for part in range(1, PARTS)]).round(2))
    ends = [f"{edge:.2f}" for edge in edges]
    names = [f"up to {ends[0]}", *(f"{low} to {high}" for low, high in pairwise(ends))]
    places = np.searchsorted(edges, factor)
    return pd.Series(np.array([*names, f"above {ends[-1]}"], dtype=object)[places], index=pairs.index)
