"""Data-quality checks: each a sentence that must hold, checked before a table is replaced.

Great Expectations checks what it has an expectation for. What compares rows with each other or with other tables is
computed here: Great Expectations would copy the other table's values hundreds of times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd

from emoprefer_assets.datasets import QUALIFICATION_ITEMS, is_empty
from emoprefer_assets.names import BEST_BASELINE, MOST_READ_OTHERWISE
from emoprefer_assets.stats.labels import VERDICTS
from emoprefer_assets.store import TABLES

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

LABELS = ["a1", "a2", "same"]
EXAMPLES = 20
ROUNDING = 1e-3
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN

# From the asset's inputs to an expectation on its rows, or None where it does not apply to this data set.
Build = Callable[[Mapping[str, Any]], "Expectation | None"]
# From the rows and the asset's inputs to whether each row is as it must be, or None as above.
Holds = Callable[[pd.DataFrame, Mapping[str, Any]], "pd.Series | None"]


@dataclass(frozen=True)
class Check:
    """A sentence that must hold for every row of `table`, either by `build` or by `holds`.

    Attributes:
        build: the expectation that says it.
        holds: whether it holds, by row.
        columns: those that the sentence is about, if it is not about whole rows: they are shown. Of a table that SQL
            makes, it is then given each combination of their values once.
    """

    name: str
    table: str
    severity: dg.AssetCheckSeverity
    build: Build | None = None
    holds: Holds | None = None
    columns: tuple[str, ...] = ()

    @property
    def spec(self) -> dg.AssetCheckSpec:
        sentence = self.name.replace("_", " ").capitalize() + "."
        return dg.AssetCheckSpec(self.name, asset=self.table, description=sentence, blocking=self.severity is ERROR)


@dataclass(frozen=True)
class CheckOutcome:
    """Whether a check held, and the rows that break it.

    Attributes:
        rows: the first of them.
        breaking: how many they are.
    """

    check: Check
    passed: bool
    summary: str
    rows: pd.DataFrame
    breaking: int = 0

    @property
    def blocks(self) -> bool:
        """Whether the table must not be replaced."""
        return not self.passed and self.check.severity is ERROR

    @property
    def result(self) -> dg.AssetCheckResult:
        """The outcome as Dagster shows it, with the first offending rows."""
        rows = json.loads(self.rows.to_json(orient="records", date_format="iso"))
        return dg.AssetCheckResult(
            passed=self.passed,
            check_name=self.check.name,
            asset_key=self.check.table,
            severity=self.check.severity,
            description=self.summary,
            metadata={
                # Dagster draws numbers over time.
                "rows_that_break_it": self.breaking,
                **({"offending_rows": rows} if rows else {}),
            },
        )


_CHECKS: list[Check] = []


def checks_of(table: str) -> list[Check]:
    """The checks of a table, in the order in which they are written here."""
    relation = TABLES[table].relation
    return [replace(check, table=table) for check in _CHECKS if check.table in (table, relation)]


def run_checks(checks: list[Check], frame: pd.DataFrame, inputs: Mapping[str, Any]) -> list[CheckOutcome]:
    """Check `frame`, which the asset made from `inputs`."""
    expectations = {
        check.name: expectation for check in checks if check.build and (expectation := check.build(inputs)) is not None
    }
    # Great Expectations takes as long to find nothing wrong with no rows.
    results = _validated(frame, expectations) if len(frame) else {}
    outcomes = []
    for check in checks:
        if check.name in results:
            outcomes.append(_outcome(check, expectations[check.name], results[check.name], frame, inputs))
        elif check.name in expectations:
            outcomes.append(_held(check, frame))
        else:
            outcomes.append(_outcome_of_rows(check, frame, inputs))
    return outcomes


def rows_that_break(checks: list[Check], frame: pd.DataFrame, inputs: Mapping[str, Any]) -> list[CheckOutcome]:
    """What `run_checks` would find, of the checks that look at rows, without the seconds that it takes to load."""
    outcomes = [_outcome_of_rows(check, frame, inputs) for check in checks if check.holds]
    return [outcome for outcome in outcomes if not outcome.passed]


def prepare_checks(checks: list[Check]) -> None:
    """Load what checks need, which takes seconds, before something is held open for them."""
    if any(check.build for check in checks):
        _any_rows()


@cache
def _any_rows() -> Any:
    """What Great Expectations calls a batch definition: it takes whichever rows it is given."""
    # The import takes seconds: only a process that checks something pays for it.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("all")


def _plain(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    plain = frame[columns].reset_index(drop=True)
    return plain.astype({column: "object" for column in columns if plain[column].dtype == "str"})


def _columns_of(expectation: Expectation) -> list[str]:
    named = [getattr(expectation, name, None) for name in ("column", "column_A", "column_B")]
    return [*filter(None, named), *getattr(expectation, "column_list", ())]


def _validated(frame: pd.DataFrame, expectations: Mapping[str, Expectation]) -> dict[str, Any]:
    """The results by name. All at once: Great Expectations prepares the rows for each validation."""
    if not expectations:
        return {}
    # It also hashes the rows: without the texts, which no expectation is about, that is quick.
    columns = dict.fromkeys(column for expectation in expectations.values() for column in _columns_of(expectation))
    batch = _any_rows().get_batch({"dataframe": _plain(frame, list(columns))})
    results = _results(batch, expectations, "BOOLEAN_ONLY")
    # Finding the rows takes as long as finding that there are some.
    if broken := {name: expectations[name] for name, result in results.items() if not result.success}:
        results |= _results(batch, broken, "COMPLETE")
    return results


def _results(batch: Any, expectations: Mapping[str, Expectation], result_format: str) -> dict[str, Any]:
    import great_expectations as gx

    for name, expectation in expectations.items():
        expectation.meta = {"check": name}
    suite = gx.ExpectationSuite("checks", expectations=list(expectations.values()))
    results = batch.validate(suite, result_format={"result_format": result_format}).results
    return {result.expectation_config.meta["check"]: result for result in results}


def _pair_names(inputs: Mapping[str, Any]) -> dict[str, str]:
    """What the files call each pair, by pair_id, where the inputs say so and it is another name."""
    pairs = inputs["data_files"].pairs if "data_files" in inputs else inputs.get("raw_pairs")
    if pairs is None or "pair_key" not in pairs:
        return {}
    named = pairs[pairs["pair_key"] != pairs["pair_id"]]
    return dict(zip(named["pair_id"], named["pair_key"], strict=True))


def _outcome(
    check: Check, expectation: Expectation, result: Any, frame: pd.DataFrame, inputs: Mapping[str, Any]
) -> CheckOutcome:
    if result.success:
        return _held(check, frame)
    if exception := _exception(result.exception_info):
        return CheckOutcome(check, False, f"could not be checked: {exception}", frame.head(0))
    rows = frame.reset_index(drop=True).iloc[result.result.get("unexpected_index_list", [])]
    return _broken(check, _columns_of(expectation), rows, inputs)


def _outcome_of_rows(check: Check, frame: pd.DataFrame, inputs: Mapping[str, Any]) -> CheckOutcome:
    """The outcome of a check that looks at rows, or that does not apply."""
    holds = check.holds(frame, inputs) if check.holds else None
    if holds is None:
        return CheckOutcome(check, True, "does not apply to this data set", frame.head(0))
    if holds.all():
        return _held(check, frame)
    return _broken(check, check.columns, frame[~holds.to_numpy(dtype=bool)], inputs)


def _held(check: Check, frame: pd.DataFrame) -> CheckOutcome:
    return CheckOutcome(check, True, f"holds for {len(frame)} rows", frame.head(0))


def _broken(check: Check, columns: Sequence[Any], rows: pd.DataFrame, inputs: Mapping[str, Any]) -> CheckOutcome:
    """The outcome of a check that some rows break."""
    file = inputs["data_files"].files.get(check.table) if "data_files" in inputs else None
    summary = (
        f"{_in_words(check.table, columns, rows, _pair_names(inputs))}. Correct {file or 'the source'} and run again"
    )
    return CheckOutcome(check, False, summary, rows.head(EXAMPLES), len(rows))


def _exception(info: dict[str, Any]) -> str:
    if "raised_exception" in info:
        return info["exception_message"] if info["raised_exception"] else ""
    return next((part["exception_message"] for part in info.values() if part["raised_exception"]), "")


def _in_words(table: str, columns: Sequence[Any], rows: pd.DataFrame, pair_names: Mapping[str, str]) -> str:
    if not len(rows):
        return "fails for the table as a whole"
    first = rows.iloc[0]
    shown = [column for column in (*TABLES[table].key, "position", "clip_id") if column in rows]
    shown += [column for column in columns if column in rows and column not in shown]
    values = {column: str(first[column]) for column in dict.fromkeys(shown)}
    # People know their pairs by their rows, and by the names in their files.
    values = {"row" if column == "position" else column: value for column, value in values.items()}
    if own := pair_names.get(values.get("pair_id", "")):
        values = {"pair": own} | {column: value for column, value in values.items() if column != "pair_id"}
    described = ", ".join(f'{column} "{value[:80]}"' for column, value in values.items())
    return f"{len(rows)} rows break it, first: {described}"


def unfit_judges(judge_checks: pd.DataFrame) -> set[str]:
    """Judges whose answers failed a check of severity error: tables hold their earlier answers."""
    broken = ~judge_checks["passed"].astype(bool) & (judge_checks["severity"] == ERROR.value.lower())
    return set(judge_checks.loc[broken, "judge"])


def expect(*tables: str, severity: dg.AssetCheckSeverity = ERROR) -> Callable[[Build], Build]:
    """Register a function as a check on each of `tables`; its name is the sentence."""

    def register(build: Build) -> Build:
        _CHECKS.extend(Check(build.__name__, table, severity, build) for table in tables)
        return build

    return register


def expect_of_rows(
    *tables: str, severity: dg.AssetCheckSeverity = ERROR, columns: tuple[str, ...] = ()
) -> Callable[[Holds], Holds]:
    """Register a function that says of each row whether it is as it must be; its name is the sentence."""

    def register(holds: Holds) -> Holds:
        _CHECKS.extend(Check(holds.__name__, table, severity, holds=holds, columns=columns) for table in tables)
        return holds

    return register


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
    return _gxe().ExpectColumnValuesToBeInSet(column="preference", value_set=LABELS)


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
    return _gxe().ExpectColumnValuesToBeInSet(column="verdict", value_set=LABELS)


@expect("leaderboard")
def every_system_is_on_a_board_once(_: Mapping[str, Any]) -> Expectation:
    return _gxe().ExpectCompoundColumnsToBeUnique(column_list=["source", "system"])


@expect_of_rows("leaderboard", columns=("battles",))
def every_ranked_system_has_fought(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    return (rows["state"] != "ranked") | (rows["battles"] > 0)


@expect_of_rows("predictions", "robustness_predictions", "probe_verdicts", "media_verdicts", "battle_verdicts")
def probabilities_sum_to_one(rows: pd.DataFrame, _: Mapping[str, Any]) -> pd.Series:
    probabilities = rows[["p_a1", "p_a2", "p_same"]].astype(float)
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
    return (rows["kind"] == "left out") | ~rows["judge"].isin(
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
