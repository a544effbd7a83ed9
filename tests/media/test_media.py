import re
import threading

import numpy as np
import pytest

from emoprefer_assets.media import (
    AudioSampling,
    Media,
    MediaReader,
    UnreadableMedia,
    VideoSampling,
    _reader,
    content_hash,
    probe,
    read_frames,
    read_sound,
)
from tests.media.files import cut_without_encoding, write_clip, write_sound


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.mp4")


def pitch(samples, rate):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * rate / len(samples)


def test_frames_are_spread_from_the_first_to_the_last_with_their_true_times(clip):
    frames = read_frames(clip, VideoSampling(frames=5))
    assert frames.seconds == pytest.approx([0, 0.5, 1.0, 1.4, 1.9], abs=1e-3)
    assert frames.pixels.shape == (5, 48, 64, 3)
    assert (np.diff(frames.pixels.mean(axis=(1, 2, 3))) > 0).all()
    assert (frames.video_fps, frames.video_frames) == (pytest.approx(10), 20)


def test_frames_by_rate_are_the_ones_shown_then(clip):
    frames = read_frames(clip, VideoSampling(frames=None, fps=2))
    assert frames.seconds == pytest.approx([0, 0.5, 1.0, 1.5], abs=1e-3)


def test_times_of_a_variable_frame_rate_are_the_true_ones(tmp_path):
    shown = [0, 0.1, 0.2, 1.0, 1.1, 2.0]
    clip = write_clip(tmp_path / "v.mp4", times=shown, tone=None)
    assert read_frames(clip, VideoSampling(frames=6)).seconds == pytest.approx(shown, abs=2e-3)
    assert read_frames(clip, VideoSampling(frames=None, fps=1)).seconds == pytest.approx([0, 1.0, 2.0], abs=2e-3)
    assert probe(clip).variable_rate


def test_no_more_frames_are_taken_than_there_are(tmp_path):
    one = write_clip(tmp_path / "one.mp4", seconds=0.1, tone=None)
    assert read_frames(one, VideoSampling(frames=8)).seconds.tolist() == [0]
    assert probe(one).video_problem is None


def test_large_frames_are_scaled_and_small_ones_left(tmp_path, clip):
    large = write_clip(tmp_path / "4k.mp4", seconds=0.2, size=(3840, 2160), tone=None)
    assert read_frames(large, VideoSampling(frames=1, max_side=448)).pixels.shape == (1, 252, 448, 3)
    assert read_frames(clip, VideoSampling(frames=1, max_side=448)).pixels.shape == (1, 48, 64, 3)
    assert probe(large).video_problem is None


@pytest.mark.parametrize("width", [16, 24, 48, 72])
def test_portrait_clips_are_scaled_to_any_width(tmp_path, width):
    portrait = write_clip(tmp_path / "p.mp4", seconds=0.4, size=(4 * width, 400), tone=None)
    pixels = read_frames(portrait, VideoSampling(frames=2, max_side=100)).pixels
    assert pixels.shape == (2, 100, width, 3)
    assert pixels[0].mean() < pixels[1].mean()


@pytest.mark.parametrize("width", [16, 72])
def test_clips_are_read_at_any_width_of_their_own(tmp_path, width):
    narrow = write_clip(tmp_path / "n.mp4", seconds=0.4, size=(width, 100), tone=None)
    pixels = read_frames(narrow, VideoSampling(frames=2, max_side=448)).pixels
    assert pixels.shape == (2, 100, width, 3)
    assert pixels[0].mean() < pixels[1].mean()


def test_frames_without_times_are_refused_because_others_would_be_shown(tmp_path):
    stream = write_clip(tmp_path / "s.mpg", seconds=2, fps=25, tone=None, codec="mpeg2video")
    said = "it does not say when each of its frames is shown; encode it anew as mp4"
    assert probe(stream).video_problem == said
    with pytest.raises(UnreadableMedia, match=said):
        read_frames(stream, VideoSampling(frames=2))


@pytest.mark.parametrize("key_every", [30, 250])
def test_a_clip_that_was_cut_without_encoding_is_whole(tmp_path, key_every):
    whole = write_clip(tmp_path / "whole.mp4", seconds=4, fps=25, key_every=key_every)
    cut = cut_without_encoding(whole, tmp_path / "cut.mp4", 1.32)
    seen = probe(cut)
    assert (seen.video_problem, seen.frames, seen.seconds) == (None, 67, pytest.approx(2.68, abs=0.01))
    frames = read_frames(cut, VideoSampling(frames=5))
    places = np.rint(frames.seconds * 25).astype(int)
    assert frames.seconds == pytest.approx(places / 25, abs=1e-3)
    expected = read_frames(whole, VideoSampling(frames=100)).pixels[33 + places]
    assert np.abs(frames.pixels.astype(int) - expected).max() <= 3


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_keeps_its_pitch_length_and_loudness(tmp_path, rate, channels):
    clip = write_clip(tmp_path / "s.mp4", channels=channels)
    heard = read_sound(clip, AudioSampling(rate))
    assert heard.samples.dtype == np.float32 and heard.rate == rate
    assert len(heard.samples) / rate == pytest.approx(2.0, abs=0.1)
    middle = heard.samples[rate // 2 : 3 * rate // 2]
    assert pitch(middle, rate) == pytest.approx(440, abs=3)
    assert np.abs(middle).max() == pytest.approx(0.4, abs=0.05)


def test_a_wav_file_is_read_and_resampled(tmp_path):
    heard = read_sound(write_sound(tmp_path / "s.wav"), AudioSampling(16_000))
    assert len(heard.samples) == pytest.approx(16_000, abs=40)
    assert pitch(heard.samples, 16_000) == pytest.approx(440, abs=3)


def broken(kind, clip, tmp_path):
    """`clip`, broken in one way."""
    file = tmp_path / f"{kind}.mp4"
    content = clip.read_bytes()
    match kind:
        case "missing":
            return file
        case "empty":
            file.write_bytes(b"")
        case "text":
            file.write_text("This is no video. " * 100)
        case "pointer":
            file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
        case "codec":
            file = write_clip(tmp_path / "c.mkv", codec="libsvtav1", tone=None)
        case "cut":
            file.write_bytes(content[: 2 * len(content) // 3])
        case "header":
            file.write_bytes(b"\0" * 64 + content[64:-900] + b"\0" * 900)
        case "payload":
            start = content.find(b"mdat") + 300
            file.write_bytes(content[:start] + bytes(reversed(content[start : start + 900])) + content[start + 900 :])
        case "no sound":
            write_clip(file, tone=None)
        case "no video":
            file = write_sound(tmp_path / "only.wav")
    return file


PROBLEMS = [
    ("missing", "no such file", "no such file"),
    ("empty", "0 bytes", "0 bytes"),
    ("text", "not an mp4 or wav file", "not an mp4 or wav file"),
    ("pointer", "not fetched, only named .Git LFS.; run `git lfs pull`", "git lfs pull"),
    ("codec", "no video in it whose codec decord knows", "no sound track"),
    ("cut", "cut|headers are lost|not an mp4", "cut|headers are lost|not an mp4"),
    ("header", ".", "."),
    ("payload", "damaged|decode", None),
    ("no sound", None, "no sound track"),
    ("no video", "no video stream", None),
]


@pytest.mark.parametrize(("kind", "video", "sound"), PROBLEMS)
def test_a_bad_file_is_told_with_its_reason(clip, tmp_path, kind, video, sound):
    found = probe(broken(kind, clip, tmp_path))
    for problem, expected in ((found.video_problem, video), (found.sound_problem, sound)):
        if expected:
            assert problem and re.search(expected, problem), problem
        elif kind != "payload":
            assert problem is None


def test_a_good_file_has_no_problem_and_is_measured(clip):
    found = probe(clip)
    assert (found.video_problem, found.sound_problem) == (None, None)
    assert (found.frames, found.width, found.height, found.fps) == (20, 64, 48, pytest.approx(10))
    assert found.seconds == pytest.approx(2.0, abs=0.05)
    assert found.sound_seconds == pytest.approx(2.0, abs=0.1)
    assert found.content == content_hash(clip)


def media(file, reader, sampling=None):
    return Media(file, content_hash(file), sampling or VideoSampling(frames=2), reader)


def test_a_medium_is_decoded_once_however_often_it_is_read(clip, monkeypatch):
    decoded = []
    monkeypatch.setattr(_reader, "read_frames", lambda *args: decoded.append(args) or read_frames(*args))
    with MediaReader() as reader:
        first, second = media(clip, reader).read(), media(clip, reader).read()
    assert first is second and len(decoded) == 1


def test_what_is_expected_is_decoded_ahead_in_another_thread(tmp_path, monkeypatch):
    files = [write_clip(tmp_path / f"{n}.mp4", shade=n, tone=None) for n in range(3)]
    threads = []

    def spy(*args):
        threads.append(threading.current_thread().name)
        return read_frames(*args)

    monkeypatch.setattr(_reader, "read_frames", spy)
    with MediaReader() as reader:
        coming = [media(file, reader) for file in files]
        reader.expect(coming)
        while len(threads) < 3:
            pass
        assert [one.read().pixels.shape[0] for one in coming] == [2, 2, 2]
    assert threads == ["decode-ahead"] * 3


def test_memory_is_bounded(tmp_path):
    files = [write_clip(tmp_path / f"{n}.mp4", shade=n, tone=None) for n in range(6)]
    with MediaReader(memory=2 * 2 * 64 * 48 * 3) as reader:
        coming = [media(file, reader) for file in files]
        reader.expect(coming)
        for one in coming:
            one.read()
            assert reader._bytes() <= reader.memory + 2 * 64 * 48 * 3


def test_a_failure_is_raised_when_it_is_read_and_not_before(clip, tmp_path):
    with MediaReader() as reader:
        bad = Media(tmp_path / "gone.mp4", "x", VideoSampling(), reader)
        reader.expect([bad, media(clip, reader)])
        with pytest.raises(UnreadableMedia, match=r"gone.mp4: No such file"):
            bad.read()
        assert media(clip, reader).read().pixels.shape[0] == 2


def test_a_file_that_changed_since_it_was_hashed_is_refused(clip):
    with MediaReader() as reader:
        before = media(clip, reader)
        write_clip(clip, shade=100)
        with pytest.raises(UnreadableMedia, match="its content has changed since it was probed"):
            before.read()
