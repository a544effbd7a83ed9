import shutil
import subprocess
import sys
from collections import Counter

import dagster as dg
import duckdb
import pytest

from emoprefer_assets.automation import evaluation_follows
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate, rebuild
from emoprefer_assets.planning import make_plan
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import CallCache, views
from tests.conftest import RULES, evaluated, four_pairs, limit_to, use, write_csv

pytestmark = pytest.mark.usefixtures("random_weights")

TINY = "  - {{name: tiny, backend: transformers, model: {model}}}\n"
AFTER_JUDGES = {
    "judge_scores",
    "judge_audit",
    "baseline_agreement",
    "board_strategies",
    "judge_differences",
    "judge_ranks",
    "judge_heterogeneity",
    "judge_board",
    "judge_metrics",
    "judge_nested",
    "judge_position",
    "position_bias",
    "selective_verdicts",
    "judge_calibration",
    "reliability_curve",
    "recognition_and_consistency",
    "ensemble_predictions",
    "crowd",
    "robustness_scores",
    "ensemble_scores",
    "probe_scores",
    "media_use",
    "crowd_verdicts",
    "battle_counts",
    "leaderboard",
    "people_with_crowd",
    "judge_and_annotators",
    "judge_replacement",
    "label_sensitivity",
    "leaderboard_style",
    "style_effects",
    "board_agreement",
    "leaderboard_history",
    "leaderboard_anytime",
}


def made_by_runs(instance) -> Counter:
    """Materialisations by (asset, judge), from Dagster's records."""
    found: Counter = Counter()
    for run in instance.get_runs():
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
            materialization = entry.dagster_event.materialization
            found[materialization.asset_key.to_user_string(), materialization.partition] += 1
    return found


def judge_calls(instance, judge: str) -> int:
    """Judge calls that Dagster has on record for the judge's latest predictions."""
    (record,) = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("s1_predictions"), asset_partitions=[judge]), limit=1
    ).records
    return record.asset_materialization.metadata["judge_calls"].value


@pytest.fixture
def instance(settings, records):
    with records(settings) as instance:
        yield instance


@pytest.fixture
def judges_file(settings):
    return settings.judges_file


@pytest.fixture(scope="module")
def once_with_tiny(tiny_model, random_weights, tmp_path_factory):
    """Four pairs, two rules and a model, evaluated up to the main boards; to be copied."""
    folder = tmp_path_factory.mktemp("tiny")
    four_pairs(folder / "data")
    (folder / "judges.yaml").write_text(RULES + TINY.format(model=tiny_model))
    with pytest.MonkeyPatch.context() as patch:
        limit_to(patch, "judge_board", "leaderboard")
        return evaluated(folder)


@pytest.fixture
def with_tiny(once_with_tiny, settings, tmp_path, monkeypatch):
    shutil.copytree(once_with_tiny, tmp_path, dirs_exist_ok=True)
    use(tmp_path, monkeypatch)
    return current_settings()


def test_a_second_run_with_nothing_changed_does_nothing(evaluated_sample, instance):
    assert evaluate(Run(evaluated_sample)).tables == []
    assert instance.get_runs_count() == 0


def test_a_file_that_is_named_like_a_table_and_not_read_is_named(evaluated_four_pairs):
    (evaluated_four_pairs.data_dir / "annotators.csv.txt").touch()
    said = []
    assert evaluate(Run(evaluated_four_pairs), say=said.append).tables == []
    assert said == [
        "not read, though named like a table or dataset.yaml: annotators.csv.txt. Of each name one file is read: "
        ".csv before .tsv and .xlsx. Rename what is meant, and remove the rest."
    ]


def test_a_new_judge_costs_its_own_calls_and_the_boards(evaluated_sample, instance, judges_file, tiny_model):
    settings = evaluated_sample
    judges_file.write_text(RULES + TINY.format(model=tiny_model))
    report = evaluate(Run(settings))
    with duckdb.connect(str(settings.database), read_only=True) as published:
        ((pairs, edits),) = published.sql(
            "select (select count(*) from consensus_pairs), (select count(*) from robustness_pairs)"
        ).fetchall()
    # Greedy answers are the same in every round: two orders, one call each.
    assert report.calls == {"tiny": 2 * (pairs + edits)}
    assert judge_calls(instance, "tiny") == 2 * pairs
    expected = {(table, None) for table in AFTER_JUDGES | {"judges", "published_database", "report"}}
    assert made_by_runs(instance) == Counter(
        expected
        | {
            (table, "tiny")
            for table in ("s1_predictions", "robustness_predictions", "probe_verdicts", "judge_costs", "judge_checks")
        }
    )


@pytest.mark.usefixtures("no_boards")
def test_a_changed_vote_asks_only_about_pairs_that_are_new(evaluated_four_pairs, judges_file, tiny_model):
    settings = evaluated_four_pairs
    judges_file.write_text(RULES + TINY.format(model=tiny_model))
    assert evaluate(Run(settings)).calls["tiny"] == 2 * 3
    votes = settings.data_dir / "votes.csv"
    votes.write_text(votes.read_text().replace("p4,Bo,a2", "p4,Bo,a1"))
    report = evaluate(Run(settings))
    assert (report.calls["tiny"], report.tallies["tiny"].from_cache) == (2 * 1, 2 * 3)


def test_a_changed_view_is_published_once_and_no_table_made_anew(evaluated_four_pairs, monkeypatch):
    changed = views() | {"flips": views()["flips"] + "-- Said better."}
    monkeypatch.setattr("emoprefer_assets.assets.report.views", lambda: changed)
    assert {stale.because for stale in make_plan(evaluated_four_pairs).stale.values()} == {"views have changed"}
    assert evaluate(Run(evaluated_four_pairs)).tables == ["published_database", "report"]
    assert evaluate(Run(evaluated_four_pairs)).tables == []


def test_a_file_that_is_touched_but_unchanged_runs_nothing(evaluated_four_pairs):
    votes = evaluated_four_pairs.data_dir / "votes.csv"
    votes.write_text(votes.read_text())
    assert evaluate(Run(evaluated_four_pairs)).tables == []


@pytest.mark.usefixtures("no_boards")
def test_a_lost_warehouse_is_made_again_without_loading_a_model(with_tiny, monkeypatch):
    settings = with_tiny
    read = "select judge, verdict, p_a1 from predictions order by all"
    with duckdb.connect(str(settings.database), read_only=True) as published:
        before = published.sql(read).fetchall()
    settings.warehouse.unlink()
    monkeypatch.delattr("emoprefer_assets.judges.transformers.load")
    assert evaluate(Run(settings)).calls["tiny"] == 0
    with duckdb.connect(str(settings.database), read_only=True) as published:
        assert published.sql(read).fetchall() == before


def test_a_damaged_warehouse_is_rebuilt_from_the_call_cache_without_a_call(with_tiny, monkeypatch, only):
    only("judge_board", "leaderboard")
    settings = with_tiny
    read = "select table_name, judge, version from lineage where table_name <> 'judge_costs' order by all"
    with duckdb.connect(str(settings.database), read_only=True) as published:
        before = published.sql(read).fetchall()
    settings.warehouse.write_bytes(b"no database " * 1000)
    with pytest.raises(EmopreferError, match=r"is damaged .* Run `emoprefer rebuild`"):
        evaluate(Run(settings))
    monkeypatch.delattr("emoprefer_assets.judges.transformers.load")
    assert rebuild(Run(settings)).failures == {}
    with duckdb.connect(str(settings.database), read_only=True) as published:
        assert published.sql(read).fetchall() == before
    assert evaluate(Run(settings)).tables == []


@pytest.mark.usefixtures("no_boards")
def test_a_rebuild_leaves_open_what_the_call_cache_does_not_hold(
    evaluated_four_pairs, judges_file, tiny_model, monkeypatch
):
    settings = evaluated_four_pairs
    judges_file.write_text(RULES + TINY.format(model=tiny_model))
    monkeypatch.delattr("emoprefer_assets.judges.transformers.load")
    rebuild(Run(settings))
    with duckdb.connect(str(settings.database), read_only=True) as published:
        found = published.sql("select distinct verdict from predictions where judge = 'tiny'").fetchall()
    assert found == [("failed",)]
    assert not list(CallCache(settings.calls_folder, "tiny").calls())


def test_a_retired_judge_leaves_the_boards_and_keeps_its_partition(evaluated_four_pairs, instance, judges_file, only):
    only("judge_board")
    settings = evaluated_four_pairs
    judges_file.write_text(RULES.replace("rule: longer}", "rule: longer, retired: true}"))
    evaluate(Run(settings))
    with duckdb.connect(str(settings.database), read_only=True) as published:
        assert published.sql("select judge from judge_board where kind = 'baseline' order by judge").fetchall() == [
            ("always_a1",),
            ("best baseline",),
        ]
    assert "longer" in instance.get_dynamic_partitions("judge")


def test_a_judge_without_weights_is_reported_and_the_others_go_on(evaluated_four_pairs, judges_file, only):
    only("judge_board")
    judges_file.write_text(RULES + TINY.format(model="lab/Nowhere-7B"))
    report = evaluate(Run(evaluated_four_pairs))
    assert "no weights for lab/Nowhere-7B" in report.failures["tiny"]
    assert "judge_board" in report.tables


def test_a_broken_recording_is_reported_and_the_others_go_on(evaluated_four_pairs, judges_file, tmp_path, only):
    only("judge_board")
    (tmp_path / "said.csv").write_text("name,a1,a2,preference\n")
    judges_file.write_text(RULES + "  - {name: said, backend: replay, path: said.csv}\n")
    report = evaluate(Run(evaluated_four_pairs))
    assert 'judge "said": ' in report.failures["said"]
    assert "said.csv" in report.failures["said"]
    assert "judge_board" in report.tables


def test_boards_leave_out_a_judge_whose_recording_lacks_a_quarter_of_the_pairs(evaluated_four_pairs, judges_file, only):
    """It fits the old votes only: a pair that has a label now counts as a failed call."""
    only("judge_board")
    settings = evaluated_four_pairs
    data_folder = settings.data_dir
    recording = data_folder / "said.csv"
    rows = ['clip1,He is glad.,"He is rather sad, as it seems.",a1', "clip2,She is afraid.,She is angry.,a1"]
    votes = (data_folder / "votes.csv").read_text()
    recording.write_text("\n".join(["name,a1,a2,preference", *rows, "clip1,Sad.,Glad.,a2"]) + "\n")
    judges_file.write_text(RULES + "  - {name: said, backend: replay, path: data/said.csv}\n")
    assert not evaluate(Run(settings)).failures
    (data_folder / "votes.csv").write_text(votes.replace("p4,Bo,a2", "p4,Bo,a1"))
    assert not evaluate(Run(settings)).failures
    with duckdb.connect(str(settings.database), read_only=True) as published:
        query = "select kind, rank, failed_rate from judge_board where judge = 'said'"
        assert published.sql(query).fetchall() == [("left out", None, 25.0)]


@pytest.mark.usefixtures("no_boards")
def test_only_the_judges_and_strategies_asked_for_are_run(settings, data_folder):
    settings = current_settings()
    report = evaluate(Run(settings), judges=["longer"], strategies=["s1"])
    assert set(report.calls) == {"longer"}


def test_an_unknown_judge_lists_the_known(settings):
    with pytest.raises(EmopreferError, match=r'no judge "x". Known judges: always_a1, longer'):
        evaluate(Run(settings), judges=["x"])


def test_more_rounds_repeat_a_greedy_answer_without_a_call(with_tiny, monkeypatch, only):
    only("judge_scores")
    settings = with_tiny
    monkeypatch.setenv("EMOPREFER_ROUNDS", "3")
    report = evaluate(Run(current_settings()))
    assert report.calls["tiny"] == 0
    with duckdb.connect(str(settings.database), read_only=True) as published:
        rounds = published.sql(
            "select max(rounds), max(waf_2class_std) from judge_scores where judge = 'tiny'"
        ).fetchall()
    assert rounds == [(3, 0.0)]


def test_the_published_pairs_give_the_known_baselines(settings, real_data, monkeypatch, judges_file, only):
    only("judge_board")
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(real_data))
    settings = current_settings()
    evaluate(Run(settings))
    with duckdb.connect(str(settings.database), read_only=True) as published:
        board = {
            row[0]: row[1:] for row in published.sql("select judge, waf_2class, acc_2class from judge_board").fetchall()
        }
        assert published.sql("select provenance, count(*) from consensus_pairs group by all").fetchall() == [
            ("published", 574)
        ]
    assert [round(value, 2) for value in board["longer"]] == [79.57, 79.57]
    assert [round(value, 2) for value in board["always_a1"]] == [32.06, 48.85]
    assert "human ceiling" not in board


def test_a_data_set_without_labels_gets_verdicts_and_a_leaderboard_of_each_judge(settings, tmp_path, monkeypatch, only):
    only("leaderboard")
    (tmp_path / "raw" / "descriptions").mkdir(parents=True)
    for system in ("plain", "ornate"):
        rows = [[f"c{number}", f"{system} text {'very ' * (system == 'ornate')}{number}"] for number in range(4)]
        write_csv(tmp_path / "raw" / "descriptions" / f"{system}.csv", ["name", "description"], rows)
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(tmp_path / "raw"))
    settings = current_settings()
    evaluate(Run(settings))
    with duckdb.connect(str(settings.database), read_only=True) as published:
        board = published.sql("select source, system from leaderboard where rank = 1 order by all").fetchall()
        assert published.sql("select count(*) from judge_scores").fetchall() == [(0,)]
    assert ("longer", "ornate") in board
    assert "human" not in [source for source, _ in board]


def test_a_data_set_on_which_nobody_agrees_gives_empty_boards(evaluated_four_pairs):
    settings = evaluated_four_pairs
    votes = [[pair, who, vote] for pair in ("p1", "p2") for who, vote in (("Ann", "a1"), ("Bo", "a2"))]
    write_csv(settings.data_dir / "votes.csv", ["pair", "annotator", "vote"], votes)
    assert not evaluate(Run(settings)).failures
    with duckdb.connect(str(settings.database), read_only=True) as published:
        assert published.sql("select count(*) from consensus_pairs").fetchall() == [(0,)]
        assert published.sql("select count(*) from judge_board").fetchall() == [(0,)]


READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print("open", flush=True)
    sys.stdin.readline()
    print(connection.execute("select count(*) from judge_board").fetchone()[0], flush=True)
"""


def test_a_run_finishes_while_somebody_reads_the_published_copy(evaluated_four_pairs, judges_file, only):
    only("judge_board")
    settings = evaluated_four_pairs
    judges_file.write_text(RULES + "  - {name: second, backend: rules, rule: random, seed: 1}\n")
    command = [sys.executable, "-c", READER, str(settings.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "open\n"
        assert "judge_board" in evaluate(Run(settings)).tables
        assert reader.communicate("go on\n")[0] == "3\n"
    with duckdb.connect(str(settings.database), read_only=True) as published:
        assert published.sql("select count(*) from judge_board").fetchall() == [(4,)]


def test_the_sensor_makes_a_partition_for_each_new_judge(settings):
    with dg.DagsterInstance.ephemeral() as instance:
        result = evaluation_follows(dg.build_sensor_context(instance))
        (request,) = result.dynamic_partitions_requests
        assert (request.partitions_def_name, request.partition_keys) == ("judge", ["always_a1", "longer"])
        instance.add_dynamic_partitions("judge", request.partition_keys)
        assert not evaluation_follows(dg.build_sensor_context(instance)).dynamic_partitions_requests
