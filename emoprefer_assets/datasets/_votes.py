"""People's votes: votes.csv on the data set's pairs, battle_votes.csv on battles of submitted systems."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emoprefer_assets.csv_tables import Refusals, decimal, read_table, refuse_empty, refuse_unknown, table_file
from emoprefer_assets.datasets._model import BATTLE_COLUMNS, BATTLE_VOTES, VOTE_DETAILS, pair_id_of
from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.stats.labels import LABELS

# Of the details of a vote: what a cell that is not empty must look like.
_DETAILS = {
    "left": ("a1|a2", "a1 or a2"),
    "seconds": (r"\d{1,9}(\.\d*)?", "a number of seconds"),
    "replays": (r"\d{1,9}", "a whole number"),
    "confidence": (r"\d{1,9}(\.\d*)?", "a number"),
    "time": (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", "a time such as 2026-05-01T14:30:00Z"),
    "attempt": (r"[1-9]\d{0,8}", "a whole number from 1"),
}


def read_votes(folder: Path, pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The votes, and apart from them what an annotator said of a pair when it was shown again."""
    file = table_file(folder, "votes")
    columns = ["pair_id", "annotator", "vote", *VOTE_DETAILS]
    if not file:
        return _none(columns), _none(columns)
    votes = read_table(file, ["pair", "annotator", "vote"], optional=VOTE_DETAILS)
    ids = dict(zip(pairs["pair_key"], pairs["pair_id"], strict=True))
    refused = Refusals()
    with refused:
        refuse_unknown(file, votes, "pair", set(ids), "a pair of this data set")
    with refused:
        again = _shown_again(file, votes)
    refused.raise_them()
    votes["pair_id"] = votes["pair"].map(ids)
    votes.index = pd.RangeIndex(1, len(votes) + 1, name="row")
    again.index = votes.index
    return votes.loc[~again, columns], votes.loc[again, columns].reset_index(drop=True)


def read_battle_votes(folder: Path, clips: set[str], tested: set[str]) -> pd.DataFrame:
    """The votes on battles, repeats left out: columns as in `DataSet.battle_votes`.

    Args:
        clips: of the data set.
        tested: who has answered qualification items; empty where the data set has none.

    Raises:
        EmopreferError: names the first row that cannot be.
    """
    file = table_file(folder, Path(BATTLE_VOTES).stem)
    columns = ["battle_id", "pair_id", "clip_id", *BATTLE_COLUMNS[2:], "annotator", "vote", *VOTE_DETAILS]
    if not file:
        return _none(columns)
    votes = read_table(file, [*BATTLE_COLUMNS, "annotator", "vote"], optional=VOTE_DETAILS)
    refuse_unknown(file, votes, "name", clips, "a clip of this data set")
    refuse_unknown(file, votes, "vote", {*LABELS}, "a1, a2 or same")
    if tested:
        refuse_unknown(file, votes, "annotator", tested, "in annotators.csv, which says whose votes count")
    chance = pd.to_numeric(votes["probability"].map(decimal), errors="coerce")
    _refuse(file, votes, ~((chance > 0) & (chance <= 1)), "probability", "above 0 and at most 1")
    _refuse(file, votes, votes["system1"] == votes["system2"], "system2", "another system than system1")
    about = BATTLE_COLUMNS[1:]
    changed = (votes.groupby("battle")[about].transform("first") != votes[about]).any(axis=1)
    _refuse(file, votes, changed, "battle", "described as in its first row")
    again = _shown_again(file, votes)
    votes = votes[~again]
    _refuse(file, votes, votes.duplicated(["battle", "annotator"]), "annotator", "new to this battle: voted before")
    keys = zip(votes["name"], votes["a1"], votes["a2"], strict=True)
    votes = votes.assign(pair_id=[pair_id_of(*key) for key in keys], probability=chance)
    return votes.rename(columns={"battle": "battle_id", "name": "clip_id"})[columns].reset_index(drop=True)


def _shown_again(file: Path, votes: pd.DataFrame) -> pd.Series:
    """Which votes are repeats, once their details are looked at, and numbers have decimal points."""
    refused = Refusals()
    with refused:
        refuse_empty(file, votes, "annotator")
    for column in ("seconds", "confidence"):
        votes[column] = votes[column].map(decimal, na_action="ignore")
    for column, (pattern, what) in _DETAILS.items():
        given = votes[column].fillna("")
        wrong = ~given.str.fullmatch(f"|{pattern}")
        if column == "time":
            wrong |= pd.to_datetime(given, format="ISO8601", utc=True, errors="coerce").isna() & given.ne("")
        with refused:
            _refuse(file, votes, wrong, column, f"{what}, or empty")
    refused.raise_them()
    return ~votes["attempt"].fillna("").isin(["", "1"])


def _refuse(file: Path, votes: pd.DataFrame, wrong: pd.Series, column: str, what: str) -> None:
    odd = votes.index[wrong]
    if len(odd):
        raise EmopreferError(
            f'{file} row {odd[0] + 1}: {column} "{in_message(votes[column][odd[0]])}" is not {what} '
            f"({len(odd)} such rows). Correct the row, or remove it."
        )


def _none(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
