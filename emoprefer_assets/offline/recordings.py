"""Recorded predictions: the reference implementation's files, or a CSV of verdicts."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from emoprefer_assets.csv_tables import read_table, refuse_unknown
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges.recorded_files import RecordedFile
from emoprefer_assets.judges.registry import ReplayJudge, Strategy
from emoprefer_assets.stats.labels import A1, A2, SAME, SWAPPED, VERDICTS, codes

LABELS = VERDICTS[: SAME + 1]
_KEY = ["name", "a1", "a2"]
_EXCHANGED = np.array([A2, A1, SAME], dtype=np.int8)
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
    files = [judge.recording] if judge.prefix is None else [file.path for file in judge.files]
    if not files or not all(file.is_file() for file in files):
        looked_for = judge.recording if judge.prefix is None else judge.recording / f"{judge.prefix}-*.npz"
        raise JudgeUnavailable(
            f"{judge.where}: no recorded predictions at {looked_for}. Put them there, or set `path:`."
        )
    digest = hashlib.blake2b(digest_size=12)
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_recorded(judge: ReplayJudge, pairs: pd.DataFrame) -> bool:
    """Whether a CSV of verdicts has a row for each of the pairs (clip_id, a1, a2), which need no label.

    Raises:
        EmopreferError: the file is no table of verdicts.
    """
    if judge.prefix is not None:
        return False
    held = pd.MultiIndex.from_frame(read_table(judge.recording, _KEY)[_KEY])
    return bool(pd.MultiIndex.from_frame(pairs[["clip_id", "a1", "a2"]]).isin(held).all())


def recorded_verdicts(judge: ReplayJudge, strategy: Strategy, pairs: pd.DataFrame) -> pd.DataFrame:
    """The recorded verdicts of one strategy.

    Args:
        pairs: pair_id, clip_id, a1, a2, preference, in data-set order.

    Returns:
        round, swapped, pair_id, verdict (in the pair's own frame).

    Raises:
        EmopreferError: names the file and row that do not fit the data set.
    """
    if judge.prefix is None:
        return _from_csv(judge.recording, pairs)
    files = [file for file in judge.files if file.strategy == strategy]
    rounds = sorted({file.round for file in files})
    labels = codes(pairs["preference"])
    verdicts = np.concatenate([_from_npz(file, pairs, labels) for file in files])
    return pd.DataFrame(
        {
            "round": np.repeat([rounds.index(file.round) for file in files], len(pairs)),
            "swapped": np.repeat([file.swapped for file in files], len(pairs)),
            "pair_id": pd.concat([pairs["pair_id"]] * len(files), ignore_index=True),
            "verdict": pd.Series(np.array(LABELS)[verdicts], dtype="str"),
        }
    )


def _from_npz(file: RecordedFile, pairs: pd.DataFrame, labels: np.ndarray) -> np.ndarray:
    """Verdict codes in the pairs' own frame, shape (n_pairs,), of pairs with these label codes."""
    found = {name: _codes_in(file.path, name) for name in ("gt_labels", "pred_labels")}
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


def _codes_in(file: Path, name: str) -> np.ndarray:
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
    for code, label in enumerate(LABELS):
        coded[values == label] = code
    unknown = np.flatnonzero(coded < 0)
    if len(unknown):
        row = unknown[0]
        raise EmopreferError(f'{file} row {row + 1}: {name} is "{values[row]}". Allowed: a1, a2, same.')
    return coded


def _from_csv(file: Path, pairs: pd.DataFrame) -> pd.DataFrame:
    table = read_table(file, [*_KEY, "preference"])
    refuse_unknown(file, table, "preference", set(LABELS), "a1, a2 or same")
    own = pairs.rename(columns={"clip_id": "name"})[["pair_id", *_KEY]].assign(swapped=False)
    exchanged = own.rename(columns={"a1": "a2", "a2": "a1"}).assign(swapped=True)
    known = pd.concat([own, exchanged], ignore_index=True).drop_duplicates(_KEY)
    # Rows about pairs without a human label are allowed: predictors answer before labels are known.
    found = table.reset_index(names="row").merge(known, on=_KEY).sort_values("row", ignore_index=True)
    repeated = found[found.duplicated(["pair_id", "swapped"])]
    if len(repeated):
        row = repeated.iloc[0]
        raise EmopreferError(
            f'{file} row {row["row"] + 1}: clip "{row["name"]}" has this pair in this order twice. Keep one row.'
        )
    for swapped, rows in found.groupby("swapped"):
        missing = pairs[~pairs["pair_id"].isin(rows["pair_id"])]
        if len(missing):
            order = "swapped" if swapped else "normal"
            raise EmopreferError(
                f'{file}: no row for clip "{missing["clip_id"].iloc[0]}" with these descriptions in the {order} order '
                f"({len(missing)} of {len(pairs)} pairs missing). Answer every pair, with its name,a1,a2."
            )
    if not len(found) or found["swapped"].all():
        raise EmopreferError(f"{file}: no row in the data set's own order. Use its name,a1,a2.")
    verdicts = found["preference"].where(~found["swapped"], found["preference"].map(SWAPPED))
    return found[["swapped", "pair_id"]].assign(round=0, verdict=verdicts)
