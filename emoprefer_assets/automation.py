"""What happens by itself while Dagster's daemon runs."""

import json
import warnings
from collections.abc import Set as AbstractSet
from weakref import WeakKeyDictionary

import dagster as dg

from emoprefer_assets.assets import JUDGE_ENTRIES, SOURCES, judge_partitions
from emoprefer_assets.assets.battling import choose_more_battles
from emoprefer_assets.intake import take_in
from emoprefer_assets.jobs import evaluation, records_kept_short
from emoprefer_assets.observing import changed_sources, missing_partitions
from emoprefer_assets.settings import current_settings
from emoprefer_assets.staleness import Part, out_of_date

_stale_in_view: WeakKeyDictionary[object, dict[Part, str]] = WeakKeyDictionary()


def _stale_parts(context: dg.AutomationContext[dg.AssetKey]) -> dict[str, str]:
    """By partition (judge, or "" where there are none), what the asset would be made from now; only what is stale."""
    # All assets of a tick share one view, so that one tick decides by one state of the warehouse.
    view = context.asset_graph_view
    if view not in _stale_in_view:
        _stale_in_view[view] = out_of_date(current_settings())
    asset = context.key.to_user_string()
    return {judge: wanted for (name, judge), wanted in _stale_in_view[view].items() if name == asset}


def _with_parts(context: dg.AutomationContext[dg.AssetKey], parts: dict[str, str]) -> dg.AutomationResult[dg.AssetKey]:
    everything = context.asset_graph_view.get_full_subset(key=context.key)
    if not parts:
        return dg.AutomationResult(context, context.get_empty_subset())
    if everything.partitions_def is None:
        return dg.AutomationResult(context, everything)
    return dg.AutomationResult(context, everything.compute_intersection_with_partition_keys(set(parts)))


class OutOfDate(dg.AutomationCondition[dg.AssetKey]):
    """The asset, or something that it is made from, was made from something else than what is there now."""

    @property
    def name(self) -> str:
        return "out_of_date"

    def evaluate(self, context: dg.AutomationContext[dg.AssetKey]) -> dg.AutomationResult[dg.AssetKey]:
        return _with_parts(context, _stale_parts(context))


class Untried(dg.AutomationCondition[dg.AssetKey]):
    """Nothing has been requested for what the asset would be made from now: what failed waits for a change."""

    @property
    def name(self) -> str:
        return "untried"

    def evaluate(self, context: dg.AutomationContext[dg.AssetKey]) -> dg.AutomationResult[dg.AssetKey]:
        wanted = _stale_parts(context)
        before = json.loads(context.cursor or '{"wanted": {}, "tried": {}}')
        requested = context.get_previous_requested_subset(context.key)
        keys: AbstractSet[str] = {""}
        if requested is None or requested.is_empty:
            keys = set()
        elif requested.partitions_def is not None:
            keys = requested.expensively_compute_partition_keys()
        tried = before["tried"] | {key: before["wanted"].get(key, "") for key in keys}
        tried = {key: version for key, version in tried.items() if key in wanted}
        untried = {key: version for key, version in wanted.items() if tried.get(key) != version}
        result = _with_parts(context, untried)
        cursor = json.dumps({"wanted": wanted, "tried": tried})
        return dg.AutomationResult(context, result.true_subset, cursor=cursor)


def as_soon_as_possible() -> dg.AutomationCondition[dg.AssetKey]:
    """Made once for every state of what it is made from, behind whatever else is still to be made for it.

    A judge that has failed, or cannot answer here, holds nobody back.
    """
    condition = dg.AutomationCondition
    awaited = OutOfDate() & ~condition.will_be_requested() & ~condition.execution_failed()
    return (
        OutOfDate()
        & Untried()
        & ~condition.any_deps_match(awaited).with_label("any_deps_awaited")
        & ~condition.any_deps_in_progress()
        & ~condition.in_progress()
    ).with_label("as_soon_as_possible")


def run_by_itself(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec of an asset that is made here with `as_soon_as_possible`; a source's as it was."""
    is_source = spec.key.to_user_string() in {*SOURCES, JUDGE_ENTRIES}
    return spec if is_source else spec.replace_attributes(automation_condition=as_soon_as_possible())


with warnings.catch_warnings():
    # Conditions of our own have to be evaluated where they are defined, and Dagster calls the switch for that beta.
    warnings.simplefilter("ignore", dg.BetaWarning)
    evaluation_follows = dg.AutomationConditionSensorDefinition(
        "evaluation_follows",
        target=dg.AssetSelection.all(),
        description="Makes what is out of date, and nothing else.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=10,
        emit_backfills=False,
        use_user_code_server=True,
    )


@dg.sensor(minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING)
def sources_watched(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Takes in submissions that nobody writes any more, gives each judge its partition, and sees which sources changed.

    Once the leaderboard is up to date, it also chooses the battles of the next adaptive round.
    """
    settings = current_settings()
    taken = take_in(settings, say=context.log.info)
    if not taken and not out_of_date(settings):
        choose_more_battles(settings)
    new = missing_partitions(context.instance, settings)
    changed = changed_sources(context.instance, settings)
    if not new and not changed:
        return dg.SkipReason("no source has changed")
    return dg.SensorResult(
        dynamic_partitions_requests=[judge_partitions.build_add_request(new)] if new else [], asset_events=changed
    )


@dg.schedule(job=evaluation, cron_schedule="0 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_evaluation(_: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """What failed during the day is asked again at night."""
    return dg.RunRequest()


@dg.schedule(job=records_kept_short, cron_schedule="0 4 * * 0", default_status=dg.DefaultScheduleStatus.RUNNING)
def weekly_clearing(_: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Dagster's records of old runs go, so that the home does not grow for ever."""
    return dg.RunRequest()
