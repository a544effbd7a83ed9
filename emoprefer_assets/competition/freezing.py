"""The frozen board: what it was made from, as a hash, and the files that are published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emoprefer_assets.assets import SOURCES, TABLE_ASSETS
from emoprefer_assets.cards import portable_entry
from emoprefer_assets.competition.standings import Standings, standings
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.intake import all_judges, take_in
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.judges.registry import ReplayJudge
from emoprefer_assets.names import SOURCES as PEOPLE_AND_CROWD
from emoprefer_assets.offline.recordings import recording_version
from emoprefer_assets.planning import made_from, make_plan
from emoprefer_assets.report import write_report
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import WHOLE
from emoprefer_assets.store.published import read_published, read_rows
from emoprefer_assets.submissions import CompetitionBook, Frozen, Submissions, in_utc
from emoprefer_assets.terminal import export_leaderboard

RECORD = "board.json"


def freeze(settings: Settings, folder: Path) -> Frozen:
    """Close the competition, and write its board by all clips into the new `folder`.

    Raises:
        EmopreferError: it is frozen already, or what the board is made from is out of date: it is closed all the same.
    """
    book = CompetitionBook(settings.competition_book)
    if before := book.state().frozen:
        raise EmopreferError(f"It was frozen on {in_utc(before.at)}, into {before.folder}. Nothing was written.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EmopreferError(f"{folder} is not empty. Name a new folder.")
    book.close()
    take_in(settings)
    if waiting := Submissions(settings.submissions_dir).waiting(quiet_seconds=-1):
        raise EmopreferError(f"{waiting[0]} is still being written. Wait a moment and freeze again.")
    _require_up_to_date(settings)
    contents, found = _contents(settings)
    at = datetime.now(UTC).replace(microsecond=0)
    (made,) = read_rows(settings.database, "select version from lineage where table_name = 'leaderboard'")
    frozen = Frozen(at, _hash(contents), made["version"], str(folder.resolve()))
    about = {**found.about, "date": in_utc(at), "hash": frozen.hash}
    about.pop("competition", None)
    files = _files(Standings(found.boards, about))
    record = {"hash": frozen.hash, "frozen_at": at.isoformat(), "about": about, "contents": contents}
    record["files"] = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    with replaced_atomically(folder) as part:
        part.mkdir()
        for name, text in (files | {RECORD: json.dumps(record, indent=2, ensure_ascii=False)}).items():
            (part / name).write_text(text, encoding="utf-8")
    book.freeze(frozen)
    write_report(settings)
    return frozen


def check_frozen(settings: Settings, folder: Path) -> Iterator[str]:
    """What is wrong with a folder that `freeze` has written, a sentence each; nothing where all is as it was.

    Raises:
        EmopreferError: it holds no frozen board.
    """
    record = read_record(folder)
    if record["hash"] != _hash(record["contents"]):
        yield f"{RECORD} was changed: its hash is not that of its contents."
    for name, digest in record["files"].items():
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield f"{name} was changed, or is gone."
    frozen = CompetitionBook(settings.competition_book).state().frozen
    if frozen and frozen.hash != record["hash"]:
        yield f"It is another board than this home has frozen, whose hash is {frozen.hash}."


def read_record(folder: Path) -> dict[str, Any]:
    """What `freeze` wrote beside the files for people: hash, frozen_at, about, contents, files.

    Raises:
        EmopreferError: there is none.
    """
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_bytes())
        record["hash"], record["contents"].keys(), record["files"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise EmopreferError(
            f"{folder} holds no frozen board. `emoprefer competition freeze FOLDER` writes one."
        ) from None
    return record


def differences(settings: Settings, record: dict[str, Any]) -> list[str]:
    """What a frozen board was made from that is another thing now, or the board itself; "" of equal hashes."""
    now, then = _contents(settings)[0], record["contents"]
    return [name for name in now if _hash(now[name]) != _hash(then.get(name))]


def _require_up_to_date(settings: Settings) -> None:
    plan = make_plan(settings, failed_calls_too=False)
    published = plan.stale.get(("published_database", WHOLE))
    stale = plan.stale.get(("leaderboard", WHOLE)) or (published if published and not published.behind else None)
    if stale:
        raise EmopreferError(
            f"Nothing more is taken in, but the board is not up to date ({stale.part[0]}: {stale.because}). "
            "Run `emoprefer run`, then freeze again."
        )


def _contents(settings: Settings) -> tuple[dict[str, Any], Standings]:
    """All that the hash is over, and the boards."""
    there = read_published(settings.database, "select distinct source from leaderboard order by source")["source"]
    sources = [name for name in PEOPLE_AND_CROWD if name in set(there)] or there.tolist()
    found = standings(settings, sources, all_clips=True)
    chosen = SOURCES["evaluation_settings"].load(settings)
    media = read_rows(settings.database, "select clip_id, video_content, audio_content from clips order by clip_id")
    newest = read_rows(settings.database, "from submissions where newest order by kind, name")
    behind = sorted(TABLE_ASSETS[name].code_version for name in made_from("leaderboard"))
    return {
        "data": {"files": chosen.pop("data_files"), "media": _hash(media)},
        "entries": {f"{row['kind']} {row['name']}": f"{row['content']} {row['state']}" for row in newest},
        "judges": {
            judge.name: {"entry": portable_entry(judge), "answers": _identity(judge, settings)}
            for judge in all_judges(settings).taking_part(settings.data_dir)
        },
        "settings": chosen,
        "code": {"version": version("emoprefer-assets"), "tables": _hash(behind)},
        "board": {source: json.loads(export_leaderboard(board, "json")) for source, board in found.boards.items()},
    }, found


def _identity(judge: Judge, settings: Settings) -> Any:
    """What beside its entry determines a judge's answers."""
    if isinstance(judge, ModelJudge):
        return identity_of(judge, settings.models_dir)
    return recording_version(judge) if isinstance(judge, ReplayJudge) else None


def _files(found: Standings) -> dict[str, str]:
    """For people, by name."""
    abouts = {source: {"verdicts by": source, **found.about} for source in found.boards}
    pages, tables = (
        [export_leaderboard(board, form, abouts[source]) for source, board in found.boards.items()]
        for form in ("markdown", "csv")
    )
    # One header: the boards stand below one another.
    rows = tables[0] + "".join(table.partition("\n")[2] for table in tables[1:])
    return {"board.md": "\n".join(["# Leaderboard\n", *pages]), "board.csv": rows, "board.html": found.page()}


def _hash(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
