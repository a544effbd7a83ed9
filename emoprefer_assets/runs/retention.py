"""How long Dagster's records of finished runs are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES

KEPT_DAYS = 90


def forget_old_runs(instance: dg.DagsterInstance, kept_days: float = KEPT_DAYS) -> int:
    """Delete the finished runs that are older than `kept_days`, with their events; the number of runs deleted.

    A run that made the newest state of an asset or of a judge's part of one is kept: its events are what Dagster knows
    about that asset.
    """
    before = datetime.now(UTC) - timedelta(days=kept_days)
    old = instance.get_runs(dg.RunsFilter(statuses=list(FINISHED_STATUSES), updated_before=before))
    if not old:
        return 0
    kept = set(_runs_behind_assets(instance))
    forgotten = [run for run in old if run.run_id not in kept]
    for run in forgotten:
        instance.delete_run(run.run_id)
    return len(forgotten)


def _runs_behind_assets(instance: dg.DagsterInstance) -> Iterator[str]:
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    for key in instance.all_asset_keys():
        yield from (record.run_id for record in instance.fetch_materializations(key, limit=1).records)
        newest = list(instance.event_log_storage.get_latest_storage_id_by_partition(key, kind).values())
        if newest:
            records = instance.get_event_records(dg.EventRecordsFilter(kind, key, storage_ids=newest))
            yield from (record.run_id for record in records)
