"""Where results live: the warehouse (DuckDB), the call cache (SQLite), and the small books."""

# It registers how an older home is brought forward.
from emoprefer_assets.store import taking_over  # noqa: F401
from emoprefer_assets.store.call_cache import CachedAnswer, CallCache
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
    "TableSchema",
    "Warehouse",
    "Writing",
    "assets_of",
    "combined_versions",
    "make_by_step",
    "run_step",
    "step_relations",
    "step_text",
    "views",
]
