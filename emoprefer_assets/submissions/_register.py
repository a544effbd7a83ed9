"""The register: what was accepted and what was decided, one JSON object a line, never rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from emoprefer_assets.store.journal import Journal
from emoprefer_assets.submissions._model import Decision, Ruling, Version

ACCEPTED = "accepted"


class Register:
    """Append-only. Appending needs the folder's lock; reading does not."""

    def __init__(self, file: Path) -> None:
        self._journal = Journal(file)

    def entries(self) -> Iterator[Version | Decision]:
        """Everything on record, oldest first; an unfinished last line is left out.

        Raises:
            EmopreferError: a line is not an entry.
        """
        for number, entry in self._journal.entries():
            try:
                event = entry.pop("event")
                if event not in (ACCEPTED, *get_args(Ruling)):
                    raise KeyError(event)
                yield Version(**entry) if event == ACCEPTED else Decision(event, **entry)
            except (KeyError, TypeError):
                raise self._journal.broken(number) from None

    def append(self, entry: Version | Decision) -> None:
        """Return only when `entry` is on disk."""
        fields = asdict(entry)
        self._journal.mend()
        self._journal.append([{"event": fields.pop("what", ACCEPTED), **fields}])

    def version(self) -> str:
        """Changes with every entry."""
        return self._journal.version()
