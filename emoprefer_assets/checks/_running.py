"""Checks are run, and what breaks them is said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from emoprefer_assets.checks._model import Check, CheckOutcome
from emoprefer_assets.store import TABLES

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

EXAMPLES = 20


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
    described = "fails for the table as a whole"
    if len(rows):
        # All that is wrong in a person's file is said at once.
        shown, names = rows.head(EXAMPLES if file else 1), _pair_names(inputs)
        lines = [_in_words(check.table, columns, shown.iloc[[place]], names) for place in range(len(shown))]
        described = f"{len(rows)} rows break it, first: {'; '.join(lines)}"
    summary = f"{described}. Correct {file or 'the source'} and run again"
    return CheckOutcome(check, False, summary, rows.head(EXAMPLES), len(rows))


def _exception(info: dict[str, Any]) -> str:
    if "raised_exception" in info:
        return info["exception_message"] if info["raised_exception"] else ""
    return next((part["exception_message"] for part in info.values() if part["raised_exception"]), "")


def _in_words(table: str, columns: Sequence[Any], row: pd.DataFrame, pair_names: Mapping[str, str]) -> str:
    shown = [column for column in (*TABLES[table].key, "position", "clip_id") if column in row]
    shown += [column for column in columns if column in row and column not in shown]
    values = {column: str(row[column].iloc[0]) for column in dict.fromkeys(shown)}
    if row.index.name == "row":
        values["row"] = str(row.index[0])
    # People know their pairs by their rows, and by the names in their files.
    values = {"row" if column == "position" else column: value for column, value in values.items()}
    if own := pair_names.get(values.get("pair_id", "")):
        values = {"pair": own} | {column: value for column, value in values.items() if column != "pair_id"}
    return ", ".join(f'{column} "{value[:80]}"' for column, value in values.items())
