"""Append-only files of JSON lines: what is on record is on disk, and a crash costs at most an unfinished last line."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import sync

log = logging.getLogger(__name__)


class Journal:
    """One file, one JSON object a line. Reading needs no lock; whoever appends sees to it that nobody else does.

    Args:
        remedy: what to do about a line that is no JSON object, as a sentence.
    """

    def __init__(self, file: Path, remedy: str = "Restore the file from a copy.") -> None:
        self.file = file
        self._remedy = remedy

    def entries(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Line number, from 1, and object, oldest first; an unfinished last line is left out.

        Raises:
            EmopreferError: names the line that is no JSON object.
        """
        if not self.file.exists():
            return
        with self.file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    entry = json.loads(line)
                except ValueError:
                    entry = None
                if not isinstance(entry, dict):
                    raise self.broken(number)
                yield number, entry

    def append(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Return only when the entries are on disk."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.file.exists()
        with self.file.open("ab") as lines:
            before = lines.tell()
            try:
                # Half a surrogate pair, as in file names and broken replies, has no UTF-8; as an escape it can be read.
                texts = (f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in entries)
                lines.write("".join(texts).encode("utf-8", "backslashreplace"))
                lines.flush()
                os.fsync(lines.fileno())
            except OSError:
                # A full disk: half a line must not stay in front of what comes later.
                os.truncate(self.file, before)
                raise
        if is_new:
            sync(self.file.parent)

    def is_torn(self) -> bool:
        """Whether the last line is unfinished: it is being written, or whoever wrote it was killed."""
        if not self.file.exists() or not self.file.stat().st_size:
            return False
        with self.file.open("rb") as lines:
            lines.seek(-1, os.SEEK_END)
            return lines.read() != b"\n"

    def mend(self) -> None:
        """Drop an unfinished last line, with a note, before anything is appended behind it."""
        if not self.file.exists():
            return
        content = self.file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            log.warning("%s: dropped an unfinished last line (%d bytes).", self.file, len(content) - whole)
            os.truncate(self.file, whole)

    def version(self) -> str:
        """Changes with every entry."""
        content = self.file.read_bytes() if self.file.exists() else b""
        return hashlib.blake2b(content[: content.rfind(b"\n") + 1], digest_size=12).hexdigest()

    def broken(self, number: int) -> EmopreferError:
        """What to say of a line that cannot be used."""
        return EmopreferError(f"{self.file} line {number}: not an entry of this file. {self._remedy}")
