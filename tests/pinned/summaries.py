"""What is pinned of a published database: one number or digest a column, so that a difference names its column."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

TABLES = Path(__file__).with_name("tables.json")
LEFT_OUT_TABLES = {"lineage"}
# Times, versions, hashes of code and paths: they differ between two runs of the same code, or between machines.
LEFT_OUT_COLUMNS = {
    ("cost_per_judge", "seconds"),
    ("cost_per_judge", "seconds_per_call"),
    ("judge_board", "source"),
    ("judge_costs", "seconds"),
    ("judges", "model"),
    ("leaderboard_history", "board"),
    ("leaderboard_history", "made_at"),
    ("leaderboard_history", "made_from"),
    ("leaderboard_moves", "made_at"),
    ("leaderboard_moves", "what_changed"),
    ("submissions", "content"),
    ("submissions", "received_at"),
}
# Probabilities that models give, and what is computed from them without going through a verdict.
FROM_PROBABILITIES = {
    "p_a1",
    "p_a2",
    "p_same",
    "p_a1_both_orders",
    "brier",
    "brier_low",
    "brier_high",
    "expected_calibration_error",
    "error_if_calibrated",
    "mean_probability",
    "frequency",
    "waf_centred",
    "waf_averaged",
    "p_options",
    "change",
    "change_low",
    "change_high",
    "detectable_change",
    "log_odds_change",
    "log_odds_change_low",
    "log_odds_change_high",
}
WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
BROKEN = {"FLOAT", "DOUBLE"}
TOLERANCE = 1e-9
# Three digits more than are compared: a value on the border between two roundings is not a difference.
KEPT_DIGITS = 12

Summary = dict[str, Any]


def summaries(connection: duckdb.DuckDBPyConnection, names: Iterable[str] = ()) -> dict[str, Summary]:
    """The summary of each table and view named, by name; of all that are pinned without names."""
    there = [name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()]
    wanted = set(names) & set(there) if names else set(there) - LEFT_OUT_TABLES
    return {name: summary(connection, name) for name in sorted(wanted)}


def summary(connection: duckdb.DuckDBPyConnection, name: str) -> Summary:
    """One table or view.

    Returns:
        `rows`: their number. `together`: a digest of all columns that are no floats, row by row. `columns`: for a
        column of numbers how many are null, the sum, the sum of squares, and the sum of each value times its row's
        place; for another one a digest of its sorted values.
    """
    found = connection.execute(f"select * from {name}")
    kinds = {column[0]: str(column[1]) for column in found.description}
    kinds = {column: kind for column, kind in kinds.items() if (name, column) not in LEFT_OUT_COLUMNS}
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    told_apart = [column for column in kinds if kinds[column] not in BROKEN]
    rows.sort(key=lambda row: _text([row[column] for column in told_apart]))
    columns = {}
    for column, kind in kinds.items():
        values = [row[column] for row in rows]
        columns[column] = _numbers(values) if kind in WHOLE | BROKEN else _digest(map(_text, values))
    together = _digest(_text([row[column] for column in told_apart]) for row in rows)
    return {"rows": len(rows), "together": together, "columns": columns}


def differences(
    pinned: dict[str, Summary], found: dict[str, Summary], from_probabilities: float = TOLERANCE
) -> list[str]:
    """What differs: a line each with table, column, pinned and found value.

    Args:
        from_probabilities: the relative tolerance for `FROM_PROBABILITIES`.
    """
    lines = []
    for table, then in pinned.items():
        if table not in found:
            lines.append(f"{table}: pinned, and not found")
            continue
        now = found[table]
        for part in ("rows", "together"):
            if then[part] != now[part]:
                lines.append(f"{table}, {part}: pinned {then[part]}, found {now[part]}")
        for column in {**then["columns"], **now["columns"]}:
            old, new = then["columns"].get(column), now["columns"].get(column)
            tolerance = from_probabilities if column in FROM_PROBABILITIES else TOLERANCE
            if not _same(old, new, then["rows"], tolerance):
                lines.append(f"{table}.{column}: pinned {old}, found {new}")
    return lines


def written(sections: dict[str, dict[str, Summary]]) -> str:
    """The sections as JSON, a line a column."""
    return "{\n" + ",\n".join(f'"{name}": {_section(tables)}' for name, tables in sections.items()) + "\n}\n"


def _section(tables: dict[str, Summary]) -> str:
    lines = []
    for name, table in tables.items():
        columns = [f"    {json.dumps(column)}: {json.dumps(value)}" for column, value in table["columns"].items()]
        head = f'"rows": {table["rows"]}, "together": "{table["together"]}", "columns": '
        lines.append(f'  "{name}": {{{head}{{\n' + ",\n".join(columns) + "}}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _numbers(values: list[Any]) -> list[Any]:
    placed = [(place, float(value)) for place, value in enumerate(values, 1) if value is not None]
    total = math.fsum(value for _, value in placed)
    squares = math.fsum(value * value for _, value in placed)
    by_place = math.fsum(place * value for place, value in placed)
    return [len(values) - len(placed), *(float(f"{number:.{KEPT_DIGITS}g}") for number in (total, squares, by_place))]


def _same(old: Any, new: Any, rows: int, tolerance: float) -> bool:
    if not isinstance(old, list) or not isinstance(new, list):
        return bool(old == new)
    # The largest that the sums could be with these squares: where values cancel out, the rest is rounding.
    squares = max(old[2], new[2])
    places = rows * (rows + 1) * (2 * rows + 1) / 6
    largest = (math.sqrt(rows * squares), squares, math.sqrt(places * squares))
    near = [abs(a - b) <= tolerance * most for a, b, most in zip(old[1:], new[1:], largest, strict=True)]
    return old[0] == new[0] and all(near)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(texts)).encode(), digest_size=8).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False, sort_keys=True, default=str)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): _rounded(inner) for key, inner in value.items()}
    return value
