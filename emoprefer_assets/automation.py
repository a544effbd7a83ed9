"""What Dagster's daemon does by itself, and the jobs that people start in its UI: the same plan as the command's."""

import hashlib
import json
import stat
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from emoprefer_assets.asking import collect_all
from emoprefer_assets.assets import JUDGE_PARTITIONS, judge_partitions, tables_in_parts
from emoprefer_assets.evaluation import BECAUSE_TAG, evaluate, rebuild
from emoprefer_assets.intake import all_judges, take_in
from emoprefer_assets.judges import Judge
from emoprefer_assets.planning import make_plan, next_batches
from emoprefer_assets.runs.retention import forget_old_runs
from emoprefer_assets.settings import Settings, current_settings
from emoprefer_assets.store import WHOLE

# dagster.yaml lets one of them run at a time.
ONE_AT_A_TIME = {"emoprefer/evaluation": "all"}
# Without a change that is seen, the plan is made anew so often, in seconds: a package may be installed by now.
PLAN_ANYWAY_AFTER = 600.0


@dg.op(required_resource_keys={"run"})
def evaluate_everything(context: dg.OpExecutionContext) -> None:
    """The same as `emoprefer run`."""
    report = evaluate(context.resources.run, say=context.log.info)
    context.add_output_metadata({"judge_calls": report.calls, "tables": report.tables, "failures": report.failures})


@dg.job(tags=ONE_AT_A_TIME)
def evaluation() -> None:
    """Submissions in, what is missing asked, leaderboard out; what has failed is asked again."""
    evaluate_everything()


@dg.op(required_resource_keys={"run"})
def rebuild_from_records(context: dg.OpExecutionContext) -> None:
    """The same as `emoprefer rebuild`."""
    report = rebuild(context.resources.run, say=context.log.info)
    context.add_output_metadata({"tables": report.tables, "failures": report.failures})


@dg.job(tags=ONE_AT_A_TIME)
def rebuild_warehouse() -> None:
    """All tables made anew from data and call cache, without a judge call."""
    rebuild_from_records()


@dg.op
def delete_old_runs(context: dg.OpExecutionContext) -> None:
    """Dagster's records of runs that were finished long ago, and that no asset's newest state comes from."""
    context.add_output_metadata({"runs_deleted": forget_old_runs(context.instance)})


@dg.job
def records_kept_short() -> None:
    """Old runs forgotten; results, call cache and what Dagster knows of each asset stay."""
    delete_old_runs()


BY_JUDGE = dg.AssetSelection.assets(*tables_in_parts())
ABOUT_BATTLES = dg.AssetSelection.assets("battle_verdicts")
evaluate_judge = dg.define_asset_job(
    "evaluate_judge",
    BY_JUDGE - ABOUT_BATTLES,
    description="Ask one judge, or by a backfill several, what is missing about the data set.",
)
refresh_boards = dg.define_asset_job(
    "refresh_boards",
    BY_JUDGE.downstream() - BY_JUDGE - ABOUT_BATTLES.downstream(),
    description="Scores, audit, crowd and judge board, from the judges' answers.",
)
refresh_leaderboard = dg.define_asset_job(
    "refresh_leaderboard",
    ABOUT_BATTLES.downstream(include_self=False),
    description="The leaderboards from the verdicts on battles, and the published database.",
)
update_judge = dg.define_asset_job(
    "update_judge", BY_JUDGE, description="The sensor's: what is out of date of one judge."
)
update_tables = dg.define_asset_job(
    "update_tables", dg.AssetSelection.all() - BY_JUDGE, description="The sensor's: what else is out of date."
)
jobs: list[dg.JobDefinition | UnresolvedAssetJobDefinition] = [
    evaluation,
    evaluate_judge,
    refresh_boards,
    refresh_leaderboard,
    rebuild_warehouse,
    records_kept_short,
    update_judge,
    update_tables,
]


@dg.sensor(
    jobs=[update_judge, update_tables], minimum_interval_seconds=20, default_status=dg.DefaultSensorStatus.RUNNING
)
def evaluation_follows(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Takes in what nobody writes any more, and makes what is out of date, once for every state that it is made from.

    What failed waits for a change, or for the nightly evaluation. Once all is up to date, the battles of the next
    adaptive round are chosen.
    """
    settings = current_settings()
    before = json.loads(context.cursor or "{}")
    # `context.log` and `context.instance` open Dagster's records, which takes ten times what all else does at rest.
    taken = take_in(settings, say=lambda line: context.log.info(line))
    seen = _seen(settings)
    if before.get("seen") == seen and time.time() < before.get("until", 0) and not taken:
        return dg.SkipReason("nothing has changed")
    runs = context.instance.get_runs(dg.RunsFilter(statuses=list(NOT_FINISHED_STATUSES)))
    if any(run.job_name in (evaluation.name, rebuild_warehouse.name) for run in runs):
        return dg.SkipReason("an evaluation of everything is under way")
    # A run that asks a judge would be waited for, and collects by itself.
    collected = [] if runs else collect_all(settings)
    under_way = {
        (key.to_user_string(), run.tags.get(PARTITION_NAME_TAG, WHOLE))
        for run in runs
        for key in run.asset_selection or ()
    }
    tried = {(table, judge): wanted for table, judge, wanted in before.get("tried", []) if judge not in collected}
    make = partial(make_plan, settings, failed_calls_too=False)
    plan, batches = next_batches(settings, tried, make, under_way)
    known = context.instance.get_dynamic_partitions(JUDGE_PARTITIONS)
    new = [name for name in all_judges(settings).names if name not in known]
    cursor = {
        "seen": "" if batches or under_way else seen,
        "until": time.time() + PLAN_ANYWAY_AFTER,
        "tried": [(*part, wanted) for part, wanted in tried.items() if part in plan.stale],
    }
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                job_name="update_judge" if batch.judge else "update_tables",
                asset_selection=[dg.AssetKey(name) for name in batch.tables],
                partition_key=batch.judge or None,
                tags={BECAUSE_TAG: batch.because},
            )
            for batch in batches
        ],
        dynamic_partitions_requests=[judge_partitions.build_add_request(new)] if new else [],
        cursor=json.dumps(cursor),
    )


def _seen(settings: Settings) -> str:
    """Changes when a file does that the plan depends on: by name, size and time."""
    folders = (settings.data_dir, settings.submissions_dir, settings.prompts_dir, settings.calls_folder)
    files = (settings.judges_file, settings.published_scores, settings.warehouse, settings.database, settings.report)
    answers = map(_answered_from, all_judges(settings).judges)
    states = set()
    for path in filter(None, {*folders, *files, settings.models_dir, *answers}):
        for file in (path, *path.rglob("*")):
            with suppress(FileNotFoundError):
                status = file.stat()
                if not stat.S_ISDIR(status.st_mode):
                    states.add((str(file), status.st_size, status.st_mtime_ns))
    return hashlib.blake2b(json.dumps(sorted(states)).encode(), digest_size=12).hexdigest()


def _answered_from(judge: Judge) -> Path | None:
    """The judge's recording, or where its weights would be if the registry names a folder."""
    named = getattr(judge, "path", None) or getattr(judge, "model", None)
    return judge.beside_registry(named) if named else None


@dg.schedule(job=evaluation, cron_schedule="0 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_evaluation(_: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """What failed during the day is asked again at night."""
    return dg.RunRequest()


@dg.schedule(job=records_kept_short, cron_schedule="0 4 * * 0", default_status=dg.DefaultScheduleStatus.RUNNING)
def weekly_clearing(_: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Dagster's records of old runs go, so that the home does not grow for ever."""
    return dg.RunRequest()
