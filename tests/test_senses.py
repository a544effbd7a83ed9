"""`emoprefer doctor --judge` tells who sees and hears, and a run tells who was never shown to hear."""

from __future__ import annotations

import base64
import io
import json
import wave

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.doctor import OK, PROBLEM, senses, unheard
from emoprefer_assets.doctor.clip import FOLDER, NUMBER, PICTURE, SOUND, WORD
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import tell_beforehand
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import read_registry
from emoprefer_assets.media import AudioSampling, VideoSampling, read_frames, read_sound
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT
from tests.conftest import RULES
from tests.judges.chat_server import completion, refuses, running_server, says


def given(question):
    """The kinds of media in a call."""
    content = question.body["messages"][-1]["content"]
    return set() if isinstance(content, str) else {part["type"] for part in content} - {"text"}


def perceives(*kinds):
    """A model that names what it is given of these kinds."""

    def answer(question):
        there = given(question) & set(kinds)
        number = NUMBER if there & {"image_url", "video_url"} else "none"
        word = f"<think>Not {WORD}?</think> none" if "input_audio" not in there else WORD.title()
        question.send(200, completion(f"number: {number}, word: {word}"))

    return answer


@pytest.fixture
def server():
    with running_server() as running:
        yield running


@pytest.fixture
def lab(settings, server):
    """Registers the judge `lab` behind the server."""

    def register(**keys):
        entry = {"name": "lab", "backend": "openai", "model": "big", "base_url": server.url} | keys
        settings.judges_file.write_text(RULES + f"  - {json.dumps({'inputs': ['video', 'audio']} | entry)}\n")
        return settings

    return register


def warned(settings):
    return unheard(all_judges(settings).judges, settings)


def test_the_clip_shows_its_number_and_speaks():
    frames, sound = read_frames(FOLDER / PICTURE, VideoSampling(2)), read_sound(FOLDER / SOUND, AudioSampling())
    assert frames.pixels.shape == (2, 224, 224, 3)
    assert (frames.pixels < 64).mean() > 0.05 and (frames.pixels > 192).mean() > 0.8
    assert 0.3 < np.abs(sound.samples).max() < 1
    assert sum(file.stat().st_size for file in FOLDER.glob("*.mp4")) < 20_000


def test_who_reads_both_sees_and_hears_and_is_remembered(lab, server):
    settings = lab()
    server.otherwise = perceives("image_url", "input_audio")
    assert warned(settings) == ["lab"]
    finding = senses("lab", settings)
    assert finding.state == OK
    assert finding.what.startswith("sees and hears. Given the picture and the sound:")
    assert [given(question) for question in server.questions] and len(server.questions) == 3
    assert warned(settings) == []
    # Another model behind the same name was not shown to hear.
    assert warned(lab(model="bigger")) == ["lab"]


def test_a_server_that_drops_the_sound_is_found_out(lab, server):
    settings = lab()
    server.otherwise = perceives("image_url")
    finding = senses("lab", settings)
    assert finding.state == PROBLEM
    assert finding.what.startswith("sees. ")
    assert "audio" in finding.mend
    assert warned(settings) == ["lab"]


def test_one_that_drops_the_sound_beside_a_picture_does_not_hear(lab, server):
    settings = lab()
    both = perceives("image_url", "input_audio")
    drops = perceives("image_url")
    server.otherwise = lambda question: (drops if "image_url" in given(question) else both)(question)
    assert senses("lab", settings).what.startswith("sees. ")


def test_a_server_that_drops_the_picture(lab, server):
    settings = lab()
    server.otherwise = perceives("input_audio")
    assert senses("lab", settings).what.startswith("hears. ")


@pytest.mark.parametrize("text", ["I feel fine.", f"number: {NUMBER}, word: {WORD}", "number: 1347, word: none"])
def test_nonsense_and_a_reply_that_is_always_the_same_are_neither(lab, server, text):
    settings = lab()
    server.otherwise = says(text)
    finding = senses("lab", settings)
    assert (finding.state, finding.what.partition(".")[0]) == (PROBLEM, "neither")


def test_an_endpoint_that_refuses_sound_says_why(lab, server):
    settings = lab()
    sees = perceives("image_url")
    refused = refuses(400, "audio is not supported")
    server.otherwise = lambda question: (refused if "input_audio" in given(question) else sees)(question)
    finding = senses("lab", settings)
    assert finding.state == PROBLEM
    assert "audio is not supported" in finding.what


@pytest.mark.parametrize(("kind", "part", "says_"), [("video", "video_url", "sees"), ("audio", "input_audio", "hears")])
def test_a_judge_of_one_kind_is_asked_with_it_and_without(lab, server, kind, part, says_):
    settings = lab(inputs=[kind], video_as="video")
    server.otherwise = perceives(part)
    assert senses("lab", settings).what.startswith(f"{says_}. ")
    assert sorted(map(len, map(given, server.questions))) == [0, 1]
    assert warned(settings) == []


def test_the_server_gets_the_number_and_the_word_themselves(lab, server):
    settings = lab(video_as="video")
    server.otherwise = perceives("video_url", "input_audio")
    assert senses("lab", settings).state == OK
    parts = [part for question in server.questions for part in question.body["messages"][-1]["content"]]
    video = next(part["video_url"]["url"] for part in parts if part["type"] == "video_url")
    assert base64.b64decode(video.partition(",")[2]) == (FOLDER / PICTURE).read_bytes()
    sound = next(part["input_audio"]["data"] for part in parts if part["type"] == "input_audio")
    with wave.open(io.BytesIO(base64.b64decode(sound))) as heard:
        assert heard.getnframes() / heard.getframerate() == pytest.approx(2, abs=0.2)


def test_the_command_asks_one_judge_and_looks_at_nothing_else(lab, server):
    lab()
    server.otherwise = perceives("image_url")
    done = CliRunner().invoke(main, ["doctor", "--judge", "lab", "--json"])
    assert done.exit_code == 1
    (finding,) = json.loads(done.stdout)
    assert (finding["name"], finding["state"]) == ("senses of lab", "problem")


def test_an_endpoint_that_is_away_is_a_problem(lab, server):
    settings = lab(base_url="http://127.0.0.1:9/v1")
    finding = senses("lab", settings)
    assert finding.state == PROBLEM
    assert not server.questions


def test_a_judge_that_takes_no_media_has_nothing_to_see(lab):
    settings = lab(inputs=[])
    for name in ("lab", "longer"):
        with pytest.raises(EmopreferError, match="given no clip"):
            senses(name, settings)
    assert warned(settings) == []


def test_a_run_says_before_it_asks_who_was_never_shown_to_hear(lab):
    settings, said = lab(), []
    asked = [all_judges(settings)["lab"]]
    tell_beforehand(Run(settings), asked, STRATEGIES, said.append)
    assert said == ["not shown to hear: lab; try it by `emoprefer doctor --judge lab`"]


def test_who_lost_by_silence_in_an_earlier_run_is_shown_to_hear(lab):
    settings = lab()
    with duckdb.connect(str(settings.database)) as published:
        published.execute("create table media_use (judge text, changed text, use text)")
        published.execute("insert into media_use values ('lab', 'picture', 'shown'), ('lab', 'sound', 'not shown')")
    assert warned(settings) == ["lab"]
    with duckdb.connect(str(settings.database)) as published:
        published.execute("insert into media_use values ('lab', 'sound', 'shown')")
    assert warned(settings) == []


def test_judges_of_one_data_set_alone_are_left_to_the_table(settings):
    registry = read_registry(PROJECT / "data" / "judges.yaml")
    assert [judge for judge in registry.judges if "audio" in getattr(judge, "inputs", ())]
    assert unheard(registry.judges, settings) == []


@pytest.mark.slow
def test_a_judge_of_this_machine_is_asked_through_its_own_backend(settings):
    finding = senses("tiny_omni", settings.replaced(judges_file=PROJECT / "data" / "judges.yaml"))
    # It knows nothing but emotions.
    assert finding.what.startswith('neither. Given the picture and the sound: "')
