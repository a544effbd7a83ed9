"""Automation conditions: what a change makes run by itself, and that nothing else does."""

import os
import shutil
import time
from dataclasses import dataclass, field

import dagster as dg
import pytest

from emoprefer_assets.automation import sources_watched
from emoprefer_assets.definitions import defs
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.intake import QUIET_SECONDS
from emoprefer_assets.settings import PROJECT, current_settings, prepare_dagster_home
from tests.conftest import RULES, four_pairs, write_csv

NEW_JUDGE = "  - {name: second, backend: rules, rule: random, seed: 1}\n"
PREDICTIONS = {f"s{number}_predictions" for number in range(1, 6)}


@dataclass
class Daemon:
    """Dagster's ticks, one by one, over the home of a test; what they request is run when a test says so."""

    instance: dg.DagsterInstance
    cursor: object = None
    requested: dict[str, set[str | None]] = field(default_factory=dict)

    def tick(self) -> dict[str, set[str | None]]:
        """What is requested: partitions (None for an asset without) by asset."""
        sensed = sources_watched(dg.build_sensor_context(self.instance))
        if isinstance(sensed, dg.SensorResult):
            for request in sensed.dynamic_partitions_requests:
                self.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
            for observation in sensed.asset_events:
                self.instance.report_runless_asset_event(observation)
        found = dg.evaluate_automation_conditions(defs, self.instance, cursor=self.cursor)
        self.cursor = found.cursor
        keys = defs.resolve_asset_graph().get_all_asset_keys()
        requested = {key.to_user_string(): set(found.get_requested_partitions(key)) for key in keys}
        self.requested = {name: partitions for name, partitions in requested.items() if partitions}
        return self.requested

    def run(self) -> None:
        """Make what was requested, as the daemon would: a run a partition."""
        job = defs.resolve_implicit_global_asset_job_def()
        for partition in sorted({p for partitions in self.requested.values() for p in partitions}, key=str):
            job.execute_in_process(
                instance=self.instance,
                asset_selection=[dg.AssetKey(n) for n, partitions in self.requested.items() if partition in partitions],
                partition_key=partition,
                raise_on_error=False,
            )

    def ticks_until_quiet(self) -> list[dict[str, set[str | None]]]:
        ticks = []
        while self.tick():
            ticks.append(self.requested)
            self.run()
            assert len(ticks) < 8, ticks[-1]
        return ticks


def use(monkeypatch, folder):
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("EMOPREFER_HOME", str(folder / "home"))
    monkeypatch.setenv("EMOPREFER_DB", str(folder / "published.duckdb"))
    monkeypatch.setenv("EMOPREFER_JUDGES", str(folder / "judges.yaml"))
    monkeypatch.setenv("EMOPREFER_BATTLE_ROUNDS", "0")
    monkeypatch.setenv("DAGSTER_HOME", str(PROJECT))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """A folder with an evaluated data set, to be copied."""
    folder = tmp_path_factory.mktemp("evaluated")
    four_pairs(folder / "data")
    (folder / "judges.yaml").write_text(RULES)
    with pytest.MonkeyPatch.context() as patch:
        use(patch, folder)
        prepare_dagster_home()
        evaluate(current_settings())
    return folder


@pytest.fixture
def settings(evaluated, tmp_path, monkeypatch):
    """Of a copy of what was evaluated."""
    shutil.copytree(evaluated, tmp_path, dirs_exist_ok=True)
    use(monkeypatch, tmp_path)
    return current_settings()


@pytest.fixture
def data_folder(settings):
    return settings.data_dir


@pytest.fixture
def daemon(settings):
    """Over an evaluated data set."""
    with dg.DagsterInstance.get() as instance:
        daemon = Daemon(instance)
        assert daemon.tick() == {}
        yield daemon


def judges(partition_sets) -> set[str | None]:
    return set().union(*partition_sets) - {None}


def times(ticks, table: str) -> int:
    return sum(table in requested for requested in ticks)


def test_the_first_start_makes_everything_once(settings):
    shutil.rmtree(settings.home)
    prepare_dagster_home()
    with dg.DagsterInstance.get() as instance:
        ticks = Daemon(instance).ticks_until_quiet()
        made = [(name, partition) for tick in ticks for name, partitions in tick.items() for partition in partitions]
        assert len(made) == len(set(made))
        assert {"raw_pairs", "judge_board", "leaderboard", "published_database"} <= {name for name, _ in made}
        assert evaluate(current_settings()).tables == []


def test_a_new_judge_is_asked_alone_and_the_boards_follow_once(daemon, settings):
    settings.judges_file.write_text(RULES + NEW_JUDGE)
    ticks = daemon.ticks_until_quiet()
    assert judges(partitions for tick in ticks for partitions in tick.values()) == {"second"}
    assert [times(ticks, table) for table in ("s1_predictions", "judge_board", "published_database")] == [1, 1, 1]
    assert {"raw_pairs", "consensus_pairs", "human_agreement"}.isdisjoint(name for tick in ticks for name in tick)
    assert evaluate(current_settings()).tables == []


def test_a_changed_judge_is_asked_anew_alone(daemon, settings):
    settings.judges_file.write_text(RULES.replace("rule: always_a1", "rule: random, seed: 3"))
    ticks = daemon.ticks_until_quiet()
    assert judges(partitions for tick in ticks for partitions in tick.values()) == {"always_a1"}
    assert evaluate(current_settings()).tables == []


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
    assert evaluate(current_settings()).tables == []


def test_a_touched_file_runs_nothing(daemon, settings, data_folder):
    for file in (data_folder / "votes.csv", data_folder / "pairs.csv", settings.judges_file):
        os.utime(file, (1, 1))
    assert daemon.tick() == {}


def test_a_submission_is_taken_in_and_judged(daemon, data_folder):
    folder = current_settings().submissions_dir / "systems"
    folder.mkdir(parents=True)
    texts = {"clip1": "He beams with joy.", "clip2": "She is tense and afraid.", "clip3": "He rests, at peace."}
    write_csv(folder / "team.csv", ["name", "description"], list(texts.items()))
    os.utime(folder / "team.csv")
    assert daemon.tick() == {}

    time.sleep(QUIET_SECONDS)
    ticks = daemon.ticks_until_quiet()
    asked = set().union(*(tick.keys() for tick in ticks if judges(tick.values())))
    assert PREDICTIONS.isdisjoint(asked)
    # Two clear preferences are too few for canaries.
    assert asked == {"battle_verdicts"}
    assert evaluate(current_settings()).tables == []


def test_a_judge_that_fails_is_tried_once_and_holds_nobody_back(daemon, settings):
    settings.judges_file.write_text(
        RULES + "  - {name: lost, backend: openai, model: m, base_url: 'http://127.0.0.1:9/v1'}\n" + NEW_JUDGE
    )
    ticks = daemon.ticks_until_quiet()
    assert times(ticks, "judge_board") == 1
    assert sum("lost" in tick.get("s1_predictions", ()) for tick in ticks) == 1
    assert daemon.tick() == {}
