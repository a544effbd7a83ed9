"""What went wrong, where, and what to do: the errors a person is meant to act on."""

from __future__ import annotations

import errno

from emoprefer_assets.display import in_lines

# As the system, DuckDB, SQLite and PostgreSQL say it.
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full")
_DISK_FAILS = "disk I/O error"
_NOT_WRITABLE = (
    "Read-only file system",
    "attempt to write a readonly database",
    "unable to open database file",
    "Permission denied",
)


class EmopreferError(Exception):
    """One line that names the file, row, column or key and the remedy. Shown without a traceback.

    What it quotes may come from anybody: what a terminal would obey is written as an escape.
    """

    def __init__(self, message: str) -> None:
        super().__init__(in_lines(message))


class JudgeUnavailable(EmopreferError):
    """A judge that cannot answer here (no weights, no files). The other judges go on."""


class BudgetReached(EmopreferError):
    """The next judge call could cost more than the run may."""


def about_the_disk(error: BaseException) -> EmopreferError | None:
    """What to say of an error that comes from a full disk or one that cannot be written; None for any other."""
    said = str(error).strip()
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT) or any(words in said for words in _DISK_FULL):
        trouble, remedy = "the disk is full", "Free some space and run again"
    elif number == errno.EIO or _DISK_FAILS in said:
        trouble, remedy = "the disk is full or fails", "Free some space, or look after the disk, and run again"
    elif number in (errno.EROFS, errno.EACCES, errno.EPERM) or any(words in said for words in _NOT_WRITABLE):
        trouble = "a file cannot be written, or not read"
        remedy = "Mend its permissions, or choose other places by EMOPREFER_HOME and EMOPREFER_DB"
    else:
        return None
    first_line = said.splitlines()[0][:200] if said else "no message"
    return EmopreferError(f"{trouble} ({first_line}). {remedy}. Nothing stored is lost.")
