"""Bringing everything up to date in this process: the plan, carried out by Dagster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import dagster as dg
from dagster._core.execution.plan.objects import StepFailureData

from emoprefer_assets.asking import missing_calls
from emoprefer_assets.assets import JUDGE_PARTITIONS, TABLE_ASSETS, all_assets
from emoprefer_assets.assets.judge_tables import JUDGE_TABLES, battle_part, clips_to_show, parts_of
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.display import listed
from emoprefer_assets.doctor import obstacles, passed_over, unheard
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.intake import all_judges, take_in
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.planning import Batch, TablePart, made_from, make_plan, next_batches
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.run import Run
from emoprefer_assets.runs.records import dagster_records
from emoprefer_assets.runs.workers import HOST_TAG, this_host
from emoprefer_assets.store import WHOLE
from emoprefer_assets.tally import Tally

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# Shown with a run in Dagster: why it was started.
BECAUSE_TAG = "emoprefer/because"
_LONGEST_TAG = 200
_INTERRUPTED = "DagsterExecutionInterruptedError"
Say = Callable[[str], None]


@dataclass
class Report:
    """What an evaluation did.

    Attributes:
        tallies: by judge, what was asked of it now, whatever became of its tables.
        failures: why a judge has no new predictions, by judge.
        tables: tables that were replaced, in order.
    """

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)

    @property
    def calls(self) -> dict[str, int]:
        """Judge calls made now, by judge."""
        return {judge: tally.all_calls for judge, tally in self.tallies.items()}

    @property
    def cost(self) -> float:
        """Of the calls, in the currency of the registry's prices."""
        return sum(tally.cost for tally in self.tallies.values())


def evaluate(
    run: Run, judges: Collection[str] = (), strategies: Collection[str] = STRATEGIES, say: Say = lambda _: None
) -> Report:
    """Bring everything up to date, asking `judges` (all that take part, if none is named) only what is missing.

    Args:
        say: called with a line for each thing that is done.

    Raises:
        EmopreferError: the data, a board or a judge's name is wrong. A judge that cannot answer is in the report.
    """
    take_in(run.settings, say=say)
    asked = _asked_judges(run, judges)
    names = [judge.name for judge in asked]
    # One that cannot be read is refused before anything is made.
    read_data_set(run.settings.data_dir)
    for file in passed_over(run.settings.data_dir):
        say(f"{file.what}. {file.mend}")
    tell_beforehand(run, asked, strategies, say)
    report = Report(run.tallies)
    tried: dict[TablePart, str] = {}
    with dagster_records(run.settings) as instance:
        instance.add_dynamic_partitions(JUDGE_PARTITIONS, all_judges(run.settings).names)
        while True:
            plan, batches = next_batches(run.settings, tried, partial(make_plan, run.settings, names, strategies))
            if not batches:
                break
            for batch in batches:
                _make(batch, run, instance, report, say)
    for judge in asked:
        for reason in plan.why_not(judge.name):
            report.failures.setdefault(judge.name, reason)
    return report


def tell_beforehand(run: Run, asked: Sequence[Judge], strategies: Collection[str], say: Say) -> None:
    """Say before anything is made who cannot answer, and who was never shown to hear; the others go on.

    Raises:
        EmopreferError: nobody can, and nobody's earlier answers are on record.
    """
    if not run.settings.calls or not asked:
        return
    plan = make_plan(run.settings, [judge.name for judge in asked], strategies)
    waiting = [judge for judge in asked if plan.of(judge.name) or plan.why_not(judge.name)]
    # Without its external model a judge answers some strategies all the same.
    externals = [name for judge in waiting if (name := getattr(judge, "external", None))]
    found = obstacles([*waiting, *(all_judges(run.settings)[name] for name in externals)], run.settings)
    answered = any(run.calls_of(judge.name).version() for judge in asked if isinstance(judge, ModelJudge))
    if all(judge.name in found for judge in asked) and not answered:
        raise EmopreferError("\n".join(found.values()))
    for reason in found.values():
        say(f"cannot be asked: {reason}")
    if not_shown := unheard((judge for judge in waiting if judge.name not in found), run.settings):
        say(f"not shown to hear: {listed(not_shown)}; try it by `emoprefer doctor --judge {not_shown[0]}`")


def rebuild(run: Run, say: Say = lambda _: None) -> Report:
    """Make the warehouse anew from data, submissions and call cache, without a judge call.

    Answers that the call cache does not hold are missing afterwards; the next evaluation asks for them.

    Raises:
        EmopreferError: as `evaluate`.
    """
    run.warehouse.put_aside()
    return evaluate(replace(run, settings=run.settings.replaced(calls=False)), say=say)


def dry_run(run: Run, judges: Collection[str] = (), strategies: Collection[str] = STRATEGIES) -> dict[str, Tally | str]:
    """What `evaluate` would take, by judge: the missing calls with an upper estimate of tokens and cost, or why a
    judge cannot be asked. Who votes, and how often, in battles is taken from the last evaluation; adaptive rounds come
    on top. What landed is taken in and tables that need no judge are brought up to date; no call is made.

    Raises:
        EmopreferError: the data or a judge's name is wrong.
    """
    take_in(run.settings)
    asked = _asked_judges(run, judges)
    names = [judge.name for judge in asked]
    plan = make_plan(run.settings, names, strategies)
    if need_no_judge := tuple(stale for stale in plan.stale.values() if _needs_no_judge(stale.part[0])):
        with dagster_records(run.settings) as instance:
            _make(Batch(WHOLE, need_no_judge), run, instance, Report(), lambda _: None)
        plan = make_plan(run.settings, names, strategies)
    found: dict[str, Tally | str] = {}
    for judge in asked:
        try:
            found[judge.name] = next(iter(plan.why_not(judge.name)), "") or _missing(judge, plan.of(judge.name), run)
        except JudgeUnavailable as error:
            found[judge.name] = str(error)
    return found


def _missing(judge: Judge, tables: Collection[str], run: Run) -> Tally:
    if not isinstance(judge, ModelJudge):
        return Tally()
    with run.warehouse.reading() as reading:
        parts = parts_of([name for name in JUDGE_TABLES if name in tables], reading)
        if "battle_verdicts" in tables:
            parts.append(battle_part(judge, reading, run.settings))
        clips = clips_to_show(reading)
    return missing_calls(judge, parts, clips, run)


def _needs_no_judge(table: str) -> bool:
    return table in TABLE_ASSETS and not any(TABLE_ASSETS[name].by_judge for name in made_from(table))


def _make(batch: Batch, run: Run, instance: dg.DagsterInstance, report: Report, say: Say) -> None:
    """One Dagster run over a batch.

    Raises:
        EmopreferError: a table without parts could not be made.
        KeyboardInterrupt: the run was interrupted.
    """
    what = ", ".join(batch.tables)
    say(f"asking {batch.judge}: {what.replace('_predictions', '')}" if batch.judge else f"making {what}")
    # Dagster stores a snapshot of the whole job with each run, and a judge's run has two assets only.
    assets = [made for made in all_assets if made.partitions_def] if batch.judge else all_assets
    made = dg.Definitions(assets=assets, resources={"run": run}, executor=dg.in_process_executor)
    result = made.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(name) for name in batch.tables],
        partition_key=batch.judge or None,
        run_config=QUIET,
        tags={HOST_TAG: this_host(), BECAUSE_TAG: batch.because[:_LONGEST_TAG]},
        raise_on_error=False,
    )
    failures = [event.step_failure_data for event in result.get_step_failure_events()]
    if any(failure.error and failure.error.cls_name == _INTERRUPTED for failure in failures):
        raise KeyboardInterrupt
    report.tables += [
        event.materialization.asset_key.to_user_string() for event in result.get_asset_materialization_events()
    ]
    if not result.success:
        failure = _first_of(failures, result.run_id)
        if not batch.judge:
            raise EmopreferError(failure)
        where = all_judges(run.settings)[batch.judge].where
        report.failures[batch.judge] = failure if where in failure else f"{where}: {failure}"


def _asked_judges(run: Run, names: Collection[str]) -> list[Judge]:
    registry = all_judges(run.settings)
    chosen = [registry[name] for name in names] or list(registry.taking_part(run.settings.data_dir))
    for judge in chosen:
        if judge.retired:
            raise EmopreferError(f"{judge.where}: it is {judge.why_not_asked}.")
        if not judge.fits(run.settings.data_dir):
            raise EmopreferError(f"{judge.where}: it is for the data set {judge.only_on} only.")
    return chosen


def _first_of(failures: Sequence[StepFailureData], run_id: str) -> str:
    for failure in failures:
        if failure.user_failure_data and failure.user_failure_data.description:
            return failure.user_failure_data.description
        if failure.error:
            cause = failure.error.cause or failure.error
            return f"{cause.message.strip()} (see run {run_id} in the Dagster UI)"
    return f"run {run_id} failed; see it in the Dagster UI"
