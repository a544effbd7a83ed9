"""What happens by itself while Dagster's daemon runs."""

import hashlib

import dagster as dg

from emoprefer_assets.assets import judge_partitions
from emoprefer_assets.intake import QUIET_SECONDS, all_judges
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import Warehouse
from emoprefer_assets.submissions import Submissions

# dagster.yaml lets one of them run at a time.
ONE_AT_A_TIME = {"emoprefer/evaluation": "all"}


@dg.op
def evaluate_everything(context: dg.OpExecutionContext) -> None:
    """Take in what has landed, and bring every table up to date: the same as `emoprefer run`."""
    # Evaluation needs the whole code location, of which this is a part.
    from emoprefer_assets.evaluation import evaluate

    report = evaluate(current_settings(), say=context.log.info)
    context.add_output_metadata({"judge_calls": report.calls, "tables": report.tables, "failures": report.failures})


@dg.job(tags=ONE_AT_A_TIME)
def evaluate_what_landed() -> None:
    """Submissions in, leaderboard out."""
    evaluate_everything()


@dg.sensor(job=evaluate_what_landed, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def submission_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Evaluate when a file has landed and nobody writes it any more, or what was accepted is not on the boards."""
    settings = current_settings()
    submissions = Submissions(settings.submissions_dir)
    waiting = submissions.waiting(QUIET_SECONDS)
    made = Warehouse(settings.warehouse).made().get(("submissions", ""))
    evaluated = made.inputs["submission_files"] if made else None
    if not waiting and (evaluated == submissions.content_version() or not submissions.versions()):
        return dg.SkipReason(f"nothing new in {submissions.folder}")
    digest = hashlib.blake2b(submissions.content_version().encode(), digest_size=12)
    for file in waiting:
        status = file.stat()
        digest.update(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode(errors="surrogateescape"))
    # The same state asks for one run only, also after a restart.
    return dg.RunRequest(run_key=digest.hexdigest())


@dg.schedule(job=evaluate_what_landed, cron_schedule="0 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_evaluation(_: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """What failed during the day is asked again at night."""
    return dg.RunRequest()


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def judge_registry_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Make a partition for each judge of the registry and each submitted one; a retired judge keeps its own."""
    missing = missing_partitions(context.instance)
    if not missing:
        return dg.SkipReason("every judge has its partition")
    return dg.SensorResult(dynamic_partitions_requests=[judge_partitions.build_add_request(missing)])


def missing_partitions(instance: dg.DagsterInstance) -> list[str]:
    """The judges that have no partition yet."""
    known = set(instance.get_dynamic_partitions(judge_partitions.name))
    return [name for name in all_judges(current_settings()).names if name not in known]
