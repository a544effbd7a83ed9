"""The ledger: every judge call, durable before it counts, and never asked twice."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from emoprefer_assets.errors import EmopreferError

LOCK_SECONDS = 5
log = logging.getLogger(__name__)


class Ledger:
    """One judge's calls: an append-only file of JSON lines `{"key": ..., "answered": bool, ...}`.

    Answered calls can be looked up by key. Calls that failed are kept for the record and never reused.
    """

    def __init__(self, folder: Path, judge: str) -> None:
        self.judge = judge
        self.file = folder / judge / "calls.jsonl"
        self._answered: dict[str, dict[str, Any]] = {}
        self._handle: BinaryIO | None = None

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Hold the ledger for this process.

        Raises:
            EmopreferError: another process is asking the same judge.
        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.file.with_suffix(".lock"), timeout=LOCK_SECONDS):
                self._drop_torn_line()
                self._answered = self._read()
                with self.file.open("ab") as self._handle:
                    yield self
        except Timeout:
            raise EmopreferError(
                f'judge "{self.judge}" is being asked by another run. Wait for it to end and run again.'
            ) from None
        finally:
            self._handle = None

    def answer(self, key: str) -> dict[str, Any] | None:
        """The recorded reply for `key`, or None where it has not been answered."""
        return self._answered.get(key)

    def calls(self) -> Iterator[dict[str, Any]]:
        """Every call on record, answered or not, oldest first; an unfinished last line is left out."""
        if not self.file.exists():
            return
        with self.file.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def record(self, entries: list[Mapping[str, Any]]) -> None:
        """Append calls, and return only when they are on disk."""
        lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        self._handle.write(lines.encode())
        self._handle.flush()
        os.fsync(self._handle.fileno())
        self._answered.update({entry["key"]: dict(entry) for entry in entries if entry["answered"]})

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self.file.exists():
            return {}
        answered = {}
        with self.file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    entry = json.loads(line)
                    if entry["answered"]:
                        answered[entry["key"]] = entry
                except (ValueError, KeyError, TypeError):
                    raise EmopreferError(
                        f"{self.file} line {number}: not a ledger entry. Remove the line; the call will be made again."
                    ) from None
        return answered

    def _drop_torn_line(self) -> None:
        if not self.file.exists():
            return
        content = self.file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            log.warning("%s: dropped an unfinished last line (%d bytes).", self.file, len(content) - whole)
            os.truncate(self.file, whole)
