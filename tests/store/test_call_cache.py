import json
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.store import CachedAnswer, CallCache

DAY = 24 * 3600


def entry(key, answered=True, **more):
    return {
        "key": key,
        "answered": answered,
        "failure": "" if answered else "HTTP 500",
        "text": "a1 \n 全",
        "log_probabilities": (-0.5, -1.25),
        "tokens_in": 7,
        "tokens_out": 2,
        "tokens_cached": 3,
        "tokens_reasoning": 1,
        "seconds": 0.25,
        "step": "s1",
        "asked": "j",
        "cost": 0.5,
        "thoughts": "first, the face",
        "cut": True,
        "request": {"messages": [{"role": "user"}]},
    } | more


def record(cache, *entries):
    return [kept for batch in cache.keep(iter(entries), lambda entry: entry) for kept in batch]


def keys(cache):
    return [call["key"] for call in cache.calls()]


def test_an_answered_call_is_found_by_the_next_run(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, entry("k1"), entry("k2", answered=False))
    answer = CachedAnswer("k1", "a1 \n 全", (-0.5, -1.25), "first, the face", True)
    assert CallCache(tmp_path, "j").answers(["k1", "k2", "k3", "k1"]) == {"k1": answer}
    with CallCache(tmp_path, "j").open() as cache:
        assert cache.answers(["k1", "k2"]) == {"k1": answer}


def test_calls_of_an_older_file_are_read_as_they_are_and_kept_when_it_is_written(tmp_path):
    file = tmp_path / "j.sqlite"
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, entry("k1", thoughts="", cut=False))
    with sqlite3.connect(file) as connection:
        connection.executescript(
            "alter table calls drop column thoughts; alter table calls drop column cut; pragma user_version = 1;"
        )
    connection.close()
    before = file.read_bytes()
    answer = CachedAnswer("k1", "a1 \n 全", (-0.5, -1.25))
    cache = CallCache(tmp_path, "j")
    assert (cache.answers(["k1"]), keys(cache), len(cache.costs())) == ({"k1": answer}, ["k1"], 1)
    assert file.read_bytes() == before
    with cache.open():
        record(cache, entry("k2"))
    assert cache.answers(["k1"]) == {"k1": answer}
    assert [call["cut"] for call in cache.calls()] == [False, True]


def test_thousands_of_answers_are_found_at_once(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, *(entry(f"k{number}", text=str(number)) for number in range(3000)))
        found = cache.answers([f"k{number}" for number in range(0, 6000, 2)])
    assert {key: answer.text for key, answer in found.items()} == {f"k{n}": str(n) for n in range(0, 3000, 2)}


def test_of_two_answers_the_newest_counts(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, entry("k", text="old"), entry("k", text="new"))
        assert cache.answers(["k"])["k"].text == "new"


def test_a_cache_without_a_file_is_empty_and_makes_none(tmp_path):
    cache = CallCache(tmp_path / "calls", "j")
    assert (cache.answers(["k"]), list(cache.calls()), cache.costs(), cache.version()) == ({}, [], [], "")
    assert cache.spent_since(0) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_killed_before_its_tables_were_made_leaves_an_empty_cache(tmp_path):
    (tmp_path / "j.sqlite").write_bytes(b"")
    cache = CallCache(tmp_path, "j")
    assert list(cache.calls()) == []
    with cache.open():
        record(cache, entry("k"))
    assert keys(cache) == ["k"]


def test_nothing_is_recorded_by_those_who_only_read(tmp_path):
    with pytest.raises(RuntimeError, match="is not open"):
        record(CallCache(tmp_path, "j"), entry("k"))


def test_every_call_comes_back_as_it_was_recorded_with_its_time(tmp_path):
    given = [entry("k1"), entry("k2", answered=False)]
    before = time.time()
    with CallCache(tmp_path, "j").open() as cache:
        assert record(cache, *given) == given
    found = list(cache.calls())
    assert all(before <= call.pop("at") <= time.time() for call in found)
    assert found == json.loads(json.dumps(given))


@pytest.mark.parametrize("text", ["\ud800 torn", "torn \udc80", "\ud83d\ude00", "a\0b", "\x1b[2J", ""])
def test_broken_texts_survive(tmp_path, text):
    given = entry("k", text=text, failure=text, request={"messages": [text]})
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, given)
    (call,) = cache.calls()
    assert (call["text"], call["failure"]) == (text, text)
    assert cache.answers(["k"])["k"].text == text


def test_a_second_run_on_the_same_judge_waits_and_finds_what_the_first_was_answered(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("emoprefer_assets.store.call_cache.SILENT_SECONDS", 0.05)

    def ask():
        with CallCache(tmp_path, "j").open() as second:
            return second.answers(["k"])

    with ThreadPoolExecutor(1) as other:
        with CallCache(tmp_path, "j").open() as first:
            found = other.submit(ask)
            while not caplog.messages:
                assert not found.done()
                time.sleep(0.01)
            record(first, entry("k"))
        assert found.result(10)["k"].key == "k"
    assert caplog.messages == ['judge "j" is being asked by another run: waiting for that to end.']


def test_readers_see_what_is_durable_while_a_run_goes_on(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, *(entry(f"k{number}") for number in range(700)))
        reader = CallCache(tmp_path, "j").calls()
        assert next(reader)["key"] == "k0"
        record(cache, entry("later"))
        assert [call["key"] for call in reader][-1] == "later"


def test_what_came_before_an_error_is_durable_and_yielded(tmp_path):
    def replies():
        yield entry("k1")
        yield entry("k2", answered=False)
        raise ConnectionError("gone")

    yielded = []
    with CallCache(tmp_path, "j").open() as cache, pytest.raises(ConnectionError, match="gone"):
        for batch in cache.keep(replies(), lambda entry: entry):
            yielded += batch
    assert [reply["key"] for reply in yielded] == keys(cache) == ["k1", "k2"]


def test_what_a_reader_of_replies_leaves_behind_is_durable(tmp_path):
    pulled = []

    def replies():
        for number in range(2000):
            pulled.append(f"k{number}")
            yield entry(f"k{number}")

    with CallCache(tmp_path, "j").open() as cache:
        for _ in cache.keep(replies(), lambda entry: entry):
            break
        assert 0 < len(pulled) < 2000
        assert keys(cache) == pulled


def test_replies_are_yielded_once_in_order_when_they_are_on_disk(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        yielded = []
        for batch in cache.keep((entry(f"k{number}") for number in range(5000)), lambda entry: entry):
            yielded += [reply["key"] for reply in batch]
            (on_disk,) = sqlite3.connect(cache.file).execute("select count(*) from calls").fetchone()
            assert on_disk >= len(yielded)
    assert yielded == keys(cache) == [f"k{number}" for number in range(5000)]


def test_an_error_of_the_disk_reaches_the_caller_and_nothing_more_is_yielded(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, entry("k0"))
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            cache._connection.execute("pragma query_only = on")
            assert record(cache, entry("k1")) == []
        cache._connection.execute("pragma query_only = off")
        record(cache, entry("k2"))
    assert keys(cache) == ["k0", "k2"]


def test_an_entry_that_cannot_be_recorded_stops_after_those_before_it(tmp_path):
    with CallCache(tmp_path, "j").open() as cache, pytest.raises(KeyError, match="key"):
        record(cache, entry("k1"), {"answered": True})
    assert keys(cache) == ["k1"]


def test_the_version_changes_with_every_call(tmp_path):
    versions = [CallCache(tmp_path, "j").version()]
    with CallCache(tmp_path, "j").open() as cache:
        for answered in (True, True, False):
            record(cache, entry("k", answered))
            versions.append(cache.version())
        cache.reserve([("k", 1.0)])
        assert cache.version() == versions[-1] == CallCache(tmp_path, "j").version()
    assert len(set(versions)) == 4


def test_costs_are_summed_by_step_and_model(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, entry("k1"), entry("k2", answered=False), entry("k3", step="s3", asked="reader", cost=0.0))
    rows = [
        (row.step, row.asked, row.calls, row.failed, row.tokens_in, row.tokens_out, row.seconds, row.cost)
        for row in cache.costs()
    ]
    assert rows == [("s1", "j", 2, 1, 14, 4, 0.5, 1.0), ("s3", "reader", 1, 0, 7, 2, 0.25, 0.0)]


def test_what_is_under_way_counts_until_it_is_recorded_or_released(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        start = time.time()
        cache.reserve([("k1", 2.0), ("k2", 4.0), ("k3", 8.0)])
        assert CallCache(tmp_path, "j").spent_since(start) == 14
        record(cache, entry("k1"))
        assert cache.spent_since(start) == 12.5
        cache.release(["k2"])
        assert cache.spent_since(start) == 8.5
        assert cache.spent_since(time.time() + 1) == 0


def test_what_a_killed_run_had_under_way_counts_for_a_day(tmp_path, monkeypatch):
    with CallCache(tmp_path, "j").open() as killed:
        killed.reserve([("k", 2.0)])
    with CallCache(tmp_path, "j").open() as cache:
        # Both runs' calls of the same key may have been paid for.
        cache.reserve([("k", 1.0)])
        record(cache, entry("k"))
        assert cache.spent_since(time.time() - DAY) == 2.5
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + DAY + 1)
        assert cache.spent_since(time.time() - 2 * DAY) == 0.5
        cache.reserve([("k2", 1.0)])
    rows = sqlite3.connect(cache.file).execute("select key from reservations").fetchall()
    assert rows == [("k2",)]


def test_calls_of_another_record_are_taken_over_once(tmp_path):
    with CallCache(tmp_path / "theirs", "j").open() as theirs:
        record(theirs, entry("k1"), entry("k2", answered=False), entry("k2", answered=False))
    with CallCache(tmp_path / "ours", "j").open() as ours:
        record(ours, entry("k0"))
        assert [ours.take_over(theirs.calls()) for _ in range(2)] == [3, 0]
        assert keys(ours) == ["k0", "k1", "k2", "k2"]
        assert [call["at"] for call in ours.calls()][1:] == [call["at"] for call in theirs.calls()]


def test_what_cannot_be_taken_over_whole_is_not_taken_over(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        with pytest.raises(KeyError):
            cache.take_over([entry("k1"), {"text": "a1"}])
        assert keys(cache) == []


@pytest.mark.parametrize("damage", ["overwritten", "cut short"])
def test_a_damaged_file_is_named(tmp_path, damage):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, *(entry(f"k{number}") for number in range(100)))
    content = cache.file.read_bytes()
    cache.file.write_bytes(b"no database" * 2000 if damage == "overwritten" else content[:8192])
    with pytest.raises(EmopreferError, match=r"j.sqlite is damaged .* Restore it from a copy, or move it away"):
        cache.answers(["k1"])
    with pytest.raises(EmopreferError, match="is damaged"), cache.open():
        record(cache, entry("k"))


def test_a_commit_returns_when_it_is_on_disk(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        modes = [cache._connection.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


def test_a_cache_leaves_one_file_and_its_lock(tmp_path):
    with CallCache(tmp_path, "j").open() as cache:
        record(cache, entry("k"))
    list(CallCache(tmp_path, "j").calls())
    assert Counter(Path(file).suffix for file in tmp_path.iterdir()) == {".sqlite": 1, ".lock": 1}
