import errno
import os

import pytest

from emoprefer_assets.store import Journal


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "book" / "lines.jsonl")


def test_a_journal_without_a_file_is_empty_and_whole(journal):
    assert list(journal.entries()) == []
    assert not journal.is_torn()
    journal.mend()
    assert not journal.file.exists()


def test_an_empty_file_is_whole(journal):
    journal.append([])
    assert journal.file.read_bytes() == b""
    assert not journal.is_torn()


def test_a_torn_line_is_seen_and_mended_and_the_version_never_counts_it(journal):
    journal.append([{"n": 1}])
    version = journal.version()
    with journal.file.open("ab") as lines:
        lines.write(b'{"n": 2')
    assert journal.is_torn()
    assert journal.version() == version
    journal.mend()
    assert not journal.is_torn()
    journal.append([{"n": 3}])
    assert [entry["n"] for _, entry in journal.entries()] == [1, 3]
    assert journal.version() != version


def test_what_a_full_disk_took_in_part_is_taken_back(journal, monkeypatch):
    journal.append([{"n": 1}])
    before = journal.file.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            journal.append([{"n": 2}])
    assert journal.file.read_bytes() == before
    journal.append([{"n": 3}])
    assert [entry["n"] for _, entry in journal.entries()] == [1, 3]
