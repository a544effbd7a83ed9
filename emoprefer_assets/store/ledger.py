"""The ledger: every judge call, durable before it counts, and never asked twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from emoprefer_assets.store.journal import Journal

SILENT_SECONDS = 5

log = logging.getLogger(__name__)


class Ledger:
    """One judge's calls: an append-only file of JSON lines `{"key": ..., "answered": bool, ...}`.

    Answered calls can be looked up by key. Calls that failed are kept for the record and never reused.
    """

    def __init__(self, folder: Path, judge: str) -> None:
        self.judge = judge
        self.file = folder / judge / "calls.jsonl"
        self.journal = Journal(self.file, "Remove the line; the call will be made again.")
        self._answered: dict[str, dict[str, Any]] = {}

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Hold the ledger for this process, after any other that is asking the same judge has ended.

        Raises:
            EmopreferError: a line of it cannot be used.
        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.file.with_suffix(".lock"))
        try:
            lock.acquire(timeout=SILENT_SECONDS)
        except Timeout:
            # What the other is answered is not asked again, so that waiting costs time alone.
            log.warning('judge "%s" is being asked by another run: waiting for that to end.', self.judge)
            lock.acquire()
        try:
            self.journal.mend()
            self._answered = self._read()
            yield self
        finally:
            lock.release()

    def answer(self, key: str) -> dict[str, Any] | None:
        """The recorded reply for `key`, or None where it has not been answered."""
        return self._answered.get(key)

    def calls(self) -> Iterator[dict[str, Any]]:
        """Every call on record, answered or not, oldest first; an unfinished last line is left out."""
        for _, entry in self.journal.entries():
            yield entry

    def record(self, entries: list[Mapping[str, Any]]) -> None:
        """Append calls, and return only when they are on disk."""
        self.journal.append(entries)
        self._answered.update({entry["key"]: dict(entry) for entry in entries if entry["answered"]})

    def _read(self) -> dict[str, dict[str, Any]]:
        answered = {}
        for number, entry in self.journal.entries():
            try:
                if entry["answered"]:
                    answered[entry["key"]] = entry
            except KeyError:
                raise self.journal.broken(number) from None
        return answered
