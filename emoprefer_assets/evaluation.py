"""Bringing every table up to date: what is stale is decided here, and Dagster runs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

import dagster as dg
import duckdb
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.instance.ref import InstanceRef

from emoprefer_assets.asking import Tally, plan
from emoprefer_assets.assets import CODE_VERSION, TABLE_ASSETS, TableAsset, judge_partitions, tables_in_parts
from emoprefer_assets.assets.battling import choose_more_battles
from emoprefer_assets.assets.judging import is_asked_about_battles
from emoprefer_assets.automation import missing_partitions
from emoprefer_assets.definitions import defs
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.intake import all_judges, take_in
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import Warehouse
from emoprefer_assets.store.warehouse import NO_PART, WHOLE, Made, versions_for
from emoprefer_assets.strategies import STRATEGIES

PUBLISHED = ("published_database", "report")
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
        instance.add_dynamic_partitions(judge_partitions.name, missing_partitions(instance))
        _refresh(_without_judges(), settings, instance, report, say)
        for judge in asked:
            _ask_judge(judge, _about_the_data_set(judge, strategies), settings, instance, report, say)
        _refresh(_before_battles(), settings, instance, report, say)
        _hold_battles(asked, settings, instance, report, say)
        if report.tables or not _is_published(settings):
            _materialise(PUBLISHED, instance)
    return report


def rehearse(
    settings: Settings, judges: Collection[str] = (), strategies: Collection[str] = STRATEGIES
) -> dict[str, Tally | str]:
    """What `evaluate` would take, by judge: the missing calls with an upper estimate of tokens and cost, or why a
    judge cannot be asked. Tables that need no judge are brought up to date; no call is made.

    Raises:
        EmopreferError: the data or a judge's name is wrong.
    """
    asked = _asked_judges(settings, judges)
    with _instance() as instance:
        _refresh(_without_judges(), settings, instance, Report(), lambda _: None)
    data = Warehouse(settings.warehouse).read(["raw_pairs", "consensus_pairs", "clips", "robustness_pairs"]).tables
    found: dict[str, Tally | str] = {}
    for judge in asked:
        todo = pending(judge, settings, strategies)
        if not isinstance(judge, ModelJudge):
            found[judge.name] = next(iter(todo.unavailable.values()), Tally())
            continue
        try:
            found[judge.name] = plan(judge, todo.strategies, data, settings)
        except JudgeUnavailable as error:
            found[judge.name] = str(error)
    return found


def _instance() -> dg.DagsterInstance:
    """Dagster's records, without its capture of stdout and stderr: they belong to the person at the terminal."""
    nowhere = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    return dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(os.environ["DAGSTER_HOME"], overrides={"compute_logs": nowhere})
    )


@dataclass(frozen=True)
class Pending:
    """What is to be asked of a judge.

    Attributes:
        tables: the judge's tables that are missing or out of date, in the order in which they are made.
        unavailable: why a table that is missing or out of date cannot be made here, by table.
    """

    tables: tuple[str, ...]
    unavailable: dict[str, str]

    @property
    def strategies(self) -> list[str]:
        return [strategy for strategy in STRATEGIES if f"{strategy}_predictions" in self.tables]


def pending(judge: Judge, settings: Settings, strategies: Collection[str] = STRATEGIES) -> Pending:
    """The judge's tables that are missing or out of date under `strategies`, those about battles left out."""
    return _pending(judge, _about_the_data_set(judge, strategies), settings)


def _pending(judge: Judge, tables: list[TableAsset], settings: Settings) -> Pending:
    made = Warehouse(settings.warehouse).made()
    stale: list[str] = []
    unavailable: dict[str, str] = {}
    for table in tables:
        try:
            if not set(table.inputs).isdisjoint(stale) or _is_stale(table, judge.name, made, settings):
                stale.append(table.name)
        except JudgeUnavailable as error:
            unavailable[table.name] = str(error)
    return Pending(tuple(stale), unavailable)


def _about_the_data_set(judge: Judge, strategies: Collection[str]) -> list[TableAsset]:
    """The tables that hold something of the judge under `strategies`, in order; battles are held later."""
    # Looking for the recordings of a judge without strategies is what says why there are none.
    asked = {strategy for strategy in judge.strategies if strategy in strategies} or {"s1"}
    wanted = {f"{strategy}_predictions" for strategy in asked}
    if "s1" in asked:
        wanted |= {"robustness_predictions", "canary_verdicts"}
    if isinstance(judge, ModelJudge):
        wanted.add("judge_costs")
        wanted |= {"descriptions"} if asked & {"s2", "s3", "s4"} else set()
        wanted |= {"reasonings"} if "s4" in asked else set()
    return [table for table in _in_order() if table.name in wanted]


def _hold_battles(
    asked: list[Judge], settings: Settings, instance: dg.DagsterInstance, report: Report, say: Callable[[str], None]
) -> None:
    """Have the battles judged, more of them where an order is still open, and bring the leaderboards up to date."""
    for round_ in range(1 + settings.battles.rounds):
        if round_:
            if not choose_more_battles(settings):
                return
            _refresh(_without_judges(), settings, instance, report, say)
        now = Warehouse(settings.warehouse).read(["battles", "crowd"]).tables
        for judge in asked if len(now["battles"]) else ():
            if is_asked_about_battles(judge, now["crowd"]):
                names = ("battle_verdicts", "judge_costs") if isinstance(judge, ModelJudge) else ("battle_verdicts",)
                _ask_judge(judge, [TABLE_ASSETS[name] for name in names], settings, instance, report, say)
        _refresh(_after_judges(), settings, instance, report, say)


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


def _ask_judge(
    judge: Judge,
    tables: list[TableAsset],
    settings: Settings,
    instance: dg.DagsterInstance,
    report: Report,
    say: Callable[[str], None],
) -> None:
    try:
        todo = _pending(judge, tables, settings)
        if todo.unavailable:
            report.failures[judge.name] = next(iter(todo.unavailable.values()))
        if not todo.tables:
            return
        say(f"asking {judge.name}: {', '.join(name.removesuffix('_predictions') for name in todo.tables)}")
        result = _run(todo.tables, instance, judge.name)
    except EmopreferError as error:
        report.failures[judge.name] = _placed(judge, error)
        return
    made = _materialisations(result)
    asked = [event.metadata for event in made if "judge_calls" in event.metadata]
    names = {
        "judge_calls": report.calls,
        "failed_calls": report.failed_calls,
        "answers_from_ledger": report.from_ledger,
    }
    for name, counted in names.items():
        counted[judge.name] = counted.get(judge.name, 0) + sum(found[name].value for found in asked)
    report.cost += sum(found["cost"].value for found in asked)
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
    made = Warehouse(settings.warehouse).made()
    stale: list[str] = []
    for table in tables:
        if not set(table.inputs).isdisjoint(stale) or _is_stale(table, WHOLE, made, settings):
            stale.append(table.name)
    if stale:
        say(f"making {', '.join(stale)}")
        _materialise(stale, instance)
        report.tables += stale


def _is_stale(table: TableAsset, judge: str, made: dict[tuple[str, str], Made], settings: Settings) -> bool:
    last = made.get((table.name, judge))
    sources = table.source_versions(settings, judge)
    if last is None or last.code_version != CODE_VERSION or last.unanswered:
        return True
    versions = versions_for(judge, {key: value.version for key, value in made.items()}, tables_in_parts())
    return last.inputs != sources | {name: versions.get(name, NO_PART) for name in table.inputs}


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
        raise_on_error=False,
    )
    if any(failure.error.cls_name == "DagsterExecutionInterruptedError" for failure in _failures(result)):
        raise KeyboardInterrupt
    return result


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    for failure in _failures(result):
        if failure.user_failure_data and failure.user_failure_data.description:
            return failure.user_failure_data.description
        cause = failure.error.cause or failure.error
        return f"{cause.message.strip()} (see run {result.run_id} in the Dagster UI)"
    return f"run {result.run_id} failed; see it in the Dagster UI"


def _failures(result: dg.ExecuteInProcessResult) -> list[StepFailureData]:
    return [event.step_failure_data for event in result.all_events if event.is_step_failure]


def _materialisations(result: dg.ExecuteInProcessResult) -> list[dg.AssetMaterialization]:
    return [event.materialization for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]


def _in_order() -> list[TableAsset]:
    graph = {table.name: table.inputs for table in TABLE_ASSETS.values()}
    return [TABLE_ASSETS[name] for name in TopologicalSorter(graph).static_order()]


def _after_judges() -> list[TableAsset]:
    after: dict[str, TableAsset] = {}
    for table in _in_order():
        if not table.by_judge and any(name in after or TABLE_ASSETS[name].by_judge for name in table.inputs):
            after[table.name] = table
    return list(after.values())


def _before_battles() -> list[TableAsset]:
    """The tables made from judges' answers about the data set alone."""
    about_battles = {"battle_verdicts"}
    for table in _in_order():
        if not about_battles.isdisjoint(table.inputs):
            about_battles.add(table.name)
    return [table for table in _after_judges() if table.name not in about_battles]


def _without_judges() -> list[TableAsset]:
    after = {table.name for table in _after_judges()}
    return [table for table in _in_order() if not table.by_judge and table.name not in after]


def _is_published(settings: Settings) -> bool:
    """Whether the published copy has what the warehouse has, and its report is there."""
    if not settings.database.exists() or not settings.report.exists():
        return False
    try:
        with duckdb.connect(str(settings.database), read_only=True) as published:
            rows = published.sql("select table_name, judge, version from lineage").fetchall()
    except duckdb.Error:
        return False
    return {(table, judge): version for table, judge, version in rows} == {
        key: made.version for key, made in Warehouse(settings.warehouse).made().items()
    }
