"""Dagster's records in SQLite, without compiling each query anew."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite import SqliteRunStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory, _runs_directory
from dagster._grpc import client, server_watcher
from dagster._serdes import ConfigurableClassData
from filelock import FileLock
from sqlalchemy import Connection, Engine, event

# Dagster's processes ask each other every second whether they are there: a quarter of what `dagster dev` takes at rest,
# and no setting changes it. Daemon and web server load this module. That a code server died shows within a minute.
client.CLIENT_HEARTBEAT_INTERVAL = server_watcher.WATCH_INTERVAL = 5


log = logging.getLogger(__name__)


class SqliteRecords(DagsterSqliteStorage):
    """Dagster's own storage, same files, but with one SQLAlchemy engine a file instead of one a query.

    An engine remembers how its queries are compiled, which costs more than SQLite takes to answer them, and keeps a
    connection open: SQLite checkpoints its WAL when the last one closes.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # Two processes that make these files at once leave them with two versions, and Dagster opens them never again.
        with FileLock(Path(base_dir) / "records.lock"):
            super().__init__(base_dir, inst_data)
            self._run_storage = _Runs.from_local(_runs_directory(base_dir))
            self._event_log_storage = _Events(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> SqliteRecords:
        # Dagster's own names its class instead of `cls`.
        return cls.from_local(inst_data=inst_data, **config_value)


class _Runs(SqliteRunStorage):
    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with _engine(self._conn_string).begin() as connection:
            yield connection


class _Events(SqliteEventLogStorage):
    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._initialized_dbs:
                self._initialise(shard)
                self._initialized_dbs.add(shard)
            with _engine(self.conn_string_for_shard(shard)).begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        # Dagster asks with each event of a check. Tables that are there stay.
        if table_name not in self._there and super().has_table(table_name):
            self._there.add(table_name)
        return table_name in self._there

    @cached_property
    def _there(self) -> set[str]:
        return set()

    def _initialise(self, shard: str) -> None:
        file = Path(self.path_for_shard(shard))
        if not file.exists():
            # Each run has a file, and Dagster makes its tables by Alembic, which takes as long as a small judge's step.
            part = file.with_suffix(f".{os.getpid()}")
            part.write_bytes(self._empty)
            with closing(sqlite3.connect(part)) as connection:
                connection.execute("pragma journal_mode = wal")
            try:
                os.link(part, file)
                return
            except OSError:
                log.debug("%s: another process was first, or the file system has no links", file)
            finally:
                part.unlink()
        self._initdb(_engine(self.conn_string_for_shard(shard)))

    @cached_property
    def _empty(self) -> bytes:
        """The file of a run without events."""
        engine = create_engine("sqlite://")
        self._initdb(engine)
        with engine.connect() as connection:
            content: bytes = connection.connection.driver_connection.serialize()  # type: ignore[union-attr]
        return content


# A web server that is asked about a thousand runs opens a thousand files.
@lru_cache(maxsize=32)
def _engine(connection: str) -> Engine:
    engine = create_engine(
        connection, pool_size=1, max_overflow=-1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    )
    # Where the power fails, Dagster's last events are lost, and nothing that the warehouse holds.
    event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
    return engine
