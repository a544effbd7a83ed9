"""The format of a home: which versions of this tool may work on it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from emoprefer_assets.errors import EmopreferError

# Raised with every change of a table's columns or of an entry of ledger, register or books; tests/test_home.py notices.
FORMAT = 2
# By the format that they start from. Tables need none: the warehouse makes those anew whose columns have changed.
MIGRATIONS: Mapping[int, Callable[[Path], None]] = {}

log = logging.getLogger(__name__)


def claim_home(home: Path) -> None:
    """Bring a home to this version's format, step by step; one without a number has format 1 unless it is empty.

    Raises:
        EmopreferError: a newer version has written it, or its number cannot be read. Nothing was changed.
    """
    if format_of(home) == FORMAT:
        return
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
    part = home / ".format.json.unfinished"
    with part.open("w") as stream:
        json.dump({"format": number}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(home / "format.json")
