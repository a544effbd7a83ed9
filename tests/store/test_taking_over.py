"""Homes of format 2 kept calls as JSON lines: all of them are taken over, once, whatever comes in between."""

import logging
import threading
import time

import pytest
from filelock import FileLock

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import FORMAT, claim_home, format_of
from emoprefer_assets.store import CallCache, Journal
from tests.resilience.killing import killed_after

# As format 2 wrote it.
FIELDS = (
    "answered",
    "failure",
    "key",
    "log_probabilities",
    "request",
    "seconds",
    "step",
    "text",
    "tokens_in",
    "tokens_out",
    "cost",
    "asked",
)


def old_entry(key, answered=True, **more):
    values = (
        answered,
        "" if answered else "HTTP 500",
        key,
        [-0.5, -1.0],
        {"messages": ["全"]},
        0.25,
        "s1",
        "a1",
        7,
        2,
        0.001,
        "j",
    )
    return dict(zip(FIELDS, values, strict=True)) | more


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "format.json").write_text('{"format": 2}')
    return folder


def old_calls(home, judge, entries):
    file = home / "ledger" / judge / "calls.jsonl"
    Journal(file).append(entries)
    return file


def taken_over(home, judge):
    calls = list(CallCache(home / "calls", judge).calls())
    return [{name: call[name] for name in FIELDS} for call in calls]


def test_every_call_is_taken_over_in_order_and_the_old_files_stay(home, caplog):
    given = [
        old_entry("k1"),
        old_entry("k2", False),
        old_entry("k2", False),
        old_entry("k2"),
        old_entry("k3", text="\ud800"),
    ]
    content = old_calls(home, "j", given).read_bytes()
    old_calls(home, "reader", [old_entry("k4")])
    with caplog.at_level(logging.WARNING):
        claim_home(home)
    assert taken_over(home, "j") == given
    assert {call["at"] for call in CallCache(home / "calls", "j").calls()} == {0}
    assert taken_over(home, "reader") == [old_entry("k4")]
    assert CallCache(home / "calls", "j").answers(["k2", "k3"]).keys() == {"k2", "k3"}
    assert (home / "ledger.taken-over" / "j" / "calls.jsonl").read_bytes() == content
    assert not (home / "ledger").exists()
    assert format_of(home) == FORMAT
    told = (
        f"{home}: 6 calls of 2 judges were taken over into {home}/calls. The old files are in {home}/ledger.taken-over "
        "now, which may be deleted."
    )
    assert told in caplog.messages


def test_what_old_calls_cost_is_known_but_not_spent_today(home):
    old_calls(home, "j", [old_entry("k1"), old_entry("k2")])
    claim_home(home)
    cache = CallCache(home / "calls", "j")
    assert sum(row.cost for row in cache.costs()) == 0.002
    assert cache.spent_since(time.time() - 24 * 3600) == 0


def test_a_home_without_calls_only_gets_its_number(home):
    (home / "ledger" / "j").mkdir(parents=True)
    claim_home(home)
    assert format_of(home) == FORMAT
    assert not (home / "calls").exists() and (home / "ledger" / "j").exists()


def test_an_unfinished_last_line_is_dropped_with_a_note(home, caplog):
    file = old_calls(home, "j", [old_entry("k1"), old_entry("k2")])
    file.write_bytes(file.read_bytes()[:-9])
    claim_home(home)
    assert taken_over(home, "j") == [old_entry("k1")]
    assert f"{file}: an unfinished last line was dropped." in caplog.messages


CALL = '{"key": "k", "answered": true, '


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        '{"text": "a1"}',
        '{"key": "k"}',
        '{"key": 7, "answered": true}',
        f'{CALL} "tokens_in": "many"}}',
        f'{CALL} "tokens_in": 1e400}}',
        f'{CALL} "tokens_in": {10**30}}}',
        f'{CALL} "cost": NaN}}',
    ],
)
def test_a_line_that_is_no_call_is_named_and_nothing_is_lost(home, line):
    old_calls(home, "early", [old_entry("k0")])
    file = old_calls(home, "j", [old_entry("k1")])
    whole = file.read_text()
    file.write_text(f"{whole}{line}\n{whole}")
    with pytest.raises(EmopreferError, match=r"ledger/j/calls.jsonl line 2: .* Remove the line, and run again"):
        claim_home(home)
    assert format_of(home) == 2
    assert taken_over(home, "j") == []
    file.write_text(whole * 2)
    claim_home(home)
    assert taken_over(home, "early") == [old_entry("k0")]
    assert taken_over(home, "j") == [old_entry("k1")] * 2


def test_an_older_home_that_is_put_back_is_taken_over_again_without_doubles(home):
    file = old_calls(home, "j", [old_entry("k1"), old_entry("k2", False)])
    content = file.read_bytes()
    claim_home(home)
    (home / "format.json").write_text('{"format": 2}')
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    old_calls(home, "j", [old_entry("k3")])
    claim_home(home)
    assert [call["key"] for call in taken_over(home, "j")] == ["k1", "k2", "k3"]
    assert {file.name for file in home.iterdir()} >= {"ledger.taken-over", "ledger.taken-over-2"}


def test_a_run_of_the_older_version_is_waited_for(home, monkeypatch, caplog):
    monkeypatch.setattr("emoprefer_assets.store.call_cache.SILENT_SECONDS", 0.05)
    file = old_calls(home, "j", [old_entry("k1")])
    # Format 2 held this lock while it asked the judge.
    with FileLock(file.with_suffix(".lock")):
        claiming = threading.Thread(target=claim_home, args=[home])
        claiming.start()
        while not any("is being asked by another run" in message for message in caplog.messages):
            time.sleep(0.01)
        old_calls(home, "j", [old_entry("k2")])
    claiming.join()
    assert [call["key"] for call in taken_over(home, "j")] == ["k1", "k2"]


def test_a_kill_at_any_moment_leaves_nothing_out_and_nothing_twice(home):
    given = {judge: [old_entry(f"{judge}{number}", number % 3 > 0) for number in range(1500)] for judge in ("a", "b")}
    for judge, entries in given.items():
        old_calls(home, judge, entries)
    kills, seconds = 0, 0.01
    while killed_after(seconds, lambda: claim_home(home)):
        kills, seconds = kills + 1, seconds * 1.25
        for judge, entries in given.items():
            assert taken_over(home, judge) in ([], entries)
    assert kills > 3
    assert format_of(home) == FORMAT
    assert {judge: taken_over(home, judge) for judge in given} == given
