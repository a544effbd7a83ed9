"""The call cache: every judge call, durable before it counts, and never paid for twice."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from emoprefer_assets.files import sync
from emoprefer_assets.store import _calls_file
from emoprefer_assets.store._group_commit import group_commit

SILENT_SECONDS = 5
# What a killed run had under way may have been answered, and paid for: it counts as long as a daily budget looks back.
RESERVED_SECONDS = 24 * 3600
# Of a query's parameters, and of the calls that are read at once.
AT_ONCE = 500

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CachedAnswer:
    """A recorded answer.

    Attributes:
        key: of the request.
        text: the generated reply; "" where options were scored.
        log_probabilities: natural, one an option, in the request's order; empty for text.
        thoughts: what came apart from the text; older calls have them in it.
        cut: whether the text ends because it grew too long; not known of older calls.
    """

    key: str
    text: str
    log_probabilities: tuple[float, ...]
    thoughts: str = ""
    cut: bool = False


@dataclass(frozen=True)
class StepCosts:
    """What one step's calls of one model took.

    Attributes:
        step: what was asked for, such as `s1`.
        asked: the judge whose model was called: the judge itself, or its external one.
        calls: all of them; `failed` are those without an answer.
        tokens_in, tokens_out: of all calls.
        seconds: of model time.
        cost: in the currency of the registry's prices.
    """

    step: str
    asked: str
    calls: int
    failed: int
    tokens_in: int
    tokens_out: int
    seconds: float
    cost: float


@contextmanager
def held(lock_file: Path, judge: str) -> Iterator[None]:
    """Wait until no other run is asking the judge, and say so if that takes long."""
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=SILENT_SECONDS)
    except Timeout:
        # What the other is answered is not asked again, so that waiting costs time alone.
        log.warning('judge "%s" is being asked by another run: waiting for that to end.', judge)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


class CallCache:
    """One judge's calls, in one SQLite file. Calls that failed are kept for the record and never reused.

    Reading needs no lock and no file. Recording and reserving need `open`.

    All methods raise EmopreferError where the file is damaged, and sqlite3.OperationalError or OSError where the disk
    is full or cannot be written (see `errors.about_the_disk`).
    """

    def __init__(self, folder: Path, judge: str) -> None:
        self.judge = judge
        self.file = folder / f"{judge}.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._run = ""
        # The writer of `keep` and whoever reserves meanwhile share one connection.
        self._turn = RLock()

    @contextmanager
    def open(self) -> Iterator[CallCache]:
        """Hold the judge for this process, after any other that is asking it has ended."""
        folder = self.file.parent
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            sync(folder.parent)
        with held(self.file.with_name(f"{self.judge}.lock"), self.judge):
            self._connection, self._run = _calls_file.open_for_writing(self.file), secrets.token_hex(8)
            try:
                yield self
            finally:
                with self._turn:
                    self._connection.close()
                    self._connection = None

    def answers(self, keys: Collection[str]) -> dict[str, CachedAnswer]:
        """The recorded answers to those of `keys` that have one; the newest where there are several."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, CachedAnswer] = {}
        with self._reading() as connection:
            for start in range(0, len(wanted), AT_ONCE):
                part = wanted[start : start + AT_ONCE]
                rows = connection.execute(
                    "select key, text, log_probabilities, thoughts, cut from calls "
                    f"where key in ({', '.join('?' * len(part))}) and answered order by id",
                    part,
                )
                for key, text, logs, thoughts, cut in rows:
                    found[key] = CachedAnswer(key, text, tuple(json.loads(logs)), thoughts, bool(cut))
        return found

    def calls(self) -> Iterator[dict[str, Any]]:
        """Every call on record, answered or not, oldest first: what `keep` was given, and `at`, in UTC seconds."""
        query = f"select id, {', '.join(_calls_file.COLUMNS)} from calls where id > ? order by id limit {AT_ONCE}"
        last = 0
        # Parts, and nothing held between them: whoever writes meanwhile is not in a slow reader's way.
        while True:
            with self._reading() as connection:
                rows = connection.execute(query, [last]).fetchall()
            if not rows:
                return
            for row in rows:
                yield _calls_file.entry_of(row[1:])
            last = rows[-1][0]

    def costs(self) -> list[StepCosts]:
        """What the calls took, by step and model asked."""
        with self._reading() as connection:
            rows = connection.execute(
                "select step, asked, count(*), sum(not answered), sum(tokens_in), sum(tokens_out), sum(seconds), "
                "sum(cost) from calls group by step, asked order by step, asked"
            )
            return [StepCosts(*row) for row in rows]

    def longest_answers(self) -> dict[tuple[str, str], int]:
        """Tokens of the longest answer on record, by step and model asked."""
        with self._reading() as connection:
            rows = connection.execute(
                "select step, asked, max(tokens_out) from calls where answered group by step, asked"
            )
            return {(step, asked): tokens for step, asked, tokens in rows}

    def version(self) -> str:
        """Changes with every recorded call; "" before the first. Takes no longer with more calls."""
        with self._reading() as connection:
            newest = connection.execute("select id, at, key from calls order by id desc limit 1").fetchone()
        return hashlib.blake2b(repr(newest).encode(), digest_size=12).hexdigest() if newest else ""

    def spent_since(self, moment: float) -> float:
        """What calls have cost since `moment` (UTC seconds), with what is under way at its upper estimate."""
        with self._reading() as connection:
            # One statement sees one moment: a call that is being recorded is under way or paid for, never neither.
            (spent,) = connection.execute(
                "select (select total(cost) from calls where at >= ? and cost > 0) "
                "+ (select total(estimate) from reservations where at >= ?)",
                [moment, max(moment, time.time() - RESERVED_SECONDS)],
            ).fetchone()
        return float(spent)

    def keep(self, replies: Iterator[T], entry_of: Callable[[T], Mapping[str, Any]]) -> Iterator[list[T]]:
        """Record replies as they come, and yield them when they are on disk, in order.

        They are pulled in the calling thread while another commits: at once what has piled up. If `replies` raises,
        what came before is recorded and yielded first. Recording a call ends the reservation of its key.

        Args:
            entry_of: what is recorded of a reply: key, answered, failure, text, log_probabilities, tokens_in,
                tokens_out, tokens_cached, tokens_reasoning, seconds, step, asked, cost, thoughts, cut, request.
        """
        rows = ((reply, _calls_file.row_of(entry_of(reply), 0.0)) for reply in replies)

        def write(pairs: list[tuple[T, dict[str, Any]]]) -> None:
            now = time.time()
            with self._writing() as connection:
                connection.executemany(_calls_file.INSERT, [row | {"at": now} for _, row in pairs])
                self._end_reservations(connection, [row["key"] for _, row in pairs])

        with closing(group_commit(rows, write)) as kept:
            for pairs in kept:
                yield [reply for reply, _ in pairs]

    def take_over(self, calls: Iterable[Mapping[str, Any]]) -> int:
        """Record calls of another record, all or none; how many were new.

        Those that are on record here already are left out, so that the same may be taken over again.

        Args:
            calls: as `keep` records them, with `at` where it is known.
        """
        with self._writing() as connection:
            (last,) = connection.execute("select coalesce(max(id), 0) from calls").fetchone()
            rows = (_calls_file.row_of(call, float(call.get("at") or 0)) | {"last": last} for call in calls)
            return connection.executemany(_calls_file.INSERT_IF_NEW, rows).rowcount

    def copy_to(self, file: Path, requests: bool) -> None:
        """Write all calls into a new file.

        Args:
            requests: whether with what was asked, which quotes the data set; answers are found without it.
        """
        with self._reading() as connection, closing(sqlite3.connect(file, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("pragma journal_mode = delete")
            copy.execute("delete from reservations")
            if not requests:
                copy.execute("update calls set request = '{}'")
            copy.execute("vacuum")

    def reserve(self, estimates: Sequence[tuple[str, float]]) -> None:
        """Put on record what calls will cost at most, by key, before they are sent.

        It counts as spent until the call is recorded or released; after a kill, for 24 hours.
        """
        now = time.time()
        with self._writing() as connection:
            connection.execute(
                "delete from reservations where at < ? and run != ?", [now - RESERVED_SECONDS, self._run]
            )
            connection.executemany(
                "insert or replace into reservations (key, run, estimate, at) values (?, ?, ?, ?)",
                [(key, self._run, estimate, now) for key, estimate in estimates],
            )

    def release(self, keys: Collection[str]) -> None:
        """Take back reservations of calls that were never sent."""
        with self._writing() as connection:
            self._end_reservations(connection, keys)

    def begin_batch(self, name: str, asked: str, questions: Sequence[tuple[str, str, str]]) -> None:
        """Put on record what is about to be handed in: key, step and request of each question."""
        with self._writing() as connection:
            connection.executemany(
                "insert into batched values (?, '', ?, ?, ?, ?)", [(name, asked, *question) for question in questions]
            )

    def name_batch(self, name: str, known: str) -> None:
        """The endpoint's id of a batch."""
        with self._writing() as connection:
            connection.execute("update batched set id = ? where name = ?", [known, name])

    def end_batch(self, name: str, calls: Sequence[Mapping[str, Any]]) -> None:
        """Record what a batch has answered, and forget it: both or neither. Its reservations end."""
        now = time.time()
        with self._writing() as connection:
            connection.executemany(_calls_file.INSERT, [_calls_file.row_of(call, now) | {"at": now} for call in calls])
            connection.execute("delete from reservations where key in (select key from batched where name = ?)", [name])
            connection.execute("delete from batched where name = ?", [name])

    def batches(self) -> list[tuple[str, str, str]]:
        """What is handed in and not collected: name, the endpoint's id or "", and the judge whose model is asked."""
        return self._of_batches("select distinct name, id, asked from batched order by name")

    def questions_of(self, name: str) -> dict[str, tuple[str, str]]:
        """Step and request of a batch's questions, by key."""
        found = self._of_batches("select key, step, request from batched where name = ?", [name])
        return {key: (step, request) for key, step, request in found}

    def in_batches(self, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that are handed in and not collected."""
        return {key for (key,) in self._of_batches("select key from batched")} & set(keys) if keys else set()

    def _of_batches(self, query: str, values: Sequence[str] = ()) -> list[Any]:
        with self._reading() as connection:
            # Files that no run has written to since there are batches lack the table.
            known = connection.execute("select 1 from sqlite_master where name = 'batched'").fetchone()
            return connection.execute(query, values).fetchall() if known else []

    def _end_reservations(self, connection: sqlite3.Connection, keys: Iterable[str | bytes]) -> None:
        # Of this run alone: what an earlier one had under way may have been paid for as well.
        connection.executemany(
            "delete from reservations where key = cast(? as text) and run = ?", [(key, self._run) for key in keys]
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            if self._connection:
                with _calls_file.named(self.file):
                    yield self._connection
                return
        with _calls_file.reading(self.file) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: what was done in it is on disk at its end, or not at all."""
        with self._turn, _calls_file.named(self.file):
            if not self._connection:
                raise RuntimeError(f"{self.file} is not open: nothing can be recorded.")
            connection = self._connection
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
