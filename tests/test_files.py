"""Files that are there whole or not at all."""

import os

import pytest

from emoprefer_assets.files import ABANDONED_SECONDS, replaced_atomically


@pytest.mark.parametrize("durable", [False, True])
def test_what_was_written_takes_the_place_of_the_former_file(tmp_path, durable):
    target = tmp_path / "folder" / "a.json"
    for content in ("former", "new"):
        with replaced_atomically(target, durable) as part:
            part.write_text(content)
            assert not target.exists() or target.read_text() == "former"
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_the_former_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("former")
    with pytest.raises(OSError, match="disk"), replaced_atomically(target) as part:
        part.write_text("half")
        part.with_suffix(".wal").write_text("beside it")
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_text() == "former"


def test_a_folder_is_put_in_place_whole(tmp_path):
    with replaced_atomically(tmp_path / "model") as part:
        part.mkdir()
        (part / "weights").write_bytes(b"1")
    assert (tmp_path / "model" / "weights").read_bytes() == b"1"


def test_what_a_killed_process_left_goes_after_a_day_and_not_before(tmp_path):
    target = tmp_path / "a[1].json"
    left = [tmp_path / f".{target.name}.unfinished.{age}" for age in ("old", "young")]
    for folder in left:
        folder.mkdir()
    long_ago = left[0].stat().st_mtime - ABANDONED_SECONDS - 1
    os.utime(left[0], (long_ago, long_ago))
    with replaced_atomically(target) as part:
        part.write_text("new")
    assert sorted(tmp_path.iterdir()) == sorted([target, left[1]])
    with replaced_atomically(target, alone=True) as part:
        part.write_text("newer")
    assert list(tmp_path.iterdir()) == [target]


def test_others_may_read_what_was_written(tmp_path):
    with replaced_atomically(tmp_path / "a.json") as part:
        part.write_text("{}")
    (tmp_path / "b.json").write_text("{}")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "b.json").stat().st_mode
