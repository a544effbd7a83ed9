"""The warehouse: one DuckDB file, opened for one short transaction at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
from filelock import FileLock, Timeout

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import claim_home, format_of
from emoprefer_assets.progress import working
from emoprefer_assets.store.journal import sync_folder
from emoprefer_assets.store.schema import TABLES, TableSchema, views

WHOLE = ""  # the partition name of a table that has no partitions
NO_PART = "no judge yet"
LOCK_SECONDS = 120
# Of DuckDB: the oldest version that can read the published file.
READABLE_SINCE = "v1.2.0"


@dataclass(frozen=True)
class Snapshot:
    """Tables read in one transaction, with the version of each."""

    tables: dict[str, pd.DataFrame]
    versions: dict[str, str]

    def versions_of(self, names: Iterable[str]) -> dict[str, str]:
        """The versions of some of the tables.

        Raises:
            KeyError: a table that was not read.
        """
        return {name: self.versions[name] for name in names}


@dataclass(frozen=True)
class Made:
    """What a table (or one judge's part of it) was made from."""

    version: str
    code_version: str
    inputs: dict[str, str]
    rows: int
    unanswered: int


def content_version(frame: pd.DataFrame) -> str:
    """A hash of the columns and rows of `frame`, in order."""
    digest = hashlib.blake2b(json.dumps(list(frame.columns)).encode(), digest_size=12)
    # Through CSV so that equal content hashes equally, whichever dtype pandas chose for it.
    digest.update(frame.to_csv(index=False, float_format="%.17g").encode())
    return digest.hexdigest()


class Warehouse:
    """Reads and writes tables of `sql/tables/`; every write records what the table was made from."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self, names: Iterable[str], in_parts: Collection[str] = (), judge: str = WHOLE) -> Snapshot:
        """The named tables as they stand together.

        Args:
            in_parts: tables that are made judge by judge, and may have no judge yet.
            judge: of those, only this judge's part; every judge's if it is not named.

        Raises:
            EmopreferError: one of the others was never made.
        """
        names = list(names)
        with self._open() as connection:
            versions = dict.fromkeys(in_parts, NO_PART) | combined_versions(_versions(connection, in_parts, judge))
            missing = [name for name in names if name not in versions]
            if missing:
                raise EmopreferError(
                    f'{self.file}: table "{missing[0]}" has not been made yet. '
                    "Run `emoprefer run`, or materialise it first."
                )
            return Snapshot(
                tables={name: _select(connection, name, judge if name in in_parts else WHOLE) for name in names},
                versions={name: versions[name] for name in names},
            )

    def write(
        self,
        name: str,
        frame: pd.DataFrame,
        code_version: str,
        inputs: Mapping[str, str],
        judge: str = WHOLE,
        unanswered: int = 0,
    ) -> str:
        """Replace table `name`, or one judge's rows of it, and return the version of what was written.

        Args:
            unanswered: rows whose judge call failed; a table with any is out of date.
        """
        schema = TABLES[name]
        frame = frame[schema.column_names]
        version = content_version(frame)
        with self._open() as connection:
            connection.execute("begin")
            if judge == WHOLE:
                connection.execute(f"delete from {name}")
            else:
                connection.execute(f"delete from {name} where judge = $judge", {"judge": judge})
            connection.register("incoming", frame)
            connection.execute(f"insert into {name} by name select * from incoming")
            connection.unregister("incoming")
            connection.execute(
                "insert or replace into lineage by name select $table_name as table_name, $judge as judge, "
                "$version as version, $code_version as code_version, $inputs as inputs, $rows as rows, "
                "$unanswered as unanswered, $made_at::timestamp as made_at",
                {
                    "table_name": name,
                    "judge": judge,
                    "version": version,
                    "code_version": code_version,
                    "inputs": json.dumps(dict(inputs), sort_keys=True),
                    "rows": len(frame),
                    "unanswered": unanswered,
                    "made_at": datetime.now(UTC).replace(tzinfo=None),
                },
            )
            connection.execute("commit")
        return version

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
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = target.with_name(f".{target.name}.incoming")
        copy.unlink(missing_ok=True)
        try:
            with self._open() as connection:
                for statement in views().values():
                    connection.execute(statement)
                path = str(copy).replace("'", "''")
                connection.execute(f"attach '{path}' as published (storage_version '{READABLE_SINCE}')")
                ((source,),) = connection.execute("select current_database()").fetchall()
                connection.execute(f'copy from database "{source}" to published')
                connection.execute("detach published")
        except duckdb.Error:
            # What was written of it would keep a full disk full.
            copy.unlink(missing_ok=True)
            copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
            raise
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        copy.replace(target)
        sync_folder(target.parent)

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
        with self._locked(), self._connected() as connection:
            _ensure_tables(connection)
            yield connection

    def _connected(self, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(str(self.file), read_only=read_only)
        except duckdb.Error as error:
            if "conflicting lock" in str(error).lower():
                raise EmopreferError(
                    f"{self.file} is open in another program. Close it there, and read the published copy instead."
                ) from None
            if not os.access(self.file if self.file.exists() else self.file.parent, os.W_OK):
                raise EmopreferError(
                    f"{self.file} cannot be written. Make it writable, or set EMOPREFER_HOME."
                ) from None
            raise self._damaged(error) from None

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


def _outdated(connection: duckdb.DuckDBPyConnection) -> list[TableSchema]:
    """What is missing, or was defined differently by another version of the tool."""
    existing: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in connection.sql(
        "select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where not internal and database_name = current_database() order by table_name, column_index"
    ).fetchall():
        existing.setdefault(table, []).append(tuple(column))
    return [schema for schema in TABLES.values() if tuple(existing.get(schema.name, ())) != schema.columns]


def _ensure_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is outdated, empty."""
    outdated = _outdated(connection)
    if not outdated:
        return
    connection.execute("begin")
    for schema in outdated:
        connection.execute(f"drop table if exists {schema.name}")
        connection.execute(schema.ddl)
    names = [schema.name for schema in outdated]
    connection.execute("delete from lineage where list_contains($names, table_name)", {"names": names})
    connection.execute("commit")


def _versions(
    connection: duckdb.DuckDBPyConnection, in_parts: Collection[str], judge: str
) -> dict[tuple[str, str], str]:
    """By table and part: of tables in parts, `judge`'s part only, if one is named."""
    rows = connection.execute(
        "select table_name, judge, version from lineage "
        "where $judge = '' or judge = $judge or not list_contains($in_parts, table_name)",
        {"judge": judge, "in_parts": list(in_parts)},
    ).fetchall()
    return {(table, part): version for table, part, version in rows}


def combined_versions(versions: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """One version a table; of a table in parts, over the versions of all of them."""
    parts: dict[str, list[str]] = {}
    for (table, judge), version in sorted(versions.items()):
        parts.setdefault(table, []).append(version if judge == WHOLE else f"{judge}={version}")
    return {
        table: found[0] if len(found) == 1 else hashlib.blake2b("\n".join(found).encode(), digest_size=12).hexdigest()
        for table, found in parts.items()
    }


def _select(connection: duckdb.DuckDBPyConnection, name: str, judge: str) -> pd.DataFrame:
    of_judge = "" if judge == WHOLE else "where judge = $judge"
    return connection.execute(
        f"select * from {name} {of_judge} order by rowid", {"judge": judge} if of_judge else {}
    ).df()
