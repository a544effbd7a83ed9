import json
import shutil

import pytest

from emoprefer_assets.home import FORMAT, format_of
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store.media_memory import MediaMemory

CLIPS = sorted((PROJECT / "data" / "sample" / "video").glob("*.mp4"))


@pytest.fixture
def clip(tmp_path):
    return shutil.copy(CLIPS[0], tmp_path / "clip.mp4")


@pytest.fixture
def memory(tmp_path) -> MediaMemory:
    return MediaMemory(tmp_path / "home" / "media.json")


def counted():
    seen = []
    return seen, lambda done, of_all: seen.append((done, of_all))


def test_a_file_is_hashed_once_and_again_when_it_changes(memory, clip):
    seen, progress = counted()
    before = memory.contents([clip], progress)
    assert memory.contents([clip], progress) == before
    assert seen == [(0, 1), (1, 1), (0, 0)]
    shutil.copy(CLIPS[1], clip)
    assert memory.contents([clip], progress) != before
    assert seen == [(0, 1), (1, 1), (0, 0), (0, 1), (1, 1)]


def test_what_is_kept_first_in_a_new_home_does_not_make_it_an_old_one(memory, clip):
    memory.contents([clip])
    assert format_of(memory.file.parent) == FORMAT


def test_a_file_is_examined_once_and_its_hash_is_that_of_contents(memory, clip):
    seen, progress = counted()
    (found,) = memory.probes([clip], progress).values()
    assert found.video_problem is None
    assert found.frames and found.width and found.seconds
    assert memory.probes([clip], progress)[clip] == found
    assert seen == [(0, 1), (1, 1), (0, 0)]
    assert memory.contents([clip]) == {clip: found.content}


def test_a_hashed_file_is_examined_all_the_same(memory, clip):
    content = memory.contents([clip])[clip]
    assert memory.problems([clip]) == {}
    assert memory.probes([clip])[clip].content == content
    assert memory.problems([clip]) == {clip: (None, None)}


def test_problems_are_known_of_files_that_are_unchanged_since(memory, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no mp4")
    memory.probes([broken])
    ((video, sound),) = memory.problems([broken]).values()
    assert video.startswith("not an mp4 or wav file")
    assert sound
    broken.write_bytes(b"something else")
    assert memory.problems([broken]) == {}


def test_a_fault_that_an_earlier_version_found_is_looked_for_again(memory, clip):
    memory.probes([clip])
    known = json.loads(memory.file.read_text())
    known[str(clip)]["probe"]["video_problem"] = "damaged"
    memory.file.write_text(json.dumps(known))
    assert memory.probes([clip])[clip].video_problem == "damaged"
    del known[str(clip)]["examiner"]
    memory.file.write_text(json.dumps(known))
    assert memory.probes([clip])[clip].video_problem is None


@pytest.mark.parametrize("content", ["", "{half"])
def test_a_memory_that_cannot_be_read_is_forgotten(memory, clip, content):
    before = memory.contents([clip])
    memory.file.write_text(content)
    assert memory.contents([clip]) == before
    assert MediaMemory(memory.file).contents([clip]) == before
