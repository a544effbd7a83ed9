"""What is put in the place of a picture or a sound."""

import numpy as np
import pytest

from emoprefer_assets.media import (
    PICTURE_CHANGES,
    SOUND_CHANGES,
    Frames,
    Media,
    MediaReader,
    VideoSampling,
    Waveform,
    content_hash,
)
from emoprefer_assets.media._altering import altered
from tests.media.files import write_clip

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 255, (6, 40, 60, 3), dtype=np.uint8)
FRAMES = Frames(PIXELS, np.arange(6) / 2, 25.0, 150)
SOUND = Waveform(np.sin(np.arange(16_000) / 20).astype(np.float32) / 2, 16_000)


@pytest.mark.parametrize("change", PICTURE_CHANGES)
def test_a_changed_picture_keeps_its_clock_and_is_the_same_each_time(change):
    found = altered(FRAMES, change)
    assert found.pixels.shape == PIXELS.shape and found.pixels.dtype == np.uint8 and not found.pixels.flags.writeable
    assert (found.pixels == altered(FRAMES, change).pixels).all() and (found.pixels != PIXELS).any()
    assert (found.seconds == FRAMES.seconds).all()


def test_pictures_are_grey_shuffled_or_blurred():
    assert (altered(FRAMES, "blank").pixels == 128).all()
    mixed = altered(FRAMES, "shuffled").pixels
    assert {frame.tobytes() for frame in mixed} == {frame.tobytes() for frame in PIXELS}
    less, more = (altered(FRAMES, f"blurred {percent} %").pixels.astype(float).std() for percent in (1, 4))
    assert more < less < PIXELS.astype(float).std()


@pytest.mark.parametrize("decibels", [20, 10, 0])
def test_noise_has_the_power_that_its_ratio_says(decibels):
    noise = altered(SOUND, f"noise at {decibels} dB").samples.astype(float) - SOUND.samples
    ratio = 10 * np.log10(np.mean(SOUND.samples.astype(float) ** 2) / np.mean(noise**2))
    # What would be louder than full scale is clipped.
    assert ratio == pytest.approx(decibels, abs=0.5)


@pytest.mark.parametrize("change", SOUND_CHANGES)
def test_silence_stays_silence(change):
    quiet = Waveform(np.zeros(100, np.float32), 16_000)
    assert not altered(quiet, change).samples.any()
    assert len(altered(Waveform(np.zeros(0, np.float32), 16_000), change).samples) == 0


def test_a_reader_keeps_a_clip_and_its_change_apart(tmp_path):
    file = tmp_path / "clip.mp4"
    write_clip(file, shade=200)
    with MediaReader() as reader:
        plain = Media(file, content_hash(file), VideoSampling(2), reader)
        grey = Media(file, content_hash(file), VideoSampling(2), reader, "blank")
        assert (grey.read().pixels == 128).all() and (plain.read().pixels > 150).any()
    assert "change" not in plain.determinants() and grey.determinants()["change"] == "blank"
