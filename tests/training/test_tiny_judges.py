"""The shipped tiny judges look and listen: what is taken from them costs them what it carries, and nothing else.

Every share is stated with its interval over clips; `pytest -s` prints them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.assets.dataset import annotations, annotators, consensus_pairs, raw_pairs
from emoprefer_assets.assets.judge_tables import parts_of
from emoprefer_assets.judges import read_registry
from emoprefer_assets.media import content_hash
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.stats.resampling import clip_bootstrap, interval
from emoprefer_assets.store import CallCache
from emoprefer_assets.strategies import ALL, DESCRIBE
from synthesis.scenarios import EMOTIONS
from tests.media.files import write_clip, write_sound

pytestmark = pytest.mark.slow

SAMPLE = PROJECT / "data" / "sample"
MODELS = PROJECT / "data" / "models"
SCENES = pd.read_csv(SAMPLE / "clips.csv").set_index("name")
NAMES = sorted(SCENES.index)
JUDGES = ("tiny_video", "tiny_audio", "tiny_omni")
# Where the better text is a coin's throw.
CHANCE = 50


def itself(name: str, _: Sequence[str] = NAMES) -> str:
    return name


def of_another_emotion(name: str, among: Sequence[str] = NAMES) -> str:
    """A clip in which the same senses are heard and seen to carry another emotion."""
    own = SCENES.loc[name]
    start = among.index(name)
    others = (among[(start + step) % len(among)] for step in range(1, len(among)))
    return next(
        other
        for other in others
        if SCENES.loc[other, "emotion"] != own["emotion"] and SCENES.loc[other, "carried_by"] == own["carried_by"]
    )


def nothing(_: str) -> str:
    """No clip of the sample: an even picture, and silence."""
    return ""


@dataclass(frozen=True)
class Right:
    """On which pairs a judge decides as all people do.

    Attributes:
        hits: of each pair, shape (n_pairs,).
        clips: of each pair, shape (n_pairs,).
    """

    hits: np.ndarray
    clips: np.ndarray

    def share(self, carried_by: str = "all") -> float:
        """In percent, over the pairs on clips that are carried so."""
        return 100 * float(self.hits[self._counted(carried_by)].mean())

    def between(self, carried_by: str = "all") -> tuple[float, float]:
        """Its 95 % interval over clips."""
        means = clip_bootstrap(self.clips).means(self.hits.astype(float), self._counted(carried_by))
        found = interval(100 * means)
        return found.low, found.high

    def lost(self, other: "Right", carried_by: str = "all") -> tuple[float, float]:
        """95 % interval, paired over clips, of the points that `other` has less."""
        means = clip_bootstrap(self.clips).means(
            self.hits.astype(float) - other.hits.astype(float), self._counted(carried_by)
        )
        found = interval(100 * means)
        return found.low, found.high

    def _counted(self, carried_by: str) -> np.ndarray:
        kinds = SCENES.loc[self.clips, "carried_by"].to_numpy()
        return np.ones(len(kinds), dtype=bool) if carried_by == "all" else kinds == carried_by


@pytest.fixture(scope="module")
def sample_pairs(tmp_path_factory):
    """The pairs on which all qualified people agree, and not on `same`."""
    run = Run(current_settings().replaced(home=tmp_path_factory.mktemp("pairs"), data_dir=SAMPLE))
    dg.materialize(
        [made.asset for made in (raw_pairs, annotations, annotators, consensus_pairs)], resources={"run": run}
    )
    with run.warehouse.reading() as reading:
        pairs = parts_of(["s1_predictions"], reading)[0].pairs
    return pairs[pairs["preference"] != "same"]


@pytest.fixture(scope="module")
def clips_as(tmp_path_factory):
    """The table `clips` with files exchanged."""
    folder = tmp_path_factory.mktemp("nothing")
    empty = {
        "video": write_clip(folder / "even.mp4", seconds=4, fps=1, size=(224, 224), shade=120),
        "audio": write_sound(folder / "silence.wav", seconds=3, tone=0, rate=16_000),
    }

    def made(video, audio) -> pd.DataFrame:
        rows = []
        for name in NAMES:
            row = {"clip_id": name, "video_problem": None, "audio_problem": None}
            for kind, shown in (("video", video(name)), ("audio", audio(name))):
                file = SAMPLE / "video" / f"{shown}.mp4" if shown else empty[kind]
                row |= {kind: str(file), f"{kind}_content": content_hash(file)}
            rows.append(row)
        return pd.DataFrame(rows)

    return made


def ask_about(table, asks, judge, pairs, clips, settings) -> pd.DataFrame:
    (answered,) = answer(judge, [Part(table, asks, pairs)], clips, Run(settings))
    return answered.rows


def exchange_descriptions(cache: CallCache, told: pd.DataFrame, clips: pd.DataFrame, quoted_of) -> None:
    """Record, as what the judge said of each clip, what it has said of another: the newest answer counts."""
    texts, contents = told.set_index("clip_id")["description"], clips.set_index("video_content")["clip_id"]
    exchanged = []
    for call in cache.calls():
        (clip,) = {clip for content, clip in contents.items() if content in str(call["request"])}
        exchanged.append(call | {"text": texts[quoted_of(clip, sorted(texts.index))]})
    with cache.open():
        cache.take_over(exchanged)


@pytest.fixture(scope="module")
def ask(sample_pairs, clips_as, tmp_path_factory):
    """On which pairs a judge is right by the mean of both orders' log-odds."""
    registry = read_registry(PROJECT / "data" / "judges.yaml")
    folder = tmp_path_factory.mktemp("calls")
    answered = {}

    def right(judge: str, video=itself, audio=itself, strategy="s1", quoted_of=None) -> Right:
        key = (judge, video, audio, strategy, quoted_of)
        if key not in answered:
            settings = current_settings().replaced(home=folder / str(len(answered)), rounds=1)
            clips = clips_as(video, audio)
            if quoted_of:
                told = ask_about("descriptions", DESCRIBE, registry[judge], sample_pairs, clips, settings)
                exchange_descriptions(CallCache(settings.calls_folder, judge), told, clips, quoted_of)
            rows = ask_about(f"{strategy}_predictions", ALL[strategy], registry[judge], sample_pairs, clips, settings)
            rows = rows[~rows["swapped"]].merge(sample_pairs[["pair_id", "clip_id", "preference"]], on="pair_id")
            hits = (rows["p_a1_both_orders"] > 0.5) == (rows["preference"] == "a1")
            answered[key] = found = Right(hits.to_numpy(), rows["clip_id"].to_numpy(dtype=str))
            for kind in ("both", "conflict", "face", "voice", "all"):
                low, high = found.between(kind)
                other = f", quoted {quoted_of.__name__}" if quoted_of else ""
                print(
                    f"{judge} {strategy}, picture {video.__name__}, sound {audio.__name__}{other}: {kind} "
                    f"{found.share(kind):.0f} ({low:.0f} to {high:.0f})"
                )
        return answered[key]

    return right


@pytest.mark.parametrize("judge", JUDGES)
def test_the_model_is_small_and_says_what_it_is(judge):
    assert sum(file.stat().st_size for file in (MODELS / judge).iterdir()) < 7 * 2**20
    card = (MODELS / judge / "README.md").read_text()
    for word in ("synthetic only", "Seed", "Steps", "Limits"):
        assert word in card


@pytest.mark.parametrize("judge", JUDGES)
def test_with_another_clip_a_judge_is_no_better_than_chance(ask, judge):
    own, other = ask(judge), ask(judge, of_another_emotion, of_another_emotion)
    assert other.between()[0] < CHANCE < own.between()[0]
    assert own.lost(other)[0] > 10


@pytest.mark.parametrize(("judge", "carrier"), [("tiny_video", "face"), ("tiny_audio", "voice"), ("tiny_omni", "both")])
def test_each_is_above_85_percent_where_its_own_sense_carries_the_emotion(ask, judge, carrier):
    assert ask(judge).share(carrier) > 85
    assert ask(judge).between(carrier)[0] > 70


@pytest.mark.parametrize(("judge", "own", "other"), [("tiny_video", "face", "voice"), ("tiny_audio", "voice", "face")])
def test_who_only_sees_goes_by_faces_and_who_only_hears_by_voices(ask, judge, own, other):
    """With another clip that is lost, and what the other sense would have told is not."""
    itself_, exchanged = ask(judge), ask(judge, of_another_emotion, of_another_emotion)
    assert itself_.lost(exchanged, own)[0] > 0
    low, high = itself_.lost(exchanged, other)
    assert low <= 0 <= high


def test_who_sees_and_hears_is_better_than_either(ask):
    omni = ask("tiny_omni").share()
    assert omni > ask("tiny_video").share() + 3
    assert omni > ask("tiny_audio").share() + 3


def test_with_another_picture_omni_loses_the_faces_and_with_another_sound_the_voices(ask):
    own = ask("tiny_omni")
    assert own.lost(ask("tiny_omni", video=of_another_emotion), "face")[0] > 0
    assert own.lost(ask("tiny_omni", audio=of_another_emotion), "voice")[0] > 0


def test_with_nothing_to_see_omni_is_no_better_than_chance_at_faces_nor_at_voices_with_nothing_to_hear(ask):
    """Worse than chance it may be: silence and a still face fit a text that names little best."""
    own, blind, deaf = ask("tiny_omni"), ask("tiny_omni", video=nothing), ask("tiny_omni", audio=nothing)
    for without, carrier in ((blind, "face"), (deaf, "voice")):
        assert without.between(carrier)[0] < CHANCE
        assert own.share(carrier) > without.share(carrier) + 10


def test_what_does_not_carry_the_emotion_can_be_exchanged_at_no_cost(ask):
    """It is a still face or an even voice, before and after."""
    own = ask("tiny_omni")
    for low, high in (
        own.lost(ask("tiny_omni", audio=of_another_emotion), "face"),
        own.lost(ask("tiny_omni", video=of_another_emotion), "voice"),
    ):
        assert low <= 0 <= high or abs(low + high) / 2 < 5


def test_with_the_descriptions_of_other_clips_s2_still_goes_by_the_clip(ask):
    """The clip is in the question too: what a wrong description costs is not shown to be above 0."""
    own = ask("tiny_omni", strategy="s2", quoted_of=itself)
    misquoted = ask("tiny_omni", strategy="s2", quoted_of=of_another_emotion)
    assert own.lost(misquoted)[1] > 0
    assert misquoted.between()[0] > CHANCE


@pytest.mark.parametrize(
    ("judge", "carriers"),
    [
        ("tiny_video", ("face", "both")),
        ("tiny_audio", ("voice", "both")),
        ("tiny_omni", ("face", "voice", "both")),
    ],
)
def test_descriptions_name_the_right_emotion_where_the_sense_carries_it(
    sample_pairs, clips_as, tmp_path, judge, carriers
):
    settings = current_settings().replaced(home=tmp_path, rounds=1)
    asked = read_registry(PROJECT / "data" / "judges.yaml")[judge]
    rows = ask_about("descriptions", DESCRIBE, asked, sample_pairs, clips_as(itself, itself), settings)
    told = rows.set_index("clip_id")["description"]
    shown = SCENES.loc[told.index]
    named = pd.Series(
        [
            next((one.name for one in EMOTIONS if one.name in text), "none") == emotion
            for text, emotion in zip(told, shown["emotion"], strict=True)
        ],
        index=told.index,
    )
    counted = named[shown["carried_by"].isin(carriers)]
    print(f"{judge}: {100 * counted.mean():.0f} % of {len(counted)} descriptions name the emotion")
    assert counted.mean() >= 0.7
