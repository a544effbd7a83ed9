"""A submitted file against what is known: all that is wrong with it at once, or its table."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emoprefer_assets.csv_tables import decimal, first_problems
from emoprefer_assets.datasets import bare_name
from emoprefer_assets.display import in_message
from emoprefer_assets.stats.labels import PROBABILITIES, SUM_TOLERANCE, SWAPPED
from emoprefer_assets.submissions._model import Kind, Known, Refused
from emoprefer_assets.submissions._tables import Table, read_cells, text_problems
from emoprefer_assets.submissions._unpacking import read_bytes, table_bytes

CLIP_COLUMNS = ("name", "clip", "clip_id")
DESCRIPTION_COLUMNS = ("description", "reason", "text")
MAX_DESCRIPTION_CHARACTERS = 20_000
# Looking for the name that was meant takes 25 microseconds a name: five rows of 20,000 clips, all of a few thousand.
MOST_NAMES_COMPARED = 100_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read_submission(file: Path, kind: Kind, known: Known) -> pd.DataFrame:
    """The table in `file`, once nothing is wrong with it.

    Returns:
        Of a system clip_id, description, in the order of `known.clips`; of a judge pair_id, swapped, verdict, p_a1,
        p_a2, p_same (all in the pair's own frame, probabilities null where not given), normal order first, in the
        order of `known.pairs`.

    Raises:
        Refused: lists everything that is wrong.
        FileNotFoundError: there is no such file.
    """
    return checked_table(file.name, read_bytes(file), kind, known)


def checked_table(file: str, content: bytes, kind: Kind, known: Known) -> pd.DataFrame:
    """As `read_submission`, of bytes that are read already; `file` names them and says what they are."""
    table = read_cells(file, *table_bytes(file, content))
    return (_system_table if kind == "system" else _judge_table)(file, table, known)


def _system_table(file: str, table: Table, known: Known) -> pd.DataFrame:
    problems, found = _one_of_each(table, {"clip": CLIP_COLUMNS, "description": DESCRIPTION_COLUMNS})
    if problems:
        raise Refused(file, problems)
    clip, text = found
    problems = text_problems(table, (clip, text))
    clips, texts = _texts(table.cells[clip]), _texts(table.cells[text])
    problems += _unknown_clips(clips, known.clips)
    problems += _clips_twice(clips)
    described = set(clips)
    missing = [name for name in known.clips if name not in described]
    problems += first_problems(
        range(len(missing)),
        lambda place: f'clip "{in_message(missing[place])}" is not described. Describe every clip.',
        f"of the {len(known.clips):,} clips without a description",
    )
    problems += first_problems(
        (row for row, text in enumerate(texts, 1) if all(unicodedata.category(char)[0] in "CZ" for char in text)),
        lambda row: f'row {row}: the description of clip "{in_message(clips[row - 1])}" is empty. Describe it.',
        "empty descriptions",
    )
    problems += first_problems(
        (row for row, value in enumerate(texts, 1) if len(value) > MAX_DESCRIPTION_CHARACTERS),
        lambda row: (
            f"row {row}: the description has {len(texts[row - 1]):,} characters; "
            f"{MAX_DESCRIPTION_CHARACTERS:,} are allowed. Shorten it."
        ),
        "descriptions that are too long",
    )
    if problems:
        raise Refused(file, problems)
    of_clip = dict(zip(clips, texts, strict=True))
    return pd.DataFrame(
        {
            "clip_id": pd.Series(known.clips, dtype="str"),
            "description": pd.Series([of_clip[name] for name in known.clips], dtype="str"),
        }
    )


def _judge_table(file: str, table: Table, known: Known) -> pd.DataFrame:
    given = [column for column in PROBABILITIES if column in table.columns]
    needed = {"clip": CLIP_COLUMNS, "first description": ("a1",), "second description": ("a2",)}
    if given and "preference" not in table.columns:
        needed |= {"probability of a1": ("p_a1",), "probability of a2": ("p_a2",)}
    else:
        needed |= {"verdict": ("preference",)}
    problems, found = _one_of_each(table, needed)
    if given and "preference" in table.columns:
        problems.append("columns preference and p_... stand side by side. Keep the preference or the probabilities.")
    if problems:
        raise Refused(file, problems)
    problems = text_problems(table, found[:3])
    clips, first, second = (_texts(table.cells[column]) for column in found[:3])
    clip_problems = _unknown_clips(clips, [*dict.fromkeys(known.pairs["clip_id"])])
    places, pair_problems = _places(clips, first, second, known)
    problems += clip_problems + pair_problems
    if given:
        chances, value_problems = _probabilities(table, given)
        verdicts = _verdicts(chances)
    else:
        chances, verdicts = np.full((table.rows, 3), np.nan), table.cells["preference"]
        value_problems = first_problems(
            (row for row, cell in enumerate(verdicts, 1) if not isinstance(cell, str) or cell not in SWAPPED),
            lambda row: f'row {row}: preference "{in_message(str(verdicts[row - 1]))}" is not a1, a2 or same.',
            "rows with an unknown preference",
        )
    problems += value_problems
    if problems:
        raise Refused(file, problems)
    rows = pd.DataFrame(places, columns=["pair_id", "swapped"])
    rows["verdict"] = [
        SWAPPED[verdict] if swapped else verdict for verdict, swapped in zip(verdicts, rows["swapped"], strict=True)
    ]
    swapped = rows["swapped"].to_numpy()
    chances[swapped] = chances[swapped][:, [1, 0, 2]]
    rows[PROBABILITIES] = chances
    rows = _on_all_pairs(rows, known)
    position = pd.Series(np.arange(len(known.pairs)), index=known.pairs["pair_id"].to_numpy())
    order = np.lexsort((rows["pair_id"].map(position), rows["swapped"]))
    return rows.iloc[order].reset_index(drop=True)


def _on_all_pairs(rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The answers with those of pairs that put the same question: equal texts of other systems, a mirror image."""
    question = ["clip_id", "a1", "a2"]
    own = known.pairs[["pair_id", *question]].assign(swapped=False)
    asked = pd.concat([own, own.rename(columns={"a1": "a2", "a2": "a1"}).assign(swapped=True)], ignore_index=True)
    asked = asked[asked["swapped"].isin(rows["swapped"])]
    said = rows.merge(asked, on=["pair_id", "swapped"]).drop_duplicates(question)
    said = said.rename(columns={"swapped": "was_swapped"}).drop(columns="pair_id")
    complete = asked.merge(said, on=question)
    turned = (complete["swapped"] != complete["was_swapped"]).to_numpy()
    complete["verdict"] = complete["verdict"].where(~turned, complete["verdict"].map(SWAPPED))
    chances = complete[PROBABILITIES].to_numpy(copy=True)
    chances[turned] = chances[turned][:, [1, 0, 2]]
    complete[PROBABILITIES] = chances
    return complete[rows.columns]


def _one_of_each(table: Table, needed: dict[str, tuple[str, ...]]) -> tuple[list[str], tuple[str, ...]]:
    problems, found = [], []
    for what, names in needed.items():
        present = [name for name in names if name in table.columns]
        if len(present) == 1:
            found.append(present[0])
            continue
        named = " or ".join(names)
        if present:
            problems.append(f"columns {' and '.join(present)} could each be the {what}. Keep one.")
        else:
            there = ", ".join(f'"{in_message(column)}"' for column in table.columns[:20])
            close = _closest(names, table.columns)
            problems.append(f"no column {named} for the {what}; there are {there}{close}.")
    return problems, tuple(found)


def _closest(names: tuple[str, ...], columns: tuple[str, ...]) -> str:
    rightly_named = {*CLIP_COLUMNS, *DESCRIPTION_COLUMNS, *PROBABILITIES, "a1", "a2", "preference"}
    folded = {column.strip().lower()[:100]: column for column in columns[:100] if column not in rightly_named}
    for name in names:
        close = difflib.get_close_matches(name, folded, n=1, cutoff=0.75)
        if close:
            return f' (did you mean "{in_message(folded[close[0]])}"? Call it {name})'
    return ""


def _texts(cells: list[Any]) -> list[str]:
    """With one kind of new line, as programs that save a table change them within the cells too."""
    return [cell.replace("\r\n", "\n").replace("\r", "\n") if isinstance(cell, str) else "" for cell in cells]


def _unknown_clips(clips: list[str], known: Iterable[str]) -> list[str]:
    names = dict.fromkeys(known)
    unknown = [row for row, name in enumerate(clips, 1) if name not in names]
    hinted = unknown[: MOST_NAMES_COMPARED // max(1, len(names))]

    plain = {bare_name(name): name for name in names}

    def say(row: int) -> str:
        name = clips[row - 1]
        close = difflib.get_close_matches(bare_name(name)[:100], plain, n=1) if row in hinted else []
        hint = _hint(name, plain[close[0]]) if close else "Correct or remove the row."
        return f'row {row}: clip "{in_message(name)}" is not in the data set ({hint})'

    return first_problems(unknown, say, "rows with an unknown clip")


def _hint(name: str, meant: str) -> str:
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", meant):
        return "its letters are written in another Unicode form there: copy the name"
    return f'did you mean "{in_message(meant)}"?'


def _clips_twice(clips: list[str]) -> list[str]:
    first: dict[str, int] = {}
    repeated = [row for row, name in enumerate(clips, 1) if first.setdefault(name, row) != row]
    return first_problems(
        repeated,
        lambda row: (
            f'row {row}: clip "{in_message(clips[row - 1])}" is described in row {first[clips[row - 1]]} already.'
        ),
        "rows that describe a clip again",
    )


def _places(
    clips: list[str], first: list[str], second: list[str], known: Known
) -> tuple[list[tuple[str, bool] | None], list[str]]:
    """Which pair, and whether swapped, each row is about; None where it is about none."""
    pairs = known.pairs
    columns = zip(
        pairs["pair_id"], pairs["clip_id"], *(_texts(list(pairs[side])) for side in ("a1", "a2")), strict=True
    )
    place_of: dict[tuple[str, str, str], tuple[str, bool]] = {}
    exchanged: dict[tuple[str, str, str], tuple[str, bool]] = {}
    for pair_id, clip, a1, a2 in columns:
        place_of[clip, a1, a2] = (pair_id, False)
        exchanged[clip, a2, a1] = (pair_id, True)
    # The same two texts may be two pairs, one in each order: a row in a pair's own order is about that one.
    place_of = exchanged | place_of
    answerable = set(place_of.values())
    places = [place_of.get(key) for key in zip(clips, first, second, strict=True)]
    names = set(pairs["clip_id"])
    problems = first_problems(
        (row for row, place in enumerate(places, 1) if place is None and clips[row - 1] in names),
        lambda row: (
            f'row {row}: a1 and a2 are not the two descriptions of a pair of clip "{in_message(clips[row - 1])}". '
            "Copy name,a1,a2 as they were given."
        ),
        "rows with other descriptions",
    )
    seen: dict[tuple[str, bool], int] = {}
    again = {
        row: first_row
        for row, place in enumerate(places, 1)
        if place and (first_row := seen.setdefault(place, row)) != row
    }
    problems += first_problems(
        again,
        lambda row: f"row {row}: the same pair in the same order as row {again[row]}. Keep one row.",
        "rows that answer a pair again",
    )
    for swapped, order in ((False, "given"), (True, "swapped")):
        answered = {pair for pair, is_swapped in seen if is_swapped is swapped}
        unanswerable = {pair for pair in pairs["pair_id"] if (pair, swapped) not in answerable}
        missing = pairs[~pairs["pair_id"].isin(answered | unanswerable)]
        if len(missing) and (answered or not swapped):
            problems += _unanswered(missing, order, len(pairs))
    return places, problems


def _unanswered(missing: pd.DataFrame, order: str, pairs: int) -> list[str]:
    return first_problems(
        range(len(missing)),
        lambda place: (
            f'pair of clip "{in_message(missing["clip_id"].iloc[place])}" is not answered in the {order} order '
            f'(a1 "{in_message(missing["a1"].iloc[place])}"). Answer every pair.'
        ),
        f"of the {pairs:,} pairs without an answer in the {order} order",
    )


def _probabilities(table: Table, given: list[str]) -> tuple[np.ndarray, list[str]]:
    """Shape (rows, 3): a1, a2, same; a column that is not given is NaN."""
    chances = np.full((table.rows, 3), np.nan)
    problems = []
    for place, column in enumerate(PROBABILITIES):
        if column not in given:
            continue
        cells = table.cells[column]
        chances[:, place] = [_probability(cell) for cell in cells]
        problems += _no_probabilities(column, cells, np.flatnonzero(np.isnan(chances[:, place])) + 1)
    total = chances[:, : len(given)].sum(axis=1)
    off = total > 1 + SUM_TOLERANCE
    if "p_same" in given:
        off |= total < 1 - SUM_TOLERANCE
    most = "add up to" if "p_same" in given else "add up to at most"
    problems += first_problems(
        np.flatnonzero(off) + 1,
        lambda row: f"row {row}: the probabilities add up to {total[row - 1]:.3f}. They have to {most} 1.",
        "rows with another sum",
    )
    return chances, problems


def _no_probabilities(column: str, cells: list[Any], rows: np.ndarray) -> list[str]:
    return first_problems(
        rows,
        lambda row: f'row {row}: {column} "{in_message(str(cells[row - 1]))}" is not a number from 0 to 1.',
        f"rows without a probability in {column}",
    )


def _probability(cell: Any) -> float:
    if isinstance(cell, str) and _NUMBER.fullmatch(number := decimal(cell.strip())):
        cell = float(number)
    if isinstance(cell, str | bool) or not hasattr(cell, "__float__") or not 0 <= cell <= 1:
        return np.nan
    return float(cell)


def _verdicts(chances: np.ndarray) -> list[str]:
    """The larger of a1 and a2; same where they are equal, or where p_same is as large as either."""
    a1, a2, same = chances.T
    is_same = (a1 == a2) | (same >= np.fmax(a1, a2))
    return np.where(is_same, "same", np.where(a1 > a2, "a1", "a2")).tolist()
