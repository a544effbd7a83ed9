"""What a warehouse or a published copy holds, so that two can be compared."""

from __future__ import annotations

from pathlib import Path

import duckdb

# These tell when or how often something was done, or how long it took.
OF_THEIR_TIME = ("leaderboard_history", "leaderboard_anytime", "judge_costs", "submissions")


def tables_in(database: Path) -> dict[tuple[str, str], str]:
    """The version of each table, or judge's part of one; nothing where there is no file."""
    if not database.exists():
        return {}
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.sql("select table_name, judge, version from lineage").fetchall()
    return {(table, judge): version for table, judge, version in rows if table not in OF_THEIR_TIME}
