"""Telling Dagster which version of what enters from outside is there now."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG, extract_data_version_from_entry

from emoprefer_assets.asking import version_under_all_strategies
from emoprefer_assets.assets import JUDGE_ENTRIES, JUDGE_PARTITIONS, SOURCES
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge
from emoprefer_assets.settings import Settings


def missing_partitions(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """The judges that have no partition yet; a retired judge keeps its own."""
    known = set(instance.get_dynamic_partitions(JUDGE_PARTITIONS))
    return [name for name in all_judges(settings).names if name not in known]


def changed_sources(instance: dg.DagsterInstance, settings: Settings) -> list[dg.AssetObservation]:
    """What to report: each source, and each judge's entry, whose version is not the one that Dagster knows."""
    return [
        dg.AssetObservation(name, partition=judge, tags={DATA_VERSION_TAG: version})
        for name, judge, version in _versions(settings)
        if _known_version(instance, name, judge) != version
    ]


def _versions(settings: Settings) -> Iterator[tuple[str, str | None, str]]:
    for name, source in SOURCES.items():
        yield name, None, source.version(settings)
    for judge in all_judges(settings).taking_part(settings.data_dir):
        yield JUDGE_ENTRIES, judge.name, _version_of(judge, settings)


def _version_of(judge: Judge, settings: Settings) -> str:
    try:
        return version_under_all_strategies(judge, settings)
    except JudgeUnavailable:
        return f"{judge.entry_version()}, cannot answer here"


def _known_version(instance: dg.DagsterInstance, name: str, judge: str | None) -> str | None:
    record = instance.get_latest_data_version_record(dg.AssetKey(name), is_source=True, partition_key=judge)
    version = extract_data_version_from_entry(record.event_log_entry) if record else None
    return version.value if version else None
