"""The warehouse: one DuckDB file, opened for one transaction at a time, and never across a judge call."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
from filelock import FileLock, Timeout

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.home import claim_home, format_of
from emoprefer_assets.progress import working
from emoprefer_assets.store._attaching import attached
from emoprefer_assets.store.schema import RELATIONS, TABLES, TableSchema, assets_of, views

WHOLE = ""  # the partition name of a table that has no partitions
NO_PART = "no judge yet"
LOCK_SECONDS = 120
# Of DuckDB: the oldest version that can read the published file.
READABLE_SINCE = "v1.2.0"
# The state in which this process last closed a warehouse: its tables need not be looked through again.
_LEFT: dict[Path, tuple[int, int, int] | None] = {}


@dataclass(frozen=True)
class Made:
    """What a table (or one judge's part of it) was made from."""

    version: str
    code_version: str
    inputs: dict[str, str]
    rows: int
    unanswered: int


@dataclass(frozen=True)
class Origin:
    """What a table, or one judge's part of it, is made from.

    Attributes:
        code_version: of the code that makes it.
        inputs: the version of each input.
        judge: whose part it is.
        unanswered: rows whose judge call failed; a part with any is asked for again.
    """

    code_version: str
    inputs: Mapping[str, str]
    judge: str = WHOLE
    unanswered: int = 0


@dataclass(frozen=True)
class Reading:
    """The warehouse in one state."""

    connection: duckdb.DuckDBPyConnection
    file: Path

    def frame(self, name: str, judge: str = WHOLE) -> pd.DataFrame:
        """The rows of an asset's table, in the order in which they were written; only one judge's if it is named."""
        schema = TABLES[name]
        condition, values = _rows_of(schema, judge)
        return self.connection.execute(f"select * from {schema.relation} {condition} order by rowid", values).df()

    def count(self, name: str, judge: str = WHOLE) -> int:
        """How many rows `frame` would have."""
        schema = TABLES[name]
        condition, values = _rows_of(schema, judge)
        ((rows,),) = self.connection.execute(f"select count(*) from {schema.relation} {condition}", values).fetchall()
        return int(rows)

    def versions(self, names: Collection[str], in_parts: Collection[str] = ()) -> dict[str, str]:
        """The version of each of the tables; of one in parts, over all judges' parts.

        Args:
            in_parts: tables that are made judge by judge, and may have no judge yet.

        Raises:
            EmopreferError: one of the others was never made.
        """
        rows = self.connection.execute("select table_name, judge, version from lineage").fetchall()
        found = dict.fromkeys(in_parts, NO_PART) | combined_versions(
            {(table, part): version for table, part, version in rows}
        )
        missing = [name for name in names if name not in found]
        if missing:
            raise EmopreferError(
                f'{self.file}: table "{missing[0]}" has not been made yet. '
                "Run `emoprefer run`, or materialise it first."
            )
        return {name: found[name] for name in names}


@dataclass(frozen=True)
class Writing(Reading):
    """The warehouse in a transaction that replaces tables."""

    def replace(self, name: str, rows: pd.DataFrame | str, origin: Origin, version: str = "") -> str:
        """Replace a table, or one judge's part of it, and return the version of what was written.

        Args:
            rows: the new rows, or the name of a temporary table that holds them.
            version: of the rows; a hash of all of them if it is not given.

        Raises:
            EmopreferError: two rows have the same key.
        """
        schema = TABLES[name]
        self._insert(schema, rows, origin.judge)
        count, hashed = self._content(schema, origin.judge)
        self._refuse_doubles(schema, origin.judge, count)
        version = version or hashed
        self.connection.execute(
            "insert or replace into lineage by name select $table_name as table_name, $judge as judge, "
            "$version as version, $code_version as code_version, $inputs as inputs, $rows as rows, "
            "$unanswered as unanswered, $made_at::timestamp as made_at",
            {
                "table_name": name,
                "judge": origin.judge,
                "version": version,
                "code_version": origin.code_version,
                "inputs": json.dumps(dict(origin.inputs), sort_keys=True),
                "rows": count,
                "unanswered": origin.unanswered,
                "made_at": datetime.now(UTC).replace(tzinfo=None),
            },
        )
        return version

    def refuse(self, name: str, judge: str, why: str) -> None:
        """Keep a judge's part as it is; it is out of date until it is made again, as is what is made from it."""
        self.connection.execute(
            "update lineage set version = split_part(version, ' ', 1) || ' ' || $why, inputs = '{}' "
            "where table_name = $name and judge = $judge",
            {"name": name, "judge": judge, "why": _short_hash(why)},
        )

    def _insert(self, schema: TableSchema, rows: pd.DataFrame | str, judge: str) -> None:
        condition, values = _rows_of(schema, judge)
        self.connection.execute(f"delete from {schema.relation} {condition}", values)
        if isinstance(rows, str):
            self.connection.execute(f"insert into {schema.relation} by name select * from {rows}")
            return
        self.connection.register("incoming", rows[schema.column_names])
        self.connection.execute(f"insert into {schema.relation} by name select * from incoming")
        self.connection.unregister("incoming")

    def _refuse_doubles(self, schema: TableSchema, judge: str, rows: int) -> None:
        # A primary key would do the same with an index that takes twenty times the space of a large table's rows.
        condition, values = _rows_of(schema, judge)
        key = ", ".join(schema.key)
        # Of millions of rows, hashes are looked through in half the time and memory that keys take.
        ((different,),) = self.connection.execute(
            f"select count(*) from (select distinct hash({key}) from {schema.relation} {condition})", values
        ).fetchall()
        if different == rows:
            return
        double = self.connection.execute(
            f"select {key} from {schema.relation} {condition} group by all having count(*) > 1 order by all limit 1",
            values,
        ).fetchone()
        if double:
            row = ", ".join(f"{column} {value!r}" for column, value in zip(schema.key, double, strict=True))
            raise EmopreferError(f"table {schema.name} was not replaced: it would have two rows for {row}.")

    def _content(self, schema: TableSchema, judge: str) -> tuple[int, str]:
        """How many rows there are, and a hash of them that does not depend on their order."""
        condition, values = _rows_of(schema, judge)
        # DuckDB's own hash may differ in another version: then what is made from the table is made anew, once.
        ((rows, total, mixed),) = self.connection.execute(
            f"select count(*), sum(hash(r)), bit_xor(hash(r)) from {schema.relation} r {condition}", values
        ).fetchall()
        return rows, _short_hash(f"{schema.column_names} {rows} {total} {mixed}")


class Warehouse:
    """Reads and writes tables of `sql/tables/`; every write records what the table was made from."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """The warehouse as it is now; nobody changes it meanwhile."""
        with self._open() as connection:
            yield Reading(connection, self.file)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction: everything that is written in it is there afterwards, or nothing of it."""
        with self._open() as connection:
            connection.execute("begin")
            yield Writing(connection, self.file)
            connection.execute("commit")

    def frames(self, *names: str) -> dict[str, pd.DataFrame]:
        """The rows of some tables as they stand together; none of a table that was never made."""
        with self.reading() as reading:
            return {name: reading.frame(name) for name in names}

    def put_aside(self) -> None:
        """Have nothing stored, keeping the file that was there beside it under another name."""
        claim_home(self.file.parent)
        with self._locked():
            for file in (self.file, self.file.with_name(f"{self.file.name}.wal")):
                if file.exists():
                    file.replace(file.with_name(f"{file.name}.before"))

    def made(self) -> dict[tuple[str, str], Made]:
        """What every table, or each judge's part of it, was made from, by (table, judge)."""
        if not self.file.exists():
            return {}
        with self._open() as connection:
            rows = connection.sql(
                "select table_name, judge, version, code_version, inputs, rows, unanswered from lineage"
            ).fetchall()
        return {
            (table, judge): Made(version, code, json.loads(inputs), *counts)
            for table, judge, version, code, inputs, *counts in rows
        }

    @working("publishing the database")
    def publish(self, target: Path) -> None:
        """Put a consistent copy at `target` in one atomic step; whoever has the old copy open keeps it."""
        # The lock first: without it, another process's unfinished copy would be taken for one that was left.
        with self._open() as connection, replaced_atomically(target, durable=True, alone=True) as copy:
            for statement in views().values():
                connection.execute(statement)
            path = str(copy).replace("'", "''")
            connection.execute(f"attach '{path}' as published (storage_version '{READABLE_SINCE}')")
            ((source,),) = connection.execute("select current_database()").fetchall()
            connection.execute(f'copy from database "{source}" to published')
            connection.execute("detach published")

    def inspect(self, patience: float) -> tuple[int, list[str]]:
        """How many tables and judges' parts of tables there are, and which tables are of another version; changes
        nothing.

        Args:
            patience: seconds to wait for another process.

        Raises:
            EmopreferError: the file is in use, or damaged, or a newer version has written the home.
        """
        format_of(self.file.parent)
        with self._locked(patience), self._connected(read_only=True) as connection:
            try:
                (rows,) = connection.execute("select count(*) from lineage").fetchall()[0]
            except duckdb.Error as error:
                raise self._damaged(error) from None
            return rows, [schema.name for schema in _outdated(connection)]

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        claim_home(self.file.parent)
        with self._locked():
            left_by_us = (state := _state(self.file)) is not None and state == _LEFT.get(self.file)
            with self._connected() as connection:
                if not left_by_us:
                    _ensure_tables(connection)
                yield connection
            _LEFT[self.file] = _state(self.file)

    @contextmanager
    def _connected(self, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(attached(self.file, read_only))
            except duckdb.Error as error:
                raise self._not_opened(error) from None
            yield connection

    def _not_opened(self, error: duckdb.Error) -> EmopreferError:
        if "conflicting lock" in str(error).lower():
            return EmopreferError(
                f"{self.file} is open in another program. Close it there, and read the published copy instead."
            )
        if not os.access(self.file if self.file.exists() else self.file.parent, os.W_OK):
            return EmopreferError(f"{self.file} cannot be written. Make it writable, or set EMOPREFER_HOME.")
        return self._damaged(error)

    def _damaged(self, error: duckdb.Error) -> EmopreferError:
        return EmopreferError(
            f"{self.file} is damaged ({str(error).splitlines()[0][:200]}). "
            "Run `emoprefer rebuild`: it makes all tables anew, without a judge call."
        )

    @contextmanager
    def _locked(self, patience: float = LOCK_SECONDS) -> Iterator[None]:
        try:
            with FileLock(self.file.with_suffix(".lock"), timeout=patience):
                yield
        except Timeout:
            raise EmopreferError(
                f"{self.file} has been in use by another process for {patience:g} s. "
                "Wait for the other run, or stop it, and run again."
            ) from None


def _state(file: Path) -> tuple[int, int, int] | None:
    """Changes with everything that is written into the file; None where not everything is in it."""
    if not file.exists() or file.with_name(f"{file.name}.wal").exists():
        return None
    stat = file.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _outdated(connection: duckdb.DuckDBPyConnection) -> list[TableSchema]:
    """What is missing, or was defined differently by another version of the tool."""
    existing: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in connection.sql(
        "select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where not internal and database_name = current_database() order by table_name, column_index"
    ).fetchall():
        existing.setdefault(table, []).append(tuple(column))
    keyed = connection.sql(
        "select distinct table_name from duckdb_constraints() "
        "where constraint_type = 'PRIMARY KEY' and database_name = current_database()"
    ).fetchall()
    return [
        schema
        for schema in RELATIONS.values()
        if tuple(existing.get(schema.name, ())) != schema.columns
        or ("primary key" in schema.ddl) != ((schema.name,) in keyed)
    ]


def _ensure_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is outdated, empty."""
    outdated = _outdated(connection)
    if not outdated:
        return
    connection.execute("begin")
    for schema in outdated:
        connection.execute(f"drop table if exists {schema.name}")
        connection.execute(schema.ddl)
    names = [asset for schema in outdated for asset in assets_of(schema.name)]
    connection.execute("delete from lineage where list_contains($names, table_name)", {"names": names})
    connection.execute("commit")


def combined_versions(versions: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """One version a table; of a table in parts, over the versions of all of them."""
    parts: dict[str, list[str]] = {}
    for (table, judge), version in sorted(versions.items()):
        parts.setdefault(table, []).append(version if judge == WHOLE else f"{judge}={version}")
    return {table: found[0] if len(found) == 1 else _short_hash("\n".join(found)) for table, found in parts.items()}


def _rows_of(schema: TableSchema, judge: str) -> tuple[str, dict[str, str]]:
    """The condition, with its values, that picks a table's rows, or one judge's part of them, from its relation."""
    values = {"strategy": schema.strategy} if schema.strategy else {}
    values |= {"judge": judge} if judge != WHOLE else {}
    return "where " + " and ".join(["true", *(f"{column} = ${column}" for column in values)]), values


def _short_hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
