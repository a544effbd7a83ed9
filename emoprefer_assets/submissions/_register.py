"""The register: what was accepted and released, one JSON object a line, never rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from emoprefer_assets.store.journal import Journal
from emoprefer_assets.submissions._model import Release, Version

EVENTS: dict[str, type[Version] | type[Release]] = {"accepted": Version, "released": Release}


class Register:
    """Append-only. Appending needs the folder's lock; reading does not."""

    def __init__(self, file: Path) -> None:
        self._journal = Journal(file)

    def entries(self) -> Iterator[Version | Release]:
        """Everything on record, oldest first; an unfinished last line is left out.

        Raises:
            EmopreferError: a line is not an entry.
        """
        for number, entry in self._journal.entries():
            try:
                yield EVENTS[entry.pop("event")](**entry)
            except (KeyError, TypeError):
                raise self._journal.broken(number) from None

    def append(self, entry: Version | Release) -> None:
        """Return only when `entry` is on disk."""
        event = next(name for name, kind in EVENTS.items() if isinstance(entry, kind))
        self._journal.mend()
        self._journal.append([{"event": event, **asdict(entry)}])

    def version(self) -> str:
        """Changes with every entry."""
        return self._journal.version()
