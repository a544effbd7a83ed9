"""From home format 2 to 3: the JSON lines of every judge's calls become its call cache."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from emoprefer_assets.files import sync
from emoprefer_assets.home import migration
from emoprefer_assets.store.call_cache import CallCache, held
from emoprefer_assets.store.journal import Journal

log = logging.getLogger(__name__)


@migration(2)
def bring_to_format_3(home: Path) -> None:
    """Take the calls over, and put the warehouse aside: its views have names that are tables now.

    Raises:
        EmopreferError: names the file and line that is no call. That judge's calls, and those of later ones, are not
            taken over yet.
    """
    _take_over_ledgers(home)
    for file in [home / "warehouse.duckdb", home / "warehouse.duckdb.wal"]:
        if file.exists():
            file.replace(file.with_name(f"{file.name}.before"))


def _take_over_ledgers(home: Path) -> None:
    """Record the calls of every `ledger/<judge>/calls.jsonl`, failed ones too, and put the folder aside.

    They have no times: 0 stands for it. Killed and called again, it takes over what is missing.
    """
    ledger = home / "ledger"
    files = sorted(ledger.glob("*/calls.jsonl"))
    if not files:
        return
    with ExitStack() as stack:
        # A run of the older version may be going on: what it is answered is taken over as well.
        for file in files:
            stack.enter_context(held(file.with_suffix(".lock"), file.parent.name))
        calls = sum(_take_over(file, home / "calls") for file in files)
        aside = _free_name(ledger)
        ledger.rename(aside)
        sync(home)
    log.warning(
        "%s: %d calls of %d judges were taken over into %s. The old files are in %s now, which may be deleted.",
        home,
        calls,
        len(files),
        home / "calls",
        aside,
    )


def _take_over(file: Path, folder: Path) -> int:
    """How many calls are in the file."""
    journal = Journal(file, "Remove the line, and run again; the call will be made again.")
    if journal.is_torn():
        log.warning("%s: an unfinished last line was dropped.", file)
    number = 0

    def entries() -> Iterator[dict[str, Any]]:
        nonlocal number
        for line, entry in journal.entries():
            number = line
            yield entry

    with CallCache(folder, file.parent.name).open() as cache:
        try:
            cache.take_over(entries())
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, sqlite3.IntegrityError) as error:
            raise journal.broken(number) from error
    return number


def _free_name(folder: Path) -> Path:
    free = folder.with_name(f"{folder.name}.taken-over")
    for number in count(2):
        if not free.exists():
            break
        free = folder.with_name(f"{folder.name}.taken-over-{number}")
    return free
