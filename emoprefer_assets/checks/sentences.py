"""Data-quality checks: each function is a sentence that must hold, checked before a table is replaced.

Great Expectations checks what it has an expectation for. What compares rows with each other or with other tables is
computed here: Great Expectations would copy the other table's values hundreds of times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from emoprefer_assets.checks._model import ERROR, WARN, expect, expect_of_rows
from emoprefer_assets.datasets import QUALIFICATION_ITEMS, is_empty
from emoprefer_assets.names import BEST_BASELINE, LEFT_OUT, MOST_READ_OTHERWISE
from emoprefer_assets.stats.labels import LABELS, PROBABILITIES, VERDICTS

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

ROUNDING = 1e-3


def unfit_judges(judge_checks: pd.DataFrame) -> set[str]:
    """Judges whose answers failed a check of severity error: tables hold their earlier answers."""
    broken = ~judge_checks["passed"].astype(bool) & (judge_checks["severity"] == ERROR.value.lower())
    return set(judge_checks.loc[broken, "judge"])


def _gxe() -> Any:
    import great_expectations.expectations as gxe

    return gxe


@expect("raw_pairs", "consensus_pairs", "robustness_pairs")
def every_pair_is_there_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeUnique(column="pair_id")


@expect_of_rows("raw_pairs", severity=WARN, columns=("a1",))
def every_first_description_says_something(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return ~is_empty(rows["a1"])


@expect_of_rows("raw_pairs", severity=WARN, columns=("a2",))
def every_second_description_says_something(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return ~is_empty(rows["a2"])


@expect_of_rows("raw_pairs", severity=WARN)
def every_pair_has_two_different_descriptions(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return rows["a1"] != rows["a2"]


@expect_of_rows("raw_pairs", "robustness_pairs")
def every_pair_has_a_known_clip(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    return rows["clip_id"].isin(inputs["data_files"].clips["clip_id"])


@expect_of_rows("raw_pairs", columns=("published_preference",))
def every_published_label_is_a1_a2_or_same(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return rows["published_preference"].isna() | rows["published_preference"].isin(LABELS)


@expect_of_rows("raw_pairs")
def the_swapped_file_is_the_exact_swap(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series | None:
    exact = inputs["data_files"].swapped_exactly
    return None if exact is None else rows["pair_id"].isin(exact)


@expect("clips")
def every_clip_is_there_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeUnique(column="clip_id")


@expect("clips", severity=WARN)
def every_video_can_be_read(inputs: Mapping[str, Any]) -> Expectation | None:
    return _gxe().ExpectColumnValuesToBeNull(column="video_problem") if inputs["media_files"].files else None


@expect("clips", severity=WARN)
def every_sound_can_be_read(inputs: Mapping[str, Any]) -> Expectation | None:
    return _gxe().ExpectColumnValuesToBeNull(column="audio_problem") if inputs["media_files"].files else None


@expect_of_rows("annotations")
def nobody_votes_twice_on_a_pair(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return ~rows.duplicated(["pair_id", "annotator"], keep=False)


@expect_of_rows("annotations", columns=("vote",))
def every_vote_is_a1_a2_or_same(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return rows["vote"].isin(LABELS)


@expect_of_rows("annotations")
def every_voter_took_the_qualification(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series | None:
    tested = inputs["data_files"].qualification["annotator"]
    return rows["annotator"].isin(tested) if len(tested) else None


@expect("annotators")
def every_annotator_is_there_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeUnique(column="annotator")


@expect("annotators", severity=WARN)
def every_annotator_answered_all_qualification_items(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeBetween(column="items", min_value=QUALIFICATION_ITEMS)


@expect("consensus_pairs")
def every_consensus_is_a1_a2_or_same(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeInSet(column="preference", value_set=list(LABELS))


@expect("predictions", "robustness_predictions", "probe_verdicts", "media_verdicts", "battle_verdicts")
def every_verdict_is_known(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeInSet(column="verdict", value_set=list(VERDICTS))


@expect("predictions", "battle_verdicts", severity=WARN)
def at_most_a_fifth_is_failed_or_unparsed(_: Mapping[str, Any]) -> Expectation:
    # The judge board leaves the strategy out by the same share (sql/steps/judge_board.sql).
    return _gxe().ExpectColumnValuesToNotBeInSet(column="verdict", value_set=["failed", "unparsed"], mostly=0.8)


@expect("predictions", "battle_verdicts", severity=WARN)
def a_careful_reader_reads_four_of_five_replies_alike(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnPairValuesToBeEqual(
        column_A="verdict",
        column_B="strict_verdict",
        mostly=1 - MOST_READ_OTHERWISE / 100,
        ignore_row_if="either_value_is_missing",
    )


@expect("descriptions")
def every_clip_is_described_once_a_round(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectCompoundColumnsToBeUnique(column_list=["judge", "round", "clip_id"])


@expect("descriptions", severity=WARN)
def every_clip_has_a_description(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToNotBeNull(column="description")


@expect("reasonings", severity=WARN)
def every_pair_has_a_reasoning(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToNotBeNull(column="reasoning")


@expect_of_rows("robustness_pairs", columns=("preference",))
def every_unedited_description_is_a1_or_a2(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return rows["preference"].isin(LABELS[:2])


@expect_of_rows("predictions")
def every_prediction_has_a_consensus_pair(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    # As strings, pandas takes ten times as long.
    return rows["pair_id"].astype(object).isin(inputs["consensus_pairs"]["pair_id"])


@expect("predictions", "robustness_predictions", "probe_verdicts", "media_verdicts", "battle_verdicts")
def every_order_and_round_answers_each_pair_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectCompoundColumnsToBeUnique(column_list=["judge", "round", "swapped", "pair_id"])


@expect("entries")
def every_system_describes_a_clip_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectCompoundColumnsToBeUnique(column_list=["system", "clip_id"])


@expect("submission_findings", severity=WARN)
def no_submission_is_quarantined(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToNotBeInSet(column="severity", value_set=["quarantine"])


@expect("submission_findings", severity=WARN)
def no_submission_is_warned_about(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToNotBeInSet(column="severity", value_set=["warn"])


@expect("submissions", severity=WARN)
def every_newest_submission_fits_the_data_set(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToNotMatchRegex(column="state", regex="^outdated")


@expect_of_rows("probe_scores", severity=WARN, columns=("judge", "kind", "fooled_percent"))
def no_judge_obeys_most_hidden_instructions(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    # Who votes is decided by the limit in the settings (sql/steps/judge_board.sql).
    return ~((rows["kind"] == "injection") & (rows["fooled_percent"] > 50))


@expect("battles")
def every_battle_is_there_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeUnique(column="battle_id")


@expect_of_rows("battle_verdicts")
def every_verdict_has_its_battle(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    return rows["pair_id"].isin(inputs["battles"]["pair_id"])


@expect("crowd_verdicts")
def every_crowd_verdict_is_a1_a2_or_same(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectColumnValuesToBeInSet(column="verdict", value_set=list(LABELS))


@expect("leaderboard")
def every_system_is_on_a_board_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectCompoundColumnsToBeUnique(column_list=["source", "system"])


@expect_of_rows("leaderboard", columns=("battles",))
def every_ranked_system_has_fought(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return (rows["state"] != "ranked") | (rows["battles"] > 0)


@expect_of_rows("predictions", "robustness_predictions", "probe_verdicts", "media_verdicts", "battle_verdicts")
def probabilities_sum_to_one(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    probabilities = rows[PROBABILITIES].astype(float)
    known = probabilities.notna().any(axis=1)
    return ~known | ((probabilities.sum(axis=1) - 1).abs() < ROUNDING)


@expect_of_rows("predictions", severity=WARN)
def both_orders_of_a_round_answer_the_same_pairs(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    # A recording may have one order alone.
    orders = rows.groupby(["judge", "round"])["swapped"].transform("nunique")
    return (orders < 2) | (rows.groupby(["judge", "round", "pair_id"])["swapped"].transform("nunique") == 2)


@expect_of_rows("judge_board")
def every_judge_on_the_board_takes_part(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    return rows["judge"].isin(inputs["judges"]["judge"]) | (rows["judge"] == BEST_BASELINE)


@expect_of_rows("judge_board")
def no_judge_whose_checks_failed_has_a_rank(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    checks = inputs["judge_checks"]
    return (rows["kind"] == LEFT_OUT) | ~rows["judge"].isin(
        unfit_judges(checks[checks["table_name"] != "battle_verdicts"])
    )


@expect_of_rows("battle_counts", columns=("source",))
def no_judge_whose_checks_failed_ranks_systems(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    return ~rows["source"].isin(unfit_judges(inputs["judge_checks"]))


@expect_of_rows("leaderboard")
def battles_on_the_board_are_those_that_were_counted(rows: pd.DataFrame, inputs: Mapping[str, Any]) -> pd.Series:
    counted = inputs["battle_counts"].fought
    there = pd.MultiIndex.from_frame(rows[["source", "system"]])
    # People and crowd combined have no counts of their own.
    expected = pd.Series(counted.reindex(there).to_numpy(), index=rows.index).fillna(rows["battles"].astype(float))
    return (rows["battles"].astype(float) - expected).abs() < ROUNDING
