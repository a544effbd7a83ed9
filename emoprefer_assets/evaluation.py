"""Bringing every table up to date: what is stale is decided here, and Dagster runs it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import dagster as dg
import pandas as pd
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME

from emoprefer_assets.asking import Tally, labelled, plan
from emoprefer_assets.assets import JUDGE_PARTITIONS, TableAsset
from emoprefer_assets.assets.battling import choose_more_battles
from emoprefer_assets.assets.judging import is_asked_about_battles, strategy_in_battles
from emoprefer_assets.definitions import defs
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.intake import all_judges, take_in
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.observing import changed_sources, missing_partitions
from emoprefer_assets.runs.workers import HOST_TAG, this_host
from emoprefer_assets.settings import Settings, current_settings
from emoprefer_assets.staleness import (
    PUBLISHED,
    Inventory,
    is_published,
    pending,
    tables_about_battles,
    tables_about_data_set,
    tables_after_judges,
    tables_before_battles,
    tables_without_judges,
)
from emoprefer_assets.store import TABLES, Warehouse
from emoprefer_assets.store.warehouse import WHOLE
from emoprefer_assets.strategies import STRATEGIES

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Report:
    """What an evaluation did.

    Attributes:
        calls: judge calls made now, by judge; a judge that was up to date is absent.
        failed_calls: of these, calls without an answer.
        cost: of the calls, in the currency of the registry's prices.
        from_ledger: answers that an earlier run had paid for, by judge.
        failures: why a judge has no new predictions, by judge.
        tables: tables that were replaced, in order.
    """

    calls: dict[str, int] = field(default_factory=dict)
    failed_calls: dict[str, int] = field(default_factory=dict)
    cost: float = 0.0
    from_ledger: dict[str, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)


def evaluate(
    settings: Settings,
    judges: Collection[str] = (),
    strategies: Collection[str] = STRATEGIES,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Bring every table up to date, asking `judges` (all that take part, if none is named) only what is missing.

    Args:
        say: called with a line for each thing that is done.

    Raises:
        EmopreferError: the data, a board or a judge's name is wrong. A judge that cannot answer is in the report.
    """
    take_in(settings, say=say)
    asked = _asked_judges(settings, judges)
    report = Report()
    with _instance() as instance:
        instance.add_dynamic_partitions(JUDGE_PARTITIONS, missing_partitions(instance, settings))
        for observation in changed_sources(instance, settings):
            instance.report_runless_asset_event(observation)
        _refresh(tables_without_judges(), settings, instance, report, say)
        tables = {judge.name: tables_about_data_set(judge, strategies) for judge in asked}
        _ask_judges(asked, tables, settings, instance, report, say)
        _refresh(tables_before_battles(), settings, instance, report, say)
        _hold_battles(asked, settings, instance, report, say)
        if report.tables or not is_published(Inventory.taken(settings)):
            _materialise(PUBLISHED, instance)
    return report


def rebuild(settings: Settings, say: Callable[[str], None] = lambda _: None) -> Report:
    """Make the warehouse anew from data, submissions and ledger, without a judge call.

    Answers that the ledger does not hold are missing afterwards; the next evaluation asks for them.

    Raises:
        EmopreferError: as `evaluate`.
    """
    Warehouse(settings.warehouse).put_aside()
    allowed = os.environ.get("EMOPREFER_CALLS", "")
    # Runs read the environment.
    os.environ["EMOPREFER_CALLS"] = "no"
    try:
        return evaluate(current_settings(), say=say)
    finally:
        os.environ["EMOPREFER_CALLS"] = allowed


def rehearse(
    settings: Settings, judges: Collection[str] = (), strategies: Collection[str] = STRATEGIES
) -> dict[str, Tally | str]:
    """What `evaluate` would take, by judge: the missing calls with an upper estimate of tokens and cost, or why a
    judge cannot be asked. Who votes, and how often, in battles is taken from the last evaluation; adaptive rounds come
    on top. What landed is taken in and tables that need no judge are brought up to date; no call is made.

    Raises:
        EmopreferError: the data or a judge's name is wrong.
    """
    take_in(settings)
    asked = _asked_judges(settings, judges)
    with _instance() as instance:
        _refresh(tables_without_judges(), settings, instance, Report(), lambda _: None)
    names = ["raw_pairs", "consensus_pairs", "clips", "robustness_pairs", "canaries", "battles", "judge_board", "crowd"]
    warehouse = Warehouse(settings.warehouse)
    there = warehouse.read([name for name in names if (name, WHOLE) in warehouse.made()]).tables
    data = {name: TABLES[name].frame() for name in names} | there
    pairs = labelled(data["raw_pairs"], data["consensus_pairs"])
    found: dict[str, Tally | str] = {}
    inventory = Inventory.taken(settings)
    for judge in asked:
        todo = pending(judge, tables_about_data_set(judge, strategies), inventory)
        if not isinstance(judge, ModelJudge):
            found[judge.name] = next(iter(todo.unavailable.values()), Tally())
            continue
        questions: list[tuple[Collection[str], pd.DataFrame]] = [(todo.strategies, pairs)]
        if "s1" in strategies and "s1" in judge.strategies:
            questions += [({"s1"}, data["robustness_pairs"]), ({"s1"}, data["canaries"])]
        if is_asked_about_battles(judge, data["crowd"]):
            questions.append(({strategy_in_battles(judge, data["judge_board"])}, data["battles"]))
        try:
            found[judge.name] = plan(judge, questions, data["clips"], settings)
        except JudgeUnavailable as error:
            found[judge.name] = str(error)
    return found


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's records, without its capture of stdout and stderr: they belong to the person at the terminal."""
    nowhere = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    records = InstanceRef.from_dir(os.environ["DAGSTER_HOME"], overrides={"compute_logs": nowhere})
    with dg.DagsterInstance.from_ref(records) as instance, _events_kept_open(instance):
        yield instance


@contextmanager
def _events_kept_open(instance: dg.DagsterInstance) -> Iterator[None]:
    """Dagster opens its SQLite file anew for every event, and who closes it as the last one has to write its journal
    back: half of what an event costs, and not needed while somebody has it open."""
    events = instance.event_log_storage
    if not isinstance(events, SqliteEventLogStorage):
        yield
        return
    with closing(sqlite3.connect(events.path_for_shard(INDEX_SHARD_NAME))) as index:
        # It opens the file only when it is asked something.
        index.execute("select count(*) from sqlite_master").fetchall()
        yield


def _hold_battles(
    asked: list[Judge], settings: Settings, instance: dg.DagsterInstance, report: Report, say: Callable[[str], None]
) -> None:
    """Have the battles judged, more of them where an order is still open, and bring the leaderboards up to date."""
    while True:
        now = Warehouse(settings.warehouse).read(["battles", "crowd"]).tables
        voters = [judge for judge in asked if len(now["battles"]) and is_asked_about_battles(judge, now["crowd"])]
        tables = {judge.name: tables_about_battles(judge) for judge in voters}
        _ask_judges(voters, tables, settings, instance, report, say)
        _refresh(tables_after_judges(), settings, instance, report, say)
        if not choose_more_battles(settings):
            return
        _refresh(tables_without_judges(), settings, instance, report, say)


def _asked_judges(settings: Settings, names: Collection[str]) -> list[Judge]:
    registry = all_judges(settings)
    taking_part = registry.taking_part(settings.data_dir)
    chosen = [registry[name] for name in names] or list(taking_part)
    for judge in chosen:
        if judge.retired:
            raise EmopreferError(f"{judge.where}: it is retired. Remove `retired:` to ask it again.")
        if not judge.fits(settings.data_dir):
            raise EmopreferError(f"{judge.where}: it is for the data set {judge.only_on} only.")
    return chosen


def _ask_judges(
    judges: Collection[Judge],
    tables: Mapping[str, list[TableAsset]],
    settings: Settings,
    instance: dg.DagsterInstance,
    report: Report,
    say: Callable[[str], None],
) -> None:
    """Make what is stale among each judge's `tables`."""
    inventory = Inventory.taken(settings)
    for judge in judges:
        try:
            todo = pending(judge, tables[judge.name], inventory)
            if todo.unavailable:
                report.failures[judge.name] = next(iter(todo.unavailable.values()))
            if not todo.tables:
                continue
            say(f"asking {judge.name}: {', '.join(name.removesuffix('_predictions') for name in todo.tables)}")
            result = _run(todo.tables, instance, judge.name)
        except EmopreferError as error:
            report.failures[judge.name] = _placed(judge, error)
            continue
        _note(judge, result, settings, report)
        # The run may have taken hours, in which others have filled in theirs.
        inventory = Inventory.taken(settings)


def _note(judge: Judge, result: dg.ExecuteInProcessResult, settings: Settings, report: Report) -> None:
    """Add what a judge's run did to the report."""
    made = _materialisations(result)
    asked = [event.metadata for event in made if "judge_calls" in event.metadata]
    names = {
        "judge_calls": report.calls,
        "failed_calls": report.failed_calls,
        "answers_from_ledger": report.from_ledger,
    }
    for name, counted in names.items():
        counted[judge.name] = counted.get(judge.name, 0) + sum(int(str(found[name].value)) for found in asked)
    report.cost += sum(float(str(found["cost"].value)) for found in asked)
    report.tables += [event.asset_key.to_user_string() for event in made]
    if not result.success:
        report.failures[judge.name] = _placed(judge, _first_failure(result))
    if settings.budget is not None:
        # Runs read the environment: the next judge may spend what this one has left.
        os.environ["EMOPREFER_BUDGET"] = str(max(settings.budget - report.cost, 0))


def _placed(judge: Judge, message: object) -> str:
    return str(message) if judge.where in str(message) else f"{judge.where}: {message}"


def _refresh(
    tables: list[TableAsset],
    settings: Settings,
    instance: dg.DagsterInstance,
    report: Report,
    say: Callable[[str], None],
) -> None:
    """Make what is stale among `tables`, and what among them is made from it."""
    inventory = Inventory.taken(settings)
    stale: list[str] = []
    for table in tables:
        if not set(table.inputs).isdisjoint(stale) or inventory.is_stale(table, WHOLE):
            stale.append(table.name)
    if stale:
        say(f"making {', '.join(stale)}")
        _materialise(stale, instance)
        report.tables += stale


def _materialise(
    names: Iterable[str], instance: dg.DagsterInstance, judge: str | None = None
) -> dg.ExecuteInProcessResult:
    """One Dagster run over the named assets.

    Raises:
        EmopreferError: with the message of the step that failed.
        KeyboardInterrupt: the run was interrupted.
    """
    result = _run(names, instance, judge)
    if not result.success:
        raise EmopreferError(_first_failure(result))
    return result


def _run(names: Iterable[str], instance: dg.DagsterInstance, judge: str | None = None) -> dg.ExecuteInProcessResult:
    """One Dagster run over the named assets, whether or not every step succeeds.

    Raises:
        KeyboardInterrupt: the run was interrupted.
    """
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(name) for name in names],
        partition_key=judge,
        run_config=QUIET,
        tags={HOST_TAG: this_host()},
        raise_on_error=False,
    )
    if any(
        error.cls_name == "DagsterExecutionInterruptedError"
        for failure in _failures(result)
        if (error := failure.error)
    ):
        raise KeyboardInterrupt
    return result


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    for failure in _failures(result):
        if failure.user_failure_data and failure.user_failure_data.description:
            return failure.user_failure_data.description
        if failure.error:
            cause = failure.error.cause or failure.error
            return f"{cause.message.strip()} (see run {result.run_id} in the Dagster UI)"
    return f"run {result.run_id} failed; see it in the Dagster UI"


def _failures(result: dg.ExecuteInProcessResult) -> list[StepFailureData]:
    return [event.step_failure_data for event in result.all_events if event.is_step_failure]


def _materialisations(result: dg.ExecuteInProcessResult) -> list[dg.AssetMaterialization]:
    return [event.materialization for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
