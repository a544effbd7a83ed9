"""Where results live: the warehouse (DuckDB) and the ledger of judge calls."""

from emoprefer_assets.store.journal import Journal
from emoprefer_assets.store.ledger import Ledger
from emoprefer_assets.store.media_memory import MediaMemory
from emoprefer_assets.store.schema import TABLES, TableSchema, run_step, views
from emoprefer_assets.store.warehouse import Snapshot, Warehouse, content_version

__all__ = [
    "TABLES",
    "Journal",
    "Ledger",
    "MediaMemory",
    "Snapshot",
    "TableSchema",
    "Warehouse",
    "content_version",
    "run_step",
    "views",
]
