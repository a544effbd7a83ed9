"""What a data set is, whatever its files look like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from emoprefer_assets.csv_tables import tables_in
from emoprefer_assets.datasets._published_facts import PublishedAgreement

# The paper's protocol: 12 items with a known answer, at least 75 % right (EmoPrefer, arXiv 2507.04278).
QUALIFICATION_ITEMS = 12
QUALIFYING_PERCENT = 75.0

PAIR_COLUMNS = [
    "pair_id",
    "clip_id",
    "system1",
    "a1",
    "system2",
    "a2",
    "published_preference",
    "pair_key",
    "position",
]

# Optional columns of votes.csv: of which study, which description stood left (or first), what it took, when, and how
# often this annotator has voted on this pair by then.
VOTE_DETAILS = ("study", "left", "seconds", "replays", "confidence", "reason", "time", "attempt")

BATTLE_VOTES = "battle_votes.csv"
# A battle of two systems that people vote on, and the probability with which it was drawn among those of the two.
BATTLE_COLUMNS = ["battle", "name", "system1", "a1", "system2", "a2", "probability"]


@dataclass(frozen=True)
class DataSet:
    """A data set as read from its folder, before any check or filter.

    Attributes:
        name: shown in every title.
        synthetic: whether the labels are simulated.
        note: one sentence for people, or "".
        pairs: one row a pair, `PAIR_COLUMNS`; `position` is the row in the file, from 1.
        votes: pair_id, annotator, vote, `VOTE_DETAILS` (texts as in the file, null where it lacks the column); the
            index is the row in the file, from 1.
        repeats: the same of pairs that were shown to an annotator again (`attempt` 2 and above).
        battle_votes: battle_id, pair_id, clip_id, system1, a1, system2, a2, probability (0 to 1), annotator, vote,
            `VOTE_DETAILS`; one row a battle and annotator.
        qualification: annotator, item, answer, correct; one row an answered qualification item.
        clips: clip_id, metadata (JSON of the other columns of clips.csv, null where there is nothing), video, audio
            (paths relative to the folder, null where absent).
        robustness: pair_id, clip_id, a1, a2, preference, error_type, position: controlled edits, apart from `pairs`.
        swapped_exactly: ids of the pairs whose row in the swapped file is their exact swap; None without that file.
        published_agreement: of people, where their votes are not in the files; None where nobody states it.
        files: names of the files that tables come from, by table.
        licence: as its owner names it, or "" where nobody says.
        redistribution: whether the licence allows to pass texts and votes on; None where nobody says.
    """

    name: str
    synthetic: bool
    note: str
    pairs: pd.DataFrame
    votes: pd.DataFrame
    repeats: pd.DataFrame
    battle_votes: pd.DataFrame
    qualification: pd.DataFrame
    clips: pd.DataFrame
    robustness: pd.DataFrame
    swapped_exactly: frozenset[str] | None
    published_agreement: PublishedAgreement | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    redistribution: bool | None = None


def pair_id_of(clip_id: str, a1: str, a2: str, *systems: str) -> str:
    """16 hex digits that stand for this clip and these two descriptions in this order.

    Args:
        systems: who wrote them, where another pair has the same clip and texts.
    """
    text = json.dumps([clip_id, a1, a2, *systems], ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def is_empty(texts: pd.Series) -> pd.Series:
    """Which descriptions say nothing: no text, or nothing but white space."""
    return texts.str.strip() == ""


def table_files(folder: Path) -> list[Path]:
    """The tables of a data set's folder, and what it says of itself."""
    tables = [*tables_in(folder).values(), *tables_in(folder / "descriptions").values()]
    return sorted([*tables, *folder.glob("dataset.yaml")])


def media_files(folder: Path) -> list[Path]:
    """What lies where the clips of a data set's folder are."""
    return sorted([*folder.glob("video/*"), *folder.glob("audio/*")])


def data_set_version(folder: Path) -> str:
    """Changes when the content of a table file or the list of media files changes."""
    digest = hashlib.blake2b(digest_size=16)
    for file in table_files(folder):
        if file.name != "published_scores.csv":
            digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0")
    # Their content has a version of its own, and belongs to the table `clips` alone.
    for media in media_files(folder):
        digest.update(f"{media.relative_to(folder)}\0".encode())
    return digest.hexdigest()
