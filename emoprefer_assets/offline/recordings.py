"""Recorded predictions: the reference implementation's files, or tables of verdicts."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges.recorded_files import RecordedFile, recorded_tables
from emoprefer_assets.judges.registry import ReplayJudge
from emoprefer_assets.offline.verdict_tables import NOT_RECORDED, QUESTION, dealt, verdict_rows, with_texts
from emoprefer_assets.stats.labels import A1, A2, FAILED, LABELS, SAME, UNPARSED, VERDICTS, codes

FAILURE, RECORDED_FAILURE = VERDICTS[FAILED], "recorded as failed"
_EXCHANGED = np.array([A2, A1, SAME, UNPARSED, FAILED], dtype=np.int8)
# What numpy and zipfile raise on files that are none, or damaged, or claim to hold more than there is memory for.
_UNREADABLE = (
    ValueError,
    TypeError,
    OSError,
    EOFError,
    RuntimeError,
    OverflowError,
    MemoryError,
    BadZipFile,
    zlib.error,
    struct.error,
)


def recording_version(judge: ReplayJudge) -> str:
    """Changes when a recorded file changes.

    Raises:
        JudgeUnavailable: nothing is recorded.
    """
    files = recorded_tables(judge.recording) if judge.prefix is None else [file.path for file in judge.files]
    if not files or not all(file.is_file() for file in files):
        looked_for = judge.recording if judge.prefix is None else judge.recording / f"{judge.prefix}-*.npz"
        raise JudgeUnavailable(
            f"{judge.where}: no recorded predictions at {looked_for}. Put them there, or set `path:`, "
            "and for .npz files `prefix:`."
        )
    digest = hashlib.blake2b(digest_size=12)
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_recorded(judge: ReplayJudge, pairs: pd.DataFrame) -> bool:
    """Whether tables of verdicts have a row for any of the pairs, which need no label.

    Args:
        pairs: clip_id, a1, a2 and, if they have names, pair_key.

    Raises:
        EmopreferError: a table is none of verdicts.
    """
    if judge.prefix is not None:
        return False
    held = pd.MultiIndex.from_frame(with_texts(verdict_rows(judge), pairs)[QUESTION])
    return bool(pd.MultiIndex.from_frame(pairs[["clip_id", "a1", "a2"]]).isin(held).any())


def gaps_in(judge: ReplayJudge, pairs: pd.DataFrame, known: pd.DataFrame) -> tuple[list[str], list[str]]:
    """What tables of verdicts leave out, and what of them is about nothing here, in sentences without their stops.

    The second need not be wrong: rows may be about battles of systems that nobody has handed in yet.

    Args:
        pairs: pair_id, clip_id, a1, a2, pair_key: those that judges may be asked about.
        known: as of `recorded_verdicts`.

    Raises:
        EmopreferError: as `recorded_verdicts`.
    """
    left_out, beside = [], []
    for strategy in judge.strategies:
        found = recorded_verdicts(judge, strategy, pairs, known)
        missing = pairs[pairs["pair_id"].isin(found.loc[found["failure"] == NOT_RECORDED, "pair_id"])]
        if len(missing):
            first = missing.iloc[0]
            named = f'"{first["pair_key"]}" of ' if first["pair_key"] != first["pair_id"] else ""
            left_out.append(
                f"{len(missing)} of {len(pairs)} pairs lack a row of {strategy} in some order or round, "
                f'first: {named}clip "{first["clip_id"]}"'
            )
    own = pd.MultiIndex.from_frame(known[["clip_id", "a1", "a2"]])
    asked = own.append(pd.MultiIndex.from_frame(known[["clip_id", "a2", "a1"]]))
    rows = with_texts(verdict_rows(judge), known)
    unknown = rows[~pd.MultiIndex.from_frame(rows[QUESTION]).isin(asked)]
    if len(unknown):
        first = unknown.iloc[0]
        where = f"{Path(first['file']).name} row {first['row']}, {_named(first)}"
        beside.append(f"{len(unknown)} of {len(rows)} rows are about no pair of this data set, first: {where}")
    return left_out, beside


def _named(row: pd.Series) -> str:
    return f'pair "{row["pair"]}"' if pd.isna(row["name"]) else f'clip "{row["name"]}"'


def recorded_seconds(judge: ReplayJudge) -> pd.DataFrame:
    """What tables of verdicts say of the time that they took: strategy, rows, failed, seconds; empty if nothing.

    Raises:
        EmopreferError: a table is none of verdicts.
    """
    rows = verdict_rows(judge) if judge.prefix is None else pd.DataFrame(columns=["strategy", "verdict", "seconds"])
    timed = rows[rows["seconds"].notna()].assign(failed=rows["verdict"] == FAILURE)
    by_strategy = timed.groupby("strategy", as_index=False)
    return by_strategy.agg(rows=("verdict", "size"), failed=("failed", "sum"), seconds=("seconds", "sum"))


def recorded_verdicts(
    judge: ReplayJudge, strategy: str, pairs: pd.DataFrame, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The recorded verdicts of one strategy.

    Args:
        pairs: pair_id, clip_id, a1, a2, preference, in data-set order.
        known: all pairs that rows of a table may be about, pair_key too; `pairs`, if there are no others.

    Returns:
        round, swapped, pair_id, verdict (in the pair's own frame); of tables also p_a1, p_a2, p_same, raw_text and
        failure. A pair that a table leaves out is failed in each round, and in each order that the table has.

    Raises:
        EmopreferError: names the file and row that do not fit the data set.
    """
    if judge.prefix is None:
        return _from_tables(judge, strategy, pairs, pairs if known is None else known)
    files = [file for file in judge.files if file.strategy == strategy]
    if all(file.swapped for file in files):
        raise EmopreferError(
            f"{judge.recording}: no file {judge.prefix}-... of {strategy} in the data set's own order, only of the "
            "swapped one. Put them there as well."
        )
    rounds = sorted({file.round for file in files})
    labels = codes(pairs["preference"])
    verdicts = np.concatenate([_from_npz(file, pairs, labels) for file in files])
    return pd.DataFrame(
        {
            "round": np.repeat([rounds.index(file.round) for file in files], len(pairs)),
            "swapped": np.repeat([file.swapped for file in files], len(pairs)),
            "pair_id": pd.concat([pairs["pair_id"]] * len(files), ignore_index=True),
            "verdict": pd.Series(np.array(VERDICTS)[verdicts], dtype="str"),
        }
    )


def _from_npz(file: RecordedFile, pairs: pd.DataFrame, labels: np.ndarray) -> np.ndarray:
    """Verdict codes in the pairs' own frame, shape (n_pairs,), of pairs with these label codes."""
    found = {
        name: _codes_in(file.path, name, allowed)
        for name, allowed in (("gt_labels", LABELS), ("pred_labels", VERDICTS))
    }
    for name, values in found.items():
        if len(values) != len(pairs):
            raise EmopreferError(
                f"{file.path}: {name} has {len(values)} rows, the data set has {len(pairs)} labelled pairs. "
                "Use recordings of this data set."
            )
    if file.swapped:
        found = {name: _EXCHANGED[values] for name, values in found.items()}
    misaligned = np.flatnonzero(found["gt_labels"] != labels)
    if len(misaligned):
        row = misaligned[0]
        raise EmopreferError(
            f'{file.path} row {row + 1}: gt_labels says "{LABELS[found["gt_labels"][row]]}" where the data set says '
            f'"{VERDICTS[labels[row]]}" (clip "{pairs["clip_id"].iloc[row]}"; {len(misaligned)} such rows'
            f"{', read in the swapped frame' if file.swapped else ''}). Use recordings of this data set."
        )
    return found["pred_labels"]


def _codes_in(file: Path, name: str, allowed: Sequence[str]) -> np.ndarray:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            values = arrays[name]
    except KeyError:
        raise EmopreferError(f'{file}: array "{name}" is missing. Expected gt_labels and pred_labels.') from None
    except _UNREADABLE as error:
        raise EmopreferError(f"{file}: not readable without pickle ({error}). Save plain string arrays.") from None
    if values.ndim != 1 or values.dtype.kind != "U":
        raise EmopreferError(f'{file}: array "{name}" is not a plain list of strings. Save plain string arrays.')
    coded = np.full(len(values), -1, dtype=np.int8)
    for code, label in enumerate(allowed):
        coded[values == label] = code
    unknown = np.flatnonzero(coded < 0)
    if len(unknown):
        row = unknown[0]
        raise EmopreferError(f'{file} row {row + 1}: {name} is "{values[row]}". Allowed: {", ".join(allowed)}.')
    return coded


def _from_tables(judge: ReplayJudge, strategy: str, pairs: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    rows = verdict_rows(judge)
    rows = rows[rows["strategy"] == strategy]
    found = dealt(rows, known)
    # Rows about pairs without a human label are allowed: predictors answer before labels are known.
    found = found[found["pair_id"].isin(pairs["pair_id"])]
    if found["swapped"].all():
        hint, remedy = "", "Use its name,a1,a2."
        if found.empty and len(rows):
            first = rows.iloc[0]
            hint = f" (row {first['row']}: no pair of this data set has these descriptions of {_named(first)})"
            if pd.isna(first["name"]):
                hint, remedy = f" (row {first['row']}: {_named(first)} is not in it)", "Use its pairs' names."
        raise EmopreferError(f"{judge.recording}: no row in the data set's own order{hint}. {remedy}")
    rounds, _ = pd.factorize(found["round"], sort=True)
    found = found.assign(round=rounds)
    everything = pd.MultiIndex.from_product(
        [range(rounds.max() + 1), found["swapped"].unique(), pairs["pair_id"]], names=["round", "swapped", "pair_id"]
    )
    complete = found.set_index(everything.names).reindex(everything)
    missing = complete["verdict"].isna()
    complete["failure"] = complete["verdict"].map({FAILURE: RECORDED_FAILURE})
    complete.loc[missing, ["verdict", "failure"]] = [FAILURE, NOT_RECORDED]
    return complete.drop(columns=["file", "row", "seconds"]).reset_index()
