"""The format of a home: which versions of this tool may work on it."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically

# Raised with every change of a table's columns or of an entry of call cache, register or books; tests/test_home.py
# notices.
FORMAT = 4
# By the format that they start from; the room that owns the records adds its own. Tables need none: the warehouse makes
# those anew whose columns have changed.
Migration = Callable[[Path], None]
MIGRATIONS: dict[int, Migration] = {}
# These formats cannot be left without one.
NEEDED = (2,)

log = logging.getLogger(__name__)


def migration(start: int) -> Callable[[Migration], Migration]:
    """Register what brings a home from format `start` to the next. Killed and called again, it goes on."""

    def register(function: Migration) -> Migration:
        MIGRATIONS[start] = function
        return function

    return register


def claim_home(home: Path) -> None:
    """Bring a home to this version's format, step by step; one without a number has format 1 unless it is empty.

    Raises:
        EmopreferError: a newer version has written it, its number cannot be read, or it may not be written. Nothing
            was changed.
    """
    found = format_of(home)
    if found == FORMAT:
        return
    try:
        _bring_forward(home)
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        raise EmopreferError(
            f"{home} has format {found or 1} and has to be brought to {FORMAT}, but may not be written ({error}). "
            "Mend its permissions for one run, or set EMOPREFER_HOME to another folder."
        ) from error


def _bring_forward(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "format.lock"):
        found = format_of(home)
        if found is None:
            found = 1 if any(file.name != "format.lock" for file in home.iterdir()) else FORMAT
            _write(home, found)
        for step in range(found, FORMAT):
            log.warning("%s: bringing format %d to %d", home, step, step + 1)
            if step in MIGRATIONS:
                MIGRATIONS[step](home)
            elif step in NEEDED:
                raise RuntimeError(f"nothing brings format {step} forward: import emoprefer_assets.store first.")
            _write(home, step + 1)


def format_of(home: Path) -> int | None:
    """The format that a home says it has; None if it says nothing.

    Raises:
        EmopreferError: a newer version has written it, or its number cannot be read.
    """
    file = home / "format.json"
    try:
        number = json.loads(file.read_text())["format"]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        number = None
    if not isinstance(number, int) or number < 1:
        raise EmopreferError(
            f'{file} is damaged. If this version has written the home, put {{"format": {FORMAT}}} there.'
        )
    if number > FORMAT:
        raise EmopreferError(
            f"{home} was written by a newer version of EmoPrefer Assets: its format is {number}, this version knows "
            f"{FORMAT}. Install the newer version, or set EMOPREFER_HOME to another folder. Nothing was changed."
        )
    return number


def _write(home: Path, number: int) -> None:
    with replaced_atomically(home / "format.json", durable=True, alone=True) as part:
        part.write_text(json.dumps({"format": number}))
