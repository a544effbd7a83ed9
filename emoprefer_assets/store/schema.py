"""The SQL room: table definitions, views and relational steps, read from `sql/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import duckdb
import pandas as pd

from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.settings import PROJECT

SQL = PROJECT / "sql"
_COMMENT = re.compile(r"^--.*$", re.MULTILINE)
_SELECTED = re.compile(r"\b(?:from|join) (\w+)")


@dataclass(frozen=True)
class TableSchema:
    """One asset's table: a relation that its file in `sql/tables/` defines, or one strategy's rows of `predictions`.

    Attributes:
        name: of the asset that makes it.
        ddl: the statements that create the relation with its comments.
        comment: what a row is, and the key.
        key: the columns that identify a row.
        columns: (name, DuckDB type, comment) in order.
        relation: the DuckDB table that holds the rows.
        strategy: whose rows of it; "" where all rows are the asset's.
    """

    name: str
    ddl: str
    comment: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    relation: str
    strategy: str = ""

    @property
    def column_names(self) -> list[str]:
        return [name for name, _, _ in self.columns]

    def frame(self, rows: Sequence[Any] = ()) -> pd.DataFrame:
        """Rows of this table, its columns in order; empty without rows."""
        return pd.DataFrame(rows, columns=self.column_names)


def _read_relations() -> dict[str, TableSchema]:
    files = {file.stem: file.read_text() for file in sorted((SQL / "tables").glob("*.sql"))}
    with duckdb.connect() as scratch:
        for ddl in files.values():
            scratch.execute(ddl)
        comments = dict(scratch.sql("select table_name, comment from duckdb_tables()").fetchall())
        columns = scratch.sql(
            "select table_name, column_name, data_type, comment from duckdb_columns() order by table_name, column_index"
        ).fetchall()
    return {
        name: TableSchema(
            name=name,
            ddl=ddl,
            comment=comments[name],
            key=tuple(comments[name].rpartition("Key: ")[2].rstrip(".").split(", ")),
            columns=tuple((column, kind, comment or "") for table, column, kind, comment in columns if table == name),
            relation=name,
        )
        for name, ddl in files.items()
    }


# What DuckDB stores, by name.
RELATIONS: Mapping[str, TableSchema] = _read_relations()


class _Tables(Mapping[str, TableSchema]):
    """The relations, with one part of `predictions` for each strategy."""

    def __getitem__(self, name: str) -> TableSchema:
        if name in RELATIONS and name != "predictions":
            return RELATIONS[name]
        if name in assets_of("predictions"):
            return replace(RELATIONS["predictions"], name=name, strategy=name.removesuffix("_predictions"))
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in RELATIONS if name != "predictions")
        yield from assets_of("predictions")

    def __len__(self) -> int:
        return sum(1 for _ in self)


# What assets make, by name.
TABLES = _Tables()


def assets_of(relation: str) -> tuple[str, ...]:
    """The assets that make the rows of a relation."""
    return tuple(f"{name}_predictions" for name in STRATEGIES) if relation == "predictions" else (relation,)


def views() -> dict[str, str]:
    """The statements that create each view, by name; a view that selects from another one stands behind it.

    Each strategy has a view of its rows, made from the file of s1.
    """
    files = {file.stem: file.read_text() for file in sorted((SQL / "views").glob("*.sql"))}
    if first := files.get("s1_predictions"):
        files |= {f"{name}_predictions": re.sub(r"\bs1(?=_|\b)", name, first) for name in STRATEGIES}
    made_from = {name: files.keys() & _selected(text.split(";")[0]) for name, text in files.items()}
    return {name: files[name] for name in TopologicalSorter(made_from).static_order()}


@cache
def step_text(name: str) -> str:
    """What is in `sql/steps/<name>.sql`: one select, whose result is the table of that name."""
    return (SQL / "steps" / f"{name}.sql").read_text()


def step_relations(name: str) -> list[str]:
    """The relations that a step selects from."""
    return sorted(_selected(step_text(name)) & RELATIONS.keys())


def run_step(name: str, variables: Mapping[str, str] | None = None, **tables: pd.DataFrame) -> pd.DataFrame:
    """Run `sql/steps/<name>.sql` over the given relations, in memory.

    Args:
        variables: DuckDB variables that the step reads with getvariable().
        tables: the relations that it selects from, by name; one that is not given is empty.
    """
    with _scratch(step_relations(name), tables) as connection:
        make_by_step(connection, name, variables or {})
        made: pd.DataFrame = connection.sql("from made").df()
        return made


def make_by_step(connection: duckdb.DuckDBPyConnection, name: str, variables: Mapping[str, str]) -> None:
    """Put the result of `sql/steps/<name>.sql` over the relations of `connection` into the temporary table `made`."""
    for key, value in variables.items():
        connection.execute(f"set variable {key} = $value", {"value": value})
    connection.execute(f"create temp table made as {step_text(name)}")


@contextmanager
def _scratch(relations: Sequence[str], tables: Mapping[str, pd.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for relation in relations:
            connection.execute(RELATIONS[relation].ddl)
        for relation, frame in tables.items():
            connection.register("incoming", frame)
            connection.execute(f"insert into {relation} by name select * from incoming")
            connection.unregister("incoming")
        yield connection


def _selected(statement: str) -> set[str]:
    return set(_SELECTED.findall(_COMMENT.sub("", statement)))
