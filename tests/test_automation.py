"""The daemon: what a change makes run by itself, and that nothing else does."""

import json
import os
import shutil
from dataclasses import dataclass, field
from functools import partial

import dagster as dg
import pytest

from emoprefer_assets import automation, planning
from emoprefer_assets.automation import evaluation_follows
from emoprefer_assets.definitions import defs
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import take_in
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import CallCache, Warehouse
from tests.conftest import RULES, use, write_csv
from tests.judges.batch_server import running_batch_server

NEW_JUDGE = "  - {name: second, backend: rules, rule: random, seed: 1}\n"
PREDICTIONS = {f"s{number}_predictions" for number in range(1, 6)}


@dataclass
class Daemon:
    """The sensor's ticks, one by one, over the home of a test; what they request is run when a test says so."""

    instance: dg.DagsterInstance
    cursor: str | None = None
    requests: list[dg.RunRequest] = field(default_factory=list)

    def tick(self) -> dict[str, set[str | None]]:
        """What is requested: partitions (None for an asset without) by asset."""
        found = evaluation_follows(dg.build_sensor_context(self.instance, cursor=self.cursor))
        self.requests = []
        if isinstance(found, dg.SensorResult):
            for request in found.dynamic_partitions_requests:
                self.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
            self.cursor, self.requests = found.cursor, list(found.run_requests)
        return self.requested

    @property
    def requested(self) -> dict[str, set[str | None]]:
        requested: dict[str, set[str | None]] = {}
        for request in self.requests:
            for key in request.asset_selection:
                requested.setdefault(key.to_user_string(), set()).add(request.partition_key)
        return requested

    def run(self) -> None:
        """Make what was requested, as the daemon would: a run a request."""
        for request in self.requests:
            defs.resolve_job_def(request.job_name).execute_in_process(
                instance=self.instance,
                asset_selection=list(request.asset_selection),
                partition_key=request.partition_key,
                tags=request.tags,
                raise_on_error=False,
            )

    def ticks_until_quiet(self) -> list[dict[str, set[str | None]]]:
        ticks = []
        while self.tick():
            ticks.append(self.requested)
            self.run()
            assert len(ticks) < 8, ticks[-1]
        return ticks


@pytest.fixture
def settings(settings, four_pairs_once_evaluated, tmp_path, monkeypatch):
    """Of a copy of what was evaluated."""
    shutil.copytree(four_pairs_once_evaluated, tmp_path, dirs_exist_ok=True)
    use(tmp_path, monkeypatch)
    return current_settings()


@pytest.fixture
def data_folder(settings):
    return settings.data_dir


@pytest.fixture
def daemon(settings, records, only):
    """Over an evaluated data set. tests/test_planning.py has all tables."""
    only("judge_board", "leaderboard")
    with records(settings) as instance:
        daemon = Daemon(instance)
        assert daemon.tick() == {}
        yield daemon


def judges(partition_sets) -> set[str | None]:
    return set().union(*partition_sets) - {None}


def times(ticks, table: str) -> int:
    return sum(table in requested for requested in ticks)


def test_the_first_start_makes_everything_once(settings, records, only):
    only("judge_board", "leaderboard")
    shutil.rmtree(settings.home)
    with records(settings) as instance:
        ticks = Daemon(instance).ticks_until_quiet()
        made = [(name, partition) for tick in ticks for name, partitions in tick.items() for partition in partitions]
        assert len(made) == len(set(made))
        assert {"raw_pairs", "judge_board", "leaderboard", "published_database"} <= {name for name, _ in made}
        assert evaluate(Run(current_settings())).tables == []


def test_a_new_judge_is_asked_alone_and_the_boards_follow_once(daemon, settings):
    settings.judges_file.write_text(RULES + NEW_JUDGE)
    ticks = daemon.ticks_until_quiet()
    assert judges(partitions for tick in ticks for partitions in tick.values()) == {"second"}
    assert [times(ticks, table) for table in ("s1_predictions", "judge_board", "published_database")] == [1, 1, 1]
    assert {"raw_pairs", "consensus_pairs", "human_agreement"}.isdisjoint(name for tick in ticks for name in tick)
    assert evaluate(Run(current_settings())).tables == []


def test_a_changed_judge_is_asked_anew_alone(daemon, settings):
    settings.judges_file.write_text(RULES.replace("rule: always_a1", "rule: random, seed: 3"))
    ticks = daemon.ticks_until_quiet()
    assert judges(partitions for tick in ticks for partitions in tick.values()) == {"always_a1"}
    assert evaluate(Run(current_settings())).tables == []


def test_a_retired_judge_is_not_asked_and_leaves_the_boards(daemon, settings):
    settings.judges_file.write_text(RULES.replace("rule: always_a1", "rule: always_a1, retired: true"))
    ticks = daemon.ticks_until_quiet()
    assert judges(partitions for tick in ticks for partitions in tick.values()) == set()
    assert times(ticks, "judge_board") == 1
    assert "always_a1" in daemon.instance.get_dynamic_partitions("judge")


def test_a_changed_vote_reaches_the_boards(daemon, data_folder):
    votes = data_folder / "votes.csv"
    votes.write_text(votes.read_text().replace("p2,Ann,a2", "p2,Ann,a1"))
    ticks = daemon.ticks_until_quiet()
    assert "consensus_pairs" in ticks[0]
    assert [times(ticks, table) for table in ("consensus_pairs", "judge_board", "leaderboard")] == [1, 1, 1]
    assert evaluate(Run(current_settings())).tables == []


def test_a_touched_file_runs_nothing(daemon, settings, data_folder):
    for file in (data_folder / "votes.csv", data_folder / "pairs.csv", settings.judges_file):
        os.utime(file, (1, 1))
    assert daemon.tick() == {}


def take_in_at_once(monkeypatch) -> None:
    monkeypatch.setattr(automation, "take_in", partial(take_in, quiet_seconds=0))
    monkeypatch.setattr(planning, "choose_more_battles", lambda _: 0)


def test_a_submission_is_taken_in_and_judged(daemon, data_folder, monkeypatch):
    folder = current_settings().submissions_dir / "systems"
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"clip1": "He beams with joy.", "clip2": "She is tense and afraid.", "clip3": "He rests, at peace."}
    write_csv(folder / "team.csv", ["name", "description"], list(texts.items()))
    os.utime(folder / "team.csv")
    assert daemon.tick() == {}

    take_in_at_once(monkeypatch)
    ticks = daemon.ticks_until_quiet()
    asked = set().union(*(tick.keys() for tick in ticks if judges(tick.values())))
    assert PREDICTIONS.isdisjoint(asked)
    # Two clear preferences are too few for adversarial probes.
    assert asked == {"battle_verdicts"}
    assert times(ticks, "leaderboard") == 1
    assert evaluate(Run(current_settings())).tables == []


def test_nine_submissions_at_once_make_five_runs_that_each_say_why(daemon, monkeypatch):
    folder = current_settings().submissions_dir / "systems"
    folder.mkdir(parents=True, exist_ok=True)
    for word in ("glad", "sad", "calm", "angry", "afraid", "proud", "bored", "tense", "shy"):
        texts = [
            ("clip1", f"{word} at first."),
            ("clip2", f"Somewhat {word}."),
            ("clip3", f"Quite {word}, as it seems."),
        ]
        write_csv(folder / f"{word}.csv", ["name", "description"], texts)
    take_in_at_once(monkeypatch)
    runs = []
    while daemon.tick():
        runs += [(request.partition_key, request.tags["emoprefer/because"]) for request in daemon.requests]
        daemon.run()
    entered, boards, *asked, leaderboard = runs
    assert entered[1].startswith("submission_findings, entries, submissions: changed: submission_files; ")
    assert boards[1].startswith("judge_board: changed: entries; ")
    assert asked == [(judge, "battle_verdicts: not made yet") for judge in ("always_a1", "longer")]
    assert leaderboard[1].startswith("crowd_verdicts, battle_counts: changed: battle_verdicts, battles; ")


def test_a_judge_that_fails_is_tried_once_and_holds_nobody_back(daemon, settings):
    settings.judges_file.write_text(
        RULES + "  - {name: lost, backend: openai, model: m, base_url: 'http://127.0.0.1:9/v1'}\n" + NEW_JUDGE
    )
    ticks = daemon.ticks_until_quiet()
    assert times(ticks, "judge_board") == 1
    assert sum("lost" in tick.get("s1_predictions", ()) for tick in ticks) == 1
    assert daemon.tick() == {}


def test_a_run_says_why_it_was_started(daemon, settings):
    settings.judges_file.write_text(RULES + NEW_JUDGE)
    daemon.tick()
    (judges_list, second) = daemon.requests
    assert judges_list.tags["emoprefer/because"] == "judges: changed: judge_registry"
    tables, _, reason = second.tags["emoprefer/because"].partition(": ")
    assert "s1_predictions" in tables.split(", ") and reason == "not made yet"


def test_nothing_is_looked_at_while_no_file_changes(daemon, settings, monkeypatch):
    daemon.tick()
    monkeypatch.setattr("emoprefer_assets.automation.make_plan", None)
    assert daemon.tick() == {}


def test_a_recording_that_has_come_is_noticed(daemon, settings):
    settings.judges_file.write_text(RULES + "  - {name: heard, backend: replay, path: ../heard.csv}\n")
    assert "heard" not in judges(partitions for tick in daemon.ticks_until_quiet() for partitions in tick.values())
    rows = [("clip1", "a1"), ("clip2", "a2")]
    write_csv(settings.judges_file.parent.parent / "heard.csv", ["name", "preference"], rows)
    assert "heard" in judges(daemon.tick().values())


def test_what_is_under_way_is_not_requested_again_and_holds_back_what_is_made_from_it(daemon, settings):
    settings.judges_file.write_text(RULES + NEW_JUDGE)
    daemon.tick()
    (first, second) = daemon.requests
    daemon.requests = [first]
    daemon.run()
    job = defs.resolve_job_def(second.job_name)
    selected = job.get_subset(asset_selection=set(second.asset_selection))
    run = daemon.instance.create_run_for_job(
        selected, asset_selection=frozenset(second.asset_selection), tags={"dagster/partition": "second"}
    )
    assert daemon.tick() == {}
    daemon.instance.report_run_failed(run)
    assert "judge_board" in daemon.tick()


def test_what_a_finished_batch_answered_is_collected_and_its_judge_goes_on(daemon, settings, monkeypatch):
    monkeypatch.setenv("EMOPREFER_BATCH", "yes")
    monkeypatch.setattr(automation, "PLAN_ANYWAY_AFTER", 0.0)
    with running_batch_server() as server:
        entry = {"name": "lab", "backend": "openai", "model": "tiny", "base_url": server.url}
        settings.judges_file.write_text(RULES + f"  - {json.dumps(entry)}\n")
        daemon.ticks_until_quiet()
        (handed_in,) = server.batches.values()
        assert handed_in["status"] == "in_progress"
        server.finish()
        first, *_ = daemon.ticks_until_quiet()
        assert first["s1_predictions"] == {"lab"}
        assert len(server.batches) == 1
    calls = CallCache(settings.calls_folder, "lab")
    assert sorted(server.asked()) == sorted(call["key"] for call in calls.calls())
    (verdicts,) = Warehouse(settings.warehouse).frames("s1_predictions").values()
    assert set(verdicts.loc[verdicts["judge"] == "lab", "raw_text"]) == {"a1"}
