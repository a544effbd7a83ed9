"""The SQL room: table definitions, views and relational steps, read from `sql/`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import duckdb
import pandas as pd

from emoprefer_assets.settings import PROJECT
from emoprefer_assets.strategies import STRATEGIES

SQL = PROJECT / "sql"
_COMMENT = re.compile(r"^--.*$", re.MULTILINE)
_SELECTED = re.compile(r"\b(?:from|join) (\w+)")


@dataclass(frozen=True)
class TableSchema:
    """One table as its file in `sql/tables/` defines it.

    Attributes:
        name: of the table and of the asset that makes it.
        ddl: the statements that create it with its comments.
        comment: what a row is, and the key.
        key: the columns that identify a row.
        columns: (name, DuckDB type, comment) in order.
    """

    name: str
    ddl: str
    comment: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]

    @property
    def column_names(self) -> list[str]:
        return [name for name, _, _ in self.columns]

    def frame(self, rows: Sequence[Any] = ()) -> pd.DataFrame:
        """Rows of this table, its columns in order; empty without rows."""
        return pd.DataFrame(rows, columns=self.column_names)


def _read_tables() -> dict[str, TableSchema]:
    files = {file.stem: file.read_text() for file in sorted((SQL / "tables").glob("*.sql"))}
    # The strategies' tables have one form, defined once.
    for strategy in STRATEGIES[1:]:
        files[f"{strategy}_predictions"] = files["s1_predictions"].replace("s1", strategy)
    for table in ("robustness_predictions", "canary_verdicts", "battle_verdicts"):
        files[table] = files["s1_predictions"].replace("s1_predictions", table)
    with duckdb.connect() as scratch:
        for ddl in files.values():
            scratch.execute(ddl)
        comments = dict(scratch.sql("select table_name, comment from duckdb_tables()").fetchall())
        columns = scratch.sql(
            "select table_name, column_name, data_type, comment from duckdb_columns() order by table_name, column_index"
        ).fetchall()
        keys = dict(
            scratch.sql(
                "select table_name, constraint_column_names from duckdb_constraints() "
                "where constraint_type = 'PRIMARY KEY'"
            ).fetchall()
        )
    return {
        name: TableSchema(
            name=name,
            ddl=ddl,
            comment=comments[name],
            key=tuple(keys.get(name, ())),
            columns=tuple((column, kind, comment or "") for table, column, kind, comment in columns if table == name),
        )
        for name, ddl in files.items()
    }


TABLES: Mapping[str, TableSchema] = _read_tables()


def views() -> dict[str, str]:
    """The statements that create each view, by name; a view that selects from another one stands behind it."""
    files = {file.stem: file.read_text() for file in sorted((SQL / "views").glob("*.sql"))}
    made_from = {}
    for name, text in files.items():
        statement = _COMMENT.sub("", text).split(";")[0]
        made_from[name] = files.keys() & set(_SELECTED.findall(statement))
    return {name: files[name] for name in TopologicalSorter(made_from).static_order()}


def run_step(name: str, variables: Mapping[str, str] | None = None, **tables: pd.DataFrame) -> pd.DataFrame:
    """Run `sql/steps/<name>.sql` over the given tables, in memory.

    Args:
        variables: DuckDB variables that the step reads with getvariable().
        tables: the tables that it selects from, by name.
    """
    with duckdb.connect() as scratch:
        for key, value in (variables or {}).items():
            scratch.execute(f"set variable {key} = $value", {"value": value})
        for schema in TABLES.values():
            scratch.execute(schema.ddl)
        for statement in views().values():
            scratch.execute(statement)
        for table, frame in tables.items():
            scratch.register("incoming", frame)
            scratch.execute(f"insert into {table} by name select * from incoming")
            scratch.unregister("incoming")
        return scratch.execute((SQL / "steps" / f"{name}.sql").read_text()).df()
