"""Whether a judge looks and listens: what is asked for that, and what comes of it."""

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.judge_tables import clips_to_show, parts_of
from emoprefer_assets.assets.media_use import CONDITIONS
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.stats.labels import A1, A2
from emoprefer_assets.stats.media_use import NO_DIFFERENCE, NOT_SHOWN, SHOWN
from emoprefer_assets.store import TABLES, Warehouse
from tests.judges.chat_server import running_server
from tests.media.files import write_clip

make_tests, make_use = (TABLE_ASSETS[name].make for name in ("media_tests", "media_use"))
CLIPS = [f"clip{number}" for number in range(6)]


@pytest.fixture
def labelled():
    pairs = pd.DataFrame(
        {"pair_id": [f"p{n}" for n in range(12)], "clip_id": CLIPS * 2, "a1": "He is glad.", "a2": "He is sad."}
    )
    consensus = pairs[["pair_id", "clip_id"]].assign(preference=["a1", "a2", "same"] * 4)
    unknown = [None] * (len(TABLES["clips"].column_names) - 1)
    clips = TABLES["clips"].frame([(clip, *unknown) for clip in CLIPS])
    return {"raw_pairs": pairs, "consensus_pairs": consensus, "clips": clips}


def test_pairs_of_as_many_clips_as_there_are_are_shown_under_every_condition(labelled):
    tests = make_tests(**labelled, media_pairs=4)
    assert tests.groupby("condition")["of_pair"].nunique().to_dict() == dict.fromkeys([c.name for c in CONDITIONS], 4)
    assert tests["of_clip"].nunique() == 4 and tests["pair_id"].is_unique
    decided = labelled["consensus_pairs"].set_index("pair_id")["preference"]
    assert set(tests["of_pair"].map(decided)) <= {"a1", "a2"}
    by = tests.set_index("condition")
    assert (by.loc["picture of another clip", "video_of"] != by.loc["picture of another clip", "of_clip"]).all()
    assert (by.loc["picture of another clip", "audio_of"] == by.loc["picture of another clip", "of_clip"]).all()
    assert (by.loc["another clip", "video_of"] == by.loc["another clip", "audio_of"]).all()
    silent = by.loc["sound silent"]
    assert set(silent["audio_change"]) == {"silent"} and set(silent["video_change"]) == {""}


def test_the_pairs_of_a_smaller_number_are_among_those_of_a_larger_one(labelled):
    few, more = (set(make_tests(**labelled, media_pairs=count)["of_pair"]) for count in (3, 6))
    assert few < more


@pytest.mark.parametrize("change", ["clip that cannot be read", "one clip", "none wanted"])
def test_without_two_clips_there_is_nothing_to_exchange(labelled, change):
    if change == "clip that cannot be read":
        labelled["clips"] = labelled["clips"].assign(video_problem="no file", audio_problem="no file")
    if change == "one clip":
        labelled["raw_pairs"] = labelled["raw_pairs"].assign(clip_id="clip0")
    assert make_tests(**labelled, media_pairs=0 if change == "none wanted" else 5).empty


def answers(pair_ids, verdict, margin, judges=("eyes",)):
    """Both orders of one repetition; margin is of a1, in the pair's own frame."""
    count = len(pair_ids)
    return Answers(
        judges=np.array(judges, dtype=object),
        strategies=np.array(["s1"], dtype=object),
        pair_ids=np.array(pair_ids, dtype=object),
        judge=np.zeros(2 * count, np.int16),
        strategy=np.zeros(2 * count, np.int8),
        round=np.zeros(2 * count, np.int16),
        swapped=np.repeat([False, True], count),
        pair=np.tile(np.arange(count, dtype=np.int32), 2),
        verdict=np.tile(verdict, 2).astype(np.int8),
        margin=np.tile(margin, 2).astype(float),
    )


@pytest.mark.parametrize("measure", ["probability", "right verdicts"])
def test_a_judge_that_looks_loses_with_another_picture_and_not_without_the_sound(labelled, measure):
    tests = make_tests(**labelled, media_pairs=8)
    label = labelled["consensus_pairs"].set_index("pair_id")["preference"]
    right = np.where(tests["of_pair"].map(label) == "a1", A1, A2)
    lost = tests["condition"].isin(["picture of another clip", "another clip"]).to_numpy()
    said = np.where(lost, 1 - right, right)
    before = tests.drop_duplicates("of_pair")
    was = np.where(before["of_pair"].map(label) == "a1", A1, A2)

    # Not all the same, so that there is something to take an interval of.
    sure = dict(zip(before["of_pair"], np.linspace(1, 2, len(before)), strict=True))

    def margins(of_pair, verdict):
        if measure == "right verdicts":
            return np.full(len(verdict), np.nan)
        return np.where(verdict == A1, 1, -1) * of_pair.map(sure)

    judges = pd.DataFrame({"judge": ["eyes", "ears"], "inputs": [["video"], ["audio"]]})
    found = make_use(
        media_verdicts=answers(tests["pair_id"], said, margins(tests["of_pair"], said)),
        predictions=answers(before["of_pair"], was, margins(before["of_pair"], was)),
        media_tests=tests,
        consensus_pairs=labelled["consensus_pairs"],
        judges=judges,
    ).set_index("condition")
    # Only what a judge takes is of interest, and nothing is known of one that was not asked.
    assert set(found["judge"]) == {"eyes"} and set(found["changed"]) == {"picture"}
    # Eight verdicts that all stay are too few to say so.
    stays = NO_DIFFERENCE if measure == "probability" else NOT_SHOWN
    lost = {name: SHOWN if name == "picture of another clip" else stays for name in found.index}
    assert found["use"].to_dict() == lost
    assert found["verdicts_changed"].to_dict() == {name: 100 * (use == SHOWN) for name, use in lost.items()}
    assert found["waf_change"].to_dict() == {name: -100 * (use == SHOWN) for name, use in lost.items()}
    assert set(found["measure"]) == {measure}


@pytest.mark.usefixtures("no_boards")
def test_an_endpoint_is_shown_the_other_picture_and_asked_once_a_condition(settings, data_folder, monkeypatch):
    monkeypatch.setenv("EMOPREFER_MEDIA_PAIRS", "2")
    votes = data_folder / "votes.csv"
    votes.write_text(votes.read_text().replace("p4,Bo,a2", "p4,Bo,a1"))
    for number in (1, 2, 3):
        write_clip(data_folder / "video" / f"clip{number}.mp4", shade=60 * number, tone=300.0 * number)
    with running_server() as server:
        settings.judges_file.write_text(
            "judges:\n  - {name: remote, backend: openai, model: tiny, inputs: [video, audio], frames: 2, "
            f"base_url: '{server.url}'}}\n"
        )
        report = evaluate(Run(current_settings()))
        assert not report.failures
        asked = report.calls["remote"]
        with Warehouse(current_settings().warehouse).reading() as reading:
            tests, said = reading.frame("media_tests"), reading.frame("media_verdicts")
            (part,), clips = parts_of(["media_verdicts"], reading), clips_to_show(reading)
        assert len(tests) == 2 * len(CONDITIONS)
        assert len(said) == 2 * current_settings().rounds * len(tests) and said["failure"].isna().all()
        shown = [question.body["messages"][-1]["content"] for question in server.questions]
        pictures = {str([part for part in parts if part["type"] == "image_url"]) for parts in shown}
        sounds = {str([part for part in parts if part["type"] == "input_audio"]) for parts in shown}
        # A clip is of one shade: only grey is another. Three tones, silence, and three noises on two of them.
        assert (len(pictures), len(sounds)) == (3 + 1, 3 + 1 + 2 * 3)
        judge = read_registry(settings.judges_file)["remote"]
        assert isinstance(part, Part)
        list(answer(judge, [part], clips, Run(current_settings())))
        assert not evaluate(Run(current_settings())).calls.get("remote") and len(server.questions) == asked
