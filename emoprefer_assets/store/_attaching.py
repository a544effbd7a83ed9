"""Opening a DuckDB file often: a DuckDB instance takes 40 ms to start, and attaching a file to one that runs a few."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# By process, the file opened last, and an instance in memory for it. A forked child has not the threads of its parent's
# instance: it can neither use nor close that.
_instances: dict[int, tuple[Path, duckdb.DuckDBPyConnection]] = {}


def _instance(file: Path) -> duckdb.DuckDBPyConnection:
    last, instance = _instances.get(os.getpid(), (None, None))
    if instance is None or last != file:
        # What does not fit into memory goes beside the file, as if DuckDB had opened that.
        instance = duckdb.connect(config={"temp_directory": f"{file}.tmp"})
        _instances[os.getpid()] = (file, instance)
    return instance


@contextmanager
def attached(file: Path, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the file alone. Afterwards the file is closed, and what was not committed is rolled back.

    The caller holds a lock of the file, so that this process has it open once.

    Raises:
        duckdb.Error: the file cannot be opened.
    """
    instance = _instance(file)
    connection = instance.cursor()
    path = str(file).replace("'", "''")
    usable = False
    try:
        connection.execute(f"attach '{path}' as warehouse{' (read_only)' if read_only else ''}")
        connection.execute("use warehouse")
        yield connection
        connection.close()
        instance.execute("detach warehouse")
        usable = True
    finally:
        # A fatal error, as of a full disk, is one of the whole instance.
        if not usable:
            connection.close()
            _instances.pop(os.getpid(), None)
            instance.close()
