"""The SQLite file of one judge's calls: its tables, and how it is opened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emoprefer_assets.errors import EmopreferError

_json = json.JSONEncoder(ensure_ascii=False).encode
# Readers and the one writer meet for moments only.
PATIENCE_SECONDS = 60
_TEXTS = ("key", "failure", "text", "step", "asked", "thoughts")
_COUNTS = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cut")
_AMOUNTS = ("seconds", "cost")
# `request` stands last: whoever looks for an answer does not read it. `cut` is 0 or 1.
COLUMNS = ("at", "answered", *_TEXTS, "log_probabilities", *_COUNTS, *_AMOUNTS, "request")
# The two covering indexes keep costs from reading texts. Reservations are left by runs that were killed.
SCHEMA = """
create table calls (
    id integer primary key,
    at real not null,
    answered integer not null,
    key text not null,
    failure text not null,
    text text not null,
    step text not null,
    asked text not null,
    thoughts text not null,
    log_probabilities text not null,
    tokens_in integer not null,
    tokens_out integer not null,
    tokens_cached integer not null,
    tokens_reasoning integer not null,
    cut integer not null,
    seconds real not null,
    cost real not null,
    request text not null
);
create index calls_by_key on calls (key);
create index calls_by_time on calls (at, cost) where cost > 0;
create index calls_by_step on calls (step, asked, answered, tokens_in, tokens_out, seconds, cost);
create table reservations (key text, run text, estimate real not null, at real not null, primary key (key, run));
pragma user_version = 2;
"""
# Files of user_version 1 lack two columns.
FROM_1_TO_2 = """
alter table calls add column thoughts text not null default '';
alter table calls add column cut integer not null default 0;
pragma user_version = 2;
"""
FROM_1_FOR_READING = "create temp view calls as select *, '' as thoughts, 0 as cut from main.calls"

# What was handed in as batches and not collected: a row a question. `id` is the endpoint's, and "" until it is known.
BATCHED = """
create table if not exists batched (
    name text not null, id text not null, asked text not null,
    key text not null, step text not null, request text not null
);
create index if not exists batched_by_key on batched (key);
"""
_VALUES = {name: f"cast(:{name} as text)" if name in (*_TEXTS, "request") else f":{name}" for name in COLUMNS}
# Record a `row_of`; the second, only where the same is not among the calls up to `:last`.
INSERT = f"insert into calls ({', '.join(COLUMNS)}) select {', '.join(_VALUES.values())}"
_SAME = " and ".join(f"{name} = {_VALUES[name]}" for name in ("key", "at", "answered", "failure", "text", "seconds"))
INSERT_IF_NEW = f"{INSERT} where not exists (select 1 from calls where {_SAME} and id <= :last)"


def open_for_writing(file: Path) -> sqlite3.Connection:
    """Make the file where there is none. Whoever calls this holds the judge's lock.

    Raises:
        EmopreferError: the file is damaged.
        sqlite3.OperationalError: it cannot be written.
    """
    connection = _connected(sqlite3.connect(file, PATIENCE_SECONDS, isolation_level=None, check_same_thread=False))
    try:
        with named(file):
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            if change := {0: SCHEMA, 1: FROM_1_TO_2}.get(_format_of(connection)):
                connection.executescript(f"begin immediate; {change} commit;")
            connection.executescript(BATCHED)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """The file for reading, without any lock of ours; an empty one where there is none.

    Raises:
        EmopreferError: the file is damaged.
        sqlite3.OperationalError: it cannot be read.
    """
    with named(file):
        connection = _for_reading(file)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def named(file: Path) -> Iterator[None]:
    """Errors of a damaged file, in words."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise
        raise EmopreferError(
            f"{file} is damaged ({error}). Restore it from a copy, or move it away: its calls are made again then."
        ) from error


def row_of(entry: Mapping[str, Any], at: float) -> dict[str, Any]:
    """A call as it stands in the table, by column; what an entry of an older version lacks is empty.

    Raises:
        KeyError: it has no key, or does not say whether it was answered.
    """
    return {
        "at": at,
        "answered": bool(entry["answered"]),
        "log_probabilities": _json(list(entry.get("log_probabilities") or ())),
        "request": _text(_json(entry.get("request") or {})),
        "key": _text(entry["key"]),
        **{name: _text(entry.get(name) or "") for name in _TEXTS[1:]},
        **{name: int(entry.get(name) or 0) for name in _COUNTS},
        **{name: float(entry.get(name) or 0) for name in _AMOUNTS},
    }


def entry_of(row: tuple[Any, ...]) -> dict[str, Any]:
    """The reverse of `row_of`, with `at`."""
    entry = dict(zip(COLUMNS, row, strict=True))
    entry |= {name: bool(entry[name]) for name in ("answered", "cut")}
    return entry | {name: json.loads(entry[name]) for name in ("log_probabilities", "request")}


def _text(value: str) -> bytes:
    # Half a surrogate pair, as in broken replies, has no UTF-8 that SQLite would take as text.
    return value.encode("utf-8", "surrogatepass")


def _for_reading(file: Path) -> sqlite3.Connection:
    if not file.exists():
        return _empty()
    # For writing, where that is possible: a reader that may not write leaves SQLite's side files behind.
    connection = _connected(_at(file, "mode=rw"))
    try:
        made = _format_of(connection)
    except sqlite3.OperationalError:
        connection.close()
        wal = file.with_name(f"{file.name}-wal")
        if wal.exists() and wal.stat().st_size:
            raise
        # On a disk that cannot be written, a file that was closed well can be read as it is.
        connection = _connected(_at(file, "mode=ro&immutable=1"))
        made = _format_of(connection)
    except BaseException:
        connection.close()
        raise
    if made:
        if made == 1:
            connection.execute(FROM_1_FOR_READING)
        connection.execute("pragma query_only = on")
        return connection
    connection.close()
    return _empty()


def _at(file: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?{how}", PATIENCE_SECONDS, isolation_level=None, uri=True)


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    return connection


def _connected(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.text_factory = lambda content: content.decode("utf-8", "surrogatepass")
    return connection


def _format_of(connection: sqlite3.Connection) -> int:
    """0 before the tables are there."""
    return int(connection.execute("pragma user_version").fetchone()[0])
