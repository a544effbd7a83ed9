import random

import numpy as np
import pandas as pd

from emoprefer_assets.assets.dataset import annotators
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.people import read_plan
from emoprefer_assets.settings import PROJECT
from synthesis.__main__ import write
from synthesis.descriptions import SYSTEMS, describe
from synthesis.scenarios import EMOTIONS, NEUTRAL, NEUTRAL_LINES, make_scenarios

SAMPLE = PROJECT / "data" / "sample"


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path):
    write(tmp_path)
    written = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    files = [file for file in SAMPLE.rglob("*") if file.is_file() and file.suffix != ".mp4"]
    committed = {file.relative_to(SAMPLE): file.read_bytes() for file in files}
    assert written == committed


def test_the_sample_has_the_size_and_people_it_promises():
    data = read_data_set(SAMPLE)
    people = annotators.make(data)
    assert data.synthetic
    assert len(data.clips) >= 60
    assert len(set(data.pairs["system1"]) | set(data.pairs["system2"])) >= 6
    assert people["qualified"].value_counts().to_dict() == {True: 3, False: 2}
    assert set(data.votes["vote"]) == {"a1", "a2", "same"}


def test_the_votes_are_those_of_a_study_in_its_order_and_on_its_sides():
    votes = pd.read_csv(SAMPLE / "votes.csv")
    lena = votes[(votes["annotator"] == "Lena") & (votes["attempt"] == 1)].sort_values("time").set_index("pair")
    shown = [one for one in read_plan(SAMPLE / "studies" / "pairs").pairs("a01") if one.item.kind == "pair"]
    assert lena.index.tolist() == [one.item.key for one in shown]
    assert lena["left"].tolist() == [one.left for one in shown]


def test_annotators_have_the_habits_that_a_study_is_to_find():
    data = read_data_set(SAMPLE)
    assert (len(data.votes), len(data.repeats)) == (5 * len(data.pairs), 5 * 20)
    decided = data.votes[data.votes["vote"] != "same"]
    left = (decided["vote"] == decided["left"]).groupby(decided["annotator"]).mean()
    assert left["careless"] > 0.65 and left.drop("careless").between(0.4, 0.6).all()
    seconds = data.votes["seconds"].astype(float).groupby(data.votes["annotator"]).median()
    assert seconds["hasty"] < 6 and seconds.drop("hasty").min() > 15


def test_people_voted_on_a_random_part_of_the_submitted_systems_battles():
    data = read_data_set(SAMPLE)
    votes, drawn = data.battle_votes, pd.read_csv(SAMPLE / "studies" / "battles" / "battles.csv")
    assert set(votes["battle_id"]) == set(drawn["battle"])
    assert len(votes) == 3 * len(drawn) and set(votes["annotator"]) == {"Lena", "明月", "Omar"}
    assert drawn["probability"].between(0.15, 0.2).all()
    handed_in = pd.read_csv(SAMPLE / "submissions" / "gale.csv").set_index("name")["description"]
    texts = drawn["a1"].where(drawn["system1"] == "gale", drawn["a2"])
    assert texts.tolist() == handed_in[drawn["name"]].tolist()


def test_only_systems_that_are_close_in_quality_meet():
    """Between the best and the worst their names alone would decide, and no judge could be better than that."""
    places = {system.name: place for place, system in enumerate(SYSTEMS)}
    pairs = read_data_set(SAMPLE).pairs
    apart = (pairs["system1"].map(places) - pairs["system2"].map(places)).abs()
    assert apart.max() == 2 and (pairs["system1"] != pairs["system2"]).all()


def test_descriptions_hold_what_breaks_careless_readers():
    texts = "\n\n".join(read_data_set(SAMPLE).pairs["a1"])
    for trap in ('"', ",", ".\nThe", "“", "李雪", "O'Brien"):
        assert trap in texts


def test_length_does_not_follow_quality():
    """Over ten times the shipped clips: no correlation that a judge could live on."""
    dice = random.Random(1)
    described = [describe(scenario, system, dice) for scenario in make_scenarios(660, dice) for system in SYSTEMS]
    frame = pd.DataFrame([(d.quality, len(d.text)) for d in described], columns=["quality", "length"])
    assert abs(np.corrcoef(frame["quality"], frame["length"])[0, 1]) < 0.05


def test_systems_are_of_the_quality_they_are_ranked_by():
    dice = random.Random(2)
    scenarios = make_scenarios(300, dice)
    quality = [np.mean([describe(scenario, system, dice).quality for scenario in scenarios]) for system in SYSTEMS]
    assert quality == sorted(quality, reverse=True)


def test_nobody_speaks_the_name_of_the_emotion():
    for emotion in EMOTIONS:
        assert not any(other.name in line.lower() for line in emotion.lines for other in EMOTIONS)


def test_face_voice_or_both_carry_the_emotion_in_fixed_shares():
    clips = pd.read_csv(SAMPLE / "clips.csv")
    shares = clips["carried_by"].value_counts(normalize=True)
    assert (shares - pd.Series({"both": 0.35, "face": 0.25, "voice": 0.25, "conflict": 0.15})).abs().max() < 0.02


def test_what_does_not_carry_the_emotion_is_neutral_and_so_are_the_words():
    for scenario in make_scenarios(300, random.Random(3)):
        shown = {"face": scenario.face_emotion, "voice": scenario.voice_emotion}
        match scenario.carried_by:
            case "both":
                assert set(shown.values()) == {scenario.emotion}
            case "conflict":
                assert scenario.emotion in shown.values() and len(set(shown.values()) - {NEUTRAL}) == 2
                assert abs(scenario.face_intensity - scenario.voice_intensity) > 0
            case carrier:
                assert shown == {"face": NEUTRAL, "voice": NEUTRAL, carrier: scenario.emotion}
        assert (scenario.line in NEUTRAL_LINES) == (scenario.carried_by != "both")


def test_the_texts_alone_do_not_tell_which_is_better():
    """Evidence that is named is no sign of quality, nor is its kind; nor do emotion and evidence ever disagree."""
    dice = random.Random(4)
    described = [describe(scenario, system, dice) for scenario in make_scenarios(660, dice) for system in SYSTEMS]
    frame = pd.DataFrame([(d.quality, "This shows" in d.text, "more than" in d.text) for d in described])
    assert frame.groupby(1)[0].mean().diff().abs().max() < 0.25
    assert frame[frame[1]].groupby(2)[0].mean().diff().abs().max() < 0.4
    for one in described:
        emotion = next(e for e in EMOTIONS if f" {e.name}." in one.text.splitlines()[0])
        others = [p for e in EMOTIONS if e != emotion for p in (*e.faces, *e.voices)]
        assert "more than" in one.text or not any(phrase in one.text for phrase in others)
