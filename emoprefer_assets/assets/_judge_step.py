"""One step: a judge is asked for some of its tables, and what passes its checks is written in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from emoprefer_assets.asking import Answered, Part, answer
from emoprefer_assets.assets._content import content_version
from emoprefer_assets.assets._table import TABLE_ASSETS, Results, materialised, why_refused
from emoprefer_assets.assets.judge_tables import calls_on_record, costs_of
from emoprefer_assets.checks import CheckOutcome, checks_of, run_checks
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.judges.registry import ReplayJudge
from emoprefer_assets.progress import judge_calls
from emoprefer_assets.run import Run
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, Origin, Writing
from emoprefer_assets.tally import Tally


def ask_and_write(
    context: dg.AssetExecutionContext,
    judge: Judge,
    parts: Sequence[Part],
    clips: pd.DataFrame,
    versions: Mapping[str, dict[str, str]],
    checked_by: Mapping[str, pd.DataFrame],
    selected: Collection[str],
) -> Results:
    """Ask the judge, check each part that is complete, and replace those that pass, all in one transaction.

    Args:
        versions: by table, of the tables that it is made from.
        checked_by: tables that checks look at, by name.
        selected: the assets that Dagster waits for. Checks and costs are written with every part, and Dagster is told
            so even where they are not selected.

    Raises:
        EmopreferError: a part could not be made, or its checks failed; the others are in their place.
    """
    run: Run = context.resources.run
    problems: list[str] = []
    origins = {}
    for part in parts:
        try:
            of_answers = TABLE_ASSETS[part.table].judge_versions or (lambda judge, settings: {})
            origins[part.table] = versions[part.table] | of_answers(judge, run.settings)
        except JudgeUnavailable as error:
            problems.append(str(error))
    made, written = [], []
    for answered in _answers_of(judge, [part for part in parts if part.table in origins], clips, run, problems):
        made.append((answered, run_checks(checks_of(answered.table), answered.rows, checked_by)))
    with run.warehouse.writing() as writing:
        for answered, outcomes in made:
            name = answered.table
            if reason := why_refused(outcomes):
                problems.append(f"table {name} was not replaced. {reason}")
                writing.refuse(name, judge.name, reason)
            else:
                origin = Origin(TABLE_ASSETS[name].code_version, origins[name], judge.name, answered.unanswered)
                written.append((answered, writing.replace(name, answered.rows, origin)))
        beside = [_checks_written(writing, judge, made)]
        # Dagster skips what is made from a selected asset that was not made.
        if isinstance(judge, ModelJudge | ReplayJudge) or "judge_costs" in selected:
            beside.append(_costs_written(writing, judge, run.settings))
    for _, outcomes in made:
        yield from (outcome.result for outcome in outcomes)
    for answered, version in written:
        rows = answered.rows
        yield materialised(answered.table, version, rows.head(5), len(rows), _taken(answered.tally))
    for name, version, rows in beside:
        told = materialised(name, version, rows.head(5), len(rows), {})
        if name in selected:
            yield told
        else:
            tags = {DATA_VERSION_TAG: version}
            context.log_event(dg.AssetMaterialization(name, None, told.metadata, judge.name, tags))
    if problems:
        raise EmopreferError("; ".join(dict.fromkeys(problems)))


def _answers_of(
    judge: Judge, parts: Sequence[Part], clips: pd.DataFrame, run: Run, problems: list[str]
) -> Iterator[Answered]:
    """The parts that are complete; why there are no more goes into `problems`."""
    try:
        with judge_calls(judge.name) as progress:
            yield from answer(judge, parts, clips, run, progress)
    except EmopreferError as error:
        problems.append(str(error))


def _costs_written(writing: Writing, judge: Judge, settings: Settings) -> tuple[str, str, pd.DataFrame]:
    # The version is read first: a call that is made meanwhile may be missing in the rows.
    versions = calls_on_record(judge, settings)
    rows = costs_of(judge, settings)
    origin = Origin(TABLE_ASSETS["judge_costs"].code_version, versions, judge.name)
    return "judge_costs", writing.replace("judge_costs", rows, origin), rows


def _checks_written(
    writing: Writing, judge: Judge, made: Sequence[tuple[Answered, Sequence[CheckOutcome]]]
) -> tuple[str, str, pd.DataFrame]:
    before = writing.frame("judge_checks", judge.name)
    counts = {answered.table: writing.count(answered.table, judge.name) for answered, _ in made}
    rows = TABLES["judge_checks"].frame(
        [
            (
                *(judge.name, answered.table, outcome.check.name, outcome.check.severity.value.lower()),
                *(outcome.passed, None if outcome.passed else outcome.summary, counts[answered.table]),
            )
            for answered, outcomes in made
            for outcome in outcomes
        ]
    )
    # A table of an earlier version keeps no judge off the boards.
    kept = before["table_name"].isin(list(TABLES)) & ~before["table_name"].isin(rows["table_name"])
    rows = pd.concat([before[kept], rows], ignore_index=True)
    # The boards are made before battles: how those fare must not make them out of date.
    on_boards = content_version(rows[rows["table_name"] != "battle_verdicts"].sort_values(["table_name", "check_name"]))
    origin = Origin(TABLE_ASSETS["judge_checks"].code_version, {}, judge.name)
    return "judge_checks", writing.replace("judge_checks", rows, origin, on_boards), rows


def _taken(tally: Tally) -> dict[str, Any]:
    return {
        "judge_calls": tally.all_calls,
        "answers_from_cache": tally.from_cache,
        "failed_calls": tally.failed,
        "tokens_in": tally.tokens_in,
        "tokens_out": tally.tokens_out,
        "cost": tally.cost,
    }
