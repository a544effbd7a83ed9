"""The answers of a study in one SQLite file: each is on disk before the page goes on, and is there once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from emoprefer_assets.errors import EmopreferError

FILE = "votes.sqlite"
SKIP = "skip"
PATIENCE_SECONDS = 60
_SCHEMA = """
begin immediate;
create table if not exists answers (
    number integer primary key,
    annotator text not null,
    item text not null,
    attempt integer not null,
    kind text not null,
    key text not null,
    correct text,
    choice text not null check (choice in ('a1', 'a2', 'same', 'skip')),
    left text not null check (left in ('a1', 'a2')),
    seconds real not null,
    replays integer not null,
    confidence integer,
    reason text not null,
    at text not null,
    withdrawn text,
    unique (annotator, item, attempt)
);
create table if not exists consents (
    annotator text not null, text text not null, at text not null, primary key (annotator, text)
);
pragma user_version = 1;
commit;
"""


@dataclass(frozen=True)
class Answer:
    """What an annotator said of an item once.

    Attributes:
        attempt: from 1; one more where an earlier answer was taken back, or the qualification is taken again.
        kind, key, correct: of the item, as it was then.
        choice: a1, a2, same or skip.
        left: the description that stood left: a1 or a2.
        seconds: from the item's appearance to the vote, while the page was in sight.
        replays: how often the clip was started again from its beginning.
        confidence: 1 (a guess) to 3 (sure), or None.
        at: when, in UTC.
        withdrawn: when it was taken back, or None.
    """

    annotator: str
    item: str
    attempt: int
    kind: str
    key: str
    correct: str | None
    choice: str
    left: str
    seconds: float
    replays: int
    confidence: int | None
    reason: str
    at: str
    withdrawn: str | None = None


_COLUMNS = ", ".join(field.name for field in fields(Answer))
_MARKS = ", ".join("?" for _ in fields(Answer))


class Votes:
    """The file of one study. Threads and processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(
                self.file, PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            if not self._connection.execute("pragma user_version").fetchone()[0]:
                self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise
            raise EmopreferError(f"{self.file} is damaged ({error}). Restore it from a copy.") from error

    def close(self) -> None:
        """No more may be asked of this object."""
        self._connection.close()

    def add(self, answer: Answer) -> bool:
        """Return once it is on disk: False where this attempt of the annotator was there before, which then stays."""
        with self._writing() as connection:
            added = connection.execute(
                f"insert into answers ({_COLUMNS}) values ({_MARKS}) on conflict do nothing", astuple(answer)
            )
            return bool(added.rowcount)

    def withdraw(self, annotator: str, item: str, attempt: int, at: str) -> bool:
        """Take an answer back, which stays on record; False where there is none, or it was taken back before."""
        with self._writing() as connection:
            done = connection.execute(
                "update answers set withdrawn = ? "
                "where annotator = ? and item = ? and attempt = ? and withdrawn is null",
                (at, annotator, item, attempt),
            )
            return bool(done.rowcount)

    def of(self, annotator: str) -> list[Answer]:
        """All answers of an annotator, those taken back too, oldest first."""
        return self._read("where annotator = ?", annotator)

    def one(self, annotator: str, item: str, attempt: int) -> Answer | None:
        """One answer, or None."""
        found = self._read("where annotator = ? and item = ? and attempt = ?", annotator, item, attempt)
        return found[0] if found else None

    def all(self) -> list[Answer]:
        """All answers of everybody, oldest first."""
        return self._read("")

    def consent(self, annotator: str, text: str, at: str) -> None:
        """Note that an annotator agreed to a text."""
        with self._writing() as connection:
            connection.execute("insert into consents values (?, ?, ?) on conflict do nothing", (annotator, text, at))

    def has_consented(self, annotator: str, text: str) -> bool:
        """Whether an annotator agreed to just this text."""
        with self._lock:
            query = "select 1 from consents where annotator = ? and text = ?"
            return self._connection.execute(query, (annotator, text)).fetchone() is not None

    def _read(self, which: str, *values: str | int) -> list[Answer]:
        with self._lock:
            rows = self._connection.execute(f"select {_COLUMNS} from answers {which} order by number", values)
            return [Answer(*row) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:
                self._connection.execute("rollback")
                raise
