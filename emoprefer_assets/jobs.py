"""What people start in Dagster's UI, each as one job."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from emoprefer_assets.assets import TABLE_ASSETS, TableAsset, judge_partitions
from emoprefer_assets.runs.retention import forget_old_runs
from emoprefer_assets.settings import current_settings
from emoprefer_assets.staleness import PUBLISHED, tables_after_judges, tables_before_battles

# dagster.yaml lets one of them run at a time.
ONE_AT_A_TIME = {"emoprefer/evaluation": "all"}
ABOUT_BATTLES = "battle_verdicts"


@dg.op
def evaluate_everything(context: dg.OpExecutionContext) -> None:
    """The same as `emoprefer run`."""
    # Evaluation needs the whole code location, of which this is a part.
    from emoprefer_assets.evaluation import evaluate

    report = evaluate(current_settings(), say=context.log.info)
    context.add_output_metadata({"judge_calls": report.calls, "tables": report.tables, "failures": report.failures})


@dg.job(tags=ONE_AT_A_TIME)
def evaluation() -> None:
    """Submissions in, what is missing asked, leaderboard out; what has failed is asked again."""
    evaluate_everything()


@dg.op
def rebuild_from_records(context: dg.OpExecutionContext) -> None:
    """The same as `emoprefer rebuild`."""
    from emoprefer_assets.evaluation import rebuild

    report = rebuild(current_settings(), say=context.log.info)
    context.add_output_metadata({"tables": report.tables, "failures": report.failures})


@dg.job(tags=ONE_AT_A_TIME)
def rebuild_warehouse() -> None:
    """All tables made anew from data and ledger, without a judge call."""
    rebuild_from_records()


@dg.op
def delete_old_runs(context: dg.OpExecutionContext) -> None:
    """Dagster's records of runs that were finished long ago, and that no asset's newest state comes from."""
    context.add_output_metadata({"runs_deleted": forget_old_runs(context.instance)})


@dg.job
def records_kept_short() -> None:
    """Old runs forgotten; results, ledger and what Dagster knows of each asset stay."""
    delete_old_runs()


def _names(tables: list[TableAsset]) -> list[str]:
    return [table.name for table in tables]


evaluate_judge = dg.define_asset_job(
    "evaluate_judge",
    [table.name for table in TABLE_ASSETS.values() if table.by_judge and table.name != ABOUT_BATTLES],
    description="Ask one judge, or by a backfill several, what is missing about the data set.",
    partitions_def=judge_partitions,
)
refresh_boards = dg.define_asset_job(
    "refresh_boards",
    _names(tables_before_battles()),
    description="Scores, audit, crowd and judge board, from the judges' answers.",
)
refresh_leaderboard = dg.define_asset_job(
    "refresh_leaderboard",
    [*sorted(set(_names(tables_after_judges())) - set(_names(tables_before_battles()))), *PUBLISHED],
    description="The leaderboards from the verdicts on battles, and the published database.",
)
jobs: list[dg.JobDefinition | UnresolvedAssetJobDefinition] = [
    evaluation,
    evaluate_judge,
    refresh_boards,
    refresh_leaderboard,
    rebuild_warehouse,
    records_kept_short,
]
