"""Opening a DuckDB file often: a DuckDB instance takes 40 ms to start, and attaching a file to one that runs a few."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import duckdb


@lru_cache(maxsize=1)
def _instance(file: Path, process: int) -> duckdb.DuckDBPyConnection:
    """An instance in memory for one file in one process: a forked child has not its threads."""
    # What does not fit into memory goes beside the file, as if DuckDB had opened that.
    return duckdb.connect(config={"temp_directory": f"{file}.tmp"})


@contextmanager
def attached(file: Path, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the file alone. Afterwards the file is closed, and what was not committed is rolled back.

    The caller holds a lock of the file, so that this process has it open once.

    Raises:
        duckdb.Error: the file cannot be opened.
    """
    instance = _instance(file, os.getpid())
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
            _instance.cache_clear()
            instance.close()
