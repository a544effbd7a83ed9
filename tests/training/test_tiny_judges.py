"""The shipped tiny judges look and listen: what is taken from them costs them what it carries, and nothing else."""

from dataclasses import replace

import pandas as pd
import pytest

from emoprefer_assets.asking import labelled, predict
from emoprefer_assets.assets.dataset import annotators, consensus_pairs
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges import read_registry
from emoprefer_assets.media import content_hash
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES

SAMPLE = PROJECT / "data" / "sample"
MODELS = PROJECT / "data" / "models"
SCENES = pd.read_csv(SAMPLE / "clips.csv").set_index("name")
NAMES = sorted(SCENES.index)
JUDGES = ("tiny_video", "tiny_audio", "tiny_omni")


def of_another_emotion(name: str) -> str:
    """A clip in which the same senses are heard and seen to carry another emotion."""
    own = SCENES.loc[name]
    start = NAMES.index(name)
    others = (NAMES[(start + step) % len(NAMES)] for step in range(1, len(NAMES)))
    return next(
        other for other in others
        if SCENES.loc[other, "emotion"] != own["emotion"] and SCENES.loc[other, "carried_by"] == own["carried_by"]
    )  # fmt: skip


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Share of the pairs on which people agree that a judge decides as they do, in percent: all, and by carrier."""
    data = read_data_set(SAMPLE)
    raw = data.pairs[TABLES["raw_pairs"].column_names]
    pairs = labelled(raw, consensus_pairs.make(raw, data.votes, annotators.make(data), "unanimous"))
    pairs = pairs[pairs["preference"] != "same"]
    registry = read_registry(PROJECT / "data" / "judges.yaml")
    folder = tmp_path_factory.mktemp("ledger")
    answered = {}

    def share_right(judge: str, video=lambda name: name, audio=lambda name: name) -> pd.Series:
        shown = {
            name: (SAMPLE / "video" / f"{video(name)}.mp4", SAMPLE / "video" / f"{audio(name)}.mp4") for name in NAMES
        }
        key = (judge, str(shown))
        if key not in answered:
            clips = pd.DataFrame(
                [
                    {"clip_id": name, "video": str(seen), "audio": str(heard), "video_content": content_hash(seen),
                     "audio_content": content_hash(heard), "video_problem": None, "audio_problem": None}
                    for name, (seen, heard) in shown.items()
                ]
            )  # fmt: skip
            settings = replace(current_settings(), home=folder / str(len(answered)), rounds=1)
            rows = predict(registry[judge], "s1", pairs, clips, settings).rows
            rows = rows[~rows["swapped"]].merge(pairs[["pair_id", "clip_id", "preference"]], on="pair_id")
            right = (rows["p_a1_both_orders"] > 0.5) == (rows["preference"] == "a1")
            answered[key] = right.set_axis(rows["clip_id"].map(SCENES["carried_by"]))
        right = answered[key]
        return pd.concat([100 * right.groupby(level=0).mean(), pd.Series({"all": 100 * right.mean()})])

    return share_right


@pytest.mark.parametrize("judge", JUDGES)
def test_the_model_is_small_and_says_what_it_is(judge):
    assert sum(file.stat().st_size for file in (MODELS / judge).iterdir()) < 7 * 2**20
    card = (MODELS / judge / "README.md").read_text()
    for word in ("synthetic only", "Seed", "Steps", "Limits"):
        assert word in card


@pytest.mark.parametrize("judge", JUDGES)
def test_with_another_clip_a_judge_is_no_better_than_chance(ask, judge):
    own, other = ask(judge)["all"], ask(judge, of_another_emotion, of_another_emotion)["all"]
    assert other < 60 < own
    assert own - other > 15


def test_who_only_sees_knows_faces_and_who_only_hears_knows_voices(ask):
    video, audio = ask("tiny_video"), ask("tiny_audio")
    assert video["face"] > audio["face"] + 10
    assert audio["voice"] > video["voice"] + 10


def test_who_sees_and_hears_is_better_than_either(ask):
    omni = ask("tiny_omni")["all"]
    assert omni > ask("tiny_video")["all"] + 3
    assert omni > ask("tiny_audio")["all"] + 3


def test_another_picture_costs_omni_the_faces_and_another_sound_the_voices(ask):
    own = ask("tiny_omni")
    other_picture = ask("tiny_omni", video=of_another_emotion)
    other_sound = ask("tiny_omni", audio=of_another_emotion)
    assert own["face"] - other_picture["face"] > 20
    assert own["voice"] - other_sound["voice"] > 20
    # What did not carry the emotion is a still face or an even voice, before and after.
    assert abs(own["face"] - other_sound["face"]) < 10
    assert abs(own["voice"] - other_picture["voice"]) < 10
