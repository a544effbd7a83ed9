"""A study's pairs as tasks of Label Studio, of which 1.23.2 took both files, played the clip and gave votes."""

import json
import shutil
from collections import Counter
from xml.etree import ElementTree

import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people import Names, import_votes, read_plan, write_label_studio
from tests.hostile.attacks import ATTACKS
from tests.people.conftest import CLIPS, write_data, write_study
from tests.people.test_export import emoprefer
from tests.people.test_importing import annotation, choice, stored

MEDIA = "/data/local-files/?d="


def written(plan, folder):
    made = write_label_studio(plan, folder, MEDIA)
    return json.loads(made.tasks.read_text()), ElementTree.fromstring(made.configuration.read_text())


def test_votes_on_the_tasks_come_back_as_votes_on_the_pairs(study, tmp_path):
    plan = study()
    tasks, _ = written(plan, tmp_path / "out")
    answered = [task | {"id": place, "annotations": [annotation(choice("left"))]} for place, task in enumerate(tasks)]
    (tmp_path / "project.json").write_text(json.dumps(answered))
    assert import_votes(tmp_path / "project.json", "label-studio", Names(), plan.data).new == 12
    votes = stored(plan.data)
    assert {pair for pair, *_ in votes} == {f"p{number}" for number in range(1, 13)}
    assert all(vote == left for _, _, vote, left in votes)
    assert Counter(left for *_, left in votes) == {"a1": 6, "a2": 6}


def test_the_configuration_names_what_tasks_have_and_answers_as_votes_are_called(study, tmp_path):
    plan = study(title='Which <fits> & "why"?', confidence=True, reason=True)
    tasks, configuration = written(plan, tmp_path / "out")
    fields = {value[1:] for tag in configuration.iter() if (value := tag.get("value", "")).startswith("$")}
    assert fields == {"clip", "left", "right"} < set(tasks[0]["data"])
    assert [tag.get("alias") for tag in configuration.iter("Choice")] == ["left", "right", "same"]
    assert configuration.find("Header").get("value") == plan.study.title
    assert {tag.get("name") for tag in configuration.iter()} >= {"clip", "vote", "confidence", "reason"}
    assert {task["data"]["clip"] for task in tasks} == {f"{MEDIA}video/{clip}.mp4" for clip in CLIPS}
    for word in ("north", "south"):
        assert word not in json.dumps(tasks)


def test_whatever_texts_hold_the_tasks_are_json_with_these_texts(tmp_path):
    plan = read_plan(write_study(tmp_path / "study", data=str(write_data(tmp_path / "data", text=ATTACKS[0]))))
    tasks, _ = written(plan, tmp_path / "out")
    assert all(ATTACKS[0] in task["data"]["left"] for task in tasks)


def test_sound_has_its_own_player_and_a_mixture_is_refused(study, tmp_path):
    plan = study()
    shutil.rmtree(plan.data / "video")
    (plan.data / "audio").mkdir()
    for clip in CLIPS:
        (plan.data / "audio" / f"{clip}.wav").touch()
    _, configuration = written(study(), tmp_path / "out")
    assert configuration.find("Audio") is not None and configuration.find("Video") is None
    (plan.data / "video").mkdir()
    (plan.data / "video" / f"{CLIPS[0]}.mp4").touch()
    with pytest.raises(EmopreferError, match="some clips have video and others sound alone"):
        written(study(), tmp_path / "out")


def test_the_command_writes_tasks_and_no_votes(study, tmp_path):
    plan = study(language="zh")
    done = emoprefer("study", "export", plan.folder, "--to", "label-studio", "--media", "https://clips.example.org/")
    assert done.exit_code == 0 and "12 tasks" in done.output
    tasks = json.loads((plan.folder / "label-studio" / "tasks.json").read_text())
    assert tasks[0]["data"]["clip"].startswith("https://clips.example.org/video/")
    assert "左边的" in (plan.folder / "label-studio" / "labels.xml").read_text()
    assert not (plan.data / "votes.csv").exists()
    (tmp_path / "record.json").touch()
    refused = emoprefer("study", "export", plan.folder, tmp_path / "record.json", "--to", "label-studio")
    assert refused.exit_code == 2 and "RECORDS are votes" in refused.output
