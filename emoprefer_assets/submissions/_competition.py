"""A competition's course: until when it takes submissions, which clips are hidden, and when its board was frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.store.journal import Journal


@dataclass(frozen=True)
class Frozen:
    """What is on record of the frozen board.

    Attributes:
        at: when, UTC.
        hash: over data, entries, judges, settings, code and rows.
        board: version of the table leaderboard.
        folder: where it was written.
    """

    at: datetime
    hash: str
    board: str
    folder: str


@dataclass(frozen=True)
class Competition:
    """How far a competition is; of one that was never opened, nothing is set.

    Attributes:
        until: when it closes or closed, UTC.
        hidden: clips that the public board leaves out until it is frozen.
    """

    until: datetime | None = None
    hidden: tuple[str, ...] = ()
    frozen: Frozen | None = None

    def is_closed(self) -> bool:
        return self.until is not None and self.until <= datetime.now(UTC)

    def remarks(self, board: str) -> list[str]:
        """What a reader of a board has to know of the freeze, in sentences.

        Args:
            board: version of the table leaderboard that is shown.
        """
        if not self.frozen:
            return []
        said = [f"Frozen on {in_utc(self.frozen.at)}, hash {self.frozen.hash}."]
        if board != self.frozen.board:
            said.append(f"This board has changed since: the frozen one is in {self.frozen.folder}.")
        return said


class CompetitionBook:
    """The journal of a home's competition. Organisers alone append to it."""

    def __init__(self, file: Path) -> None:
        self._journal = Journal(file)

    def state(self) -> Competition:
        """What holds now.

        Raises:
            EmopreferError: a line is not an entry.
        """
        found = Competition()
        for number, entry in self._journal.entries():
            try:
                at = datetime.fromisoformat(entry["at"])
                match entry["event"]:
                    case "opened":
                        found = Competition(datetime.fromisoformat(entry["until"]), tuple(entry["hidden"]))
                    case "closed":
                        found = replace(found, until=at)
                    case "frozen":
                        found = replace(found, frozen=Frozen(at, entry["hash"], entry["board"], entry["folder"]))
                    case other:
                        raise KeyError(other)
            except (KeyError, TypeError, ValueError):
                raise self._journal.broken(number) from None
        return found

    def open(self, until: datetime, hidden: Sequence[str] | None) -> Competition:
        """Take submissions until then; opened again, with another deadline.

        Args:
            hidden: None leaves the hidden clips as they are.

        Raises:
            EmopreferError: that is past, or the board is frozen.
        """
        now = self.state()
        if now.frozen:
            raise EmopreferError(f"The board was frozen on {in_utc(now.frozen.at)}. Set EMOPREFER_HOME to a new home.")
        if until <= datetime.now(UTC):
            raise EmopreferError(f"--until: {in_utc(until)} is past. Name a time to come; without a zone it is UTC.")
        clips = list(now.hidden if hidden is None else hidden)
        return self._note("opened", until=until.isoformat(), hidden=clips)

    def close(self) -> Competition:
        """Take no more submissions; closed before, it stays as it is."""
        now = self.state()
        return now if now.is_closed() else self._note("closed")

    def freeze(self, frozen: Frozen) -> None:
        """Put the frozen board on record."""
        self._note("frozen", frozen.at, hash=frozen.hash, board=frozen.board, folder=frozen.folder)

    def _note(self, event: str, at: datetime | None = None, **details: object) -> Competition:
        at = at or datetime.now(UTC)
        self._journal.mend()
        self._journal.append([{"event": event, "at": at.isoformat(), **details}])
        return self.state()


def in_utc(moment: datetime) -> str:
    """With its zone, for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
