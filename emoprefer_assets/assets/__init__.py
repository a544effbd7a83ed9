"""The assets, one module a stage."""

import dagster as dg

from emoprefer_assets.assets import (  # noqa: F401
    arena,
    auditing,
    battling,
    behaviour,
    comparing,
    crowd,
    dataset,
    heterogeneity,
    history,
    human_ceiling,
    judge_metrics,
    judge_replacement,
    judging,
    label_sensitivity,
    media_use,
    position_bias,
    report,
    scoring,
    selective,
    submitting,
)
from emoprefer_assets.assets._battle_book import BattleBook
from emoprefer_assets.assets._sources import JUDGE_PARTITIONS, SOURCES, judge_partitions, source_specs
from emoprefer_assets.assets._table import TABLE_ASSETS, TableAsset, tables_in_parts

__all__ = [
    "JUDGE_PARTITIONS",
    "SOURCES",
    "TABLE_ASSETS",
    "BattleBook",
    "TableAsset",
    "all_assets",
    "judge_partitions",
    "tables_in_parts",
]

all_assets: list[dg.AssetSpec | dg.AssetsDefinition] = [
    *source_specs,
    *dict.fromkeys(made.asset for made in TABLE_ASSETS.values()),
    report.published_database,
    report.report,
]
