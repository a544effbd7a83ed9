"""`emoprefer calls`: what is on record, for programs."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import CallCache


def record(home, judge, *entries):
    with CallCache(home / "calls", judge).open() as cache:
        list(cache.keep(iter(entries), lambda entry: entry))


def entry(key, answered=True, **more):
    return {"key": key, "answered": answered, "text": "a1"} | more


def calls(*arguments):
    done = CliRunner().invoke(main, ["calls", *arguments])
    return done.exit_code, done.output


def test_every_call_is_a_json_line_oldest_first(settings):
    record(settings.home, "longer", entry("k1", text="全 \ud800\x9b\n"), entry("k2", False, failure="HTTP 500"))
    code, output = calls("longer")
    lines = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [(line["key"], line["answered"], line["failure"]) for line in lines] == [
        ("k1", True, ""),
        ("k2", False, "HTTP 500"),
    ]
    assert lines[0]["text"] == "全 \ud800\x9b\n"
    assert lines == list(CallCache(settings.home / "calls", "longer").calls())
    # Nothing that a terminal would obey.
    assert output.isascii() and output.replace("\n", "").isprintable()


def test_a_judge_without_calls_prints_nothing_and_one_that_has_left_the_registry_still_does(settings):
    assert calls("longer") == (0, "")
    record(settings.home, "gone", entry("k"))
    assert json.loads(calls("gone")[1])["key"] == "k"


@pytest.mark.parametrize("name", ["longr", "../longer", ""])
def test_an_unknown_judge_lists_the_known(settings, name):
    record(settings.home, "gone", entry("k"))
    code, output = calls(name)
    assert code == 1
    assert f'no judge "{name}". Known judges: always_a1, gone, longer.' in output


def test_calls_of_another_home_are_taken_over_once(settings, tmp_path):
    record(settings.home, "longer", entry("k1"))
    record(tmp_path / "other", "longer", entry("k2"))
    said = f"from {tmp_path}/other.\n"
    assert calls("longer", "--take-over", str(tmp_path / "other")) == (0, f"longer: 1 calls were taken over {said}")
    assert calls("longer", "--take-over", str(tmp_path / "other")) == (0, f"longer: 0 calls were taken over {said}")
    assert [call["key"] for call in CallCache(settings.home / "calls", "longer").calls()] == ["k1", "k2"]
    code, output = calls("longer", "--take-over", str(tmp_path / "nowhere"))
    assert code == 2 and "nowhere" in output


def test_another_home_of_an_older_version_is_brought_forward(settings, tmp_path):
    folder = tmp_path / "other" / "ledger" / "longer"
    folder.mkdir(parents=True)
    (folder / "calls.jsonl").write_text(json.dumps(entry("k")) + "\n")
    assert "1 calls were taken over" in calls("longer", "--take-over", str(tmp_path / "other"))[1]


def test_a_reader_may_close_the_pipe(settings):
    record(settings.home, "longer", *(entry(f"k{number}", text="x" * 500) for number in range(2000)))
    command = [sys.executable, "-c", "from emoprefer_assets.cli import main; main()", "calls", "longer"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert json.loads(process.stdout.readline())["key"] == "k0"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()
