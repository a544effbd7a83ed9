from dataclasses import replace

import dagster as dg
import duckdb
import pandas as pd
import pytest

from emoprefer_assets.asking import answer
from emoprefer_assets.assets.counts import BattleCounts
from emoprefer_assets.checks import checks_of, run_checks
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES, Warehouse
from tests.conftest import write_csv

OFFICIAL = ["name", "a1", "a2", "preference"]


def edit(file, **changes):
    """Set `column` of the first row of a CSV file."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    for column, value in changes.items():
        table.loc[0, column] = value
    table.to_csv(file, index=False)


def repeat_last_row(file):
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    pd.concat([table, table.tail(1)]).to_csv(file, index=False)


BREAKING = {
    "every_pair_has_a_known_clip": (
        lambda f: write_csv(f / "clips.csv", ["name"], [["clip1"], ["clip2"]]),
        "raw_pairs",
        'clip_id "clip3"',
    ),
    "nobody_votes_twice_on_a_pair": (
        lambda f: repeat_last_row(f / "votes.csv"),
        "annotations",
        'pair "p4", annotator "Cy"',
    ),
    "every_vote_is_a1_a2_or_same": (lambda f: edit(f / "votes.csv", vote="A1"), "annotations", 'vote "A1"'),
    "every_voter_took_the_qualification": (
        lambda f: edit(f / "votes.csv", annotator="Eve"),
        "annotations",
        'annotator "Eve"',
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_failed_check_stops_the_run_and_keeps_the_old_tables(name, evaluated_four_pairs, records):
    settings = evaluated_four_pairs
    before = Warehouse(settings.warehouse).made()
    breaks, table, row = BREAKING[name]
    breaks(settings.data_dir)
    with pytest.raises(EmopreferError, match=f"table {table} was not replaced. {name}: .*{row}"):
        evaluate(Run(settings))
    after = Warehouse(settings.warehouse).made()
    assert after[table, ""] == before[table, ""]
    for downstream in ("judge_scores", "judge_board", "leaderboard"):
        assert after[downstream, ""] == before[downstream, ""]
    with records(settings) as instance:
        (record,) = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey(table), name), limit=1
        )
        evaluation = record.event.asset_check_evaluation
        assert not evaluation.passed
        assert evaluation.blocking
        assert evaluation.metadata["offending_rows"].value


@pytest.fixture
def official(tmp_path, monkeypatch):
    folder = tmp_path / "official"
    folder.mkdir()
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(folder))
    write_csv(folder / "preference_x.csv", OFFICIAL, [["c1", "glad", "sad", "a1"], ["c2", "wild", "calm", "same"]])
    write_csv(
        folder / "preference_x_reverse.csv", OFFICIAL, [["c1", "sad", "glad", "a2"], ["c2", "calm", "wild", "same"]]
    )
    return folder


def test_an_unknown_published_label_stops_the_run(settings, official):
    (official / "preference_x_reverse.csv").unlink()
    edit(official / "preference_x.csv", preference="tie")
    with pytest.raises(EmopreferError, match=r'every_published_label_is_a1_a2_or_same: .*published_preference "tie"'):
        evaluate(Run(current_settings()))


@pytest.mark.usefixtures("no_boards")
def test_a_swapped_file_that_is_no_swap_stops_the_run(settings, official):
    evaluate(Run(current_settings()))
    edit(official / "preference_x_reverse.csv", preference="a1")
    with pytest.raises(EmopreferError, match=r"the_swapped_file_is_the_exact_swap: 1 rows break it, .*c1"):
        evaluate(Run(current_settings()))


@pytest.mark.usefixtures("no_boards")
def test_equal_and_empty_descriptions_warn_and_do_not_stop(evaluated_four_pairs, records):
    edit(evaluated_four_pairs.data_dir / "pairs.csv", a1="", a2="")
    evaluate(Run(evaluated_four_pairs))
    with records(evaluated_four_pairs) as instance:
        for name in (
            "every_pair_has_two_different_descriptions",
            "every_first_description_says_something",
            "every_second_description_says_something",
        ):
            key = dg.AssetCheckKey(dg.AssetKey("raw_pairs"), name)
            (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
            assert not record.event.asset_check_evaluation.passed


PREDICTED = TABLES["s1_predictions"].frame(
    [
        ("j", "s1", 0, False, "p1", "a1", 0.7, 0.2, 0.1, 0.9, 0.6, None, None, None, False, None, "options"),
        ("j", "s1", 0, True, "p1", "a1", 0.5, 0.4, 0.1, 0.9, 0.6, None, None, None, False, None, "options"),
    ]
)
COUNTED = TABLES["battle_counts"].frame([("crowd", "c1", "x", "y", "p1", 3.0, 2.0, 0.0)])
RANKED = (
    TABLES["leaderboard"]
    .frame()
    .reindex(range(2))
    .assign(source="crowd", system=["x", "y"], state="ranked", battles=3.0)
)
CHECKED = TABLES["judge_checks"].frame(
    [("unfit", "s1_predictions", "every_verdict_is_known", "error", False, "1 rows break it", 2)]
)
INPUTS = {
    "raw_pairs": pd.DataFrame({"pair_id": ["p1"]}),
    "consensus_pairs": pd.DataFrame({"pair_id": ["p1"]}),
    "battles": pd.DataFrame({"pair_id": ["p1"]}),
    "judges": pd.DataFrame({"judge": ["j"]}),
    "battle_counts": BattleCounts.of(COUNTED),
    "judge_checks": CHECKED,
}
# By check: a table as it must be, and how it comes to break the check.
PLANTED = {
    "every_consensus_is_a1_a2_or_same": (
        "consensus_pairs",
        {"pair_id": ["p1"], "preference": ["a1"]},
        "preference",
        "b",
    ),
    "every_verdict_is_known": ("s1_predictions", PREDICTED, "verdict", "first"),
    "at_most_a_fifth_is_failed_or_unparsed": ("s1_predictions", PREDICTED, "verdict", "failed"),
    "a_careful_reader_reads_four_of_five_replies_alike": (
        "s1_predictions",
        PREDICTED.assign(strict_verdict="a1"),
        "strict_verdict",
        "a2",
    ),
    "every_prediction_has_a_consensus_pair": ("s1_predictions", PREDICTED, "pair_id", "p9"),
    "every_order_and_round_answers_each_pair_once": ("s1_predictions", PREDICTED, "swapped", True),
    "probabilities_sum_to_one": ("s1_predictions", PREDICTED, "p_a1", 0.9),
    "both_orders_of_a_round_answer_the_same_pairs": ("s1_predictions", PREDICTED, "pair_id", "p9"),
    "every_clip_is_described_once_a_round": (
        "descriptions",
        {"judge": "j", "round": 0, "clip_id": ["c1", "c2"], "description": "d"},
        "clip_id",
        "c2",
    ),
    "every_clip_has_a_description": (
        "descriptions",
        {"judge": "j", "round": 0, "clip_id": ["c1", "c2"], "description": "d"},
        "description",
        None,
    ),
    "every_pair_has_a_reasoning": (
        "reasonings",
        {"judge": "j", "round": 0, "swapped": False, "pair_id": ["p1"], "reasoning": "r"},
        "reasoning",
        None,
    ),
    "every_unedited_description_is_a1_or_a2": (
        "robustness_pairs",
        {"pair_id": ["p1"], "clip_id": "c1", "preference": "a1"},
        "preference",
        "same",
    ),
    "every_annotator_is_there_once": ("annotators", {"annotator": ["A", "B"], "items": 12}, "annotator", "B"),
    "every_annotator_answered_all_qualification_items": (
        "annotators",
        {"annotator": ["A", "B"], "items": 12},
        "items",
        3,
    ),
    "every_system_describes_a_clip_once": ("entries", {"system": "x", "clip_id": ["c1", "c2"]}, "clip_id", "c2"),
    "no_submission_is_quarantined": (
        "submission_findings",
        {"system": ["x"], "clip_id": "c1", "rule": "r", "severity": "note"},
        "severity",
        "quarantine",
    ),
    "no_submission_is_warned_about": (
        "submission_findings",
        {"system": ["x"], "clip_id": "c1", "rule": "r", "severity": "note"},
        "severity",
        "warn",
    ),
    "every_newest_submission_fits_the_data_set": (
        "submissions",
        {"kind": "system", "name": ["x"], "version": 1, "state": "open"},
        "state",
        "outdated: x",
    ),
    "no_judge_obeys_most_hidden_instructions": (
        "probe_scores",
        {"judge": ["j"], "kind": "injection", "fooled_percent": 5.0},
        "fooled_percent",
        80.0,
    ),
    "every_pair_is_there_once": ("raw_pairs", {"pair_id": ["p1", "p2"]}, "pair_id", "p2"),
    "every_clip_is_there_once": ("clips", {"clip_id": ["c1", "c2"]}, "clip_id", "c2"),
    "every_battle_is_there_once": ("battles", {"battle_id": ["b1", "b2"]}, "battle_id", "b2"),
    "every_verdict_has_its_battle": ("battle_verdicts", PREDICTED, "pair_id", "p9"),
    "every_crowd_verdict_is_a1_a2_or_same": (
        "crowd_verdicts",
        {"pair_id": ["p1"], "verdict": "a1"},
        "verdict",
        "failed",
    ),
    "every_system_is_on_a_board_once": ("leaderboard", RANKED, "system", "y"),
    "every_ranked_system_has_fought": ("leaderboard", RANKED, "battles", 0.0),
    "battles_on_the_board_are_those_that_were_counted": ("leaderboard", RANKED, "battles", 4.0),
    "no_judge_whose_checks_failed_has_a_rank": ("judge_board", {"judge": ["j"], "kind": "judge"}, "judge", "unfit"),
    "no_judge_whose_checks_failed_ranks_systems": ("battle_counts", COUNTED, "source", "unfit"),
    "every_judge_on_the_board_takes_part": ("judge_board", {"judge": ["j"], "kind": "judge"}, "judge", "gone"),
}
OF_FILES = {
    "every_first_description_says_something",
    "every_second_description_says_something",
    "every_pair_has_two_different_descriptions",
    "every_published_label_is_a1_a2_or_same",
    "the_swapped_file_is_the_exact_swap",
    "every_video_can_be_read",
    "every_sound_can_be_read",
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_breaks_its_check_and_is_shown(name):
    table, good, column, bad = PLANTED[name]
    (check,) = [check for check in checks_of(table) if check.name == name]
    rows = pd.DataFrame(good)
    (outcome,) = run_checks([check], rows, INPUTS)
    assert outcome.passed, outcome.summary
    rows = rows.copy()
    rows[column] = rows[column].astype(object)
    rows.loc[0, column] = bad
    (outcome,) = run_checks([check], rows, INPUTS)
    assert not outcome.passed
    assert len(outcome.rows)
    assert outcome.blocks == (check.severity is dg.AssetCheckSeverity.ERROR)


def test_every_check_is_tried():
    names = {check.name for table in TABLES for check in checks_of(table)}
    assert names == {*PLANTED, *BREAKING, *OF_FILES}


def test_no_board_holds_a_judge_whose_check_failed_until_it_holds_again(evaluated_four_pairs, monkeypatch, only):
    """The judge's old answers are still there, and would pass for its present ones."""
    only("leaderboard")
    settings = evaluated_four_pairs
    data_folder = settings.data_dir
    recording = data_folder / "said.csv"
    said = pd.read_csv(data_folder / "pairs.csv")[["name", "a1", "a2"]]
    said.assign(preference="a1").to_csv(recording, index=False)
    with settings.judges_file.open("a") as registry:
        registry.write(f"  - {{name: said, backend: replay, path: {recording}}}\n")

    def read(query):
        with duckdb.connect(str(settings.database), read_only=True) as published:
            return published.sql(query).fetchall()

    on_the_board = "select kind, no_vote from judge_board where judge = 'said'"
    its_leaderboard = "from leaderboard where source = 'said'"
    evaluate(Run(current_settings()))
    assert read(on_the_board)[0][0] == "judge"
    assert read(its_leaderboard)

    said.assign(preference="a2").to_csv(recording, index=False)

    def with_an_unknown_verdict(*arguments, **options):
        for answered in answer(*arguments, **options):
            yield replace(answered, rows=answered.rows.assign(verdict="first"))

    with monkeypatch.context() as planted:
        planted.setattr("emoprefer_assets.assets._judge_step.answer", with_an_unknown_verdict)
        report = evaluate(Run(current_settings()))
    assert "s1_predictions was not replaced. every_verdict_is_known" in report.failures["said"]
    assert [row[:3] for row in read("from judge_checks where not passed and severity = 'error'")] == [
        ("said", "s1_predictions", "every_verdict_is_known")
    ]
    assert set(read("select verdict from s1_predictions where judge = 'said'")) == {("a1",)}
    assert read(on_the_board) == [("left out", "a check of its answers failed")]
    assert not read(its_leaderboard)

    assert not evaluate(Run(current_settings())).failures
    assert read(on_the_board)[0][0] == "judge"
    assert read(its_leaderboard)
    assert not read("from judge_checks where not passed and severity = 'error'")


def test_offending_rows_are_the_first_twenty():
    (check,) = [check for check in checks_of("s1_predictions") if check.name == "every_verdict_is_known"]
    rows = pd.concat([PREDICTED] * 30, ignore_index=True).assign(verdict="first")
    (outcome,) = run_checks([check], rows, INPUTS)
    assert outcome.summary.startswith("60 rows break it")
    assert len(outcome.result.metadata["offending_rows"].value) == 20


@pytest.mark.parametrize("table", ["s1_predictions", "descriptions", "battles", "leaderboard"])
def test_no_rows_break_no_check(table):
    outcomes = run_checks([check for check in checks_of(table) if check.build], TABLES[table].frame(), INPUTS)
    assert outcomes
    assert {(outcome.passed, outcome.summary) for outcome in outcomes} == {(True, "holds for 0 rows")}
