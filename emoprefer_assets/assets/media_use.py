"""Whether a judge that is given clips looks at them and listens to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import waf_samples
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, verdicts_by_judge
from emoprefer_assets.datasets import is_empty
from emoprefer_assets.media import PICTURE_CHANGES, SOUND_CHANGES
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.labels import SAME, codes
from emoprefer_assets.stats.media_use import (
    MeanChange,
    changed,
    detectable_share,
    mean_change,
    probability_of_label,
    rightness,
    towards_label,
)
from emoprefer_assets.stats.resampling import Estimate, Interval, clip_bootstrap
from emoprefer_assets.store import TABLES

PICTURE, SOUND, BOTH = "picture", "sound", "both"
# Of the table media_verdicts.
STRATEGY = "s1"
# Points of probability, or of right verdicts: a judge that would lose less uses nothing to speak of.
ENOUGH = 10.0
OTHER_PICTURE, OTHER_SOUND, OTHER_CLIP = "picture of another clip", "sound of another clip", "another clip"


@dataclass(frozen=True)
class Condition:
    """What is done to a clip.

    Attributes:
        name: in the column `condition`.
        of: what of the clip changes.
        change: in the media room's words; "" where another clip takes its place.
    """

    name: str
    of: str
    change: str = ""


CONDITIONS = (
    *(Condition(f"{PICTURE} {change}", PICTURE, change) for change in PICTURE_CHANGES),
    Condition(OTHER_PICTURE, PICTURE),
    *(Condition(f"{SOUND} {change}", SOUND, change) for change in SOUND_CHANGES),
    Condition(OTHER_SOUND, SOUND),
    Condition(OTHER_CLIP, BOTH),
)


@table(group="judges")
def media_tests(
    raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame, clips: pd.DataFrame, media_pairs: int
) -> pd.DataFrame:
    """Labelled pairs whose clips are shown with another picture or sound, to see which judges notice."""
    usable = clips[clips["video_problem"].isna() | clips["audio_problem"].isna()].set_index("clip_id")
    decided = consensus_pairs[consensus_pairs["preference"].isin(["a1", "a2"])]["pair_id"]
    # Nobody is asked about the others.
    asked = ~is_empty(raw_pairs["a1"]) & ~is_empty(raw_pairs["a2"])
    pairs = raw_pairs[asked & raw_pairs["pair_id"].isin(decided) & raw_pairs["clip_id"].isin(usable.index)]
    # By a hash, so that pairs that come later change as little as can be; as many clips as there are.
    draw = [hashlib.blake2b(pair.encode(), digest_size=8).hexdigest() for pair in pairs["pair_id"]]
    pairs = pairs.assign(draw=draw).sort_values("draw")
    turn = pairs.groupby("clip_id").cumcount()
    chosen = pairs.assign(turn=turn).sort_values(["turn", "draw"], kind="stable").head(media_pairs)
    shown = chosen["clip_id"].drop_duplicates().tolist()
    if len(shown) < 2:
        return TABLES["media_tests"].frame()
    other = dict(zip(shown, [*shown[1:], shown[0]], strict=True))
    rows = [
        {
            "pair_id": f"{pair.pair_id}, {condition.name}",
            "of_pair": pair.pair_id,
            "condition": condition.name,
            "changed": condition.of,
            "clip_id": f"{pair.clip_id}, {condition.name}",
            "of_clip": pair.clip_id,
            "a1": pair.a1,
            "a2": pair.a2,
            **_shows(condition, pair.clip_id, other[pair.clip_id]),
        }
        for condition in CONDITIONS
        for pair in each_row(chosen)
    ]
    return pd.DataFrame(rows, columns=TABLES["media_tests"].column_names)


def _shows(condition: Condition, clip: str, other: str) -> dict[str, str]:
    exchanged = {kind: not condition.change and condition.of in (kind, BOTH) for kind in (PICTURE, SOUND)}
    return {
        "video_of": other if exchanged[PICTURE] else clip,
        "video_change": condition.change if condition.of == PICTURE else "",
        "audio_of": other if exchanged[SOUND] else clip,
        "audio_change": condition.change if condition.of == SOUND else "",
    }


@table(group="judges")
def media_use(
    media_verdicts: Answers,
    predictions: Answers,
    media_tests: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
) -> pd.DataFrame:
    """What each judge loses when its clips' picture or sound is taken away or exchanged."""
    # Every condition is of the same pairs; in one order, they are compared with the same verdicts.
    tests = media_tests.sort_values("of_pair", kind="stable")
    pairs = tests[["of_pair"]].drop_duplicates().set_axis(["pair_id"], axis=1)
    said = [found for found in verdicts_by_judge(predictions, pairs, judges) if found.strategy == STRATEGY]
    as_is = {found.judge: found for found in said}
    found = [
        row
        for condition, of_condition in tests.groupby("condition", sort=False)
        for row in _of_condition(str(condition), of_condition, media_verdicts, as_is, consensus_pairs, judges)
    ]
    return pd.DataFrame(found, columns=TABLES["media_use"].column_names)


def _of_condition(
    condition: str,
    tests: pd.DataFrame,
    media_verdicts: Answers,
    as_is: Mapping[str, JudgeVerdicts],
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
) -> Iterator[dict[str, object]]:
    labels = codes(tests["of_pair"].map(consensus_pairs.set_index("pair_id")["preference"]))
    clips = tests["of_clip"].to_numpy(dtype=str)
    inputs = judges.set_index("judge")["inputs"]
    of = str(tests["changed"].iloc[0])
    for after in verdicts_by_judge(media_verdicts, tests, judges):
        takes = [kind for kind, name in ((PICTURE, "video"), (SOUND, "audio")) if name in inputs[after.judge]]
        if after.judge in as_is and (of in takes or (of == BOTH and len(takes) > 1)):
            yield {"judge": after.judge, "condition": condition, "changed": of} | _compared(
                as_is[after.judge], after, labels, clips
            )


def _compared(before: JudgeVerdicts, after: JudgeVerdicts, labels: np.ndarray, clips: np.ndarray) -> dict[str, object]:
    moved = changed(before.verdicts, after.verdicts)
    known = ~np.isnan(moved)
    share = mean_change(np.zeros(known.sum()), 100.0 * moved[known], clips[known])
    change, log_odds, measure = _changes(before, after, labels, clips)
    bootstrap = clip_bootstrap(clips)
    is_, was = (waf_samples(labels, found.normal, bootstrap) for found in (after, before))
    return {
        "pairs": len(labels),
        "clips": change.clips,
        "verdicts_changed": share.value,
        "verdicts_changed_low": max(share.interval.low, 0.0),
        "verdicts_changed_high": min(share.interval.high, 100.0),
        "repeats_changed": _between_repetitions(before),
        "measure": measure,
        **change.columns("change"),
        "detectable_change": change.detectable,
        "use": change.use(ENOUGH),
        **(log_odds or Estimate(np.nan, Interval(np.nan, np.nan))).columns("log_odds_change"),
        "waf_2class": is_.value,
        **is_.gain(was, "waf_change"),
    }


def _changes(
    before: JudgeVerdicts, after: JudgeVerdicts, labels: np.ndarray, clips: np.ndarray
) -> tuple[MeanChange, MeanChange | None, str]:
    """In points, of probability where the judge gives any, else of right verdicts; in log-odds; and which of both."""
    margins = [margin for found in (before, after) if (margin := _margins(found)) is not None]
    if len(margins) == 2:
        was, is_ = (100.0 * probability_of_label(labels, margin) for margin in margins)
        odds_were, odds_are = (towards_label(labels, margin) for margin in margins)
        return mean_change(was, is_, clips), mean_change(odds_were, odds_are, clips), "probability"
    was, is_ = (100.0 * rightness(labels, found.verdicts) for found in (before, after))
    change = mean_change(was, is_, clips)
    detectable = max(change.detectable, 100.0 * detectable_share(change.clips))
    return replace(change, detectable=detectable), None, "right verdicts"


def _margins(found: JudgeVerdicts) -> np.ndarray | None:
    """Of both orders, shape (runs, pairs); None where one has no probabilities."""
    orders = [found.margin] if found.swapped is None else [found.margin, found.swapped_margin]
    known = [margin for margin in orders if margin is not None]
    return np.concatenate(known) if len(known) == len(orders) else None


def _between_repetitions(found: JudgeVerdicts) -> float:
    """Percent of verdicts that differ from those of the repetition before; nan without repetitions."""
    if len(found.normal) < 2:
        return np.nan
    orders = np.stack([found.normal] if found.swapped is None else [found.normal, found.swapped])
    before, after = orders[:, :-1], orders[:, 1:]
    known = (before <= SAME) & (after <= SAME)
    return float(100.0 * ((before != after) & known).sum() / max(known.sum(), 1))
