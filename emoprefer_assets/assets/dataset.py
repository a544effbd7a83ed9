"""From files to labelled pairs: who voted what, whose votes count, what people agree on."""

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd

from emoprefer_assets.assets._ballots import ballots_of, codes_of, labels_by_rule
from emoprefer_assets.assets._sources import MediaFiles
from emoprefer_assets.assets._table import step_table, table
from emoprefer_assets.datasets import QUALIFICATION_ITEMS, QUALIFYING_PERCENT, DataSet
from emoprefer_assets.media import Probe
from emoprefer_assets.names import DAWID_SKENE
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.agreement import Agreement, Reliability, agreement, reliability
from emoprefer_assets.stats.labels import LABELS
from emoprefer_assets.stats.resampling import Estimate, clip_bootstrap
from emoprefer_assets.store import TABLES


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
    rows = [
        _clip(row.clip_id, row.video, row.audio, probes) | {"metadata": row.metadata}
        for row in each_row(data_files.clips)
    ]
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
    """All votes, with what the files say of each; empty where the data set carries only labels."""
    return _with_details(data_files.votes, ["pair_id"])


@table(group="data")
def human_battle_votes(data_files: DataSet) -> pd.DataFrame:
    """People's votes on battles of submitted systems, and how likely each battle was to be drawn for them."""
    battle = ["battle_id", "pair_id", "clip_id", "system1", "system2", "probability"]
    return _with_details(data_files.battle_votes, battle)


def _with_details(votes: pd.DataFrame, about: list[str]) -> pd.DataFrame:
    votes = votes.rename(columns={"left": "shown_left"})
    words = votes[["study", "shown_left", "reason"]].replace("", None)
    figures = votes[["seconds", "replays", "confidence"]].apply(pd.to_numeric)
    at = pd.to_datetime(votes["time"], format="ISO8601", utc=True).dt.tz_localize(None)
    return votes[[*about, "annotator", "vote"]].join([words, figures]).assign(voted_at=at)


@table(group="data")
def annotators(data_files: DataSet) -> pd.DataFrame:
    """Who qualifies: at least 75 percent of 12 qualification items right."""
    items = data_files.qualification
    votes = pd.concat([data_files.votes["annotator"], data_files.battle_votes["annotator"]]).value_counts(sort=False)
    votes = votes.sort_index()
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
    found = labels_by_rule(raw_pairs, annotations, annotators)
    modelled = found.get(DAWID_SKENE)
    if modelled is None:
        return TABLES["consensus_rules"].frame()
    return pd.DataFrame([_consensus_row(rule, kept, modelled) for rule, kept in found.items()])


@table(group="data")
def human_agreement(
    raw_pairs: pd.DataFrame, annotations: pd.DataFrame, annotators: pd.DataFrame, data_files: DataSet
) -> pd.DataFrame:
    """Each qualified annotator against the others, and all together.

    Without votes it is what was published for this very data set, or stated in its dataset.yaml; else there is nothing.
    """
    columns = TABLES["human_agreement"].column_names
    ballots = ballots_of(annotations, annotators)
    if len(ballots) < 2:
        if data_files.published_agreement is None:
            return TABLES["human_agreement"].frame()
        published = {"annotator": "all", **asdict(data_files.published_agreement)}
        return pd.DataFrame([published]).reindex(columns=columns)
    votes = codes_of(ballots)
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


def _columns(found: Agreement | Reliability) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name, value in vars(found).items():
        columns |= value.columns(name) if isinstance(value, Estimate) else {name: value}
    return columns


def _consensus_row(rule: str, kept: pd.Series, modelled: pd.Series) -> dict[str, object]:
    agrees = float((kept == modelled[kept.index]).mean()) if len(kept) else None
    return {
        "rule": rule,
        "kept": len(kept),
        "lost": len(modelled) - len(kept),
        **{label: int((kept == label).sum()) for label in LABELS},
        "agrees_with_dawid_skene": None if agrees is None else 100.0 * agrees,
    }
