"""What is kept: call caches and journals, the warehouse, the published database."""

from __future__ import annotations

import time

import duckdb

from emoprefer_assets.display import listed
from emoprefer_assets.doctor._model import OK, PROBLEM, WARNING, Finding, finding_of
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.chat import INSTEAD
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import CallCache, Journal, Warehouse
from emoprefer_assets.store.published import read_published

# Millions of calls take a minute to read: what was read by then is told.
READING_SECONDS = 2.5
LOCK_SECONDS = 1.0
# Of the options' share of all probability: what is far below it is noise in the tail of another answer.
LITTLE = 0.01


def call_caches(settings: Settings) -> list[Finding]:
    """Every call of every judge."""
    end = time.monotonic() + READING_SECONDS
    caches = [CallCache(file.parent, file.stem) for file in sorted((settings.calls_folder).glob("*.sqlite"))]
    found, calls, unread = [], 0, 0
    for cache in caches:
        try:
            for _ in cache.calls():
                calls += 1
                if time.monotonic() > end:
                    unread += 1
                    break
        except EmopreferError as error:
            found.append(finding_of(f"call cache of {cache.judge}", error))
    if found:
        return found
    if not caches:
        return [Finding("call cache", OK, "no judge call is on record yet")]
    what = f"{calls:,} calls of {len(caches)} judges can be read"
    return [
        Finding("call cache", OK, what + (f"; {unread} of them not to the end, for want of time" if unread else ""))
    ]


def journals(settings: Settings) -> list[Finding]:
    """The records that nothing else can make anew; only what is wrong with them."""
    kept = {
        "battle book": settings.battle_book,
        "board book": settings.board_book,
        "register of submissions": settings.submissions_dir / "register.jsonl",
    }
    found = []
    for name, file in kept.items():
        journal = Journal(file)
        try:
            for _ in journal.entries():
                pass
        except EmopreferError as error:
            found.append(finding_of(name, error))
        if journal.is_torn():
            what = f"{file}: the last line is unfinished: a run is writing it, or was killed"
            mend = "Nothing: the next run drops the line, and what it was about is done again."
            found.append(Finding(name, WARNING, what, mend))
    return found


def warehouse(settings: Settings) -> Finding:
    """Whether it opens, and holds the tables that this version would make."""
    file = settings.warehouse
    if not file.exists():
        return Finding("warehouse", OK, f"{file} is made by the first `emoprefer run`")
    try:
        rows, outdated = Warehouse(file).inspect(LOCK_SECONDS)
    except EmopreferError as error:
        busy = "in use" in str(error) or "open in another" in str(error)
        return finding_of("warehouse", error, WARNING if busy else PROBLEM)
    if outdated:
        what = f"{file}: {len(outdated)} tables are of another version: {listed(outdated, 3)}"
        return Finding("warehouse", WARNING, what, "Run `emoprefer run`: it makes them anew, from the call caches.")
    return Finding("warehouse", OK, f"{file}: opens, {rows:,} tables and parts of tables")


def published(settings: Settings) -> Finding:
    """Whether people can read it."""
    file = settings.database
    if not file.exists():
        return Finding("published database", OK, f"{file} is written by the first `emoprefer run`")
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            connection.execute("select count(*) from lineage").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0][:200]
        if "lock" in reason.lower():
            mend = "Close it there, or open it read-only."
            return Finding("published database", WARNING, f"{file} is open for writing in another program", mend)
        mend = "Delete it, and run `emoprefer run`: it is written anew."
        return Finding("published database", PROBLEM, f"{file} cannot be read ({reason})", mend)
    return Finding("published database", OK, f"{file}: opens")


def options(settings: Settings) -> list[Finding]:
    """How much of all probability a1, a2 and same hold, of each judge that is scored."""
    try:
        board = read_published(settings.database, "from judge_board where p_options is not null order by judge")
    # Whether it is there and can be read is the finding before.
    except (EmopreferError, duckdb.Error):
        return []
    little = [
        Finding(
            f"options of {row.judge}", WARNING, f"a1, a2 and same hold {row.p_options:.1e} of all probability", INSTEAD
        )
        for row in each_row(board[board["p_options"] < LITTLE])
    ]
    enough = [f"{row.judge} {row.p_options:.2g}" for row in each_row(board[board["p_options"] >= LITTLE])]
    held = f"a1, a2 and same hold of all probability (median): {listed(enough, 5)}"
    return [*([Finding("options", OK, held)] if enough else []), *little]
