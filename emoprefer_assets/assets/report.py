"""What leaves the pipeline for people, made from all tables."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import duckdb

from emoprefer_assets.assets._failing import failures_named
from emoprefer_assets.assets._table import OWNERS
from emoprefer_assets.code_version import code_version
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.plugins import SECTIONS
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PACKAGE, Settings
from emoprefer_assets.store import TABLES, views
from emoprefer_assets.store.published import read_rows

PUBLISHED = ("published_database", "report")
Versions = Mapping[tuple[str, str], str]


def _files() -> list[Path]:
    """What the report is made by beside its modules."""
    return [*(PACKAGE / "report" / "page").iterdir(), *SECTIONS.plugin_files]


@dg.asset(
    group_name="report",
    deps=[name for name in TABLES if name != "lineage"],
    kinds={"duckdb"},
    owners=OWNERS,
    required_resource_keys={"run"},
)
def published_database(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """A consistent copy of all tables and views, for SQL; readers and the pipeline never block each other."""
    run: Run = context.resources.run
    with failures_named():
        run.warehouse.publish(run.settings.database)
        run.settings.report_version.write_text(json.dumps({"views": _views_version()}))
    return _file(str(run.settings.database), run.settings.database.stat().st_size)


@dg.asset(
    group_name="report",
    deps=[published_database],
    kinds={"html"},
    owners=OWNERS,
    required_resource_keys={"run"},
    code_version=code_version("emoprefer_assets.report", _files()),
)
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """The published database as one HTML file beside it: boards, judges, crowds, audit, data, and every pair."""
    # Altair and the bundler of its JavaScript are needed only where a report is made.
    from emoprefer_assets.report import write_report

    settings: Settings = context.resources.run.settings
    with failures_named():
        file = write_report(settings)
        made_from = {"views": _views_version(), "made_from": _report_version(_published(settings))}
        settings.report_version.write_text(json.dumps(made_from))
    return _file(str(file), file.stat().st_size)


def out_of_date(settings: Settings, versions: Versions) -> dict[str, str]:
    """Why those of `PUBLISHED` are out of date that are missing, or made from something else than what is there now.

    Args:
        versions: of the tables, by table and judge.
    """
    last = _last_made_from(settings)
    if _published(settings) != versions:
        return dict.fromkeys(PUBLISHED, "tables have changed")
    if last.get("views") != _views_version():
        return dict.fromkeys(PUBLISHED, "views have changed")
    if not settings.report.exists() or last.get("made_from") != _report_version(versions):
        return {"report": "not made yet, or made by another version of its pages"}
    return {}


def _published(settings: Settings) -> dict[tuple[str, str], str]:
    """The versions of what is published; none where there is nothing."""
    try:
        rows = read_rows(settings.database, "select table_name, judge, version from lineage")
    except (EmopreferError, duckdb.Error):
        return {}
    return {(row["table_name"], row["judge"]): row["version"] for row in rows}


def _views_version() -> str:
    return hashlib.blake2b("\n".join(views().values()).encode(), digest_size=12).hexdigest()


def _report_version(versions: Versions) -> str:
    text = json.dumps([code_version("emoprefer_assets.report", _files()), sorted(map(str, versions.items()))])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _last_made_from(settings: Settings) -> dict[str, str]:
    try:
        return dict(json.loads(settings.report_version.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def _file(path: str, size: int) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(path), "bytes": size})
