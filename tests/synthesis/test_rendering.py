"""The rendered clips: as long, as large and as different as promised."""

import shutil
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from emoprefer_assets.doctor.clip import FOLDER, PICTURE, SOUND
from emoprefer_assets.media import AudioSampling, Media, MediaReader, VideoSampling, content_hash
from emoprefer_assets.settings import PROJECT
from synthesis.__main__ import scenarios_of_the_sample
from synthesis.clips import sound_of, write_clip
from synthesis.faces import FPS, font_file, frames_of
from synthesis.known_clip import write_known_clip
from synthesis.scenarios import EMOTIONS, NEUTRAL_FACE, NEUTRAL_VOICE
from synthesis.voices import RATE, speech_of

VIDEO = PROJECT / "data" / "sample" / "video"
SCENARIOS = scenarios_of_the_sample()
speaks = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
draws = pytest.mark.skipif(font_file() is None, reason="no font with Chinese letters is installed")


def decoded(file, sampling):
    with MediaReader() as reader:
        return Media(file, content_hash(file), sampling, reader).read()


def test_every_scenario_has_its_clip_and_all_fit_into_the_repository():
    files = sorted(VIDEO.iterdir())
    assert [file.name for file in files] == [f"{scenario.name}.mp4" for scenario in SCENARIOS]
    assert sum(file.stat().st_size for file in files) < 8 * 2**20


def test_each_clip_lasts_two_to_four_seconds_and_its_sound_as_long_as_its_picture():
    for file in VIDEO.iterdir():
        frames = decoded(file, VideoSampling(frames=2))
        sound = decoded(file, AudioSampling(16_000))
        seconds = frames.video_frames / frames.video_fps
        assert frames.pixels.shape[1:] == (224, 224, 3), file.name
        assert 2 <= seconds <= 4.1, file.name
        assert len(sound.samples) / sound.rate == pytest.approx(seconds, abs=0.2), file.name
        assert np.sqrt(np.mean(sound.samples**2)) > 0.005, file.name


@draws
def test_the_committed_clips_show_their_scenarios():
    for scenario in SCENARIOS[::11]:
        file = VIDEO / f"{scenario.name}.mp4"
        shown = decoded(file, VideoSampling(frames=None, fps=FPS))
        drawn = frames_of(scenario, shown.video_frames / FPS)
        assert np.abs(shown.pixels.astype(int) - drawn[: len(shown.pixels)]).mean() < 6, scenario.name


@draws
def test_frames_are_the_same_every_time():
    assert np.array_equal(frames_of(SCENARIOS[0], 2.0), frames_of(SCENARIOS[0], 2.0))


@draws
@pytest.mark.parametrize("emotion", EMOTIONS, ids=lambda emotion: emotion.name)
def test_the_face_follows_emotion_face_phrase_and_intensity(emotion):
    """One speaker, one line: the same moment differs by what is felt, by how it shows, and by how strongly."""
    one = replace(SCENARIOS[0], face=emotion.faces[0], face_intensity=2)
    other = EMOTIONS[EMOTIONS.index(emotion) - 1]
    seen = frames_of(one, 2.0).astype(int)
    for changed in (
        replace(one, face_intensity=0),
        replace(one, face=emotion.faces[1]),
        replace(one, face=other.faces[0]),
    ):
        assert np.abs(frames_of(changed, 2.0) - seen).mean() > 0.3


@draws
def test_a_still_face_moves_no_more_than_its_lips_eyelids_and_head():
    """Neutral is neutral: whatever the emotion that the voice carries, the same face is drawn."""
    still = replace(SCENARIOS[0], face=NEUTRAL_FACE, face_intensity=None)
    happy, sad = (frames_of(replace(still, emotion=emotion, intensity=2), 2.0) for emotion in ("happy", "sad"))
    assert np.array_equal(happy, sad)


@speaks
def test_an_even_voice_is_spoken_at_plain_pitch_and_loudness():
    """Neutral is neutral: whatever the emotion that the face carries, the same speech is heard."""
    even = replace(SCENARIOS[0], voice=NEUTRAL_VOICE, voice_intensity=None)
    happy, sad = (speech_of(replace(even, emotion=emotion, intensity=2)) for emotion in ("happy", "sad"))
    assert np.array_equal(happy, sad)


@draws
@speaks
def test_a_clip_can_be_rendered_anew(tmp_path):
    pytest.importorskip("av")
    write_clip(SCENARIOS[5], tmp_path / "clip.mp4")
    anew, committed = (
        decoded(file, AudioSampling(16_000)).samples for file in (tmp_path / "clip.mp4", VIDEO / "sample_006.mp4")
    )
    assert len(anew) / len(committed) == pytest.approx(1, abs=0.1)


@speaks
def test_the_voice_follows_its_phrase():
    """Loudness, pitch and pace of one line, spoken with the voices of different emotions."""
    heard = defaultdict(dict)
    for emotion in EMOTIONS:
        for voice in emotion.voices:
            spoken = speech_of(replace(SCENARIOS[0], voice=voice, voice_intensity=2))
            heard["loudness"][voice] = np.sqrt(np.mean(spoken**2))
            heard["pitch"][voice] = pitch(spoken)
            heard["seconds"][voice] = len(spoken) / RATE
    assert heard["loudness"]["a loud, harsh voice"] > 3 * heard["loudness"]["a quiet voice that trails off"]
    assert heard["pitch"]["a high, lively voice"] > 1.2 * heard["pitch"]["a low, slow voice"]
    assert heard["seconds"]["a low, slow voice"] > 1.5 * heard["seconds"]["quick speech with a rising tune"]


@speaks
def test_a_stronger_feeling_is_heard_as_stronger():
    def loudness(intensity):
        angry = replace(SCENARIOS[2], voice="a loud, harsh voice", voice_intensity=intensity)
        return np.sqrt(np.mean(sound_of(angry) ** 2))

    assert loudness(0) < loudness(1) < loudness(2)


def pitch(samples):
    """Median fundamental frequency of the loud stretches of 50 ms, in hertz between 60 and 500, by autocorrelation."""
    length = RATE // 20
    stretches = samples[: len(samples) // length * length].reshape(-1, length)
    loud = stretches[np.square(stretches).mean(1) > np.square(samples).mean() / 2]
    lags = range(RATE // 500, RATE // 60)
    likeness = [(loud[:, lag:] * loud[:, :-lag]).mean(1) for lag in lags]
    return np.median(RATE / (np.argmax(likeness, axis=0) + lags[0]))


@speaks
def test_what_doctor_shows_and_plays_is_what_the_script_writes(tmp_path):
    write_known_clip(tmp_path)
    shown, drawn = (decoded(folder / PICTURE, VideoSampling(frames=2)) for folder in (FOLDER, tmp_path))
    assert np.abs(shown.pixels.astype(int) - drawn.pixels).mean() < 1
    played, spoken = (decoded(folder / SOUND, AudioSampling(16_000)).samples for folder in (FOLDER, tmp_path))
    assert np.corrcoef(played, spoken)[0, 1] > 0.95
