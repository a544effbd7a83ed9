import os
import shutil
import sys

import duckdb
import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from tests.media.files import write_clip, write_sound

pytestmark = pytest.mark.usefixtures("no_boards")


@pytest.fixture
def data_folder(evaluated_four_pairs):
    return evaluated_four_pairs.data_dir


@pytest.fixture
def with_media(data_folder):
    """clip1 has a video with sound, clip2 a cut one and a wav, clip3 nothing."""
    write_clip(data_folder / "video" / "clip1.mp4")
    content = write_clip(data_folder / "video" / "clip2.mp4").read_bytes()
    (data_folder / "video" / "clip2.mp4").write_bytes(content[: len(content) // 2])
    write_sound(data_folder / "audio" / "clip2.wav")
    return current_settings()


def clips(settings, columns):
    with duckdb.connect(str(settings.database), read_only=True) as published:
        return published.sql(f"select {columns} from clips order by clip_id").fetchall()


def test_every_clip_is_listed_with_what_is_wrong_with_it_and_media_that_go_are_missed(with_media, data_folder):
    evaluate(Run(with_media))
    (first, second, third) = clips(with_media, "clip_id, frames, video_problem, audio_problem, sound_seconds")
    assert first[:4] == ("clip1", 20, None, None)
    assert second[2] and second[3] is None and second[4] == pytest.approx(1.0, abs=0.01)
    assert third[1:] == (None, "no video file", "no sound file", None)
    shutil.rmtree(data_folder / "video")
    evaluate(Run(with_media))
    assert [row[0] for row in clips(with_media, "video_problem")] == ["no video file"] * 3


def test_where_decord_is_not_installed_that_is_what_is_wrong_until_it_is(with_media, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "decord", None)
        evaluate(Run(with_media))
        first, _, third = clips(with_media, "video_problem, audio_problem")
        assert evaluate(Run(with_media)).tables == []
    assert first == ("decord is not installed",) * 2 and third == ("no video file", "no sound file")
    evaluate(Run(with_media))
    assert clips(with_media, "video_problem, audio_problem")[0] == (None, None)


def test_a_file_is_decoded_again_only_when_its_content_changes(with_media, data_folder, monkeypatch):
    from emoprefer_assets.store import media_memory

    examined = []
    probe_files = media_memory.probe_files
    monkeypatch.setattr(media_memory, "probe_files", lambda files: examined.extend(files) or probe_files(files))
    evaluate(Run(with_media))
    assert len(examined) == 3
    video = data_folder / "video" / "clip1.mp4"
    os.utime(video)
    assert evaluate(Run(with_media)).tables == []
    examined.clear()
    write_clip(video, shade=50)
    assert "clips" in evaluate(Run(with_media)).tables
    assert [file.name for file in examined] == ["clip1.mp4"]
    with_media.media_memory.write_text("torn {")
    assert evaluate(Run(with_media)).tables == []
