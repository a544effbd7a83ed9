"""Where results live: the warehouse (DuckDB), the call cache (SQLite), and the small books."""

from emoprefer_assets.store.call_cache import CachedAnswer, CallCache, StepCosts
from emoprefer_assets.store.journal import Journal
from emoprefer_assets.store.media_memory import MediaMemory
from emoprefer_assets.store.schema import (
    RELATIONS,
    TABLES,
    TableSchema,
    assets_of,
    make_by_step,
    run_step,
    step_relations,
    step_text,
    views,
)
from emoprefer_assets.store.taking_over import take_over_ledgers
from emoprefer_assets.store.warehouse import (
    NO_PART,
    WHOLE,
    Made,
    Origin,
    Reading,
    Warehouse,
    Writing,
    combined_versions,
)

__all__ = [
    "NO_PART",
    "RELATIONS",
    "TABLES",
    "WHOLE",
    "CachedAnswer",
    "CallCache",
    "Journal",
    "Made",
    "MediaMemory",
    "Origin",
    "Reading",
    "StepCosts",
    "TableSchema",
    "Warehouse",
    "Writing",
    "assets_of",
    "combined_versions",
    "make_by_step",
    "run_step",
    "step_relations",
    "step_text",
    "take_over_ledgers",
    "views",
]
