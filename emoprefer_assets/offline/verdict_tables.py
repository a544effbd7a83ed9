"""Recorded verdicts in tables: read strictly, and dealt out to the pairs that their clips and texts are about."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from emoprefer_assets.csv_tables import decimal, first_problems
from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.recorded_files import Places, named_strategy, recorded_cells, recorded_tables
from emoprefer_assets.judges.registry import ReplayJudge
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.labels import PROBABILITIES, SUM_TOLERANCE, SWAPPED, VERDICTS

QUESTION = ["name", "a1", "a2"]
OPTIONAL = ("pair", "swapped", "strategy", "round", *PROBABILITIES, "raw_text", "seconds")
NOT_RECORDED = "the recording has no row for it"
SHOWN = 3
_ORDERS = {"": None, "false": False, "0": False, "true": True, "1": True}


def verdict_rows(judge: ReplayJudge) -> pd.DataFrame:
    """All rows of a judge's tables.

    Returns:
        file, row (from 1), pair ("" where it is not named), name, a1, a2 (null where the pair alone is named),
        exchanged (whether the row says that it is about the swapped order; null where it does not say), strategy,
        round, verdict and probabilities (null where not given) in the order of the row's own texts, raw_text, seconds
        (both null where not given).

    Raises:
        EmopreferError: says all that is wrong with a table.
    """
    tables, read = recorded_tables(judge.recording), []
    places, words = (tuple(sorted(stated.items())) for stated in (judge.columns, judge.verdicts))
    for table in tables:
        state = table.stat()
        rows = _read(table, places, words, state.st_mtime_ns, state.st_size)
        stated = named_strategy(table) if judge.recording.is_dir() else judge.strategy
        if stated is None and rows["strategy"].isna().any():
            raise EmopreferError(
                f"{table}: which strategy it holds is not said. Call it s1.csv, or give it a column strategy."
            )
        read.append(rows.fillna({"strategy": stated}) if stated else rows)
    return pd.concat(read, ignore_index=True)


def with_texts(rows: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The rows; those that name their pair alone get its clip and its texts, in the order that was asked.

    Args:
        rows: as `verdict_rows` has them.
        pairs: clip_id, a1, a2 and, if they have names, pair_key. A row of another pair stays as it is.
    """
    alone = rows["a1"].isna()
    if not alone.any() or "pair_key" not in pairs:
        return rows
    named = pairs.dropna(subset=["pair_key"]).set_index("pair_key")[["clip_id", "a1", "a2"]]
    texts = named.reindex(rows.loc[alone, "pair"]).to_numpy(dtype=object)
    exchanged = rows.loc[alone, "exchanged"].to_numpy(dtype=bool)
    texts[exchanged] = texts[exchanged][:, [0, 2, 1]]
    filled = rows.copy()
    filled.loc[alone, QUESTION] = texts
    return filled


def dealt(rows: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Each pair and order that rows answer, with the verdict in the pair's own frame.

    Several pairs and orders may put the same question: equal texts of two systems, a pair and its mirror image, a pair
    of two equal texts. One row answers them all, and as many rows as there are answer one each, in the order of the
    data set, its own order first.

    Args:
        rows: as `verdict_rows` has them, of one strategy.
        pairs: pair_id, clip_id, a1, a2 and, if they have names, pair_key: all that rows may be about.

    Returns:
        round, swapped, pair_id, verdict, p_a1, p_a2, p_same, raw_text, and file, row and seconds of the row.

    Raises:
        EmopreferError: names the rows of which nobody can say which pair they are about.
    """
    rows = with_texts(rows, pairs)
    own = pairs.rename(columns={"clip_id": "name", "pair_key": "pair"}).reindex(columns=["pair_id", "pair", *QUESTION])
    exchanged = own.rename(columns={"a1": "a2", "a2": "a1"})
    asked = pd.concat([own.assign(swapped=False), exchanged.assign(swapped=True)], ignore_index=True)
    named = rows["pair"] != ""
    parts = [
        _dealt_by(rows[~named], asked.drop(columns="pair"), QUESTION, asked["pair"]),
        _dealt_by(rows[named], asked, ["pair", *QUESTION], asked["pair"]),
    ]
    found = pd.concat(parts, ignore_index=True)
    # An order that no row is about alone was not asked.
    if not found["in_swapped_order"].any():
        found = found[~found["swapped"]]
    return _in_own_frame(found.sort_values(["file", "row"], ignore_index=True))


def _dealt_by(rows: pd.DataFrame, asked: pd.DataFrame, key: list[str], names: pd.Series) -> pd.DataFrame:
    questions = asked.groupby(key, sort=False)
    asked = asked.assign(
        place=questions.cumcount(),
        places=questions["swapped"].transform("size"),
        in_own_order=(~asked["swapped"]).groupby([asked[column] for column in key]).transform("sum"),
        called=names,
    )
    answers = rows.groupby(["round", *key], sort=False)
    rows = rows.assign(turn=answers.cumcount(), answers=answers["row"].transform("size"))
    both = rows.merge(asked, on=key, suffixes=("", "_of_pair"))
    _refuse_contradicted(both)
    _refuse_unclear(both)
    both["in_swapped_order"] = both["swapped"] & (
        (both["in_own_order"] == 0) | (both["answers"] > both["in_own_order"])
    )
    return both[both["place"] % both["answers"] == both["turn"]]


def _refuse_contradicted(both: pd.DataFrame) -> None:
    """Refuse rows whose texts stand in another order than their column `swapped` says."""
    agrees = both["exchanged"].isna() | (both["exchanged"] == both["swapped"])
    odd = both[~agrees.groupby([both["file"], both["row"]]).transform("any")].drop_duplicates(["file", "row"])

    def say(place: int) -> str:
        row = odd.iloc[place]
        order = "the pair's own order" if row["exchanged"] else "the swapped order"
        says = str(bool(row["exchanged"])).lower()
        return f'{Path(row["file"]).name} row {row["row"]}: swapped is "{says}", but a1 and a2 stand in {order}.'

    if len(odd):
        remedy = "Give the texts and the verdict in the order that was asked, or the pair's name without texts."
        raise EmopreferError("\n".join([*first_problems(range(len(odd)), say, "such rows"), remedy]))


def _refuse_unclear(both: pd.DataFrame) -> None:
    """Refuse rows that are neither one for their question nor one for each pair that puts it."""
    answers = both["answers"]
    unclear = both[(answers != 1) & (answers != both["places"]) & (answers != both["in_own_order"])]
    if unclear.empty:
        return
    groups = [group for _, group in unclear.groupby(["round", *QUESTION], sort=False)]

    def say(place: int) -> str:
        group = groups[place]
        rows = group.drop_duplicates(["file", "row"])
        where = listed([f"{Path(row.file).name} row {row.row}" for row in each_row(rows)], SHOWN)
        names = [f'"{in_message(name)}"' for name in group["called"].dropna().unique()]
        pairs = f" (pair {listed(names, SHOWN)})" if names else ""
        several = int(group["places"].iloc[0])
        remedy = "Keep one row" + (f", or {several}: one for each pair and order" if several > 1 else "")
        clip = in_message(group["name"].iloc[0])
        return f'{where}: the same descriptions of clip "{clip}" in the same order{pairs}. {remedy}.'

    raise EmopreferError("\n".join(first_problems(range(len(groups)), say, "such groups of rows")))


def _in_own_frame(found: pd.DataFrame) -> pd.DataFrame:
    swapped = found["swapped"].to_numpy(dtype=bool)
    chances = found[PROBABILITIES].to_numpy(dtype=float, copy=True)
    chances[swapped] = chances[swapped][:, [1, 0, 2]]
    verdicts = found["verdict"].where(~swapped, found["verdict"].map(lambda said: SWAPPED.get(said, said)))
    kept = found[["round", "swapped", "pair_id", "raw_text", "file", "row", "seconds"]]
    return kept.assign(verdict=verdicts, **{name: chances[:, place] for place, name in enumerate(PROBABILITIES)})


# A judge has one for each strategy, or fewer, and is asked for all of its parts at once.
@lru_cache(maxsize=8)
def _read(table: Path, places: Places, words: tuple[tuple[str, str], ...], *state: int) -> pd.DataFrame:
    """The rows of one table, strategy null where it has no such column; read again when the file changes."""
    named = recorded_cells(table, [], ("pair", *QUESTION), places)
    alone = named["pair"].notna().any() and named[QUESTION].isna().all(axis=None)
    needed = ["pair", "preference"] if alone else [*QUESTION, "preference"]
    found = recorded_cells(
        table, needed, tuple(column for column in (*QUESTION, *OPTIONAL) if column not in needed), places
    )
    found["preference"] = found["preference"].replace(dict(words))
    swapped = found["swapped"].fillna("").str.strip().str.lower()
    strategies = [*STRATEGIES]
    problems = [
        *_odd(found, "swapped", swapped.isin(list(_ORDERS)), "true, false, 1 or 0"),
        *_odd(found, "preference", found["preference"].isin(VERDICTS), "a1, a2, same, unparsed or failed"),
        *_odd(
            found,
            "strategy",
            found["strategy"].isna() | found["strategy"].isin(strategies),
            f"one of {listed(strategies)}",
        ),
        *_odd(found, "round", found["round"].isna() | found["round"].str.fullmatch(r"\d{1,6}"), "a whole number"),
    ]
    numbers = {}
    for column in (*PROBABILITIES, "seconds"):
        most = np.inf if column == "seconds" else 1.0
        given = found[column].fillna("").str.strip().map(decimal)
        numbers[column] = pd.to_numeric(given, errors="coerce")
        fits = (given == "") | numbers[column].between(0, most)
        problems += _odd(found, column, fits, "a number of seconds" if column == "seconds" else "a number from 0 to 1")
    chances = pd.DataFrame({name: numbers[name] for name in PROBABILITIES})
    problems += _other_sums(chances)
    if problems:
        raise EmopreferError("\n".join(f"{table} {problem}" for problem in problems))
    if chances["p_same"].isna().all():
        chances["p_same"] = (1 - chances["p_a1"] - chances["p_a2"]).clip(lower=0)
    return found.drop(columns=["preference", "swapped"]).assign(
        file=str(table),
        row=np.arange(1, len(found) + 1),
        pair=found["pair"].fillna(""),
        exchanged=swapped.map(_ORDERS),
        verdict=found["preference"],
        round=found["round"].fillna("0").astype(int),
        raw_text=found["raw_text"].replace("", None),
        seconds=numbers["seconds"],
        **chances.div(chances.sum(axis=1, min_count=2), axis=0),
    )


def _odd(found: pd.DataFrame, column: str, fits: pd.Series, what: str) -> list[str]:
    return first_problems(
        found.index[~fits.astype(bool)],
        lambda row: f'row {row + 1}: {column} "{in_message(str(found[column][row]))}" is not {what}. Correct the row.',
        f"rows with another {column}",
    )


def _other_sums(chances: pd.DataFrame) -> list[str]:
    given = chances.notna()
    total = chances.sum(axis=1)
    half = given.any(axis=1) & ~(given["p_a1"] & given["p_a2"])
    off = given["p_a1"] & given["p_a2"] & ((total - 1).abs() > SUM_TOLERANCE)
    # Where p_same is not given it is what is left.
    off &= given["p_same"] | (total > 1)
    return [
        *first_problems(
            chances.index[half], lambda row: f"row {row + 1}: give p_a1 and p_a2, or neither.", "rows like it"
        ),
        *first_problems(
            chances.index[off],
            lambda row: f"row {row + 1}: the probabilities add up to {total[row]:.3f}. They have to add up to 1.",
            "rows with another sum",
        ),
    ]
