import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.store import Ledger


def entry(key, answered=True):
    return {"key": key, "answered": answered, "text": "a1 \n 全"}


def test_an_answered_call_is_found_by_the_next_run(tmp_path):
    with Ledger(tmp_path, "j").open() as ledger:
        ledger.record([entry("k1"), entry("k2", answered=False)])
        assert ledger.answer("k1")["text"] == "a1 \n 全"
    with Ledger(tmp_path, "j").open() as ledger:
        assert ledger.answer("k1")["text"] == "a1 \n 全"
        assert ledger.answer("k2") is None


def test_failed_calls_stay_on_record(tmp_path):
    with Ledger(tmp_path, "j").open() as ledger:
        ledger.record([entry("k", answered=False)])
        ledger.record([entry("k")])
    lines = (tmp_path / "j" / "calls.jsonl").read_text().splitlines()
    assert [json.loads(line)["answered"] for line in lines] == [False, True]


def test_a_torn_last_line_is_dropped_with_a_note(tmp_path, caplog):
    with Ledger(tmp_path, "j").open() as ledger:
        ledger.record([entry("k1"), entry("k2")])
    file = tmp_path / "j" / "calls.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    with caplog.at_level(logging.WARNING), Ledger(tmp_path, "j").open() as ledger:
        assert ledger.answer("k1") and ledger.answer("k2") is None
        ledger.record([entry("k3")])
    assert "dropped an unfinished last line" in caplog.text
    with Ledger(tmp_path, "j").open() as ledger:
        assert ledger.answer("k3")


def test_a_broken_line_in_the_middle_is_named(tmp_path):
    (tmp_path / "j").mkdir()
    (tmp_path / "j" / "calls.jsonl").write_text(json.dumps(entry("k")) + "\nnonsense\n")
    with (
        pytest.raises(EmopreferError, match=r"calls.jsonl line 2: not an entry of this file. Remove the line"),
        Ledger(tmp_path, "j").open(),
    ):
        pass


def test_a_second_run_on_the_same_judge_waits_and_finds_what_the_first_was_answered(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("emoprefer_assets.store.ledger.SILENT_SECONDS", 0.05)

    def ask():
        with Ledger(tmp_path, "j").open() as second:
            return second.answer("k")

    with ThreadPoolExecutor(1) as other:
        with Ledger(tmp_path, "j").open() as first:
            found = other.submit(ask)
            while not caplog.messages:
                assert not found.done()
                time.sleep(0.01)
            first.record([entry("k")])
        assert found.result(10) == entry("k")
    assert caplog.messages == ['judge "j" is being asked by another run: waiting for that to end.']


def test_calls_lists_answered_and_failed_ones_in_order(tmp_path):
    with Ledger(tmp_path, "j").open() as ledger:
        ledger.record([entry("k1"), entry("k2", answered=False)])
        assert [call["key"] for call in ledger.calls()] == ["k1", "k2"]


def test_an_entry_that_is_no_call_is_named(tmp_path):
    Ledger(tmp_path, "j").journal.append([entry("k1"), {"text": "a1"}])
    with pytest.raises(EmopreferError, match=r"calls.jsonl line 2: .*Remove the line"), Ledger(tmp_path, "j").open():
        pass
