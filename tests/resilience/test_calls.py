"""Calls that were answered are there after kills, on full disks and on ones that cannot be written."""

import multiprocessing
import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from emoprefer_assets.errors import about_the_disk
from emoprefer_assets.spending import Spending
from emoprefer_assets.store import CallCache
from tests.resilience.disks import fill, read_only
from tests.resilience.killing import killed_after

KILLS = int(os.environ.get("EMOPREFER_KILLS") or 25)


def entry(key, text="a1"):
    return {"key": key, "answered": True, "text": text, "step": "s1", "asked": "j", "cost": 0.01}


def keep(cache, entries):
    for batch in cache.keep(iter(entries), lambda entry: entry):
        yield from batch


def keys(cache):
    return [call["key"] for call in cache.calls()]


def test_what_was_yielded_before_a_kill_is_there_and_nothing_is_there_twice(tmp_path):
    """Killed again and again at random moments, a run goes on until all is answered."""
    log, wanted = tmp_path / "yielded", [f"k{number}" for number in range(3000)]
    cache = CallCache(tmp_path, "j")
    log.touch()

    def run():
        with cache.open(), log.open("ab", buffering=0) as told:
            spending = Spending(None, 1000.0, tmp_path)
            missing = [key for key in wanted if key not in cache.answers(wanted)]
            for start in range(0, len(missing), 100):
                part = missing[start : start + 100]
                assert spending.afford(cache, [(key, 0.01) for key in part]) == len(part)
                for reply in keep(cache, (entry(key) for key in part)):
                    told.write(f"{reply['key']}\n".encode())
                    spending.settle(cache, reply["key"], 0.01)
                    time.sleep(0.0001)

    chance, kills, before = random.Random(20_261), 0, []
    while killed_after(chance.random() * 0.1 * 1.05**kills, run):
        kills += 1
        on_record = keys(cache)
        assert on_record[: len(before)] == before
        assert {*log.read_text().split()} <= {*on_record}
        before = on_record
        if kills == KILLS:
            run()
            break
    assert kills > 3
    assert sorted(keys(cache)) == sorted(wanted)
    # What was under way at a kill counts beside what was answered: never too little.
    assert 30 - 1e-6 <= cache.spent_since(0) <= 30 + kills * 1.0 + 1e-6


def ask_what_is_missing(folder, wanted):
    cache = CallCache(folder, "j")
    with cache.open():
        missing = [key for key in wanted if key not in cache.answers(wanted)]
        for _ in keep(cache, map(entry, missing)):
            time.sleep(0.0005)


def test_two_processes_on_one_judge_take_turns(tmp_path):
    wanted = [f"k{number}" for number in range(200)]
    # No copies of this process: a lock that another thread holds at that moment would stay locked in them for ever.
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=ask_what_is_missing, args=(tmp_path, wanted)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    assert keys(CallCache(tmp_path, "j")) == wanted


def test_a_cache_on_a_full_disk_keeps_what_it_has_and_goes_on_afterwards(disk):
    yielded = []
    with CallCache(disk, "j").open() as cache:
        assert len(list(keep(cache, [entry("0")]))) == 1
        ballast = fill(disk, leave=300_000)
        with pytest.raises(sqlite3.OperationalError) as caught:
            for reply in keep(cache, (entry(str(number), "x" * 3000) for number in range(1, 5000))):
                yielded.append(reply["key"])
        assert "the disk is full" in str(about_the_disk(caught.value))
        assert keys(cache) == ["0", *yielded]
        with pytest.raises(sqlite3.OperationalError):
            cache.reserve([(str(number), 0.1) for number in range(100_000)])
        ballast.unlink()
        list(keep(cache, [entry("last")]))
    with cache.open():
        assert keys(cache) == ["0", *yielded, "last"]
        assert cache.spent_since(0) == pytest.approx(0.01 * len(keys(cache)))


@pytest.mark.parametrize("left", [0, 4096, 40_000, 100_000])
def test_a_cache_that_finds_no_space_says_so_and_is_whole_afterwards(disk, left):
    ballast = fill(disk, leave=left)
    cache, yielded = CallCache(disk, "j"), []
    with pytest.raises((sqlite3.OperationalError, OSError)) as caught, cache.open():
        for reply in keep(cache, (entry(str(number), "x" * 3000) for number in range(100))):
            yielded.append(reply["key"])
    assert "the disk is full" in str(about_the_disk(caught.value))
    assert keys(cache) == yielded
    ballast.unlink()
    with cache.open():
        list(keep(cache, [entry("last")]))
    assert keys(cache) == [*yielded, "last"]


def recorded(folder: Path) -> CallCache:
    cache = CallCache(folder, "j")
    with cache.open():
        list(keep(cache, [entry("k1"), entry("k2")]))
    return cache


def can_be_read(cache):
    assert keys(cache) == ["k1", "k2"]
    assert cache.answers(["k1", "k3"]).keys() == {"k1"}
    assert cache.costs()[0].calls == 2
    assert cache.version()
    assert cache.spent_since(0) == pytest.approx(0.02)


def test_a_cache_that_cannot_be_written_can_be_read(tmp_path):
    cache = recorded(tmp_path / "calls")
    version = cache.version()
    with read_only(tmp_path):
        can_be_read(cache)
        assert cache.version() == version
        assert keys(CallCache(tmp_path / "calls", "other")) == []
        with pytest.raises((OSError, sqlite3.OperationalError)) as caught, cache.open():
            pass
        assert "cannot be written" in str(about_the_disk(caught.value))


def test_a_cache_that_a_killed_run_left_can_be_read_where_it_cannot_be_written(tmp_path):
    cache = CallCache(tmp_path / "calls", "j")

    def run():
        with cache.open():
            list(keep(cache, [entry("k1"), entry("k2")]))
            os.kill(os.getpid(), 9)

    with pytest.raises(AssertionError):
        killed_after(60, run)
    assert cache.file.with_name("j.sqlite-wal").stat().st_size
    with read_only(tmp_path):
        can_be_read(cache)
    can_be_read(cache)
