"""The register: what was accepted and released, one JSON object a line, never rewritten."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.submissions._model import Release, Version

EVENTS: dict[str, type[Version] | type[Release]] = {"accepted": Version, "released": Release}
log = logging.getLogger(__name__)


class Register:
    """Append-only. Appending needs the folder's lock; reading does not."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def entries(self) -> Iterator[Version | Release]:
        """Everything on record, oldest first; an unfinished last line is left out.

        Raises:
            EmopreferError: a line is not an entry.
        """
        for number, line in enumerate(self._whole().splitlines(), start=1):
            try:
                entry: dict[str, Any] = json.loads(line)
                yield EVENTS[entry.pop("event")](**entry)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise EmopreferError(
                    f"{self.file} line {number}: not an entry of the register. Restore the file from a copy."
                ) from None

    def append(self, entry: Version | Release) -> None:
        """Return only when `entry` is on disk."""
        event = next(name for name, kind in EVENTS.items() if isinstance(entry, kind))
        self._drop_torn_line()
        is_new = not self.file.exists()
        with self.file.open("ab") as lines:
            lines.write(json.dumps({"event": event, **asdict(entry)}).encode() + b"\n")
            lines.flush()
            os.fsync(lines.fileno())
        if is_new:
            sync_folder(self.file.parent)

    def version(self) -> str:
        """Changes with every entry."""
        return hashlib.blake2b(self._whole(), digest_size=16).hexdigest()

    def _whole(self) -> bytes:
        content = self.file.read_bytes() if self.file.exists() else b""
        return content[: content.rfind(b"\n") + 1]

    def _drop_torn_line(self) -> None:
        whole = len(self._whole())
        if self.file.exists() and whole < self.file.stat().st_size:
            log.warning("%s: dropped an unfinished last line (%d bytes).", self.file, self.file.stat().st_size - whole)
            os.truncate(self.file, whole)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
