"""What enters from outside: files and settings, each with a version that changes when its content does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from emoprefer_assets.assets._battle_book import BattleBook
from emoprefer_assets.csv_tables import decimal, read_table
from emoprefer_assets.datasets import data_set_version, media_by_name, read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges, handed_in
from emoprefer_assets.media import Probe, why_no_decoder
from emoprefer_assets.progress import counted
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, Journal, MediaMemory
from emoprefer_assets.submissions import Submissions


@dataclass(frozen=True)
class Source:
    """An input of the graph that no asset makes.

    Attributes:
        description: shown in the Dagster UI.
        load: its content.
        version: changes when the content does.
    """

    description: str
    load: Callable[[Settings], Any]
    version: Callable[[Settings], str]


def _published_scores(settings: Settings) -> pd.DataFrame:
    columns = TABLES["published_scores"].column_names
    if settings.published_scores is None:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    always, optional = columns[:4], columns[4:]
    scores = read_table(settings.published_scores, always, tuple(optional))
    for column in columns[2:]:
        given = scores[column].fillna("").map(decimal)
        numbers = pd.to_numeric(given, errors="coerce")
        wrong = numbers.isna() & ((given != "") | (column in always))
        # No judge was published with a score of 1 % or less: such figures are shares.
        wrong |= numbers.between(0, 1, inclusive="right")
        if wrong.any():
            row = int(wrong.argmax())
            raise EmopreferError(
                f'{settings.published_scores} row {row + 1}: {column} is "{given[row]}". Give percent.'
            )
        scores[column] = numbers
    return scores


def _file_version(settings: Settings) -> str:
    file = settings.published_scores
    return hashlib.blake2b(file.read_bytes(), digest_size=12).hexdigest() if file else "none"


def _registry_version(settings: Settings) -> str:
    taking_part = all_judges(settings).taking_part(settings.data_dir)
    text = "\n".join(f"{judge.model_dump_json()} {judge.strategies}" for judge in taking_part)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class MediaFiles:
    """The media in the data set's folder, by path relative to it."""

    folder: Path
    files: tuple[str, ...]
    memory: MediaMemory

    def probes(self) -> dict[str, Probe]:
        """What each of them holds; decoded once, and again only when it has changed."""
        if problem := why_no_decoder():
            return dict.fromkeys(self.files, Probe.without_any(problem))
        with counted("reading clips", "files") as progress:
            found = self.memory.probes([self.folder / name for name in self.files], progress)
        return {name: found[self.folder / name] for name in self.files}

    def version(self) -> str:
        """Changes when the content of a file does, a file comes or goes, or decord does."""
        with counted("hashing clips", "files") as progress:
            contents = self.memory.contents([self.folder / name for name in self.files], progress)
        text = "\n".join(f"{name} {contents[self.folder / name]}" for name in self.files)
        text += why_no_decoder() or ""
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _media_files(settings: Settings) -> MediaFiles:
    folder = settings.data_dir
    files = sorted(file for kind in ("audio", "video") for file in media_by_name(folder, kind).values())
    return MediaFiles(folder, tuple(files), MediaMemory(settings.media_memory))


def _evaluation_settings(settings: Settings) -> dict[str, Any]:
    names = ("rounds", "consensus_rule", "injection_limit", "media_pairs", "unseeing_vote")
    return {
        **{name: getattr(settings, name) for name in names},
        "battles": settings.battles.model_dump(),
        "data_files": data_set_version(settings.data_dir),
    }


def _setting(name: str, description: str) -> Source:
    """A setting that tables are made by."""
    return Source(description, lambda settings: getattr(settings, name), lambda settings: str(getattr(settings, name)))


SOURCES = {
    "data_files": Source(
        "The data set's folder (EMOPREFER_DATA_DIR): pairs, votes, annotators, media.",
        lambda settings: read_data_set(settings.data_dir),
        lambda settings: data_set_version(settings.data_dir),
    ),
    "media_files": Source(
        "The clips' video and sound, in the data set's folder.",
        _media_files,
        lambda settings: _media_files(settings).version(),
    ),
    "judge_registry": Source(
        "The judges that take part (EMOPREFER_JUDGES).",
        lambda settings: all_judges(settings).taking_part(settings.data_dir),
        _registry_version,
    ),
    "submission_files": Source(
        "What was handed in and accepted (EMOPREFER_SUBMISSIONS).",
        handed_in,
        lambda settings: Submissions(settings.submissions_dir).content_version(),
    ),
    "battle_book": Source(
        "Battles chosen so far, and how many there may be (EMOPREFER_BATTLES_PER_SYSTEM, EMOPREFER_BATTLE_FULL).",
        lambda settings: BattleBook(Journal(settings.battle_book), settings.battles),
        lambda settings: f"{Journal(settings.battle_book).version()} {settings.battles}",
    ),
    "board_book": Source(
        "The leaderboards so far, which leaderboard_history adds to.",
        lambda settings: Journal(settings.board_book),
        lambda settings: "written by leaderboard_history alone",
    ),
    "evaluation_settings": Source(
        "The settings that decide how an evaluation is made.",
        _evaluation_settings,
        lambda settings: json.dumps(_evaluation_settings(settings), sort_keys=True),
    ),
    "media_pairs": _setting(
        "media_pairs",
        "Labelled pairs whose clips are also shown with another picture or sound (EMOPREFER_MEDIA_PAIRS).",
    ),
    "unseeing_vote": _setting(
        "unseeing_vote", "Whether a judge votes to which another clip makes no difference (EMOPREFER_UNSEEING_VOTE)."
    ),
    "injection_limit": _setting(
        "injection_limit",
        "Percent of planted instructions that a judge may obey and still vote (EMOPREFER_INJECTION_LIMIT).",
    ),
    "replacement_epsilon": _setting(
        "replacement_epsilon",
        "By how much a judge may be worse than an annotator whom it replaces (EMOPREFER_REPLACEMENT_EPSILON).",
    ),
    "published_score_file": Source(
        "Published scores to compare with (EMOPREFER_PUBLISHED_SCORES), or nothing.",
        _published_scores,
        _file_version,
    ),
    "consensus_rule": _setting("consensus_rule", "unanimous, majority or single (EMOPREFER_CONSENSUS)."),
    "crowd_diagnostics": Source(
        "Models of the crowd to compare with, or nothing (EMOPREFER_CROWD_DIAGNOSTICS).",
        lambda settings: settings.crowd_diagnostics,
        lambda settings: ",".join(settings.crowd_diagnostics) or "none",
    ),
}

JUDGE_PARTITIONS = "judge"
judge_partitions = dg.DynamicPartitionsDefinition(name=JUDGE_PARTITIONS)
source_specs = [
    dg.AssetSpec(name, description=source.description, group_name="sources") for name, source in SOURCES.items()
]
