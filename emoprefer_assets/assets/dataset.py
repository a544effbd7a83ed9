"""From files to labelled pairs: who voted what, whose votes count, what people agree on."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from emoprefer_assets.assets._sources import MediaFiles
from emoprefer_assets.assets._table import step_table, table
from emoprefer_assets.datasets import QUALIFICATION_ITEMS, QUALIFYING_PERCENT, DataSet
from emoprefer_assets.media import Probe
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import CONSENSUS_RULES
from emoprefer_assets.stats import Agreement, Reliability, agreement, clip_bootstrap, dawid_skene, reliability
from emoprefer_assets.stats.agreement import MISSING, Estimate
from emoprefer_assets.stats.labels import VERDICTS, codes
from emoprefer_assets.store import TABLES, run_step


@table(group="data")
def data_set(data_files: DataSet) -> pd.DataFrame:
    """The data set that everything else speaks of."""
    about = {
        "name": data_files.name,
        "synthetic": data_files.synthetic,
        "note": data_files.note,
        "pairs": len(data_files.pairs),
        "clips": len(data_files.clips),
    }
    return pd.DataFrame([about])


@table(group="data")
def clips(data_files: DataSet, media_files: MediaFiles) -> pd.DataFrame:
    """The clips of the data set, what their media hold, and what of it cannot be read."""
    probes = media_files.probes()
    rows = [_clip(row.clip_id, row.video, row.audio, probes) for row in each_row(data_files.clips)]
    return TABLES["clips"].frame(rows)


@table(group="data")
def raw_pairs(data_files: DataSet) -> pd.DataFrame:
    """All pairs as the files give them."""
    return data_files.pairs


@table(group="data")
def robustness_pairs(data_files: DataSet) -> pd.DataFrame:
    """Good descriptions against controlled edits of them; empty where the data set has none."""
    return data_files.robustness


@table(group="data")
def annotations(data_files: DataSet) -> pd.DataFrame:
    """All votes; empty where the data set carries only labels."""
    return data_files.votes


@table(group="data")
def annotators(data_files: DataSet) -> pd.DataFrame:
    """Who qualifies: at least 75 percent of 12 qualification items right."""
    items = data_files.qualification
    votes = data_files.votes.groupby("annotator").size()
    if items.empty:
        return pd.DataFrame({"annotator": votes.index, "items": None, "correct": None, "share_correct": None}).assign(
            qualified=True, votes=votes.to_numpy()
        )
    right = (items["answer"] == items["correct"]).groupby(items["annotator"])
    people = right.agg(items="size", correct="sum").reset_index()
    people["share_correct"] = 100.0 * people["correct"] / people["items"].clip(lower=QUALIFICATION_ITEMS)
    people["qualified"] = people["share_correct"] >= QUALIFYING_PERCENT
    people["votes"] = people["annotator"].map(votes).fillna(0).astype(int)
    return people


consensus_pairs = step_table(
    "consensus_pairs",
    group="data",
    says="The pairs on which qualified annotators agree.",
    variables={"consensus_rule": "consensus_rule"},
)


@table(group="data")
def consensus_rules(raw_pairs: pd.DataFrame, annotations: pd.DataFrame, annotators: pd.DataFrame) -> pd.DataFrame:
    """What each consensus rule keeps and loses, and how far a model of the annotators agrees with it."""
    ballots = _ballots(annotations, annotators)
    votes = _codes_of(ballots)
    voted = (votes != MISSING).sum(axis=0) >= 2
    if not voted.any():
        return TABLES["consensus_rules"].frame()
    inputs = {"raw_pairs": raw_pairs, "annotations": annotations, "annotators": annotators}
    modelled = pd.Series(np.array(VERDICTS)[dawid_skene(votes[:, voted]).labels], index=ballots.columns[voted])
    rules = {rule: run_step("consensus_pairs", {"consensus_rule": rule}, **inputs) for rule in CONSENSUS_RULES}
    found = {rule: kept.set_index("pair_id")["preference"] for rule, kept in rules.items()}
    return pd.DataFrame(
        [_consensus_row(rule, kept, modelled) for rule, kept in {**found, "dawid_skene": modelled}.items()]
    )


@table(group="data")
def human_agreement(
    raw_pairs: pd.DataFrame, annotations: pd.DataFrame, annotators: pd.DataFrame, data_files: DataSet
) -> pd.DataFrame:
    """Each qualified annotator against the others, and all together: the human ceiling.

    Without votes it is the one published for this very data set, or stated in its dataset.yaml; else there is none.
    """
    columns = TABLES["human_agreement"].column_names
    ballots = _ballots(annotations, annotators)
    if len(ballots) < 2:
        if data_files.ceiling is None:
            return TABLES["human_agreement"].frame()
        return pd.DataFrame([{"annotator": "all", **asdict(data_files.ceiling)}]).reindex(columns=columns)
    votes = _codes_of(ballots)
    clip_of = raw_pairs.set_index("pair_id")["clip_id"]
    bootstrap = clip_bootstrap(clip_of[ballots.columns].to_numpy(dtype=str))
    each, everyone = agreement(votes, bootstrap)
    rows = [
        {"annotator": annotator, **_columns(found)}
        for annotator, found in zip([*ballots.index, "all"], [*each, everyone], strict=True)
    ]
    rows[-1] |= _columns(reliability(votes, bootstrap))
    return pd.DataFrame(rows).assign(source="votes of this data set").reindex(columns=columns)


def _clip(clip_id: str, video: str | None, audio: str | None, probes: Mapping[str, Probe]) -> dict[str, object]:
    seen = probes[video] if pd.notna(video) else Probe(video_problem="no video file", sound_problem="no sound file")
    heard = probes[audio] if pd.notna(audio) else seen
    return {
        "clip_id": clip_id,
        "video": video,
        "audio": audio,
        "video_content": seen.content or None,
        "audio_content": heard.content or None,
        "seconds": seen.seconds,
        "fps": seen.fps,
        "frames": seen.frames,
        "width": seen.width,
        "height": seen.height,
        "sound_seconds": heard.sound_seconds,
        "video_problem": seen.video_problem,
        "audio_problem": heard.sound_problem,
    }


def _ballots(annotations: pd.DataFrame, annotators: pd.DataFrame) -> pd.DataFrame:
    """Votes of the qualified annotators: a row an annotator, a column a pair, null where there is no vote."""
    qualified = annotators.loc[annotators["qualified"], "annotator"]
    counted = annotations[annotations["annotator"].isin(qualified)]
    return counted.pivot(index="annotator", columns="pair_id", values="vote")


def _codes_of(ballots: pd.DataFrame) -> np.ndarray:
    """Label codes, shape (annotators, pairs); `MISSING` where there is no vote."""
    known = ballots.notna().to_numpy(dtype=bool)
    votes = np.full(ballots.shape, MISSING, dtype=np.int8)
    votes[known] = codes(ballots.to_numpy()[known])
    return votes


def _columns(found: Agreement | Reliability) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name, value in vars(found).items():
        if isinstance(value, Estimate):
            columns |= {name: value.value, f"{name}_low": value.interval.low, f"{name}_high": value.interval.high}
        else:
            columns[name] = value
    return columns


def _consensus_row(rule: str, kept: pd.Series, modelled: pd.Series) -> dict[str, object]:
    agrees = float((kept == modelled[kept.index]).mean()) if len(kept) else None
    return {
        "rule": rule,
        "kept": len(kept),
        "lost": len(modelled) - len(kept),
        **{label: int((kept == label).sum()) for label in ("a1", "a2", "same")},
        "agrees_with_dawid_skene": None if agrees is None else 100.0 * agrees,
    }
