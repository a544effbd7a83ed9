"""What leaves the pipeline for people."""

from __future__ import annotations

import dagster as dg

from emoprefer_assets.assets._failing import failures_named
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import Warehouse


@dg.asset(
    group_name="report",
    deps=[
        "data_set",
        "clips",
        "consensus_rules",
        "shortcut_audit",
        "shortcut_summary",
        "judge_costs",
        "judge_nested",
        "judge_position",
        "judge_calibration",
        "reliability_curve",
        "recognition_and_consistency",
        "robustness_scores",
        "floor_agreement",
        "ensemble_scores",
        "leaderboard_history",
        "leaderboard_style",
        "style_effects",
        "board_agreement",
        "submissions",
    ],
    kinds={"duckdb"},
    owners=["team:emoprefer"],
)
def published_database() -> dg.MaterializeResult[None]:
    """A consistent copy of all tables and views, for SQL; readers and the pipeline never block each other."""
    settings = current_settings()
    with failures_named():
        Warehouse(settings.warehouse).publish(settings.database)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(settings.database)),
            "bytes": settings.database.stat().st_size,
        }
    )


@dg.asset(group_name="report", deps=[published_database], kinds={"html"}, owners=["team:emoprefer"])
def report() -> dg.MaterializeResult[None]:
    """The published database as one HTML file beside it: boards, judges, crowds, audit, data, and every pair."""
    # Altair and the bundler of its JavaScript are needed only where a report is made.
    from emoprefer_assets.report import write_report

    with failures_named():
        file = write_report(current_settings())
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(file)), "bytes": file.stat().st_size})
