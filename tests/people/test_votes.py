"""Votes are on disk before anybody hears of it, and are there once."""

import itertools
import multiprocessing
import os
import sqlite3
import threading
from dataclasses import replace

import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people import Answer, Votes
from tests.hostile.attacks import ATTACKS

VOTE = Answer(
    annotator="a01",
    item="00ff",
    attempt=1,
    kind="pair",
    key="p1",
    correct=None,
    choice="a1",
    left="a2",
    seconds=2.5,
    replays=1,
    confidence=None,
    reason="",
    at="2026-05-01T10:00:00Z",
)


@pytest.fixture
def votes(tmp_path):
    opened = Votes(tmp_path)
    yield opened
    opened.close()


def test_an_attempt_is_kept_once_and_the_first_stays(votes):
    assert votes.add(VOTE)
    assert not votes.add(replace(VOTE, choice="a2"))
    assert votes.add(replace(VOTE, attempt=2))
    assert votes.add(replace(VOTE, annotator="a02"))
    assert votes.of("a01") == [VOTE, replace(VOTE, attempt=2)]
    assert votes.one("a01", "00ff", 1) == VOTE
    assert votes.one("a03", "00ff", 1) is None


def test_what_was_taken_back_stays_on_record_with_its_time(votes):
    votes.add(VOTE)
    assert votes.withdraw("a01", "00ff", 1, "2026-05-01T10:01:00Z")
    assert not votes.withdraw("a01", "00ff", 1, "2026-05-01T10:02:00Z")
    assert votes.all() == [replace(VOTE, withdrawn="2026-05-01T10:01:00Z")]


def test_texts_are_kept_as_texts(votes, tmp_path):
    for number, attack in enumerate(ATTACKS):
        assert votes.add(replace(VOTE, attempt=number + 1, reason=attack, key=attack))
    again = Votes(tmp_path)
    assert [(answer.key, answer.reason) for answer in again.all()] == [(attack, attack) for attack in ATTACKS]
    again.close()


@pytest.mark.parametrize("choice", ["left", "", "a3"])
def test_nothing_but_a_choice_is_kept(votes, choice):
    votes.add(VOTE)
    with pytest.raises(sqlite3.IntegrityError):
        votes.add(replace(VOTE, attempt=2, choice=choice))
    assert votes.all() == [VOTE]
    assert votes.add(replace(VOTE, attempt=2))


def test_every_commit_is_on_disk_before_it_returns(votes):
    assert votes._connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert votes._connection.execute("pragma synchronous").fetchone() == (2,)


def test_many_at_once_lose_nothing_and_keep_nothing_twice(tmp_path):
    files = [Votes(tmp_path), Votes(tmp_path)]
    added = []

    def add(file, annotator):
        for number in range(50):
            added.append(file.add(replace(VOTE, annotator=annotator, item=str(number))))

    # Two windows of a01 on two servers, and a02.
    threads = [
        threading.Thread(target=add, args=work)
        for work in ((files[0], "a01"), (files[1], "a01"), (files[0], "a02"), (files[1], "a02"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == len(files[0].all()) == 100
    assert len(files[1].of("a01")) == 50
    for file in files:
        file.close()


def add_without_end(folder, told):
    """Say the number of each vote once it is kept."""
    votes = Votes(folder)
    for number in itertools.count(len(votes.all())):
        votes.add(replace(VOTE, item=str(number)))
        os.write(told, f"{number}\n".encode())


@pytest.mark.parametrize("kept_before", [1, 2, 5, 20, 50])
def test_killed_at_any_moment_what_was_told_as_kept_is_kept(tmp_path, kept_before):
    reading, writing = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=add_without_end, args=(tmp_path, writing))
    process.start()
    os.close(writing)
    with os.fdopen(reading) as lines:
        told = [int(next(lines)) for _ in range(kept_before)]
        process.kill()
        told += [int(line) for line in lines]
    process.join()
    votes = Votes(tmp_path)
    kept = [int(answer.item) for answer in votes.all()]
    votes.close()
    assert kept == list(range(len(kept)))
    # At most the one that was not told yet.
    assert len(told) <= len(kept) <= len(told) + 1


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "votes.sqlite").write_bytes(b"nonsense " * 1000)
    with pytest.raises(EmopreferError, match=r"votes\.sqlite is damaged"):
        Votes(tmp_path)
