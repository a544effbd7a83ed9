"""What the browser of pairs is filled with: texts, labels and every judge's verdicts, column by column."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from emoprefer_assets.display import on_page
from emoprefer_assets.names import CROWD, JUDGE
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import short
from emoprefer_assets.stats.labels import SWAPPED

MOST_PAIRS = 4000
DATA_SET, EDITS, BATTLES = "data set", "controlled edit", "battle"
COLUMNS = ["pair_id", "clip_id", "system1", "a1", "system2", "a2", "label", "kind", "error_type", "votes", "stereotype"]
# One character a verdict: normal order by round, a slash, swapped order by round.
CODES = "case verdict when 'a1' then '1' when 'a2' then '2' when 'same' then '=' when 'failed' then '!' else '?' end"
VERDICTS = f"""
with chosen as (
    -- Of each judge that on the board; the first that it can answer where there is no board.
    select judge, coalesce(judge_board.strategy, judges.strategies[1]) as strategy
    from judges left join judge_board using (judge)
),
asked as (
    select predictions.* from ({{predictions}}) as predictions
    join chosen using (judge, strategy)
    union all by name
    from robustness_predictions
    union all by name
    from battle_verdicts
)
select
    judge, pair_id,
    coalesce(string_agg({CODES}, '' order by round) filter (not swapped), '')
        || '/' || coalesce(string_agg({CODES}, '' order by round) filter (swapped), '') as code,
    coalesce(
        avg(p_a1_both_orders),
        avg(p_a1 / nullif(p_a1 + p_a2, 0)) filter (not swapped),
        avg(p_a1 / nullif(p_a1 + p_a2, 0))
    ) as probability
from asked
where pair_id in (select pair_id from shown)
group by judge, pair_id
"""
CROWD_VERDICTS = f"""
select pair_id, string_agg({CODES}, '' order by round) || '/' as code
from ensemble_predictions join crowd using (ensemble, k, orders)
where sample = 'held-out' and not_offered is null and pair_id in (select pair_id from shown)
group by pair_id
union
select pair_id, {CODES} || '/' as code from crowd_verdicts
where pair_id in (select pair_id from shown) and pair_id not in (select pair_id from ensemble_predictions)
"""


def browsed_pairs(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    media_urls: Mapping[str, str],
    posters: Mapping[str, bytes],
    most: int = MOST_PAIRS,
) -> dict[str, Any]:
    """Everything that the page needs to show, filter and link pairs, as JSON values.

    Args:
        media_urls: where the page finds a clip's video, by clip.
        posters: JPEG of each clip, by clip.
        most: pairs to hold; `left_out` says how many more there are.
    """
    pairs = _pairs(published)
    left_out = max(0, len(pairs) - most)
    pairs = pairs.head(most).reset_index(drop=True)
    texts, text_codes = _coded(pd.concat([pairs["a1"], pairs["a2"]], ignore_index=True))
    systems, system_codes = _coded(pd.concat([pairs["system1"], pairs["system2"]], ignore_index=True))
    clips, clip_codes = _coded(pairs["clip_id"])
    errors, error_codes = _coded(pairs["error_type"])
    count = len(pairs)
    return {
        "left_out": left_out,
        "texts": texts,
        "systems": systems,
        "errors": errors,
        "clips": [_clip(clip, media_urls, posters) for clip in clips],
        "pairs": {
            "id": pairs["pair_id"].tolist(),
            "clip": clip_codes,
            "a1": text_codes[:count],
            "a2": text_codes[count:],
            "system1": system_codes[:count],
            "system2": system_codes[count:],
            "label": [label if isinstance(label, str) else None for label in pairs["label"]],
            "kind": pairs["kind"].tolist(),
            "error": error_codes,
            "votes": [None if pd.isna(votes) else int(votes) for votes in pairs["votes"]],
            "stereotype": [int(inside) for inside in pairs["stereotype"]],
        },
        "judges": _judges(connection, published, pairs),
    }


def _pairs(published: Published) -> pd.DataFrame:
    consensus = published["consensus_pairs"][["pair_id", "preference", "votes"]]
    own = published["raw_pairs"].merge(consensus, on="pair_id", how="left").sort_values("position")
    # Pairs on which people do not agree have votes all the same.
    people = published["annotators"]
    counts = (
        published["annotations"].merge(people[people["qualified"].eq(True)], on="annotator")["pair_id"].value_counts()
    )
    own["votes"] = own["votes"].fillna(own["pair_id"].map(counts))
    own = own.rename(columns={"preference": "label"}).assign(kind=DATA_SET, stereotype=_in_slice(own, published))
    edits = (
        published["robustness_pairs"].sort_values("position").rename(columns={"preference": "label"}).assign(kind=EDITS)
    )
    # Battles of equal texts share a pair.
    battles = published["battles"].drop_duplicates("pair_id").assign(kind=BATTLES)
    pairs = pd.concat([own, edits, battles], ignore_index=True).reindex(columns=COLUMNS)
    pairs["stereotype"] = [inside is True for inside in pairs["stereotype"]]
    return pairs.drop_duplicates("pair_id")


def _in_slice(own: pd.DataFrame, published: Published) -> list[bool]:
    """Where people decide against what the dominant shortcut decides."""
    shortcut = published["shortcut_summary"]["dominant_shortcut"].head(1).tolist()
    rules = published["baseline_verdicts"]
    said = rules[rules["baseline"].isin(shortcut)].set_index("pair_id")["verdict"]
    return [
        label in ("a1", "a2") and said.get(pair) == SWAPPED[label]
        for pair, label in zip(own["pair_id"], own["preference"], strict=True)
    ]


def _judges(connection: duckdb.DuckDBPyConnection, published: Published, pairs: pd.DataFrame) -> list[dict[str, Any]]:
    connection.register("shown", pairs[["pair_id"]])
    predictions = " union all by name ".join(f"from {strategy}_predictions" for strategy in STRATEGIES)
    verdicts = connection.sql(VERDICTS.format(predictions=predictions)).df()
    crowd = connection.sql(CROWD_VERDICTS).df()
    connection.unregister("shown")
    places = pd.Series(np.arange(len(pairs)), index=pairs["pair_id"])
    by_judge = {short(on_page(judge)): found for judge, found in verdicts.groupby("judge")}
    about = published.judges_by_rank.set_index("judge")
    found = []
    if len(crowd):
        found.append({"name": CROWD, "kind": CROWD, "strategy": "held-out", **_column(crowd, places)})
    for judge in [
        *(name for name in about.index if name in by_judge),
        *(name for name in by_judge if name not in about.index),
    ]:
        kind = about["kind"].get(judge, JUDGE)
        strategy = about["strategy"].get(judge)
        found.append({"name": judge, "kind": kind, "strategy": strategy or "", **_column(by_judge[judge], places)})
    return found


def _column(verdicts: pd.DataFrame, places: pd.Series) -> dict[str, Any]:
    """A judge's verdicts in the order of the pairs: numbers into `codes`, -1 where it has none."""
    codes, numbers = _coded(verdicts["code"])
    column = np.full(len(places), -1)
    column[places.loc[verdicts["pair_id"]]] = numbers
    made: dict[str, Any] = {"codes": codes, "verdicts": column.tolist()}
    if "probability" in verdicts and verdicts["probability"].notna().any():
        percent = np.full(len(places), -1.0)
        percent[places.loc[verdicts["pair_id"]]] = (100 * verdicts["probability"]).fillna(-1)
        made["percent"] = np.rint(percent).astype(int).tolist()
    return made


def _coded(values: pd.Series) -> tuple[list[str], list[int]]:
    """The different values, and of each row the number of its own; -1 where there is none."""
    numbers, different = pd.factorize(values)
    return [str(value) for value in different], numbers.tolist()


def _clip(clip: str, media_urls: Mapping[str, str], posters: Mapping[str, bytes]) -> dict[str, str]:
    about = {"name": short(on_page(clip))}
    if clip in media_urls:
        about["video"] = media_urls[clip]
    if clip in posters:
        about["poster"] = f"data:image/jpeg;base64,{base64.b64encode(posters[clip]).decode()}"
    return about
